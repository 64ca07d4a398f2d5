/* SPDX-License-Identifier: ISC */
#include "dns/domain.h"
#include "spf/lint_impl.h"
#include "spf/macro.h"
#include "spf/spf_impl.h"

/* Networks that are nobody's on the internet: RFC 6890 and the like, without
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

bool
spf_net_is_private(const struct ipaddr *a, unsigned prefix)
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
	return frame->pass && term->verdict == VERDICT_PASS;
}

/* The term matches the network: whoever came to it is decided. */
static bool
spf_walk_decide(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term, const struct ipaddr *a)
{
	unsigned prefix = a->family == 4 ? term->prefix4 : term->prefix6;
	struct spf_range r;

	/* ::ffff:0:0/96 holds no IPv6 client: those are IPv4. */
	if (a->family == 6 && prefix >= 96 && ipaddr_unmap(*a).family == 4)
		return true;
	r = spf_range_of(a, prefix);
	if (spf_ranges_take(&w->undecided, &r,
	    &frame->by[spf_slot(term->verdict)]))
		return true;
	(void)fault_nomem(w->fault);
	return false;
}

/* Every client that came to the term is decided. */
static bool
spf_walk_decide_all(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	static const struct ipaddr any4 = { .family = 4 },
	    any6 = { .family = 6 };
	struct spf_term open = *term;

	open.prefix4 = open.prefix6 = 0;
	return spf_walk_decide(w, frame, &open, &any4) &&
	    spf_walk_decide(w, frame, &open, &any6);
}

/* A network that passes and is as wide as no mail server's is. */
static bool
spf_walk_width(struct spf_walk *w, const struct spf_walk_frame *frame,
    const struct spf_term *term, unsigned family)
{
	unsigned prefix = family == 4 ? term->prefix4 : term->prefix6;

	if (!spf_walk_passes(frame, term))
		return true;
	if (prefix == 0)
		return spf_walk_add(w, SPF_RULE_PASS_ALL, frame->domain,
		    term, "\"%.*s\" matches every %s client",
		    SPAN_ARG(span_sub(term->text, 0, 200)),
		    family == 4 ? "IPv4" : "IPv6");
	if (prefix < (family == 4 ? 16U : 32U))
		return spf_walk_add(w, SPF_RULE_WIDE, frame->domain, term,
		    "\"%.*s\"", SPAN_ARG(span_sub(term->text, 0, 200)));
	return true;
}

static bool
spf_walk_network(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	bool v4 = term->kind == SPF_IP4;
	unsigned prefix = v4 ? term->prefix4 : term->prefix6;

	if (spf_net_has_host_bits(&term->net, prefix) &&
	    !spf_walk_add(w, SPF_RULE_HOST_BITS, frame->domain, term,
	    "\"%.*s\"", SPAN_ARG(term->text)))
		return false;
	if (spf_net_is_private(&term->net, prefix) &&
	    !spf_walk_add(w, SPF_RULE_PRIVATE, frame->domain, term,
	    "\"%.*s\"", SPAN_ARG(term->text)))
		return false;
	return spf_walk_width(w, frame, term, v4 ? 4 : 6) &&
	    spf_walk_decide(w, frame, term, &term->net);
}

/* What the lookups of one term found, index 0 for IPv4 clients. */
struct spf_walk_look {
	bool empty[2];		/* some lookup was void */
	bool wide[2];		/* the width was looked at */
};

/* The evaluation's spf_void(): does it count for those who came here? */
static void
spf_walk_empty(const struct spf_walk *w, struct spf_walk_look *look,
    size_t t)
{
	if (spf_ranges_any(&w->undecided, t == 0 ? 4 : 6))
		look->empty[t] = true;
}

/* Nothing is found at the name of a term: because nobody has it? */
static bool
spf_walk_void(struct spf_walk *w, const struct spf_walk_frame *frame,
    const struct spf_term *term, struct span name, bool gone,
    const char *lacks)
{
	struct span owner = { NULL, 0 };

	if (gone && !spf_walk_dangling(w, name, &owner))
		return false;
	if (owner.p != NULL)
		return spf_walk_add(w, SPF_RULE_DANGLING, frame->domain, term,
		    "%.*s does not exist", SPAN_ARG(owner));
	return spf_walk_add(w, SPF_RULE_VOID_TERM, frame->domain, term,
	    "%.*s has no %s", SPAN_ARG(name), lacks);
}

