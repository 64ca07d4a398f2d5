/* SPDX-License-Identifier: ISC */
/* The mechanisms of RFC 7208 section 5, and the validated name of 5.5. */
#include "dns/domain.h"
#include "spf/spf_impl.h"

static unsigned
spf_prefix_of(const struct spf_eval *ev, const struct spf_term *term)
{
	return ev->ip.family == 6 ? term->prefix6 : term->prefix4;
}

/* Is the client among the addresses of the answer? */
static bool
spf_among(const struct spf_eval *ev, const struct dns_answer *answer,
    unsigned prefix)
{
	for (size_t i = 0; i < answer->count; i++)
		if (ipaddr_in(&ev->ip, &answer->records[i].addr, prefix))
			return true;
	return false;
}

/* The addresses of one host, of the client's family. */
static bool
spf_match_host(struct spf_eval *ev, struct span name, unsigned prefix,
    bool *matched)
{
	struct dns_answer answer;

	if (!spf_ask(ev, name, ev->address, &answer))
		return false;
	if (answer.outcome == DNS_TEMPERROR)
		return spf_stop_dns(ev, name, ev->address, &answer);
	*matched = spf_among(ev, &answer, prefix);
	ev->note = answer.outcome != DNS_ANSWER ? "no address there" :
	    *matched ? "the client is one of the addresses" :
	    "the client is none of the addresses";
	return spf_void(ev, &answer);
}

void
spf_mx_sort(struct dns_answer *answer)
{
	for (size_t i = 1; i < answer->count; i++) {
		struct dns_record r = answer->records[i];
		size_t k = i;

		for (; k > 0 && answer->records[k - 1].preference >
		    r.preference; k--)
			answer->records[k] = answer->records[k - 1];
		answer->records[k] = r;
	}
}

static bool
spf_match_mx(struct spf_eval *ev, struct span name, unsigned prefix,
    bool *matched)
{
	struct dns_answer answer;

	if (!spf_ask(ev, name, DNS_MX, &answer))
		return false;
	if (answer.outcome == DNS_TEMPERROR)
		return spf_stop_dns(ev, name, DNS_MX, &answer);
	ev->note = "no mail exchanger there";
	if (!spf_void(ev, &answer))
		return false;
	spf_mx_sort(&answer);
	for (size_t i = 0; i < answer.count && !*matched; i++) {
		struct span host = answer.records[i].text;

		if (i == BOUND_SPF_MX)
			return spf_stop(ev, VERDICT_PERMERROR,
			    REASON_LOOKUP_LIMIT, "%.*s has more than %d mail "
			    "exchangers; list addresses instead",
			    SPAN_ARG(name), BOUND_SPF_MX);
		/* "MX 0 ." is the promise that there is none, RFC 7505. */
		if (!domain_fits(host))
			continue;
		if (!spf_match_host(ev, host, prefix, matched))
			return false;
	}
	if (answer.count > 0)
		ev->note = *matched ? "the client is a mail exchanger" :
		    "the client is no mail exchanger";
	return true;
}

static bool
spf_match_exists(struct spf_eval *ev, struct span name, bool *matched)
{
	struct dns_answer answer;

	if (!spf_ask(ev, name, DNS_A, &answer))
		return false;
	if (answer.outcome == DNS_TEMPERROR)
		return spf_stop_dns(ev, name, DNS_A, &answer);
	*matched = answer.outcome == DNS_ANSWER;
	ev->note = *matched ? "the name has an address" :
	    "the name has no address";
	return spf_void(ev, &answer);
}

/* ---- names of the client ---- */

/* The client's name under in-addr.arpa or ip6.arpa. */
static struct span
spf_reverse_name(struct spf_eval *ev)
{
	struct buf b;
	struct span name;

	buf_init(&b, 80);
	ipaddr_reverse(&ev->ip, &b);
	name = buf_check(&b, ev->fault) == FAULT_NONE ?
	    arena_span(ev->arena, buf_span(&b)) : (struct span){ NULL, 0 };
	buf_free(&b);
	return name;
}

/* Ask for the client's names, once; the void counts for each term. */
static bool
spf_ptr_names(struct spf_eval *ev)
{
	if (!ev->ptr.asked) {
		struct span name = spf_reverse_name(ev);

		if (name.p == NULL) {
			(void)fault_nomem(ev->fault);
			return spf_fault(ev);
		}
		if (!spf_ask(ev, name, DNS_PTR, &ev->ptr.answer))
			return false;
		ev->ptr.asked = true;
	}
	return spf_void(ev, &ev->ptr.answer);
}

