/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dmarc/lint.h"
#include "dns/domain.h"

enum rule {
	RULE_NONE,
	RULE_INHERITS,
	RULE_SEVERAL,
	RULE_PLACE,
	RULE_NOT_RECORD,
	RULE_UNUSABLE,
	RULE_NO_P,
	RULE_VALUE,
	RULE_DUPLICATE,
	RULE_SYNTAX,
	RULE_UNKNOWN,
	RULE_PCT,
	RULE_HISTORIC,
	RULE_SIZE,
	RULE_NO_RUA,
	RULE_URI,
	RULE_SCHEME,
	RULE_CONSENT,
	RULE_UNCHECKED,
	RULE_CAPTURED,
	RULE_TESTING,
	RULE_WEAK_SP,
	RULE_WEAK_NP,
	RULE_UNUSED_SP,
	RULE_MONITOR,
	RULE_FO,
	RULE_RUF_PSD,
	RULE_PSD,
	RULE_SLASHES,
	RULE_EMPTY,
	RULE_OUTSIDE
};

static const struct lint_rule rules[] = {
	[RULE_NONE] = { "DMARC001", LINT_ERROR, LINT_ABSENT,
	    "no DMARC record",
	    "Publish a TXT record at _dmarc.DOMAIN, to begin with "
	    "\"v=DMARC1; p=none; rua=mailto:YOU\"." },
	[RULE_INHERITS] = { "DMARC002", LINT_NOTE, LINT_CLEAN,
	    "the policy of a higher name applies",
	    "Nothing, unless this name needs a policy of its own." },
	[RULE_SEVERAL] = { "DMARC003", LINT_ERROR, LINT_BROKEN,
	    "more than one DMARC record at one name",
	    "Keep one: receivers ignore all of them." },
	[RULE_PLACE] = { "DMARC004", LINT_WARNING, LINT_FINDINGS,
	    "a DMARC record in the wrong place",
	    "Move it to _dmarc.DOMAIN: nobody looks here." },
	[RULE_NOT_RECORD] = { "DMARC005", LINT_WARNING, LINT_FINDINGS,
	    "a TXT record at _dmarc that is no DMARC record",
	    "Let it begin with v=DMARC1; exactly, without white space before "
	    "it, or remove it." },
	[RULE_UNUSABLE] = { "DMARC006", LINT_ERROR, LINT_BROKEN,
	    "the record cannot be applied",
	    "Give p (and sp, np if present) one of none, quarantine, "
	    "reject." },
	[RULE_NO_P] = { "DMARC007", LINT_WARNING, LINT_FINDINGS,
	    "the record acts as p=none",
	    "Give p (and sp, np if present) one of none, quarantine, "
	    "reject." },
	[RULE_VALUE] = { "DMARC008", LINT_WARNING, LINT_FINDINGS,
	    "a tag has an invalid value",
	    "Correct it: receivers act as if the tag were not there." },
	[RULE_DUPLICATE] = { "DMARC009", LINT_WARNING, LINT_FINDINGS,
	    "a tag stands more than once",
	    "Keep one: receivers differ in which one they take." },
	[RULE_SYNTAX] = { "DMARC010", LINT_WARNING, LINT_FINDINGS,
	    "a piece of the record is no tag",
	    "Write tag=value, with a semicolon between tags." },
	[RULE_UNKNOWN] = { "DMARC011", LINT_NOTE, LINT_CLEAN,
	    "an unknown tag", "Check its spelling, or remove it." },
	[RULE_PCT] = { "DMARC012", LINT_WARNING, LINT_FINDINGS,
	    "pct has no effect",
	    "Remove it; to step a policy down use t=y (RFC 9989 A.6)." },
	[RULE_HISTORIC] = { "DMARC013", LINT_NOTE, LINT_CLEAN,
	    "a tag that RFC 9989 no longer has", "Remove it." },
	[RULE_SIZE] = { "DMARC014", LINT_NOTE, LINT_CLEAN,
	    "a size limit after a report address",
	    "Remove the ! and what follows: it is ignored." },
	[RULE_NO_RUA] = { "DMARC015", LINT_WARNING, LINT_FINDINGS,
	    "nobody receives aggregate reports",
	    "Add rua=mailto:ADDRESS, to see who sends in your name." },
	[RULE_URI] = { "DMARC016", LINT_WARNING, LINT_FINDINGS,
	    "a report address that is no URI",
	    "Write mailto:ADDRESS, with commas between several." },
	[RULE_SCHEME] = { "DMARC017", LINT_WARNING, LINT_FINDINGS,
	    "a report address that is not mailto",
	    "Write mailto:ADDRESS: receivers need support nothing else." },
	[RULE_CONSENT] = { "DMARC018", LINT_ERROR, LINT_FINDINGS,
	    "reports go to another organization that does not consent",
	    "Let it publish \"v=DMARC1\" at DOMAIN._report._dmarc.HOST." },
	[RULE_UNCHECKED] = { "DMARC019", LINT_ERROR, LINT_UNCHECKED,
	    "the DNS did not answer", "Try again later." },
	[RULE_CAPTURED] = { "DMARC020", LINT_WARNING, LINT_FINDINGS,
	    "a top-level domain's record captures this domain",
	    "Add psd=n to your own record, or let the top-level domain add "
	    "psd=y to its." },
	[RULE_TESTING] = { "DMARC021", LINT_WARNING, LINT_FINDINGS,
	    "test mode is on",
	    "Remove t=y once the reports look right." },
	[RULE_WEAK_SP] = { "DMARC022", LINT_WARNING, LINT_FINDINGS,
	    "sub-domains have a weaker policy",
	    "Raise sp, or remove it." },
	[RULE_WEAK_NP] = { "DMARC023", LINT_WARNING, LINT_FINDINGS,
	    "names that do not exist have a weaker policy",
	    "Raise np, or remove it: nobody sends from such names but "
	    "forgers." },
	[RULE_UNUSED_SP] = { "DMARC024", LINT_WARNING, LINT_FINDINGS,
	    "sp or np that no sub-domain uses",
	    "Put it into the Organizational Domain's record: that one "
	    "applies to sub-domains." },
	[RULE_MONITOR] = { "DMARC025", LINT_NOTE, LINT_CLEAN,
	    "the policy only watches",
	    "Go on to quarantine or reject once the reports look right." },
	[RULE_FO] = { "DMARC026", LINT_NOTE, LINT_CLEAN,
	    "fo has no effect without ruf", "Add ruf, or remove fo." },
	[RULE_RUF_PSD] = { "DMARC027", LINT_WARNING, LINT_FINDINGS,
	    "ruf in a public suffix's record",
	    "Remove it: receivers must ignore it (RFC 9991 2)." },
	[RULE_PSD] = { "DMARC028", LINT_WARNING, LINT_FINDINGS,
	    "psd=y on a domain that is no public suffix",
	    "Remove it: it says that each name below belongs to somebody "
	    "else." },
	[RULE_SLASHES] = { "DMARC029", LINT_WARNING, LINT_FINDINGS,
	    "slashes before a report address",
	    "Write mailto:ADDRESS: as it stands the mailbox begins with "
	    "slashes." },
	[RULE_EMPTY] = { "DMARC030", LINT_NOTE, LINT_CLEAN,
	    "an empty tag", "Remove one of the semicolons." },
	[RULE_OUTSIDE] = { "DMARC031", LINT_NOTE, LINT_CLEAN,
	    "not checked: the name is in no zone",
	    "Lint without --offline, or give its zone with --zone." },
};

