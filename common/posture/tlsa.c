/* SPDX-License-Identifier: ISC */
/* DANE for mail (RFC 6698, 7671, 7672): the TLSA records of exchanges. */
#include "dns/domain.h"
#include "posture/posture_impl.h"

/* One exchange. */
struct dane_host {
	struct span name;	/* where its TLSA records stand */
	enum posture_secure address, tlsa;
	bool alias;		/* it, or its TLSA name */
	bool unknown;		/* the TLSA question failed */
	struct dns_answer answer;
};

/* Both are secure, or the lesser of the two. */
static enum posture_secure
dane_both(enum posture_secure a, enum posture_secure b)
{
	if (a == POSTURE_INSECURE || b == POSTURE_INSECURE)
		return POSTURE_INSECURE;
	return a == POSTURE_SECURE && b == POSTURE_SECURE ? POSTURE_SECURE :
	    POSTURE_SECURE_UNKNOWN;
}

/* The state of an exchange's addresses: of those that it has. */
static bool
dane_address(struct posture_run *r, struct span name, struct dane_host *h)
{
	const enum dns_type types[] = { DNS_A, DNS_AAAA };
	enum posture_secure state;
	struct dns_answer answer;
	bool any = false;

	for (size_t i = 0; i < 2; i++) {
		if (!posture_ask(r, name, types[i], &answer))
			return false;
		if (answer.outcome != DNS_ANSWER)
			continue;
		if (!posture_secure(r, &answer, &state))
			return false;
		h->address = any ? dane_both(h->address, state) : state;
		h->alias = h->alias || answer.aliases > 0;
		any = true;
	}
	return true;
}

static bool
dane_look(struct posture_run *r, struct span exchange, struct dane_host *h)
{
	*h = (struct dane_host){ .address = POSTURE_SECURE_UNKNOWN };
	h->name = posture_below(r, SPAN("_25._tcp"), exchange);
	if (h->name.p == NULL || !dane_address(r, exchange, h) ||
	    !posture_ask(r, h->name, DNS_TLSA, &h->answer) ||
	    !posture_secure(r, &h->answer, &h->tlsa))
		return false;
	h->unknown = h->answer.outcome == DNS_TEMPERROR ||
	    dns_is_outside(&h->answer);
	h->alias = h->alias || h->answer.aliases > 0;
	/* Below an unsigned address senders never ask: it may fail. */
	return h->answer.outcome != DNS_TEMPERROR ||
	    h->address != POSTURE_SECURE ||
	    posture_unanswered(r, POSTURE_DANE_DNS, h->name, DNS_TLSA,
	    &h->answer);
}

/* What makes the record unusable (RFC 7671 4, 5), or NULL. */
static const char *
dane_wrong(const struct dns_record *t)
{
	static const size_t lengths[] = { 0, 32, 64 };

	if (t->tlsa[0] > 3)
		return "an unknown usage";
	if (t->tlsa[1] > 1)
		return "an unknown selector";
	if (t->tlsa[2] > 2)
		return "an unknown matching type";
	if (t->tlsa[2] == 0)
		return t->text.len == 0 ? "no data" : NULL;
	return t->text.len == lengths[t->tlsa[2]] ? NULL :
	    "the length does not fit the matching type";
}

/* A finding about a record, at its place. */
static bool
dane_add(struct posture_run *r, enum posture_rule rule,
    const struct dane_host *h, const struct dns_record *t, const char *what)
{
	if (!posture_add(r, rule, h->name, "%.*s: %u %u %u%s%s",
	    SPAN_ARG(h->name), t->tlsa[0], t->tlsa[1], t->tlsa[2],
	    what == NULL ? "" : ": ", what == NULL ? "" : what))
		return false;
	r->p->lint.newest->place = t->place;
	return true;
}

/* One record; *usable counts, *advice is what could be better. */
static bool
dane_record(struct posture_run *r, const struct dane_host *h,
    const struct dns_record *t, size_t *usable, const char **advice)
{
	const char *what = dane_wrong(t);

	if (what != NULL)
		return dane_add(r, POSTURE_DANE_UNUSABLE, h, t, what);
	if (t->tlsa[0] < 2)
		return dane_add(r, POSTURE_DANE_USAGE, h, t, NULL);
	(*usable)++;
	if (t->tlsa[2] == 0)
		*advice = "matching type 0 holds all of it";
	else if (t->tlsa[0] == 3 && t->tlsa[1] == 0)
		*advice = "selector 0 ends with the certificate";
	return true;
}

