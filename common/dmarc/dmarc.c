/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "dmarc/dmarc.h"
#include "dns/domain.h"

/* One evaluation under way. */
struct judge {
	const struct dmarc_request *request;
	struct dmarc_memo memo;
	struct arena *arena;
	struct dmarc_result *r;
	struct dmarc_walk *walk;	/* the author's, once it was needed */
	bool unsure;		/* an aligned identifier, or one that may be,
				   has no certain result */
	enum dns_why why;	/* of the question that failed */
	bool nomem;		/* a text could not be written down */
};

#define WARNING_MAX 512

/* A line for people, with a stranger's text made printable, in the arena. */
static struct span
printable(struct judge *j, const char *before, struct span text,
    const char *after)
{
	struct span s;
	struct buf b;

	buf_init(&b, WARNING_MAX);
	buf_adds(&b, before);
	buf_addprint(&b, span_sub(text, 0, 80));
	buf_adds(&b, after);
	s = arena_span(j->arena, buf_span(&b));
	j->nomem |= b.nomem || s.p == NULL;
	buf_free(&b);
	return s;
}

static void
add_warning(struct judge *j, const char *before, struct span text,
    const char *after)
{
	struct dmarc_result *r = j->r;
	struct span s;

	if (r->nwarnings >= DMARC_WARNINGS)
		return;
	s = printable(j, before, text, after);
	if (s.len > 0)
		r->warnings[r->nwarnings++] = s;
}

static void
warn_record(struct judge *j, const struct dmarc_record *record)
{
	for (size_t i = 0; i < record->nnotes; i++) {
		struct buf b;

		if (record->notes[i].kind == DMARC_NOTE_UNKNOWN)
			continue;
		buf_init(&b, WARNING_MAX);
		buf_addc(&b, ' ');
		buf_adds(&b, dmarc_note_text(record->notes[i].kind));
		add_warning(j, "", record->notes[i].text, buf_str(&b));
		j->nomem |= b.nomem;
		buf_free(&b);
	}
	if (dmarc_record_broken(record))
		add_warning(j, record->p == DMARC_POLICY_UNSET ?
		    "no valid p tag in the record of " :
		    "an invalid sp or np tag in the record of ",
		    j->r->policy_domain, record->nrua > 0 ?
		    ": it acts as p=none" : " and no rua: it does not apply");
}

/* Everything else stays as it is: the question failed, so nobody knows. */
static void
set_temperror(struct judge *j, const struct dmarc_found *e)
{
	struct dns_answer answer = { .why = e->why, .said = e->said };
	char text[DNS_OUTCOME_TEXT], detail[DNS_OUTCOME_TEXT + 4];

	j->r->result = VERDICT_TEMPERROR;
	j->r->reason = e->why == DNS_WHY_DEADLINE ? REASON_TIME_LIMIT :
	    REASON_DNS;
	(void)snprintf(detail, sizeof(detail), " (%s)",
	    dns_outcome_text(&answer, text));
	j->r->detail = printable(j, "no answer from the DNS for _dmarc.",
	    e->name, detail);
}

static void
warn_several(struct judge *j, const struct dmarc_found *e)
{
	if (e->nrecords > 1)
		add_warning(j, "more than one DMARC record at _dmarc.", e->name,
		    ": none of them counts");
}

/* The author's walk; NULL without memory.  A failed one is a value. */
static struct dmarc_walk *
author_walk(struct judge *j, struct fault *f)
{
	if (j->walk != NULL)
		return j->walk;
	j->walk = arena_alloc(j->arena, sizeof(*j->walk));
	if (j->walk == NULL) {
		(void)fault_nomem(f);
		return NULL;
	}
	if (dmarc_walk(&j->memo, j->r->author_domain, j->walk, f) !=
	    FAULT_NONE)
		return NULL;
	j->r->walk = j->walk;
	if (!j->walk->failed)
		j->r->org = j->walk->org;
	return j->walk;
}

/*
 * RFC 9989 4.10.1: the author's own record; else that of the Organizational
 * Domain; else that of the public suffix.  What stands between author and
 * Organizational Domain never counts.  *found is NULL if there is none, or if
 * the DNS failed (then r->result says so).
 */