/* A lint under way: a fault is kept, later findings are then dropped. */
struct linter {
	struct lint *lint;
	const struct dmarc_lookup *lookup;
	struct fault *fault;
	enum fault_kind kind;
};

#define NOTHING ((struct span){ NULL, 0 })
#define FIND(k, rule, domain, term, column, ...) do { \
	if ((k)->kind == FAULT_NONE) \
		(k)->kind = lint_add((k)->lint, &rules[rule], (domain), \
		    (term), (column), (k)->fault, __VA_ARGS__); \
	} while (0)

static void
lint_note(struct linter *k, struct span domain, const struct dmarc_note *n)
{
	static const enum rule by_kind[] = {
		[DMARC_NOTE_DUPLICATE] = RULE_DUPLICATE,
		[DMARC_NOTE_VALUE] = RULE_VALUE,
		[DMARC_NOTE_SYNTAX] = RULE_SYNTAX,
		[DMARC_NOTE_UNKNOWN] = RULE_UNKNOWN,
		[DMARC_NOTE_HISTORIC] = RULE_HISTORIC,
		[DMARC_NOTE_URI] = RULE_URI,
		[DMARC_NOTE_SCHEME] = RULE_SCHEME,
		[DMARC_NOTE_SIZE] = RULE_SIZE,
		[DMARC_NOTE_FO] = RULE_FO,
		[DMARC_NOTE_SLASHES] = RULE_SLASHES,
		[DMARC_NOTE_EMPTY] = RULE_EMPTY,
	};
	enum rule rule = by_kind[n->kind];

	if (n->kind == DMARC_NOTE_HISTORIC &&
	    span_eq_nocase(n->text, SPAN("pct")))
		rule = RULE_PCT;
	FIND(k, rule, domain, n->text, n->column, "%.*s: %s",
	    (int)(n->text.len < 100 ? n->text.len : 100), n->text.p,
	    dmarc_note_text(n->kind));
	/* pct=100 is what every receiver does anyway. */
	if (rule == RULE_PCT && k->kind == FAULT_NONE &&
	    n->value.len > 0 && span_eq(n->value, SPAN("100")))
		lint_demote(k->lint);
}