/* Addresses of both families of one name. */
static bool
spf_walk_host(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term, struct span name,
    struct spf_walk_look *look)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA };
	size_t none = 0;
	bool gone = false;

	for (size_t t = 0; t < 2; t++) {
		struct dns_answer answer;

		if (!spf_walk_ask(w, name, types[t], term, &answer))
			return false;
		/* Unknown is not void. */
		if (answer.outcome == DNS_TEMPERROR)
			continue;
		if (answer.outcome != DNS_ANSWER) {
			spf_walk_empty(w, look, t);
			gone = answer.outcome == DNS_NXDOMAIN;
			none++;
			continue;
		}
		if (!look->wide[t] &&
		    !spf_walk_width(w, frame, term, t == 0 ? 4 : 6))
			return false;
		look->wide[t] = true;
		for (size_t i = 0; i < answer.count; i++)
			if (!spf_walk_decide(w, frame, term,
			    &answer.records[i].addr))
				return false;
	}
	return none < 2 || spf_walk_void(w, frame, term, name, gone,
	    "address");
}

/* mx of a name without one: was the host itself meant? */
static bool
spf_walk_no_mx(struct spf_walk *w, const struct spf_walk_frame *frame,
    const struct spf_term *term, struct span name)
{
	struct dns_answer answer;
	bool host = false, gone = false;

	for (size_t t = 0; t < 2 && !host; t++) {
		if (!spf_walk_ask(w, name, t == 0 ? DNS_A : DNS_AAAA, term,
		    &answer))
			return false;
		host = answer.outcome == DNS_ANSWER;
		gone = answer.outcome == DNS_NXDOMAIN;
	}
	if (host)
		return spf_walk_add(w, SPF_RULE_VOID_TERM, frame->domain,
		    term, "%.*s has an address and no MX: a:%.*s was meant",
		    SPAN_ARG(name), SPAN_ARG(name));
	return spf_walk_void(w, frame, term, name, gone, "MX");
}

static bool
spf_walk_mx(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term, struct span name,
    struct spf_walk_look *look)
{
	struct dns_answer answer;

	if (!spf_walk_ask(w, name, DNS_MX, term, &answer))
		return false;
	if (answer.outcome == DNS_TEMPERROR)
		return true;
	if (answer.outcome != DNS_ANSWER) {
		spf_walk_empty(w, look, 0);
		spf_walk_empty(w, look, 1);
		return spf_walk_no_mx(w, frame, term, name);
	}
	spf_mx_sort(&answer);
	for (size_t i = 0; i < answer.count; i++) {
		struct span host = answer.records[i].text;

		/* Whom none of ten matched gets a permerror. */
		if (i == BOUND_SPF_MX)
			return !spf_walk_reached(w) ||
			    spf_walk_add(w, SPF_RULE_MANY_MX, frame->domain,
			    term, "%.*s has %zu", SPAN_ARG(name),
			    answer.count);
		if (domain_fits(host) &&
		    !spf_walk_host(w, frame, term, host, look))
			return false;
	}
	return true;
}

/* exists asks for A whoever the client is: it matches all or none. */
static bool
spf_walk_exists(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term, struct span name,
    struct spf_walk_look *look)
{
	struct dns_answer answer;

	if (!spf_walk_ask(w, name, DNS_A, term, &answer))
		return false;
	if (answer.outcome == DNS_TEMPERROR)
		return true;
	if (answer.outcome != DNS_ANSWER) {
		spf_walk_empty(w, look, 0);
		spf_walk_empty(w, look, 1);
		return spf_walk_void(w, frame, term, name,
		    answer.outcome == DNS_NXDOMAIN, "address");
	}
	if (spf_walk_passes(frame, term) &&
	    !spf_walk_add(w, SPF_RULE_PASS_ALL, frame->domain, term,
	    "%.*s exists: \"%.*s\" passes every client", SPAN_ARG(name),
	    SPAN_ARG(span_sub(term->text, 0, 100))))
		return false;
	return spf_walk_decide_all(w, frame, term);
}