static enum fault_kind
discover(struct judge *j, struct dmarc_found **found, struct fault *f)
{
	struct dmarc_result *r = j->r;
	struct dmarc_walk *w;

	*found = NULL;
	if (dmarc_find(&j->memo, r->author_domain, found, f) != FAULT_NONE)
		return f->kind;
	if ((*found)->outcome == DNS_TEMPERROR) {
		set_temperror(j, *found);
		*found = NULL;
		return FAULT_NONE;
	}
	if ((*found)->record != NULL) {
		r->source = DMARC_SOURCE_AUTHOR;
		return FAULT_NONE;
	}
	*found = NULL;
	w = author_walk(j, f);
	if (w == NULL)
		return f->kind;
	for (size_t i = 0; i < w->count; i++)
		warn_several(j, w->steps[i]);
	if (w->failed) {
		set_temperror(j, w->steps[w->count - 1]);
	} else if (w->org_found != NULL) {
		r->source = DMARC_SOURCE_ORG;
		*found = w->org_found;
	} else if (w->psd_found != NULL) {
		r->source = DMARC_SOURCE_PSD;
		*found = w->psd_found;
	} else {
		r->result = VERDICT_NONE;
		r->reason = REASON_NONE;
	}
	return FAULT_NONE;
}

/*
 * Is there no such name as the Author Domain?  NXDOMAIN alone says so (RFC
 * 9989 3.2.13).  *known is false if the DNS failed.
 */
static enum fault_kind
author_nonexistent(struct judge *j, bool *known, struct fault *f)
{
	struct dns_answer answer = { .outcome = DNS_TEMPERROR };
	struct arena scratch;
	enum fault_kind k;

	arena_init(&scratch, BOUND_MESSAGE_ARENA);
	k = dns_query(j->memo.dns, j->r->author_domain, DNS_TXT, &scratch,
	    &answer, f);
	arena_free(&scratch);
	*known = answer.outcome != DNS_TEMPERROR;
	j->r->nonexistent = answer.outcome == DNS_NXDOMAIN;
	j->why = answer.why;
	return k;
}

/*
 * The policy that applies: p for the record's own name; sp below it, np if
 * the name does not exist (RFC 9989 4.7).  Left UNSET if the DNS failed.
 */
static enum fault_kind
choose_policy(struct judge *j, struct fault *f)
{
	struct dmarc_result *r = j->r;
	const struct dmarc_record *record = r->record;
	enum dmarc_policy sp = record->has_sp ? record->sp : record->p;
	bool known = true;

	r->test_mode = record->testing;
	r->policy = record->p;
	r->tag = "p";
	if (dmarc_record_broken(record)) {
		r->policy = DMARC_POLICY_NONE;
		r->tag = "";
	} else if (r->source != DMARC_SOURCE_AUTHOR) {
		r->policy = sp;
		r->tag = record->has_sp ? "sp" : "p";
		if (record->has_np && record->np != sp &&
		    author_nonexistent(j, &known, f) != FAULT_NONE)
			return f->kind;
		if (!known) {
			r->policy = DMARC_POLICY_UNSET;
		} else if (r->nonexistent) {
			r->policy = record->np;
			r->tag = "np";
		}
	}
	r->applied = r->test_mode ? dmarc_policy_lower(r->policy) : r->policy;
	if (r->applied != r->policy)
		add_warning(j, "policy_test_mode: t=y lowers ",
		    span_of(dmarc_policy_word(r->policy)), " by one step");
	return FAULT_NONE;
}

/* Relaxed alignment: the same Organizational Domain, RFC 9989 4.10.2. */
static enum fault_kind
align_relaxed(struct judge *j, struct dmarc_judged *d, struct fault *f)
{
	struct span domain = d->identifier.domain;
	struct dmarc_walk *author, mine;

	/*
	 * An Organizational Domain is a tail of its domain.  So names that
	 * have no top-level domain in common, and names outside the author's
	 * Organizational Domain, cannot be aligned, whatever stands in the
	 * DNS: a stranger's name servers are not asked and cannot stall us.
	 */
	d->alignment = DMARC_UNALIGNED;
	if (!domain_shares(domain, j->r->author_domain, 1))
		return FAULT_NONE;
	author = author_walk(j, f);
	if (author == NULL)
		return f->kind;
	if (author->failed) {
		d->alignment = DMARC_UNKNOWN;
		j->why = author->steps[author->count - 1]->why;
		return FAULT_NONE;
	}
	if (!domain_within(domain, author->org))
		return FAULT_NONE;
	if (dmarc_walk(&j->memo, domain, &mine, f) != FAULT_NONE)
		return f->kind;
	if (mine.failed) {
		d->alignment = DMARC_UNKNOWN;
		j->why = mine.steps[mine.count - 1]->why;
		return FAULT_NONE;
	}
	d->org = mine.org;
	if (span_eq(mine.org, author->org))
		d->alignment = DMARC_ALIGNED;
	return FAULT_NONE;
}