/* Where the first tag of that name stands, from 1; 0: nowhere. */
static size_t
column_of(const struct dmarc_record *r, struct span tag)
{
	struct span rest = r->text, piece, name, value;

	while (rest.len > 0) {
		(void)span_cut(rest, ';', &piece, &rest);
		(void)span_cut(piece, '=', &name, &value);
		name = span_trim_wsp(name);
		if (span_eq_nocase(name, tag))
			return (size_t)(name.p - r->text.p) + 1;
	}
	return 0;
}

/* Find something about a tag of record r. */
#define FIND_TAG(k, rule, domain, r, tag, ...) \
	FIND(k, rule, domain, span_of(tag), column_of(r, span_of(tag)), \
	    __VA_ARGS__)

/* The tags against each other. */
static void
lint_policies(struct linter *k, struct span domain,
    const struct dmarc_record *r)
{
	enum dmarc_policy sp = r->has_sp ? r->sp : r->p;
	bool org = span_eq(domain, k->lookup->walk.org) &&
	    span_eq(domain, k->lookup->domain);
	/* Then how weak it is matters to nobody. */
	bool unused = (r->has_sp || r->has_np) && span_eq(domain,
	    k->lookup->domain) && !k->lookup->walk.failed && !org &&
	    r->psd != DMARC_PSD_Y;

	if (dmarc_record_broken(r)) {
		FIND(k, r->nrua > 0 ? RULE_NO_P : RULE_UNUSABLE, domain,
		    NOTHING, 0, r->p == DMARC_POLICY_UNSET ?
		    "no valid p tag%s" : "sp or np is invalid%s",
		    r->nrua > 0 ? "" :
		    ", and no rua: receivers do no DMARC processing");
		return;
	}
	if (r->p == DMARC_POLICY_NONE)
		FIND_TAG(k, RULE_MONITOR, domain, r, "p",
		    "p=none asks receivers to do nothing about forgeries");
	if (r->has_sp && r->sp < r->p && !unused)
		FIND_TAG(k, RULE_WEAK_SP, domain, r, "sp",
		    "sp=%s is weaker than p=%s", dmarc_policy_word(r->sp),
		    dmarc_policy_word(r->p));
	if (r->has_np && (r->np < sp || r->np < r->p) && !unused)
		FIND_TAG(k, RULE_WEAK_NP, domain, r, "np",
		    "np=%s is weaker than %s=%s", dmarc_policy_word(r->np),
		    r->np < sp && r->has_sp ? "sp" : "p",
		    dmarc_policy_word(r->np < sp ? sp : r->p));
	if (unused)
		FIND_TAG(k, RULE_UNUSED_SP, domain, r,
		    r->has_sp ? "sp" : "np",
		    "the record of %.*s applies to names below",
		    SPAN_ARG(k->lookup->walk.org));
	if (r->testing)
		FIND_TAG(k, RULE_TESTING, domain, r, "t",
		    "t=y lowers p=%s to %s", dmarc_policy_word(r->p),
		    dmarc_policy_word(dmarc_policy_lower(r->p)));
}

