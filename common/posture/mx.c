/* SPDX-License-Identifier: ISC */
/* Mail exchangers, their addresses, and the names that those have. */
#include <stdio.h>

#include "dns/domain.h"
#include "posture/posture_impl.h"

bool
posture_is_root(struct span name)
{
	return domain_undot(name).len == 0;
}

/* The apex: does mail go there when there is no MX? */
static bool
mx_apex(struct posture_run *r)
{
	struct posture_mx *mx = &r->p->mx;
	struct dns_answer four, six;

	if (!posture_ask(r, r->domain, DNS_A, &four) ||
	    !posture_ask(r, r->domain, DNS_AAAA, &six))
		return false;
	mx->has_address = four.outcome == DNS_ANSWER ||
	    six.outcome == DNS_ANSWER;
	mx->address_known = mx->has_address ||
	    (four.outcome != DNS_TEMPERROR && six.outcome != DNS_TEMPERROR &&
	    !dns_is_outside(&four) && !dns_is_outside(&six));
	return true;
}

bool
posture_mx_gather(struct posture_run *r)
{
	struct posture_mx *mx = &r->p->mx;
	struct dns_answer answer;

	if (!mx_apex(r) || !posture_ask(r, r->domain, DNS_MX, &answer))
		return false;
	if (answer.outcome == DNS_TEMPERROR || dns_is_outside(&answer))
		return true;
	mx->state = answer.outcome == DNS_ANSWER ? POSTURE_MX_HOSTS :
	    POSTURE_MX_ABSENT;
	if (answer.outcome != DNS_ANSWER)
		return true;
	mx->exchanges = arena_array(r->rq->arena, POSTURE_MX_MAX,
	    sizeof(*mx->exchanges));
	if (mx->exchanges == NULL)
		return fault_nomem(r->f) == FAULT_NONE;
	for (size_t i = 0; i < answer.count && mx->count < POSTURE_MX_MAX;
	    i++) {
		if (posture_is_root(answer.records[i].text))
			continue;
		mx->exchanges[mx->count].name = answer.records[i].text;
		mx->exchanges[mx->count++].preference =
		    answer.records[i].preference;
	}
	if (mx->count == 0)
		mx->state = POSTURE_MX_NULL;
	return true;
}

static struct span
mx_reverse(struct posture_run *r, const struct ipaddr *a)
{
	struct buf b;
	struct span name;

	buf_init(&b, 128);
	ipaddr_reverse(a, &b);
	name = arena_span(r->rq->arena, buf_span(&b));
	if (buf_check(&b, r->f) != FAULT_NONE || name.p == NULL) {
		(void)fault_nomem(r->f);
		name.p = NULL;
	}
	buf_free(&b);
	return name;
}

/* Is the address one that the record lets send? */
static bool
mx_authorised(const struct posture_run *r, const struct ipaddr *a)
{
	const struct spf_nets *nets = &r->p->spf.nets;

	for (size_t i = 0; i < nets->count; i++)
		if (ipaddr_in(a, &nets->nets[i].addr, nets->nets[i].prefix))
			return true;
	return false;
}

/* Does one of the names lead back to the address?  At most ten, as RFC 7208
 * 5.5 has it. */
static bool
mx_leads_back(struct posture_run *r, const struct ipaddr *a,
    const struct dns_answer *names, bool *back, bool *unknown)
{
	struct dns_answer answer;

	*back = *unknown = false;
	for (size_t i = 0; i < names->count && i < 10 && !*back; i++) {
		if (!posture_ask(r, names->records[i].text, a->family == 4 ?
		    DNS_A : DNS_AAAA, &answer))
			return false;
		*unknown = *unknown || answer.outcome == DNS_TEMPERROR ||
		    dns_is_outside(&answer);
		for (size_t k = 0; k < answer.count && !*back; k++)
			*back = ipaddr_eq(&answer.records[k].addr, a);
	}
	return true;
}