static enum fault_kind
align(struct judge *j, struct dmarc_judged *d, struct fault *f)
{
	struct span *domain = &d->identifier.domain;

	d->strict = d->identifier.method == DMARC_SPF ?
	    j->r->record->strict_spf : j->r->record->strict_dkim;
	if (domain->len == 0) {
		/* Nobody knows whose result that would have been. */
		d->alignment = d->identifier.result == VERDICT_TEMPERROR ?
		    DMARC_UNKNOWN : DMARC_UNALIGNED;
		return FAULT_NONE;
	}
	*domain = arena_lower(j->arena, domain_undot(*domain));
	if (domain->p == NULL)
		return fault_nomem(f);
	d->alignment = DMARC_UNALIGNED;
	if (!domain_is_ldhu(*domain))
		return FAULT_NONE;
	if (span_eq(*domain, j->r->author_domain)) {
		/* One name has one Organizational Domain: no walk. */
		d->alignment = DMARC_ALIGNED;
		return FAULT_NONE;
	}
	return d->strict ? FAULT_NONE : align_relaxed(j, d, f);
}

/*
 * Weigh one identifier.  Only a pass counts; a temperror, or alignment that
 * is not known, may have become one.
 */
static enum fault_kind
weigh(struct judge *j, struct dmarc_judged *d, struct fault *f)
{
	enum dmarc_alignment *all = d->identifier.method == DMARC_SPF ?
	    &j->r->spf_aligned : &j->r->dkim_aligned;
	bool pass = d->identifier.result == VERDICT_PASS;
	enum dns_why why;

	if (!pass && d->identifier.result != VERDICT_TEMPERROR) {
		why = j->why;
		if (j->request->want_alignment)
			(void)align(j, d, f);
		j->why = why;	/* it has no part in the verdict */
		return f->kind;
	}
	if (align(j, d, f) != FAULT_NONE)
		return f->kind;
	if (d->alignment == DMARC_UNALIGNED)
		return FAULT_NONE;
	if (pass && d->alignment == DMARC_ALIGNED) {
		*all = DMARC_ALIGNED;
		return FAULT_NONE;
	}
	j->unsure = true;
	if (*all != DMARC_ALIGNED)
		*all = DMARC_UNKNOWN;
	if (j->r->detail.len == 0)
		j->r->detail = printable(j, !pass ?
		    "no certain result for the aligned domain " :
		    "no answer from the DNS about ", d->identifier.domain, "");
	return FAULT_NONE;
}

static enum fault_kind
weigh_all(struct judge *j, struct fault *f)
{
	const struct dmarc_request *rq = j->request;
	struct dmarc_result *r = j->r;

	r->spf_aligned = r->dkim_aligned = DMARC_UNALIGNED;
	for (size_t i = 0; i < r->njudged; i++) {
		r->judged[i].identifier = rq->identifiers[i];
		if (weigh(j, &r->judged[i], f) != FAULT_NONE)
			return f->kind;
	}
	if (rq->no_envelope && r->spf_aligned == DMARC_UNALIGNED)
		r->spf_aligned = DMARC_UNKNOWN;
	return FAULT_NONE;
}