static void
lint_record(struct linter *k, struct span domain,
    const struct dmarc_record *r)
{
	for (size_t i = 0; i < r->nnotes; i++)
		lint_note(k, domain, &r->notes[i]);
	lint_policies(k, domain, r);
	if (r->nrua == 0)
		FIND_TAG(k, RULE_NO_RUA, domain, r, "rua",
		    "no valid rua address");
	if (r->psd == DMARC_PSD_Y && domain_labels(domain) > 1 &&
	    !domain_is_registry(domain))
		FIND_TAG(k, RULE_PSD, domain, r, "psd",
		    "psd=y at %.*s", SPAN_ARG(domain));
	if (r->nruf > 0 && r->psd == DMARC_PSD_Y)
		FIND_TAG(k, RULE_RUF_PSD, domain, r, "ruf",
		    "ruf is ignored under psd=y");
}

/* Where an address stands in the record, from 1. */
static size_t
column_of_uri(const struct dmarc_record *r, const struct dmarc_uri *uri)
{
	const char *at = r == NULL || uri->text.len == 0 ? NULL :
	    memmem(r->text.p, r->text.len, uri->text.p, uri->text.len);

	return at == NULL ? 0 : (size_t)(at - r->text.p) + 1;
}

static void
lint_destinations(struct linter *k)
{
	const struct dmarc_lookup *l = k->lookup;

	for (size_t i = 0; i < l->ndestinations; i++) {
		const struct dmarc_destination *d = &l->destinations[i];
		size_t column = column_of_uri(l->result.record, d->uri);

		if (d->outside)
			FIND(k, RULE_OUTSIDE, l->result.policy_domain,
			    d->uri->text, column, "whether reports may go to "
			    "%.*s", SPAN_ARG(d->uri->host));
		else if (d->consent == DMARC_CONSENT_MISSING)
			FIND(k, RULE_CONSENT, l->result.policy_domain,
			    d->uri->text, column, "no record at %.*s._report."
			    "_dmarc.%.*s", SPAN_ARG(l->result.policy_domain),
			    SPAN_ARG(d->uri->host));
		else if (d->consent == DMARC_CONSENT_UNKNOWN)
			FIND(k, RULE_UNCHECKED, l->result.policy_domain,
			    d->uri->text, column, "whether reports may go to "
			    "%.*s", SPAN_ARG(d->uri->host));
	}
}

static bool
is_outside(const struct dmarc_found *e)
{
	return e->outcome == DNS_NXDOMAIN && e->why == DNS_WHY_OUTSIDE;
}

/* May a record stand at a name above that was not asked?  A top-level domain
 * has none for others. */
static bool
maybe_above(const struct dmarc_walk *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (is_outside(w->steps[i]) && (i == 0 ||
		    (domain_labels(w->steps[i]->name) > 1 &&
		    !domain_is_registry(w->steps[i]->name))))
			return true;
	return false;
}