/* The mail decides what is asked; /0 is too much whatever that is. */
static bool
spf_walk_dynamic(struct spf_walk *w, const struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	struct span text = span_sub(term->text, 0, 200);

	w->lint->dynamic = w->frames[w->depth - 1].dynamic = true;
	if (term->kind != SPF_EXISTS && spf_walk_passes(frame, term) &&
	    (term->prefix4 == 0 || term->prefix6 == 0))
		return spf_walk_add(w, SPF_RULE_PASS_ALL, frame->domain,
		    term, "\"%.*s\" passes every client if the name has an "
		    "address", SPAN_ARG(text));
	return spf_walk_add(w, SPF_RULE_MACRO, frame->domain, term,
	    "\"%.*s\"", SPAN_ARG(text));
}

/* a, mx, exists: what is found at the name. */
static bool
spf_walk_name(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	struct spf_walk_look look = { .empty = { false, false } };
	struct span name;
	bool good, depends;

	if (!spf_walk_target(w, frame, term->domain, &name, &depends))
		return false;
	if (depends)
		return spf_walk_dynamic(w, frame, term);
	if (name.p == NULL)
		return spf_walk_add(w, SPF_RULE_BAD_NAME, frame->domain,
		    term, "%.*s", (int)(term->domain.len > 255 ? 255 :
		    term->domain.len), term->domain.p);
	if (term->kind == SPF_A)
		good = spf_walk_host(w, frame, term, name, &look);
	else if (term->kind == SPF_MX)
		good = spf_walk_mx(w, frame, term, name, &look);
	else
		good = spf_walk_exists(w, frame, term, name, &look);
	w->lint->voids4 += look.empty[0];
	w->lint->voids6 += look.empty[1];
	return good;
}

static bool
spf_walk_all(struct spf_walk *w, struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	bool good = true;

	if (spf_walk_passes(frame, term))
		good = spf_walk_add(w, SPF_RULE_PASS_ALL, frame->domain, term,
		    "\"%.*s\" passes every client", SPAN_ARG(term->text));
	else if (frame->own && term->verdict == VERDICT_NEUTRAL)
		good = spf_walk_add(w, SPF_RULE_NEUTRAL_ALL, frame->domain,
		    term, "\"%.*s\"", SPAN_ARG(term->text));
	frame->all = true;
	if (frame->own)
		w->rest = spf_slot(term->verdict);
	return good && spf_walk_decide_all(w, frame, term);
}

/* "ip4=", "include=" and their like are modifiers nobody knows. */
static bool
spf_walk_modifier(struct spf_walk *w, const struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	static const char *const names[] = { "all", "include", "a", "mx",
	    "ptr", "ip4", "ip6", "exists" };

	/* RFC 6652: where failures are reported to. */
	if (span_eq_nocase(term->name, SPAN("ra")) ||
	    span_eq_nocase(term->name, SPAN("rp")) ||
	    span_eq_nocase(term->name, SPAN("rr")))
		return true;
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

	/* A target read twice is found where it is followed; records that long
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

/* Terms that no receiver comes to: reported once. */
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
	if (!spf_walk_behind(w, frame, term))
		return false;
	/* 5.1: what follows all is ignored; so is what nobody comes to. */
	if (!spf_walk_reached(w))
		return true;
	if (!spf_walk_twice(w, frame, term))
		return false;
	if (term->kind == SPF_ALL)
		return spf_walk_all(w, frame, term);
	if (term->kind == SPF_IP4 || term->kind == SPF_IP6)
		return spf_walk_network(w, frame, term);
	if (term->kind == SPF_INCLUDE)
		return true;
	if (term->kind != SPF_PTR)
		return spf_walk_name(w, frame, term);
	w->lint->dynamic = w->frames[w->depth - 1].dynamic = true;
	return spf_walk_add(w, SPF_RULE_PTR, frame->domain, term, "\"%.*s\"",
	    (int)(term->text.len > 200 ? 200 : term->text.len),
	    term->text.p);
}