/* Any aligned pass, else what may have been one, else fail (5.3.6, 9.2). */
static void
conclude(struct judge *j)
{
	struct dmarc_result *r = j->r;
	bool pass = r->spf_aligned == DMARC_ALIGNED ||
	    r->dkim_aligned == DMARC_ALIGNED;

	r->reason = REASON_NONE;
	if (pass) {
		r->result = VERDICT_PASS;
		r->detail = (struct span){ NULL, 0 };
	} else if (j->unsure || r->policy == DMARC_POLICY_UNSET) {
		/* 5.3.6: the policy must not be applied. */
		r->result = VERDICT_TEMPERROR;
		r->applied = DMARC_POLICY_UNSET;
		r->reason = j->why == DNS_WHY_DEADLINE ? REASON_TIME_LIMIT :
		    REASON_DNS;
		if (r->detail.len == 0)
			r->detail = printable(j, "no answer from the "
			    "DNS whether there is a name ",
			    r->author_domain, "");
	} else if (j->request->no_envelope) {
		r->result = VERDICT_PERMERROR;
		r->applied = DMARC_POLICY_UNSET;
		r->reason = REASON_NO_ENVELOPE;
	} else {
		r->result = VERDICT_FAIL;
		r->reason = REASON_NOT_ALIGNED;
	}
}

/* Judge for one Author Domain. */
static enum fault_kind
judge_author(struct judge *j, struct span author, struct fault *f)
{
	struct dmarc_result *r = j->r;
	struct dmarc_found *found;

	r->author_domain = arena_lower(j->arena, author);
	r->njudged = j->request->nidentifiers;
	r->judged = arena_array(j->arena, r->njudged + 1,
	    sizeof(*r->judged));
	if (r->author_domain.p == NULL || r->judged == NULL)
		return fault_nomem(f);
	if (discover(j, &found, f) != FAULT_NONE)
		return f->kind;
	if (found == NULL) {
		r->njudged = 0;
		return FAULT_NONE;
	}
	r->record = found->record;
	r->policy_domain = found->name;
	warn_record(j, r->record);
	if (dmarc_record_broken(r->record) && r->record->nrua == 0) {
		/* RFC 9989 4.10.1: no DMARC processing. */
		r->result = VERDICT_NONE;
		r->reason = REASON_RECORD_INVALID;
		r->njudged = 0;
		return FAULT_NONE;
	}
	if (choose_policy(j, f) != FAULT_NONE || weigh_all(j, f) != FAULT_NONE)
		return f->kind;
	conclude(j);
	return FAULT_NONE;
}

/* Which verdict counts when several authors are judged: the lowest. */
static int
multi_rank(const struct dmarc_result *r)
{
	static const int ranks[] = {
		[VERDICT_FAIL] = 0, [VERDICT_TEMPERROR] = 1,
		[VERDICT_PERMERROR] = 2, [VERDICT_NONE] = 3,
		[VERDICT_PASS] = 4, [VERDICT_SOFTFAIL] = 1,
		[VERDICT_NEUTRAL] = 1, [VERDICT_POLICY] = 1,
	};

	return ranks[r->result] * 4 +
	    (int)(DMARC_POLICY_REJECT - r->applied);
}

enum fault_kind
dmarc_evaluate(const struct dmarc_request *request, struct dns *dns,
    struct arena *a, struct dmarc_result *result, struct fault *f)
{
	struct judge j = { .request = request, .arena = a };
	struct dmarc_result *one;
	size_t n = request->nauthors;

	*result = (struct dmarc_result){ .tag = "",
	    .result = VERDICT_PERMERROR, .reason = request->author_reason,
	    .detail = request->author_detail };
	if (n == 0) {
		if (result->reason == REASON_NONE)
			result->reason = REASON_NO_AUTHOR_DOMAIN;
		return FAULT_NONE;
	}
	if (n > 1 && (request->multi == DMARC_MULTI_PERMERROR ||
	    n > BOUND_DMARC_AUTHORS)) {
		result->reason = REASON_MULTIPLE_AUTHOR_DOMAINS;
		return FAULT_NONE;
	}
	dmarc_memo_init(&j.memo, dns, a);
	for (size_t i = 0; i < n; i++) {
		one = arena_alloc(a, sizeof(*one));
		if (one == NULL)
			return fault_nomem(f);
		one->tag = "";
		j.r = one;
		j.walk = NULL;
		j.unsure = false;
		j.why = DNS_WHY_NONE;
		if (judge_author(&j, request->authors[i], f) != FAULT_NONE ||
		    (request->want_org && author_walk(&j, f) == NULL))
			return f->kind;
		if (j.nomem)
			return fault_nomem(f);
		if (i == 0 || multi_rank(one) < multi_rank(result))
			*result = *one;
	}
	return FAULT_NONE;
}
