/* SPDX-License-Identifier: ISC */
/* MTA-STS policies (RFC 8461): where they come from, and against the MX. */
#include "dns/domain.h"
#include "posture/posture_impl.h"

/* Seconds: shorter ones hardly protect; weeks are advised (RFC 8461 3.2). */
#define STS_DAY 86400
#define STS_WEEK 604800

/* An exchange that no line of the policy allows. */
static bool
sts_exchange(struct posture_run *r, struct span name)
{
	const struct sts_policy *policy = &r->p->policy;

	name = domain_undot(name);
	for (size_t i = 0; i < policy->nmx; i++)
		if (sts_policy_matches(policy->mx[i], name))
			return true;
	if (!posture_add(r, POSTURE_STS_EXCHANGE, name, "%.*s",
	    SPAN_ARG(name)))
		return false;
	if (policy->mode == STS_MODE_TESTING)
		r->p->lint.newest->severity = LINT_WARNING;
	return true;
}

/* A line that no exchange needs. */
static bool
sts_line_used(struct posture_run *r, struct span line, struct span implicit)
{
	const struct posture_mx *mx = &r->p->mx;

	if (implicit.len > 0 && sts_policy_matches(line, implicit))
		return true;
	for (size_t i = 0; i < mx->count; i++)
		if (sts_policy_matches(line, mx->exchanges[i].name))
			return true;
	return posture_add(r, POSTURE_STS_UNUSED, line, "mx: %.*s",
	    SPAN_ARG(line));
}

static bool
sts_against_mx(struct posture_run *r)
{
	const struct sts_policy *policy = &r->p->policy;
	const struct posture_mx *mx = &r->p->mx;
	struct span implicit = { "", 0 };

	if (policy->mode == STS_MODE_NONE || mx->state == POSTURE_MX_UNKNOWN)
		return true;
	/* Without MX the domain is its own exchange (RFC 5321 5.1). */
	if (mx->state == POSTURE_MX_ABSENT && mx->has_address)
		implicit = r->domain;
	if (implicit.len > 0 && !sts_exchange(r, implicit))
		return false;
	for (size_t i = 0; i < mx->count; i++) {
		size_t k = 0;

		while (k < i && !span_eq_nocase(mx->exchanges[k].name,
		    mx->exchanges[i].name))
			k++;
		if (k == i && !sts_exchange(r, mx->exchanges[i].name))
			return false;
	}
	for (size_t i = 0; i < policy->nmx; i++)
		if (!sts_line_used(r, policy->mx[i], implicit))
			return false;
	return true;
}

static bool
sts_judge(struct posture_run *r, struct span text)
{
	struct sts_policy *p = &r->p->policy;
	const char *what;

	r->p->policy_text = text;
	what = sts_policy_parse(text, p);
	if (what != NULL)
		return posture_add(r, POSTURE_STS_POLICY, SPAN(""), "%s",
		    what);
	if (p->twice.len > 0 && !posture_add(r, POSTURE_STS_TWICE, p->twice,
	    "%.*s", SPAN_ARG(p->twice)))
		return false;
	if (p->unknown.len > 0 && !posture_add(r, POSTURE_STS_KEY,
	    p->unknown, "%.*s", SPAN_ARG(p->unknown)))
		return false;
	if (p->mode != STS_MODE_ENFORCE && !posture_add(r, POSTURE_STS_MODE,
	    SPAN(""), "mode: %s", sts_mode_word(p->mode)))
		return false;
	if (p->mode != STS_MODE_NONE && p->max_age < STS_WEEK) {
		if (!posture_add(r, POSTURE_STS_AGE, SPAN(""),
		    "max_age: %u", (unsigned)p->max_age))
			return false;
		if (p->max_age >= STS_DAY)
			lint_demote(&r->p->lint);
	}
	return sts_against_mx(r);
}

/* The policy that was given for the domain; p NULL: none. */
static struct span
sts_given(const struct posture_run *r)
{
	const struct posture_request *rq = r->rq;
	struct span text = { NULL, 0 };

	for (size_t i = 0; i < rq->nsts; i++)
		if (rq->sts[i].domain.len == 0 ||
		    span_eq_nocase(rq->sts[i].domain, r->domain))
			text = rq->sts[i].text;
	return text;
}