/* What stands at the names of the walk that does not count. */
static void
lint_walk(struct linter *k)
{
	const struct dmarc_walk *w = &k->lookup->walk;
	const struct dmarc_found *e;

	for (size_t i = 0; i < w->count; i++) {
		e = w->steps[i];
		if (e->outcome == DNS_TEMPERROR || (i == 0 && is_outside(e)))
			FIND(k, RULE_UNCHECKED, e->name, NOTHING, 0,
			    "_dmarc.%.*s%s%.*s", SPAN_ARG(e->name),
			    e->said.len > 0 ? ": " : "", SPAN_ARG(e->said));
		else if (is_outside(e))
			FIND(k, RULE_OUTSIDE, e->name, NOTHING, 0,
			    "_dmarc.%.*s", SPAN_ARG(e->name));
		if (e->nrecords > 1)
			FIND(k, RULE_SEVERAL, e->name, NOTHING, 0,
			    "%zu records at _dmarc.%.*s: none of them counts",
			    e->nrecords, SPAN_ARG(e->name));
		if (i > 0 && e->record == NULL)
			continue;
		for (size_t t = 0; t < e->ntexts && t < DMARC_KEPT; t++)
			if (!dmarc_record_is(e->texts[t]))
				FIND(k, RULE_NOT_RECORD, e->name,
				    e->texts[t], 0, "a TXT record at "
				    "_dmarc.%.*s is no DMARC record",
				    SPAN_ARG(e->name));
	}
	e = k->lookup->walk.org_found;
	if (e != NULL && domain_labels(e->name) == 1 &&
	    domain_labels(w->domain) > 1)
		FIND(k, RULE_CAPTURED, e->name, NOTHING, 0,
		    "_dmarc.%.*s has no psd=y: all names below are one "
		    "organization", SPAN_ARG(e->name));
}

/* A record at the domain itself, where nobody looks. */
static enum fault_kind
lint_place(struct linter *k, struct dns *dns)
{
	struct dns_answer answer = { .outcome = DNS_TEMPERROR };
	struct span domain = k->lookup->domain;
	struct arena scratch;

	arena_init(&scratch, BOUND_MESSAGE_ARENA);
	if (dns_query(dns, domain, DNS_TXT, &scratch, &answer, k->fault) !=
	    FAULT_NONE)
		k->kind = k->fault->kind;
	if (answer.outcome != DNS_ANSWER)
		answer.count = 0;
	for (size_t i = 0; i < answer.count; i++)
		if (dmarc_record_is(answer.records[i].text))
			FIND(k, RULE_PLACE, domain, answer.records[i].text,
			    0, "a DMARC record at %.*s, not at _dmarc.%.*s",
			    SPAN_ARG(domain), SPAN_ARG(domain));
	arena_free(&scratch);
	return k->kind;
}

bool
dmarc_lint_code(struct span code)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (span_eq_nocase(code, span_of(rules[i].code)))
			return true;
	return false;
}

enum fault_kind
dmarc_lint(struct span domain, struct dns *dns, struct arena *a,
    struct lint *lint, struct dmarc_lookup *lookup, struct fault *f)
{
	struct linter k = { .lint = lint, .lookup = lookup, .fault = f };
	const struct dmarc_result *r = &lookup->result;

	if (lint_init(lint, domain, a, f) != FAULT_NONE ||
	    dmarc_lookup(domain, dns, a, lookup, f) != FAULT_NONE)
		return f->kind;
	lint_walk(&k);
	if (lint_place(&k, dns) != FAULT_NONE)
		return k.kind;
	if (r->record != NULL) {
		lint->record = r->record->text;
		if (!span_eq(r->policy_domain, lookup->domain))
			FIND(&k, RULE_INHERITS, lookup->domain, NOTHING, 0,
			    "the record of %.*s applies",
			    SPAN_ARG(r->policy_domain));
		lint_record(&k, r->policy_domain, r->record);
		lint_destinations(&k);
	} else if (r->result == VERDICT_NONE && !maybe_above(&lookup->walk)) {
		FIND(&k, RULE_NONE, lookup->domain, NOTHING, 0,
		    "no record for %.*s", SPAN_ARG(lookup->domain));
	}
	return k.kind;
}
