/* SPDX-License-Identifier: ISC */
#include "dns/domain.h"
#include "spf/lint_impl.h"
#include "spf/macro.h"

/* Networks that are nobody's on the internet: RFC 6890 and its kin, without
 * those for documentation. */
static const struct {
	const char *net;
	unsigned prefix;
} spf_private[] = {
	{ "0.0.0.0", 8 }, { "10.0.0.0", 8 }, { "100.64.0.0", 10 },
	{ "127.0.0.0", 8 }, { "169.254.0.0", 16 }, { "172.16.0.0", 12 },
	{ "192.168.0.0", 16 }, { "224.0.0.0", 3 }, { "::1", 128 },
	{ "fc00::", 7 }, { "fe80::", 10 }, { "ff00::", 8 },
};

static bool
spf_is_private(const struct ipaddr *a, unsigned prefix)
{
	struct ipaddr net;

	for (size_t i = 0; i < sizeof(spf_private) / sizeof(spf_private[0]);
	    i++)
		if (prefix >= spf_private[i].prefix &&
		    ipaddr_parse(span_of(spf_private[i].net), &net) &&
		    ipaddr_in(a, &net, spf_private[i].prefix))
			return true;
	return false;
}

/* Who matches the term may send. */
static bool
spf_walk_passes(const struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	return frame->pass && term->verdict == VERDICT_PASS && !frame->all;
}

static bool
spf_walk_authorise(struct spf_walk *w, const struct spf_walk_frame *frame,
    const struct spf_term *term, const struct ipaddr *a)
{
	unsigned prefix = a->family == 4 ? term->prefix4 : term->prefix6;

	if (!spf_walk_passes(frame, term) || (a->family == 6 &&
	    ipaddr_unmap(*a).family == 4))
		return true;
	/* A full set was told as TOO_LARGE long before. */
	if (!spf_nets_add(&w->lint->nets, a, prefix) &&
	    w->lint->nets.bytes.nomem)
		return fault_nomem(w->fault) == FAULT_NONE;
	return true;
}

static bool
spf_walk_network(struct spf_walk *w, const struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	bool v4 = term->kind == SPF_IP4;
	unsigned prefix = v4 ? term->prefix4 : term->prefix6;
	bool passes = spf_walk_passes(frame, term);

	if (spf_net_has_host_bits(&term->net, prefix) &&
	    !spf_walk_add(w, SPF_RULE_HOST_BITS, frame->domain, term,
	    "\"%.*s\"", SPAN_ARG(term->text)))
		return false;
	if (spf_is_private(&term->net, prefix) &&
	    !spf_walk_add(w, SPF_RULE_PRIVATE, frame->domain, term,
	    "\"%.*s\"", SPAN_ARG(term->text)))
		return false;
	if (passes && prefix == 0 &&
	    !spf_walk_add(w, SPF_RULE_PASS_ALL, frame->domain, term,
	    "\"%.*s\" matches every %s client", SPAN_ARG(term->text),
	    v4 ? "IPv4" : "IPv6"))
		return false;
	if (passes && prefix > 0 && prefix < (v4 ? 16U : 32U) &&
	    !spf_walk_add(w, SPF_RULE_WIDE, frame->domain, term,
	    "\"%.*s\"", SPAN_ARG(term->text)))
		return false;
	return spf_walk_authorise(w, frame, term, &term->net);
}

/* Addresses of both families of one name. */
static bool
spf_walk_host(struct spf_walk *w, const struct spf_walk_frame *frame,
    const struct spf_term *term, struct span name, size_t found[2])
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA };

	for (size_t t = 0; t < 2; t++) {
		struct dns_answer answer;

		if (!spf_walk_ask(w, name, types[t], term, &answer))
			return false;
		/* Unknown is not void. */
		found[t] += answer.outcome == DNS_TEMPERROR ? 1 :
		    answer.count;
		for (size_t i = 0; i < answer.count; i++)
			if (!spf_walk_authorise(w, frame, term,
			    &answer.records[i].addr))
				return false;
	}
	return true;
}

/* What was found of IPv4 and IPv6: count the voids. */
static bool
spf_walk_voids(struct spf_walk *w, const struct spf_walk_frame *frame,
    const struct spf_term *term, struct span name, const size_t found[2])
{
	w->lint->voids4 += found[0] == 0;
	w->lint->voids6 += found[1] == 0;
	if (found[0] > 0 || found[1] > 0)
		return true;
	return spf_walk_add(w, SPF_RULE_VOID_TERM, frame->domain, term,
	    "%.*s", SPAN_ARG(name));
}

static bool
spf_walk_mx(struct spf_walk *w, const struct spf_walk_frame *frame,
    const struct spf_term *term, struct span name, size_t found[2])
{
	struct dns_answer answer;

	if (!spf_walk_ask(w, name, DNS_MX, term, &answer))
		return false;
	if (answer.outcome == DNS_TEMPERROR) {
		found[0] = found[1] = 1;
		return true;
	}
	if (answer.count > BOUND_SPF_MX &&
	    !spf_walk_add(w, SPF_RULE_MANY_MX, frame->domain, term,
	    "%.*s has %zu", SPAN_ARG(name), answer.count))
		return false;
	for (size_t i = 0; i < answer.count && i < BOUND_SPF_MX; i++)
		if (domain_fits(answer.records[i].text) &&
		    !spf_walk_host(w, frame, term, answer.records[i].text,
		    found))
			return false;
	return true;
}

/* exists asks for A whoever the client is. */
static bool
spf_walk_exists(struct spf_walk *w, const struct spf_term *term,
    struct span name, size_t found[2])
{
	struct dns_answer answer;