/* A warning where mail is sent from, a note where it is only received. */
static bool
mx_pointer(struct posture_run *r, const struct ipaddr *a, struct span text)
{
	struct span name = mx_reverse(r, a);
	struct dns_answer answer;
	bool back, unknown;

	if (name.p == NULL || !posture_ask(r, name, DNS_PTR, &answer))
		return false;
	if (dns_is_outside(&answer))
		return true;
	if (answer.outcome == DNS_TEMPERROR)
		return posture_unanswered(r, POSTURE_MX_DNS, name, DNS_PTR,
		    &answer);
	if (!mx_leads_back(r, a, &answer, &back, &unknown))
		return false;
	if (back || unknown)
		return true;
	if (!posture_add(r, POSTURE_MX_PTR, text, "%.*s: %s", SPAN_ARG(text),
	    answer.count == 0 ? "no PTR" : "its name has another address"))
		return false;
	if (!mx_authorised(r, a))
		lint_demote(&r->p->lint);
	return true;
}

static bool
mx_address(struct posture_run *r, struct posture_exchange *e,
    const struct ipaddr *a)
{
	struct span text;
	struct buf b;

	buf_init(&b, 64);
	ipaddr_format(a, &b);
	text = buf_check(&b, r->f) != FAULT_NONE ? (struct span){ NULL, 0 } :
	    arena_span(r->rq->arena, buf_span(&b));
	buf_free(&b);
	if (text.p == NULL)
		return fault_nomem(r->f) == FAULT_NONE;
	e->addresses[e->naddresses++] = *a;
	if (spf_net_is_private(a, a->family == 4 ? 32 : 128))
		return posture_add(r, POSTURE_MX_PRIVATE, e->name,
		    "%.*s: %.*s", SPAN_ARG(e->name), SPAN_ARG(text));
	return mx_pointer(r, a, text);
}

/* The addresses of one family. */
static bool
mx_addresses(struct posture_run *r, struct posture_exchange *e,
    const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++) {
		if (e->naddresses == POSTURE_MX_MAX)
			return posture_add(r, POSTURE_MX_MANY, e->name,
			    "%.*s: more than %zu addresses",
			    SPAN_ARG(e->name), POSTURE_MX_MAX);
		if (!mx_address(r, e, &answer->records[i].addr))
			return false;
	}
	return true;
}

static bool
mx_host(struct posture_run *r, struct posture_exchange *e, bool *unknown)
{
	struct dns_answer four, six;
	enum dns_type failed;

	if (!posture_ask(r, e->name, DNS_A, &four) ||
	    !posture_ask(r, e->name, DNS_AAAA, &six))
		return false;
	if (four.aliases + six.aliases > 0 && !posture_add(r,
	    POSTURE_MX_ALIAS, e->name, "%.*s", SPAN_ARG(e->name)))
		return false;
	if (four.outcome == DNS_TEMPERROR || six.outcome == DNS_TEMPERROR) {
		*unknown = true;
		failed = four.outcome == DNS_TEMPERROR ? DNS_A : DNS_AAAA;
		if (!posture_unanswered(r, POSTURE_MX_DNS, e->name, failed,
		    failed == DNS_A ? &four : &six))
			return false;
	} else if (dns_is_outside(&four) || dns_is_outside(&six)) {
		*unknown = true;
	} else if (four.outcome == DNS_NXDOMAIN &&
	    six.outcome == DNS_NXDOMAIN) {
		return posture_add(r, POSTURE_MX_NXDOMAIN, e->name,
		    "%.*s: NXDOMAIN", SPAN_ARG(e->name));
	} else if (four.count + six.count == 0) {
		return posture_add(r, POSTURE_MX_NO_ADDRESS, e->name,
		    "%.*s: neither A nor AAAA", SPAN_ARG(e->name));
	}
	return mx_addresses(r, e, &four) && mx_addresses(r, e, &six);
}