/* Does the name resolve back to the client?  5.5: a DNS error skips it. */
static bool
spf_ptr_valid(struct spf_eval *ev, size_t i, bool *valid)
{
	struct span name = ev->ptr.answer.records[i].text;
	struct dns_answer answer;

	if (ev->ptr.valid[i] == SPF_NOT_ASKED) {
		ev->ptr.valid[i] = SPF_INVALID;
		if (domain_fits(name)) {
			if (!spf_ask(ev, name, ev->address, &answer))
				return false;
			if (spf_among(ev, &answer,
			    ev->ip.family == 6 ? 128 : 32))
				ev->ptr.valid[i] = SPF_VALID;
			if (!spf_void(ev, &answer))
				return false;
		}
	}
	*valid = ev->ptr.valid[i] == SPF_VALID;
	return true;
}

static size_t
spf_ptr_count(const struct spf_eval *ev)
{
	return ev->ptr.answer.count < BOUND_SPF_PTR ? ev->ptr.answer.count :
	    BOUND_SPF_PTR;
}

static bool
spf_match_ptr(struct spf_eval *ev, struct span target, bool *matched)
{
	if (!spf_ptr_names(ev))
		return false;
	ev->note = ev->ptr.answer.outcome == DNS_ANSWER ?
	    "no name of the client is inside" : "the client has no name";
	for (size_t i = 0; i < spf_ptr_count(ev) && !*matched; i++) {
		if (!domain_within(ev->ptr.answer.records[i].text, target))
			continue;
		ev->note = "the client's name does not resolve back to it";
		if (!spf_ptr_valid(ev, i, matched))
			return false;
	}
	if (*matched)
		ev->note = "a name of the client is inside";
	return true;
}

/* How well a name suits %{p}: the domain itself, inside it, any other. */
static unsigned
spf_ptr_rank(const struct spf_eval *ev, size_t i)
{
	struct span name = ev->ptr.answer.records[i].text;
	struct span domain = ev->frames[ev->depth].domain;

	if (span_eq_nocase(name, domain))
		return 0;
	return domain_within(name, domain) ? 1 : 2;
}

bool
spf_validated(struct spf_eval *ev)
{
	bool valid = false;

	ev->vars.validated = SPAN("unknown");
	if (!spf_ptr_names(ev))
		return false;
	for (unsigned rank = 0; rank < 3; rank++) {
		for (size_t i = 0; i < spf_ptr_count(ev); i++) {
			if (spf_ptr_rank(ev, i) != rank)
				continue;
			if (!spf_ptr_valid(ev, i, &valid))
				return false;
			if (!valid)
				continue;
			ev->vars.validated = ev->ptr.answer.records[i].text;
			return true;
		}
	}
	return true;
}

/* ---- all of them ---- */

static bool
spf_match_network(struct spf_eval *ev, const struct spf_term *term)
{
	bool in = ipaddr_in(&ev->ip, &term->net, term->kind == SPF_IP4 ?
	    term->prefix4 : term->prefix6);

	ev->note = in ? "the client is inside" : "the client is outside";
	return in;
}

bool
spf_match(struct spf_eval *ev, const struct spf_term *term, bool *matched)
{
	struct span name;

	*matched = false;
	switch (term->kind) {
	case SPF_ALL:
		*matched = true;
		return true;
	case SPF_IP4:
	case SPF_IP6:
		*matched = spf_match_network(ev, term);
		return true;
	case SPF_REDIRECT:
	case SPF_EXP:
	case SPF_UNKNOWN:
	case SPF_INCLUDE:
		return true;
	case SPF_A:
	case SPF_MX:
	case SPF_PTR:
	case SPF_EXISTS:
		break;
	}
	if (!spf_target(ev, term->domain, &name))
		return false;
	if (name.p == NULL) {
		ev->note = "its target can be no domain name";
		return true;
	}
	if (term->kind == SPF_A)
		return spf_match_host(ev, name, spf_prefix_of(ev, term),
		    matched);
	if (term->kind == SPF_MX)
		return spf_match_mx(ev, name, spf_prefix_of(ev, term),
		    matched);
	if (term->kind == SPF_PTR)
		return spf_match_ptr(ev, name, matched);
	return spf_match_exists(ev, name, matched);
}