/* --cert: what the exchange presents, or will. */
static bool
dane_certs(struct posture_run *r, struct span exchange,
    const struct dane_host *h)
{
	for (size_t i = 0; i < r->rq->ncerts; i++) {
		const struct posture_cert *c = &r->rq->certs[i];
		bool match = false;

		if (c->host.len > 0 && !span_eq_nocase(c->host,
		    domain_undot(exchange)))
			continue;
		for (size_t k = 0; k < h->answer.count && !match; k++)
			match = dane_wrong(&h->answer.records[k]) == NULL &&
			    posture_cert_matches(c, &h->answer.records[k]);
		if (!match && !posture_add(r, POSTURE_DANE_CERT, h->name,
		    "%.*s: %zu record%s, %zu certificate%s",
		    SPAN_ARG(h->name), h->answer.count,
		    h->answer.count == 1 ? "" : "s", c->count,
		    c->count == 1 ? "" : "s"))
			return false;
	}
	return true;
}

static bool
dane_records(struct posture_run *r, struct span exchange,
    const struct dane_host *h)
{
	size_t usable = 0;
	const char *advice = NULL;

	for (size_t i = 0; i < h->answer.count; i++)
		if (!dane_record(r, h, &h->answer.records[i], &usable,
		    &advice))
			return false;
	if (usable == 0 && !posture_add(r, POSTURE_DANE_NOTHING, h->name,
	    "%.*s", SPAN_ARG(h->name)))
		return false;
	if (usable == 1 && advice == NULL && h->answer.count == 1)
		advice = "one record only";
	if (usable > 0 && advice != NULL && !posture_add(r,
	    POSTURE_DANE_ADVICE, h->name, "%.*s: %s", SPAN_ARG(h->name),
	    advice))
		return false;
	if (h->alias && !posture_add(r, POSTURE_DANE_ALIAS, h->name, "%.*s",
	    SPAN_ARG(h->name)))
		return false;
	return dane_certs(r, exchange, h);
}

/* Would a sender use the records at all? */
static bool
dane_trust(struct posture_run *r, enum posture_secure mx,
    const struct dane_host *h)
{
	enum posture_secure all = dane_both(mx, dane_both(h->address,
	    h->tlsa));

	if (all == POSTURE_INSECURE)
		return posture_add(r, POSTURE_DANE_UNSIGNED, h->name,
		    "%.*s: %s", SPAN_ARG(h->name), mx == POSTURE_INSECURE ?
		    "the MX records are not signed" :
		    h->address == POSTURE_INSECURE ?
		    "the exchange's address is not signed" :
		    "the TLSA records are not signed");
	if (all == POSTURE_SECURE || r->dane_said)
		return true;
	r->dane_said = true;
	return posture_add(r, POSTURE_DANE_UNKNOWN, SPAN(""), "%.*s",
	    SPAN_ARG(h->name));
}

/* All exchanges were looked at. */
static bool
dane_whole(struct posture_run *r, enum posture_secure mx, bool signed_host,
    struct span lacks)
{
	struct posture_dane *d = &r->p->dane;

	if (d->with > 0 && lacks.len > 0)
		return posture_add(r, POSTURE_DANE_SOME, lacks,
		    "%.*s has none", SPAN_ARG(lacks));
	if (d->with > 0 || d->unknown > 0)
		return true;
	r->p->checks[POSTURE_DANE] = POSTURE_NONE;
	return mx != POSTURE_SECURE || !signed_host || posture_add(r,
	    POSTURE_DANE_NONE, SPAN(""), "%zu exchange%s", d->hosts,
	    d->hosts == 1 ? "" : "s");
}

bool
posture_dane(struct posture_run *r)
{
	const struct posture_mx *mx = &r->p->mx;
	struct posture_dane *d = &r->p->dane;
	enum posture_secure state;
	struct span lacks = { "", 0 };
	bool signed_host = false;
	struct dns_answer answer;

	r->unjudged = mx->state == POSTURE_MX_UNKNOWN;
	if (mx->state != POSTURE_MX_HOSTS) {
		if (!r->unjudged)
			r->p->checks[POSTURE_DANE] = POSTURE_NONE;
		return true;
	}
	if (!posture_ask(r, r->domain, DNS_MX, &answer) ||
	    !posture_secure(r, &answer, &state))
		return false;
	for (size_t i = 0; i < mx->count; i++) {
		struct span name = domain_undot(mx->exchanges[i].name);
		struct dane_host h;
		size_t k = 0;

		while (k < i && !span_eq_nocase(name, domain_undot(
		    mx->exchanges[k].name)))
			k++;
		if (k < i || !domain_fits(name))
			continue;
		if (!dane_look(r, name, &h))
			return false;
		d->hosts++;
		d->unknown += h.unknown;
		d->with += h.answer.count > 0;
		signed_host = signed_host || h.address == POSTURE_SECURE;
		if (h.answer.count == 0 && !h.unknown)
			lacks = name;
		if (h.answer.count > 0 && (!dane_records(r, name, &h) ||
		    !dane_trust(r, state, &h)))
			return false;
		d->secure += h.answer.count > 0 && dane_both(state,
		    dane_both(h.address, h.tlsa)) == POSTURE_SECURE;
	}
	return dane_whole(r, state, signed_host, lacks);
}
