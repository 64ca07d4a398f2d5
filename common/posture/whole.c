/* SPDX-License-Identifier: ISC */
/* The domain as a whole: what its families make together. */
#include "posture/posture_impl.h"

static bool
whole_skipped(const struct posture *p, enum posture_family family)
{
	return p->checks[family] == POSTURE_SKIPPED ||
	    p->checks[family] == POSTURE_TEMPERROR;
}

/* Does DMARC reject mail of the domain, of all below it, and of names that do
 * not exist? */
static bool
whole_rejects(const struct posture *p)
{
	const struct dmarc_result *d = &p->dmarc.result;
	const struct dmarc_record *rec = d->record;
	enum dmarc_policy sp;

	if (rec == NULL || d->result == VERDICT_NONE || rec->testing ||
	    d->policy != DMARC_POLICY_REJECT)
		return false;
	if (d->source != DMARC_SOURCE_AUTHOR)
		return rec->np == DMARC_POLICY_UNSET ||
		    rec->np == DMARC_POLICY_REJECT;
	sp = rec->sp != DMARC_POLICY_UNSET ? rec->sp : rec->p;
	return sp == DMARC_POLICY_REJECT &&
	    (rec->np == DMARC_POLICY_UNSET ||
	    rec->np == DMARC_POLICY_REJECT);
}

static bool
whole_parked(struct posture_run *r)
{
	struct posture *p = r->p;

	if (!whole_skipped(p, POSTURE_SPF) && !posture_spf_refuses(p) &&
	    !posture_add(r, POSTURE_AUD_PARKED_SPF, SPAN(""), "%s",
	    p->checks[POSTURE_SPF] == POSTURE_NONE ? "no SPF record" :
	    "another record"))
		return false;
	if (!whole_skipped(p, POSTURE_DMARC) && !whole_rejects(p) &&
	    !posture_add(r, POSTURE_AUD_PARKED_DMARC, SPAN(""), "%s",
	    p->dmarc.result.record == NULL ? "no record applies" :
	    "the policy, sp, np or t=y lets mail through"))
		return false;
	if (whole_skipped(p, POSTURE_MX) || p->mx.state != POSTURE_MX_ABSENT)
		return true;
	if (!posture_add(r, POSTURE_AUD_PARKED_MX, SPAN(""), "%s",
	    p->mx.has_address ? "no MX, but an address" : "no MX"))
		return false;
	if (p->mx.address_known && !p->mx.has_address)
		lint_demote(&p->lint);
	return true;
}

/* A domain that sends: can anything of it align? */
static bool
whole_sends(struct posture_run *r)
{
	struct posture *p = r->p;
	enum dmarc_policy policy = p->dmarc.result.applied;

	if (whole_skipped(p, POSTURE_SPF) || whole_skipped(p, POSTURE_DMARC) ||
	    r->rq->skip[POSTURE_DKIM] || !r->no_domainkey)
		return true;
	/* A selector answered all the same: the server is wrong. */
	for (size_t i = 0; i < p->nkeys; i++)
		if (p->live[i])
			return true;
	if (posture_spf_authorises(p))
		return posture_add(r, POSTURE_AUD_SPF_ALONE, SPAN(""),
		    "_domainkey does not exist");
	return (policy != DMARC_POLICY_QUARANTINE &&
	    policy != DMARC_POLICY_REJECT) || posture_add(r,
	    POSTURE_AUD_NOTHING_PASSES, SPAN(""), "the policy is %s",
	    dmarc_policy_word(policy));
}

/* A TXT wildcard of the domain: it answers for each service there is. */
static bool
whole_wildcard(struct posture_run *r)
{
	struct dns_answer answer;

	if (r->rq->skip[POSTURE_DMARC] && r->rq->skip[POSTURE_STS] &&
	    r->rq->skip[POSTURE_TLSRPT])
		return true;
	if (!posture_ask_below(r, "_vouchsafe-audit-nobody", DNS_TXT,
	    &answer))
		return false;
	return answer.outcome != DNS_ANSWER || posture_add(r,
	    POSTURE_AUD_WILDCARD, SPAN("*"), "*.%.*s answers %zu TXT "
	    "record%s", SPAN_ARG(r->domain), answer.count,
	    answer.count == 1 ? "" : "s");
}

/* A sub-domain that nobody named: may a forger use it? */
static bool
whole_bare(struct posture_run *r)
{
	const struct posture *p = r->p;

	if (!r->rq->subdomain || p->checks[POSTURE_SPF] != POSTURE_NONE ||
	    whole_skipped(p, POSTURE_DMARC) ||
	    p->dmarc.result.applied == DMARC_POLICY_REJECT ||
	    (p->mx.state != POSTURE_MX_HOSTS && !p->mx.has_address))
		return true;
	return posture_add(r, POSTURE_AUD_BARE, SPAN(""), "the policy is %s",
	    p->dmarc.result.record == NULL ? "none at all" :
	    dmarc_policy_word(p->dmarc.result.policy));
}

/* A record of its own below an organization's that asks for more. */
static bool
whole_weaker(struct posture_run *r)
{
	const struct dmarc_result *d = &r->p->dmarc.result;
	const struct dmarc_walk *walk = &r->p->dmarc.walk;
	const struct dmarc_record *org = walk->org_found == NULL ? NULL :
	    walk->org_found->record;
	enum dmarc_policy theirs;

	if (whole_skipped(r->p, POSTURE_DMARC) || d->record == NULL ||
	    d->source != DMARC_SOURCE_AUTHOR || org == NULL ||
	    span_eq_nocase(walk->org, r->domain) || org->testing)
		return true;
	theirs = org->sp != DMARC_POLICY_UNSET ? org->sp : org->p;
	if (d->applied == DMARC_POLICY_UNSET || d->applied >= theirs)
		return true;
	return posture_add(r, POSTURE_AUD_WEAKER, SPAN(""),
	    "%s, and %.*s has %s", dmarc_policy_word(d->applied),
	    SPAN_ARG(walk->org), dmarc_policy_word(theirs));
}

bool
posture_whole(struct posture_run *r)
{
	if (!whole_bare(r) || !whole_weaker(r))
		return false;
	if (r->p->role == POSTURE_ROLE_PARKED && !whole_parked(r))
		return false;
	if (posture_sends(r) && !whole_sends(r))
		return false;
	return whole_wildcard(r);
}
