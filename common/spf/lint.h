/* SPDX-License-Identifier: ISC */
/*
 * What is wrong with a published SPF record and all it includes: the whole
 * tree is walked, not only up to a match, with the evaluator's own parser.
 */
#ifndef SPF_LINT_H
#define SPF_LINT_H

#include <jansson.h>

#include "dns/dns.h"
#include "dns/finding.h"
#include "spf/nets.h"

/*
 * The codes.  Only new ones are added, at the end; SPF035 and SPF036 are in
 * posture/rule.h.
 * X(NAME, "code", severity, effect, "title", "remedy")
 */
#define SPF_RULES(X) \
	X(ABSENT, "SPF001", LINT_ERROR, LINT_ABSENT, "no SPF record", \
	    "Publish a TXT record; a domain that sends no mail: " \
	    "\"v=spf1 -all\".") \
	X(SEVERAL, "SPF002", LINT_ERROR, LINT_BROKEN, \
	    "more than one SPF record", \
	    "Join them into one record and remove the others.") \
	X(SYNTAX, "SPF003", LINT_ERROR, LINT_BROKEN, "syntax error", \
	    "Correct the term; until then the whole record is void.") \
	X(DNS, "SPF004", LINT_ERROR, LINT_UNCHECKED, \
	    "the DNS did not answer", \
	    "Try again; if it stays so, repair the name servers.") \
	X(LOOKUPS, "SPF005", LINT_ERROR, LINT_FINDINGS, \
	    "more than ten lookups", \
	    "Replace includes and names by the addresses they lead to, or " \
	    "remove senders you no longer use.") \
	X(VOIDS, "SPF006", LINT_ERROR, LINT_FINDINGS, \
	    "more than two void lookups", \
	    "Remove the terms whose names do not exist.") \
	X(VOIDS_FAMILY, "SPF007", LINT_ERROR, LINT_FINDINGS, \
	    "more than two void lookups for one address family", \
	    "List addresses (ip4:, ip6:) instead of names that have only " \
	    "one kind.") \
	X(PASS_ALL, "SPF008", LINT_ERROR, LINT_FINDINGS, \
	    "the whole internet may send", \
	    "End the record in -all or ~all.") \
	X(NEUTRAL_ALL, "SPF009", LINT_WARNING, LINT_FINDINGS, \
	    "?all says nothing about forgers", \
	    "End the record in -all or ~all.") \
	X(NO_ALL, "SPF010", LINT_WARNING, LINT_FINDINGS, \
	    "neither all nor redirect", \
	    "End the record in -all or ~all: without it, it ends neutral.") \
	X(BEHIND_ALL, "SPF011", LINT_WARNING, LINT_FINDINGS, \
	    "terms that follow all are never reached", \
	    "Move them before all, or remove them.") \
	X(PTR, "SPF012", LINT_WARNING, LINT_FINDINGS, \
	    "ptr is slow and should not be published", \
	    "Use ip4:, ip6:, a or mx (RFC 7208 5.5).") \
	X(DUPLICATE, "SPF013", LINT_WARNING, LINT_FINDINGS, \
	    "the term stands twice", "Remove one of them.") \
	X(DANGLING, "SPF014", LINT_ERROR, LINT_FINDINGS, \
	    "the domain does not exist: anyone may register it", \
	    "Remove the term now, or register the domain.") \
	X(TARGET_NONE, "SPF015", LINT_ERROR, LINT_FINDINGS, \
	    "the target has no SPF record", \
	    "Remove the term, or ask the domain's owner for the right name.") \
	X(TARGET_BROKEN, "SPF016", LINT_ERROR, LINT_FINDINGS, \
	    "the target's record is broken", \
	    "Tell the domain's owner, and remove the term until then.") \
	X(LOOP, "SPF017", LINT_ERROR, LINT_FINDINGS, \
	    "the record comes back to itself", \
	    "Break the circle of include and redirect.") \
	X(LONG, "SPF018", LINT_WARNING, LINT_FINDINGS, \
	    "the record is longer than 512 bytes", \
	    "Shorten it, or move parts into included records.") \
	X(NEARLY_LONG, "SPF019", LINT_NOTE, LINT_CLEAN, \
	    "the record is longer than 450 bytes", \
	    "With the other TXT records of the name it may not fit into " \
	    "512 bytes (RFC 7208 3.4).") \
	X(REDIRECT_UNUSED, "SPF020", LINT_WARNING, LINT_FINDINGS, \
	    "redirect beside all is ignored", "Remove one of the two.") \
	X(MODIFIER_MISTAKE, "SPF021", LINT_WARNING, LINT_FINDINGS, \
	    "a mechanism takes a colon, not an equals sign", \
	    "Write a colon; as it stands the term is ignored.") \
	X(MODIFIER_UNKNOWN, "SPF022", LINT_NOTE, LINT_CLEAN, \
	    "unknown modifier", "Receivers ignore it.") \
	X(WIDE, "SPF023", LINT_WARNING, LINT_FINDINGS, \
	    "a very large network", \
	    "List the networks of your mail servers alone.") \
	X(MANY_MX, "SPF024", LINT_ERROR, LINT_FINDINGS, \
	    "more than ten mail exchangers", \
	    "List their addresses instead of mx.") \
	X(VOID_TERM, "SPF025", LINT_WARNING, LINT_FINDINGS, \
	    "nothing is found at the name", \
	    "Correct the name, or remove the term.") \
	X(MACRO, "SPF026", LINT_NOTE, LINT_CLEAN, \
	    "what it matches depends on the mail", \
	    "It cannot be counted or listed here.") \
	X(HOST_BITS, "SPF027", LINT_NOTE, LINT_CLEAN, \
	    "bits are set after the prefix length", \
	    "Write the network's first address, or a longer prefix.") \
	X(NEARLY_LOOKUPS, "SPF028", LINT_NOTE, LINT_CLEAN, \
	    "hardly any lookup left", \
	    "One more sender, or a provider's change, breaks the record.") \
	X(PRIVATE, "SPF029", LINT_WARNING, LINT_FINDINGS, \
	    "an address that is not on the internet", \
	    "Remove it: no mail arrives from there.") \
	X(BAD_NAME, "SPF030", LINT_WARNING, LINT_FINDINGS, \
	    "the target can be no domain name", "Correct the name.") \
	X(TOO_LARGE, "SPF031", LINT_ERROR, LINT_FINDINGS, \
	    "more records or terms than are checked", \
	    "Remove includes.") \
	X(EXP_NONE, "SPF032", LINT_WARNING, LINT_FINDINGS, \
	    "the explanation cannot be found", \
	    "Publish one TXT record at the target of exp, or remove exp.") \
	X(NEARLY_RECORD, "SPF033", LINT_WARNING, LINT_FINDINGS, \
	    "a TXT record that is nearly an SPF record", \
	    "Let it begin with \"v=spf1 \" exactly, or remove it: no " \
	    "receiver reads it.") \
	X(UNCHECKED, "SPF034", LINT_NOTE, LINT_CLEAN, \
	    "not checked: the name is in no zone", \
	    "Lint without --offline, or give its zone with --zone.")