/* By its name alone. */
static bool
mx_name(struct posture_run *r, const struct posture_exchange *e, bool *ask)
{
	struct ipaddr literal;
	struct span name = domain_undot(e->name);

	*ask = true;
	if (ipaddr_parse4(name, &literal)) {
		*ask = false;
		return posture_add(r, POSTURE_MX_LITERAL, name, "%.*s",
		    SPAN_ARG(name));
	}
	if (domain_is_host(name) && domain_labels(name) > 1 &&
	    !domain_within(name, SPAN("invalid")) &&
	    !domain_within(name, SPAN("localhost")))
		return true;
	*ask = domain_fits(name) && domain_labels(name) > 1;
	return posture_add(r, POSTURE_MX_NAME, arena_lower(r->rq->arena,
	    name), "%.*s", SPAN_ARG(span_sub(name, 0, 253)));
}

static bool
mx_exchanges(struct posture_run *r)
{
	struct posture_mx *mx = &r->p->mx;
	size_t four = 0, six = 0;
	bool ask, unknown = false;

	for (size_t i = 0; i < mx->count; i++) {
		struct posture_exchange *e = &mx->exchanges[i];
		size_t k = 0;

		while (k < i && !span_eq_nocase(mx->exchanges[k].name,
		    e->name))
			k++;
		if (k < i) {
			if (!posture_add(r, POSTURE_MX_TWICE, e->name,
			    "%.*s", SPAN_ARG(e->name)))
				return false;
			continue;
		}
		if (!mx_name(r, e, &ask) ||
		    (ask && !mx_host(r, e, &unknown)))
			return false;
		for (k = 0; k < e->naddresses; k++) {
			four += e->addresses[k].family == 4;
			six += e->addresses[k].family == 6;
		}
	}
	if (unknown || four + six == 0 || (four > 0 && six > 0))
		return true;
	return posture_add(r, four > 0 ? POSTURE_MX_ONLY4 :
	    POSTURE_MX_ONLY6, SPAN(""), "%zu address%s", four + six,
	    four + six == 1 ? "" : "es");
}

/* A null MX, alone or beside others. */
static bool
mx_null(struct posture_run *r, const struct dns_answer *answer)
{
	struct posture *p = r->p;
	size_t live = 0;

	for (size_t i = 0; i < answer->count; i++) {
		const struct dns_record *one = &answer->records[i];

		if (!posture_is_root(one->text))
			continue;
		if (answer->count > 1 && p->mx.count > 0)
			return posture_add(r, POSTURE_MX_NULL_BESIDE,
			    SPAN("."), "%zu other exchange%s", p->mx.count,
			    p->mx.count == 1 ? "" : "s");
		if (one->preference != 0 && !posture_add(r,
		    POSTURE_MX_NULL_PREFERENCE, SPAN("."), "MX %u .",
		    one->preference))
			return false;
	}
	if (p->mx.state != POSTURE_MX_NULL)
		return true;
	for (size_t i = 0; i < p->nkeys; i++)
		live += p->live[i];
	if (!posture_spf_authorises(p) && live == 0)
		return true;
	return posture_add(r, POSTURE_MX_NULL_SENDS, SPAN("."), "%s",
	    live > 0 ? "a DKIM key can sign" : "SPF authorises senders");
}

bool
posture_mx_judge(struct posture_run *r)
{
	struct posture *p = r->p;
	struct dns_answer answer;

	if (!posture_ask(r, r->domain, DNS_MX, &answer))
		return false;
	if (answer.outcome == DNS_TEMPERROR)
		return posture_unanswered(r, POSTURE_MX_DNS, r->domain,
		    DNS_MX, &answer);
	if (p->mx.state == POSTURE_MX_ABSENT) {
		p->checks[POSTURE_MX] = POSTURE_NONE;
		return p->role == POSTURE_ROLE_PARKED ||
		    !p->mx.has_address || posture_add(r,
		    POSTURE_MX_IMPLICIT, SPAN(""), "no MX");
	}
	if (!mx_null(r, &answer))
		return false;
	if (answer.count > POSTURE_MX_MAX && !posture_add(r,
	    POSTURE_MX_MANY, SPAN(""), "%zu exchanges", answer.count))
		return false;
	return mx_exchanges(r);
}