/* An answer came over a good connection. */
static bool
sts_answered(struct posture_run *r, const struct posture_fetched *got)
{
	struct span type, rest;

	if (got->status != 200)
		return posture_add(r, POSTURE_STS_STATUS, SPAN(""),
		    "status %u", got->status);
	(void)span_cut(got->type, ';', &type, &rest);
	type = span_trim_wsp(type);
	if (!span_eq_nocase(type, SPAN("text/plain")) && !posture_add(r,
	    POSTURE_STS_TYPE, SPAN(""), "%.*s", SPAN_ARG(type.len > 0 ?
	    span_sub(type, 0, 80) : SPAN("none"))))
		return false;
	return sts_judge(r, got->body);
}

static bool
sts_fetch(struct posture_run *r, struct span host,
    const struct ipaddr *addresses, size_t n)
{
	struct posture_fetch *fetch = r->rq->fetch;
	struct posture_fetched got;

	if (n == 0)
		return posture_add(r, POSTURE_STS_DNS, host, "%.*s: no "
		    "address of it is public", SPAN_ARG(host));
	if (fetch->get(fetch, host, addresses, n, r->rq->arena, &got, r->f) !=
	    FAULT_NONE)
		return false;
	switch (got.as) {
	case POSTURE_FETCH_FAILED:
		return posture_add(r, POSTURE_STS_DNS, host, "%.*s: no "
		    "connection in time (%d)", SPAN_ARG(host), got.code);
	case POSTURE_FETCH_CERT:
		return posture_add(r, POSTURE_STS_CERT, host, "%.*s (%d)",
		    SPAN_ARG(host), got.code);
	case POSTURE_FETCH_LARGE:
		return posture_add(r, POSTURE_STS_LARGE, SPAN(""),
		    "more than %zu bytes", STS_POLICY_BYTES);
	case POSTURE_FETCH_ANSWER:
		break;
	}
	return sts_answered(r, &got);
}

/* Addresses that may be connected to. */
static size_t
sts_public(const struct posture_run *r, const struct dns_answer *answer,
    struct ipaddr *out, size_t n)
{
	for (size_t i = 0; i < answer->count && n < POSTURE_MX_MAX; i++) {
		const struct ipaddr *a = &answer->records[i].addr;
		struct ipaddr plain = ipaddr_unmap(*a);

		if (r->rq->fetch->allow_private || !spf_net_is_private(&plain,
		    plain.family == 4 ? 32 : 128))
			out[n++] = *a;
	}
	return n;
}

/* The host that is to serve the policy, and what it serves. */
static bool
sts_host(struct posture_run *r, struct span given)
{
	struct span name = posture_below(r, SPAN("mta-sts"), r->domain);
	struct ipaddr addresses[POSTURE_MX_MAX];
	struct dns_answer four, six;
	bool failed;

	if (name.p == NULL || !posture_ask(r, name, DNS_A, &four) ||
	    !posture_ask(r, name, DNS_AAAA, &six))
		return false;
	failed = four.outcome == DNS_TEMPERROR || six.outcome ==
	    DNS_TEMPERROR;
	if (four.count + six.count == 0 && failed) {
		if (!posture_unanswered(r, POSTURE_STS_DNS, name,
		    four.outcome == DNS_TEMPERROR ? DNS_A : DNS_AAAA,
		    four.outcome == DNS_TEMPERROR ? &four : &six))
			return false;
	} else if (four.count + six.count == 0 && !dns_is_outside(&four) &&
	    !dns_is_outside(&six)) {
		if (!posture_add(r, POSTURE_STS_HOST, SPAN(""),
		    "%.*s: no address", SPAN_ARG(name)))
			return false;
	} else if (given.p == NULL && r->rq->fetch != NULL &&
	    four.count + six.count > 0) {
		return sts_fetch(r, name, addresses, sts_public(r, &six,
		    addresses, sts_public(r, &four, addresses, 0)));
	} else if (given.p == NULL) {
		return posture_add(r, POSTURE_STS_UNSEEN, SPAN(""), "%.*s",
		    SPAN_ARG(name));
	}
	return given.p == NULL || sts_judge(r, given);
}

bool
posture_sts_policy(struct posture_run *r, bool announced)
{
	struct span given = sts_given(r);

	if (announced)
		return sts_host(r, given);
	if (given.p == NULL)
		return true;
	return posture_add(r, POSTURE_STS_ORPHAN, SPAN(""), "no record at "
	    "_mta-sts.%.*s", SPAN_ARG(r->domain)) && sts_judge(r, given);
}