enum spf_rule {
#define SPF_RULE_ENUM(name, code, severity, effect, title, remedy) \
	SPF_RULE_##name,
	SPF_RULES(SPF_RULE_ENUM)
#undef SPF_RULE_ENUM
	SPF_RULE_COUNT
};

/* One record of the tree, in the order of the walk. */
struct spf_lint_node {
	size_t depth;
	struct span domain;
	struct span via;	/* the term that led here; empty at the root */
	struct span record;	/* p NULL: none, or not followed */
	size_t lookups;		/* of it and all below */
	struct spf_lint_node *parent;
	struct spf_lint_node *next;
};

struct spf_lint {
	struct lint lint;
	size_t lookups;		/* of the whole tree, beyond any limit */
	size_t voids4, voids6;	/* void terms for either kind of client */
	size_t records;
	size_t unknown;		/* terms about names in no zone, offline: what
				   they find, and the lookups below, is not
				   known */
	bool dynamic;		/* macros or ptr: not all is known */
	bool full;		/* more networks than are kept */
	bool passes4, passes6;	/* every client of the family passes */
	bool pass_all;		/* a term was found to do so */
	struct spf_nets nets;	/* what passes; flattened */
	struct buf flat;	/* lint_flat.c: the record's terms, one a line,
				   all fixed ones as networks */
	bool flat_redirect;	/* they end in a redirect, not in all */
	size_t flat_lookups;	/* of those kept as they stand */
	struct spf_lint_node *first, **last;
};

/* The terms of 65,536 networks fit. */
#define SPF_FLAT_BYTES ((size_t)4 * 1024 * 1024)
/* A record that leaves room for others in 512 bytes (RFC 7208 3.4). */
#define SPF_FLAT_RECORD ((size_t)450)

/* The table; lives for ever. */
const struct lint_rule *spf_lint_rule(enum spf_rule rule);

/* Does the network lie inside one that is nobody's on the internet (RFC 6890,
 * without those for documentation)? */
bool spf_net_is_private(const struct ipaddr *a, unsigned prefix);

/* Is there such a code, in any case? */
bool spf_lint_code(struct span code);

/*
 * Check the record of domain and all that it includes.  policy: judged
 * instead of the published record, p NULL to look it up.  Everything lives in
 * the arena except the networks: spf_lint_free() releases those.
 */
enum fault_kind spf_lint(struct spf_lint *s, struct span domain,
    struct span policy, struct dns *dns, struct arena *a, struct fault *f);
void spf_lint_free(struct spf_lint *s);

/* The lookup tree and the totals as text, indented lines. */
void spf_lint_text(const struct spf_lint *s, struct buf *b);
/* The same for JSON's "facts"; NULL without memory. */
json_t *spf_lint_facts(const struct spf_lint *s);
/* The networks, one a line. */
void spf_lint_networks(const struct spf_lint *s, struct buf *b);
/* The same as one line of JSON, with the domain, its record, and whether the
 * list is complete. */
enum fault_kind spf_lint_networks_json(const struct spf_lint *s,
    int64_t time, struct buf *b, struct fault *f);
/*
 * The same record without names that do not depend on the mail, as lines of a
 * zone file: of the operand and of the sub-records it includes, each of at
 * most SPF_FLAT_RECORD bytes.  FAULT_DATA: there is no such record; why.
 */
enum fault_kind spf_lint_flat(const struct spf_lint *s, struct buf *b,
    struct fault *f);
/* A table for Postfix's postscreen_access_list or check_client_access cidr:,
 * and a table of two sets for nft -f. */
void spf_lint_postfix(const struct spf_lint *s, struct buf *b);
void spf_lint_nft(const struct spf_lint *s, struct buf *b);
/*
 * Does the finding leave a hole in the networks: something that could not be
 * read?
 */
bool spf_lint_hole(const struct lint_finding *g);

#endif
