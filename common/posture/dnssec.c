/* SPDX-License-Identifier: ISC */
/*
 * DNSSEC (RFC 4033 to 4035): secure, insecure, bogus or unknown, as a
 * validating resolver has it.  Without one that is believed nothing is called
 * insecure.
 */
#include "dns/domain.h"
#include "posture/posture_impl.h"

/* Names whose zones are signed, if anybody's are. */
#define SEC_SIGNED "com"

/*
 * Does the resolver validate at all?  A name that is surely signed shows it:
 * the domain's top level, or another.
 */
static bool
sec_validates(struct posture_run *r, bool *validates)
{
	const struct span names[] = { domain_tail(r->domain, 1),
		SPAN(SEC_SIGNED) };
	struct dns_answer answer;

	for (size_t i = 0; !r->validates_known && i < 2; i++) {
		if (!posture_ask(r, names[i], DNS_SOA, &answer))
			return false;
		if (answer.authentic)
			r->validates = r->validates_known = true;
	}
	r->validates_known = true;
	*validates = r->validates;
	return true;
}

bool
posture_secure(struct posture_run *r, const struct dns_answer *answer,
    enum posture_secure *state)
{
	bool validates;

	*state = POSTURE_SECURE_UNKNOWN;
	if (answer->authentic)
		*state = POSTURE_SECURE;
	if (answer->authentic || !answer->vouched)
		return true;
	if (!sec_validates(r, &validates))
		return false;
	if (validates)
		*state = POSTURE_INSECURE;
	return true;
}

/* What a server said of its failure, RFC 8914 4. */
static const char *
sec_reason(const struct dns_answer *answer)
{
	switch (answer->has_ede ? answer->ede : 0) {
	case 1:
		return "the algorithm is not supported";
	case 6:
		return "DNSSEC bogus";
	case 7:
		return "a signature has ended";
	case 8:
		return "a signature is not yet valid";
	case 9:
		return "the DNSKEY is missing";
	case 10:
		return "signatures are missing";
	case 12:
		return "NSEC is missing";
	default:
		return "no reason is given";
	}
}

/* SERVFAIL: do the records come when nobody checks them? */
static bool
sec_failed(struct posture_run *r, const struct dns_answer *answer)
{
	struct dns_answer plain;
	int64_t now = clock_wall(r->dns.clock);

	if (answer->why != DNS_WHY_SERVFAIL)
		return posture_unanswered(r, POSTURE_SEC_DNS, r->domain,
		    DNS_SOA, answer);
	if (!posture_ask_unchecked(r, r->domain, DNS_SOA, &plain))
		return false;
	if (plain.outcome == DNS_TEMPERROR)
		return posture_unanswered(r, POSTURE_SEC_DNS, r->domain,
		    DNS_SOA, answer);
	r->p->dnssec.state = POSTURE_BOGUS;
	r->p->dnssec.signed_until = plain.signed_until;
	if (plain.signed_until != 0 && plain.signed_until < now)
		return posture_add(r, POSTURE_SEC_BOGUS, SPAN(""),
		    "the signature ended %lld seconds ago",
		    (long long)(now - plain.signed_until));
	return posture_add(r, POSTURE_SEC_BOGUS, SPAN(""), "%s",
	    plain.signed_at > now ? "the signature is not yet valid" :
	    sec_reason(answer));
}

/* How much of a signature's time is left: an eighth is enough, a fiftieth is
 * an outage. */
static bool
sec_lifetime(struct posture_run *r)
{
	struct posture_dnssec *d = &r->p->dnssec;
	struct dns_answer plain;
	int64_t all, left;

	if (!posture_ask_unchecked(r, r->domain, DNS_SOA, &plain))
		return false;
	d->signed_until = plain.signed_until;
	all = plain.signed_until - plain.signed_at;
	left = plain.signed_until - clock_wall(r->dns.clock);
	if (plain.signed_until == 0 || all <= 0 || left * 8 >= all)
		return true;
	if (!posture_add(r, POSTURE_SEC_SOON, SPAN(""), "%lld of %lld "
	    "seconds are left", (long long)left, (long long)all))
		return false;
	if (left * 50 < all)
		r->p->lint.newest->severity = LINT_ERROR;
	return true;
}

/* Not secure: is the zone signed at all, and does the parent know? */
static bool
sec_unsigned(struct posture_run *r, bool apex)
{
	struct posture_dnssec *d = &r->p->dnssec;
	struct dns_answer plain, ds;

	if (apex && !posture_ask_unchecked(r, r->domain, DNS_SOA, &plain))
		return false;
	if (apex && plain.signed_until != 0) {
		d->signed_until = plain.signed_until;
		if (!posture_ask(r, r->domain, DNS_DS, &ds))
			return false;
		if (ds.outcome == DNS_NODATA)
			return posture_add(r, POSTURE_SEC_NO_DS, SPAN(""),
			    "%.*s", SPAN_ARG(r->domain));
	}
	if (d->state == POSTURE_INSECURE)
		return posture_add(r, POSTURE_SEC_UNSIGNED, SPAN(""), "%.*s",
		    SPAN_ARG(r->domain));
	return posture_add(r, POSTURE_SEC_UNKNOWN, SPAN(""), "%.*s",
	    SPAN_ARG(r->domain));
}

bool
posture_dnssec(struct posture_run *r)
{
	struct posture_dnssec *d = &r->p->dnssec;
	struct dns_answer answer;

	if (!posture_ask(r, r->domain, DNS_SOA, &answer))
		return false;
	if (answer.outcome == DNS_TEMPERROR)
		return sec_failed(r, &answer);
	if (!posture_secure(r, &answer, &d->state))
		return false;
	if (d->state == POSTURE_SECURE)
		return sec_lifetime(r);
	/* A zone's file is not signed: what will be published may be. */
	r->unjudged = d->state == POSTURE_SECURE_UNKNOWN;
	if (dns_is_outside(&answer) || r->dns.offline ||
	    (answer.count > 0 && answer.records[0].place.file != NULL))
		return true;
	if (!r->unjudged)
		r->p->checks[POSTURE_DNSSEC] = POSTURE_NONE;
	return sec_unsigned(r, answer.count > 0);
}
