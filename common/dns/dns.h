/* SPDX-License-Identifier: ISC */
/*
 * Questions to the DNS through one small interface, so that evaluation is pure:
 * the network, a master file, a cache and a test's table all look the same.
 *
 * Names are bytes: labels between dots, never escapes.  One trailing dot is
 * allowed and means nothing.  A name that cannot be put on the wire (a label
 * empty or over 63 bytes, more than 255 octets) is never asked: its answer is
 * DNS_NXDOMAIN with why DNS_WHY_BAD_NAME.
 */
#ifndef DNS_H
#define DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bounds.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/ipaddr.h"
#include "base/span.h"

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_DS = 43,
	DNS_TLSA = 52
};

/* What came of a question.  The zero value fails closed. */
enum dns_outcome {
	DNS_TEMPERROR = 0,	/* nobody knows: see why */
	DNS_ANSWER,		/* one or more records of the type asked */
	DNS_NODATA,		/* the name exists, the type does not */
	DNS_NXDOMAIN		/* the name does not exist */
};

/* The detail of an outcome, for people. */
enum dns_why {
	DNS_WHY_NONE = 0,
	DNS_WHY_TIMEOUT,	/* no server answered in time */
	DNS_WHY_DEADLINE,	/* the time for the whole message is over */
	DNS_WHY_SERVFAIL,
	DNS_WHY_REFUSED,
	DNS_WHY_RCODE,		/* another response code */
	DNS_WHY_NETWORK,	/* sockets failed: unreachable, refused */
	DNS_WHY_JUNK,		/* the answer could not be parsed */
	DNS_WHY_LOOP,		/* CNAMEs in a loop, or more than 8 */
	DNS_WHY_OFFLINE,	/* --offline and no zone at all */
	DNS_WHY_BAD_NAME,	/* the name cannot be asked */
	DNS_WHY_OUTSIDE		/* DNS_NXDOMAIN, for a verdict offline: it is
				   in no zone, so nobody was asked */
};

/* Where something stands in a master file, from 1. */
struct dns_place {
	const char *file;	/* NULL: in none */
	size_t line, column;
};

/* One record of the type asked. Only the members of its type are set. */
struct dns_record {
	struct span text;	/* TXT: the character-strings joined, RFC 7208
				   3.3; NS, PTR, MX, CNAME: the name, no
				   trailing dot; a name with a dot or NUL
				   inside a label is left out of the answer;
				   TLSA: the association data, bytes */
	struct ipaddr addr;	/* A, AAAA */
	unsigned preference;	/* MX */
	size_t strings;		/* TXT: character-strings it came as */
	unsigned char tlsa[3];	/* TLSA: usage, selector, matching type
				   (RFC 6698 2.1) */
	struct dns_place place;	/* in a zone; file NULL: it came from
				   elsewhere */
};

struct dns_answer {
	enum dns_outcome outcome;
	enum dns_why why;
	struct span said;	/* DNS_TEMPERROR: the server that was asked and
				   what happened, for people; p NULL if none
				   was */
	bool authentic;		/* AD bit, from a server that is
				   believed: see dns/net.h */
	bool vouched;		/* the server's AD bit is believed: what is
				   not authentic is then not signed, if the
				   server validates at all */
	bool has_ede;		/* it gave a reason, RFC 8914 */
	uint16_t ede;		/* its code: for people, it decides nothing */
	/* Of an unchecked question: the RRSIG of the type asked that ends
	 * first (RFC 4034 3.1.5), seconds since 1970; 0 and 0: there is
	 * none. */
	int64_t signed_at, signed_until;
	bool cached;		/* it came from the cache */
	uint32_t ttl;		/* seconds: the least of the chain's; for
				   negative answers by the SOA, RFC 2308 */
	unsigned aliases;	/* CNAMEs followed to get here */
	struct span canonical;	/* the name at the end of the CNAME chain; p is
				   NULL if it holds a dot or NUL in a label */
	size_t count;
	struct dns_record *records;	/* in the order of the answer */
};

/*
 * A question, made once by dns_query() and handed down from layer to layer.
 *
 * deadline_ms: no answer later than this time of clock_mono_ms(); 0: none.
 *
 * unchecked: with the bits DO and CD (RFC 4035 3.2): what a validator would
 * not give out, and the signatures.  Its answer is another than the plain
 * one's: nobody may take one for the other.
 */
struct dns_question {
	struct span name;	/* as it was asked, without a dot at its end */
	unsigned char wire[BOUND_DNS_NAME];	/* the same, case kept */
	size_t wire_len;
	enum dns_type type;
	bool unchecked;
	int64_t deadline_ms;
};

/*
 * Something that answers questions.
 *
 * query: answer one.  The answer and all it points to live in the arena.
 * Returns FAULT_NONE whenever there is an outcome,
 * temperror included; a fault only for what is ours (no memory).
 *
 * deadline_ms: the clock_mono_ms() time after which every question is
 * DNS_TEMPERROR/DNS_WHY_DEADLINE; 0 for none.  The caller sets it for each
 * message (--time-limit).
 *
 * queries: counts questions that query was called for (cached ones too); the
 * caller may reset it for each message.
 *
 * trace: if set, is shown every question with its answer (-v, --trace).
 */
struct dns {
	enum fault_kind (*query)(struct dns *, const struct dns_question *,
	    struct arena *, struct dns_answer *, struct fault *);
	void *state;
	const struct clock *clock;	/* for deadline_ms; NULL: none kept */
	int64_t deadline_ms;
	size_t queries;
	bool offline;		/* no server is asked: nobody vouches */
	void (*trace)(void *trace_state, struct span name, enum dns_type,
	    const struct dns_answer *);
	void *trace_state;
};

/* Ask. The way in for all callers: it counts, checks the name, traces. */
enum fault_kind dns_query(struct dns *dns, struct span name,
    enum dns_type type, struct arena *a, struct dns_answer *answer,
    struct fault *f);

/* The same, unchecked: see struct dns_question. */
enum fault_kind dns_query_unchecked(struct dns *dns, struct span name,
    enum dns_type type, struct arena *a, struct dns_answer *answer,
    struct fault *f);

/* Offline and in no zone: a verdict takes the name for one that does not
 * exist, an audit may not. */
bool dns_is_outside(const struct dns_answer *answer);

/* "TXT", "AAAA" ...; "NXDOMAIN", "SERVFAIL" ... for people and JSON. */
const char *dns_type_word(enum dns_type type);
const char *dns_outcome_word(const struct dns_answer *answer);
/* The word, and what was said: "REFUSED: 192.0.2.53 refuses", into text;
 * returns text. */
#define DNS_OUTCOME_TEXT 160
const char *dns_outcome_text(const struct dns_answer *answer,
    char text[DNS_OUTCOME_TEXT]);

/*
 * Put `name` into the wire form at out (BOUND_DNS_NAME bytes); its length, or
 * 0 if the name cannot be put there.
 */
size_t dns_name_encode(struct span name, unsigned char *out);

#endif