	w->lint->dynamic = true;
	if (!spf_walk_ask(w, name, DNS_A, term, &answer))
		return false;
	found[0] = answer.outcome == DNS_TEMPERROR ? 1 : answer.count;
	found[1] = found[0];
	return true;
}

/* a, mx, exists: what stands behind the name. */
static bool
spf_walk_name(struct spf_walk *w, const struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	struct span name = term->domain.len > 0 ?
	    domain_undot(term->domain) : frame->domain;
	size_t found[2] = { 0, 0 };
	bool good;

	if (spf_macro_any(name)) {
		w->lint->dynamic = true;
		return spf_walk_add(w, SPF_RULE_MACRO, frame->domain, term,
		    "\"%.*s\"", (int)(term->text.len > 200 ? 200 :
		    term->text.len), term->text.p);
	}
	if (!domain_fits(name))
		return spf_walk_add(w, SPF_RULE_BAD_NAME, frame->domain,
		    term, "%.*s", (int)(name.len > 255 ? 255 : name.len),
		    name.p);
	if (term->kind == SPF_A)
		good = spf_walk_host(w, frame, term, name, found);
	else if (term->kind == SPF_MX)
		good = spf_walk_mx(w, frame, term, name, found);
	else
		good = spf_walk_exists(w, term, name, found);
	return good && spf_walk_voids(w, frame, term, name, found);
}

static bool
spf_walk_all(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	struct ipaddr any4 = { .family = 4 }, any6 = { .family = 6 };
	struct spf_term open = *term;
	bool good = true;

	if (spf_walk_passes(frame, term)) {
		open.prefix4 = open.prefix6 = 0;
		good = spf_walk_authorise(w, frame, &open, &any4) &&
		    spf_walk_authorise(w, frame, &open, &any6) &&
		    spf_walk_add(w, SPF_RULE_PASS_ALL, frame->domain, term,
		    "\"%.*s\" passes every client", SPAN_ARG(term->text));
	} else if (frame->own && !frame->all &&
	    term->verdict == VERDICT_NEUTRAL) {
		good = spf_walk_add(w, SPF_RULE_NEUTRAL_ALL, frame->domain,
		    term, "\"%.*s\"", SPAN_ARG(term->text));
	}
	frame->all = true;
	return good;
}

/* "ip4=", "include=" and their like are modifiers nobody knows. */
static bool
spf_walk_modifier(struct spf_walk *w, const struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	static const char *const names[] = { "all", "include", "a", "mx",
	    "ptr", "ip4", "ip6", "exists" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_eq_nocase(term->name, span_of(names[i])))
			return spf_walk_add(w, SPF_RULE_MODIFIER_MISTAKE,
			    frame->domain, term, "\"%s=\"", names[i]);
	return spf_walk_add(w, SPF_RULE_MODIFIER_UNKNOWN, frame->domain,
	    term, "\"%.*s=\"", (int)(term->name.len > 100 ? 100 :
	    term->name.len), term->name.p);
}

/* A term without its qualifier. */
static struct span
spf_walk_bare(const struct spf_term *term)
{
	size_t skip = (size_t)(term->name.p - term->text.p);

	return span_sub(term->text, skip, term->text.len);
}

static bool
spf_walk_twice(struct spf_walk *w, const struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	struct spf_terms t = spf_terms_of(frame->record.text);
	struct spf_term before;

	/* A target read twice is told where it is followed; records that long
	 * have other worries. */
	if (term->kind == SPF_INCLUDE || frame->count > 1000)
		return true;
	while (spf_terms_next(&t, &before) && before.column < term->column)
		if (span_eq_nocase(spf_walk_bare(&before),
		    spf_walk_bare(term)))
			return spf_walk_add(w, SPF_RULE_DUPLICATE,
			    frame->domain, term, "\"%.*s\" stands at column "
			    "%zu too", (int)(term->text.len > 200 ? 200 :
			    term->text.len), term->text.p, before.column);
	return true;
}

/* Terms that no receiver comes to: told once. */
static bool
spf_walk_behind(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	if (!frame->all || frame->behind_told || term->kind == SPF_UNKNOWN)
		return true;
	frame->behind_told = true;
	return spf_walk_add(w, SPF_RULE_BEHIND_ALL, frame->domain, term,
	    "from \"%.*s\" on", (int)(term->text.len > 200 ? 200 :
	    term->text.len), term->text.p);
}

bool
spf_walk_term(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	switch (term->kind) {
	case SPF_REDIRECT:
	case SPF_EXP:
		return true;
	case SPF_UNKNOWN:
		return spf_walk_modifier(w, frame, term);
	case SPF_ALL:
	case SPF_INCLUDE:
	case SPF_A:
	case SPF_MX:
	case SPF_PTR:
	case SPF_IP4:
	case SPF_IP6:
	case SPF_EXISTS:
		break;
	}
	if (!spf_walk_behind(w, frame, term) ||
	    !spf_walk_twice(w, frame, term))
		return false;
	if (term->kind == SPF_ALL)
		return spf_walk_all(w, frame, term);
	if (term->kind == SPF_IP4 || term->kind == SPF_IP6)
		return spf_walk_network(w, frame, term);
	if (term->kind == SPF_INCLUDE)
		return true;
	if (term->kind != SPF_PTR)
		return spf_walk_name(w, frame, term);
	w->lint->dynamic = true;
	return spf_walk_add(w, SPF_RULE_PTR, frame->domain, term, "\"%.*s\"",
	    (int)(term->text.len > 200 ? 200 : term->text.len),
	    term->text.p);
}
