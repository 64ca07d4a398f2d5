/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>

#include "dns/domain.h"
#include "dns/idna.h"
#include "spf/lint_impl.h"
#include "spf/macro.h"

/* Is it the operand's record, or one in its zone? */
static bool
spf_walk_owns(const struct spf_walk *w, struct span domain)
{
	if (domain_within(domain, w->lint->lint.domain))
		return true;
	for (size_t i = 0; i < w->depth; i++)
		if (w->frames[i].own &&
		    span_eq_nocase(w->frames[i].domain, domain))
			return true;
	return false;
}

/* Does a finding in the record of another harm whoever includes it? */
static bool
spf_lint_endangers(enum spf_rule rule)
{
	static const enum spf_rule rules[] = { SPF_RULE_DNS,
	    SPF_RULE_PASS_ALL, SPF_RULE_DANGLING, SPF_RULE_TARGET_NONE,
	    SPF_RULE_TARGET_BROKEN, SPF_RULE_LOOP, SPF_RULE_MANY_MX,
	    SPF_RULE_TOO_LARGE };

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i] == rule)
			return true;
	return false;
}

bool
spf_walk_add(struct spf_walk *w, enum spf_rule rule, struct span domain,
    const struct spf_term *term, const char *fmt, ...)
{
	struct span none = { "", 0 };
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (lint_add(&w->lint->lint, spf_lint_rule(rule), domain,
	    term == NULL ? none : span_sub(term->text, 0, 300),
	    term == NULL ? 0 : term->column, w->fault, "%s", text) !=
	    FAULT_NONE)
		return false;
	w->lint->pass_all |= rule == SPF_RULE_PASS_ALL;
	if (!spf_walk_owns(w, domain) && !spf_lint_endangers(rule))
		lint_demote(&w->lint->lint);
	return true;
}

/* Nobody was asked: neither there nor gone, and never a finding about it. */
static bool
spf_walk_outside(struct spf_walk *w, struct span domain, struct span name,
    enum dns_type type, const struct spf_term *term,
    struct dns_answer *answer)
{
	bool told = term != NULL && term->text.p == w->outside.p;

	*answer = (struct dns_answer){ .why = DNS_WHY_OUTSIDE };
	/* Both families, or every exchanger: one note a term. */
	if (told)
		return true;
	w->lint->unknown++;
	w->outside = term == NULL ? (struct span){ NULL, 0 } : term->text;
	return spf_walk_add(w, SPF_RULE_UNCHECKED, domain, term, "%s %.*s",
	    dns_type_word(type), SPAN_ARG(name));
}

bool
spf_walk_ask(struct spf_walk *w, struct span name, enum dns_type type,
    const struct spf_term *term, struct dns_answer *answer)
{
	struct span domain = w->depth > 0 ?
	    w->frames[w->depth - 1].domain : name;
	char said[DNS_OUTCOME_TEXT];
	bool outside;

	*answer = (struct dns_answer){ .outcome = DNS_TEMPERROR };
	if (w->questions >= SPF_WALK_QUESTIONS) {
		if (w->large_told)
			return true;
		w->large_told = true;
		return spf_walk_add(w, SPF_RULE_TOO_LARGE, domain, term,
		    "more than %d questions to the DNS",
		    SPF_WALK_QUESTIONS);
	}
	w->questions++;
	if (dns_query(w->dns, name, type, w->arena, answer, w->fault) !=
	    FAULT_NONE)
		return false;
	if (dns_is_outside(answer) && w->depth > 0)
		return spf_walk_outside(w, domain, name, type, term, answer);
	if (answer->outcome != DNS_TEMPERROR && !dns_is_outside(answer))
		return true;
	outside = dns_is_outside(answer);
	answer->outcome = DNS_TEMPERROR;
	return spf_walk_add(w, SPF_RULE_DNS, domain, term, "%s %.*s: %s",
	    dns_type_word(type), SPAN_ARG(name), outside ?
	    "in no zone, and offline: nobody was asked" :
	    dns_outcome_text(answer, said));
}

bool
spf_walk_reached(const struct spf_walk *w)
{
	return w->undecided.count > 0;
}

/* Letters that stand for something of the mail or its client. */
static bool
spf_walk_depends(struct span spec)
{
	static const char letters[] = "slohipv";

	for (size_t i = 0; i < sizeof(letters) - 1; i++)
		if (spf_macro_uses(spec, letters[i]))
			return true;
	return false;
}

bool
spf_walk_target(struct spf_walk *w, const struct spf_walk_frame *frame,
    struct span spec, struct span *name, bool *depends)
{
	struct spf_macro_vars vars = { .domain = frame->domain };
	struct buf b;
	bool valid;

	*depends = false;
	*name = spec.len == 0 ? frame->domain : domain_undot(spec);
	if (spec.len == 0 || (!spf_macro_any(spec) && domain_fits(*name)))
		return true;
	*name = (struct span){ NULL, 0 };
	*depends = spf_walk_depends(spec);
	if (*depends)
		return true;
	buf_init(&b, SPF_MACRO_NAME_BYTES);
	valid = spf_macro_expand(spec, SPF_MACRO_NAME, &vars, 0, &b);
	if (valid)
		*name = arena_span(w->arena, buf_span(&b));
	if (b.nomem || (valid && name->p == NULL))
		(void)fault_nomem(w->fault);
	buf_free(&b);
	return w->fault->kind == FAULT_NONE;
}

bool
spf_walk_dangling(struct spf_walk *w, struct span name, struct span *owner)
{
	struct span two = domain_tail(name, 2);
	struct dns_answer answer;

	*owner = (struct span){ NULL, 0 };
	if (!spf_walk_ask(w, two, DNS_NS, NULL, &answer))
		return false;
	if (answer.outcome == DNS_NXDOMAIN) {
		*owner = two;
		return true;
	}
	if (!domain_is_registry(two) || domain_labels(name) < 3)
		return true;
	two = domain_tail(name, 3);
	if (!spf_walk_ask(w, two, DNS_NS, NULL, &answer))
		return false;
	if (answer.outcome == DNS_NXDOMAIN)
		*owner = two;
	return true;
}

/* Was the record read before, and is it still being read? */
static bool
spf_walk_seen(const struct spf_walk *w, struct span name, bool *open)
{
	*open = false;
	for (size_t i = 0; i < w->depth; i++)
		*open = *open || span_eq_nocase(w->frames[i].domain, name);
	for (const struct spf_lint_node *n = w->lint->first; n != NULL;
	    n = n->next)
		if (span_eq_nocase(n->domain, name))
			return true;
	return false;
}

/* include or redirect: its record, and once more if it was read before. */
static bool
spf_walk_follow(struct spf_walk *w, const struct spf_walk_frame *frame,
    const struct spf_term *term)
{
	struct span name;
	bool open, seen, depends;

	if (!spf_walk_target(w, frame, term->domain, &name, &depends))
		return false;
	if (depends) {
		w->lint->dynamic = w->frames[w->depth - 1].dynamic = true;
		return spf_walk_add(w, SPF_RULE_MACRO, frame->domain, term,
		    "the target holds a macro that depends on the mail");
	}
	/* include then does not match; redirect is a permerror. */
	if (name.p == NULL)
		return spf_walk_add(w, term->kind == SPF_REDIRECT ?
		    SPF_RULE_TARGET_BROKEN : SPF_RULE_BAD_NAME,
		    frame->domain, term, "%.*s: this can be no domain name",
		    (int)(term->domain.len > 255 ? 255 : term->domain.len),
		    term->domain.p);
	seen = spf_walk_seen(w, name, &open);
	if (open)
		return spf_walk_add(w, SPF_RULE_LOOP, frame->domain, term,
		    "%.*s is being evaluated already", SPAN_ARG(name));
	if (w->lint->records >= BOUND_SPF_LINT_RECORDS ||
	    w->depth >= SPF_WALK_DEPTH) {
		if (w->large_told)
			return true;
		w->large_told = true;
		return spf_walk_add(w, SPF_RULE_TOO_LARGE, frame->domain,
		    term, "%.*s is not followed", SPAN_ARG(name));
	}
	if (seen && !spf_walk_add(w, SPF_RULE_DUPLICATE, frame->domain, term,
	    "%.*s was read for another term", SPAN_ARG(name)))
		return false;
	return spf_walk_fetch(w, name, term);
}

/* A fixed exp= whose text is not there: of a record that can fail. */
static bool
spf_walk_exp(struct spf_walk *w, const struct spf_walk_frame *frame)
{
	const struct spf_term *exp = &frame->record.exp;
	struct dns_answer answer;
	struct span name;
	bool depends;

	if (exp->text.len == 0 || !frame->own)
		return true;
	if (!spf_walk_target(w, frame, exp->domain, &name, &depends))
		return false;
	if (depends || (name.p != NULL && (!spf_walk_ask(w, name, DNS_TXT,
	    exp, &answer) || answer.outcome == DNS_TEMPERROR)))
		return w->fault->kind == FAULT_NONE;
	if (name.p != NULL && answer.outcome == DNS_ANSWER &&
	    answer.count == 1)
		return true;
	return spf_walk_add(w, SPF_RULE_EXP_NONE, frame->domain, exp,
	    "%.*s: %s", (int)(exp->domain.len > 255 ? 255 :
	    exp->domain.len), exp->domain.p, name.p == NULL ?
	    "this can be no domain name" : answer.outcome == DNS_ANSWER ?
	    "more than one text" : "no text there");
}

/* The end of a record without all: for an include that is no match. */
static bool
spf_walk_neutral(struct spf_walk *w, struct spf_walk_frame *frame)
{
	size_t slot = spf_slot(VERDICT_NEUTRAL);

	if (!frame->own || !spf_walk_reached(w))
		return true;
	w->rest = slot;
	if (spf_ranges_union(&frame->by[slot], &w->undecided)) {
		spf_ranges_free(&w->undecided);
		return true;
	}
	(void)fault_nomem(w->fault);
	return false;
}

/* Whom the record on top passes, for the one below it. */
static bool
spf_walk_leave(struct spf_walk *w, struct spf_walk_frame *frame)
{
	struct spf_walk_frame *below = frame - 1;
	bool good = true;

	w->depth--;
	if (w->depth == 0) {
		good = spf_flat_end(w, frame);
		w->lint->full |= w->passed.full || w->undecided.full;
		w->lint->passes4 = spf_ranges_whole(&w->passed, 4);
		w->lint->passes6 = spf_ranges_whole(&w->passed, 6);
		if (!spf_ranges_nets(&w->passed, &w->lint->nets)) {
			w->lint->full = true;
			good = !w->lint->nets.bytes.nomem;
		}
	} else {
		below->dynamic |= frame->dynamic;
		if (frame->via.kind == SPF_INCLUDE)
			good = spf_ranges_union(&below->by[spf_slot(
			    frame->via.verdict)], &frame->by[0]);
		for (size_t i = 0; good && i < SPF_SLOTS &&
		    frame->via.kind == SPF_REDIRECT; i++)
			good = spf_ranges_union(&below->by[i],
			    &frame->by[i]);
		/* Who does not pass an include goes on after it. */
		if (good && frame->via.kind == SPF_INCLUDE) {
			spf_ranges_free(&w->undecided);
			w->undecided = frame->before;
			spf_ranges_init(&frame->before);
			/* A term that depends on the mail may have failed
			 * some of those that a later one passes. */
			good = frame->dynamic || spf_ranges_subtract(
			    &w->undecided, &frame->by[0]);
		}
	}
	spf_ranges_free(&frame->before);
	for (size_t i = 0; i < SPF_SLOTS; i++)
		spf_ranges_free(&frame->by[i]);
	if (!good)
		(void)fault_nomem(w->fault);
	return good;
}

/* The end of a record. */
static bool
spf_walk_end(struct spf_walk *w, struct spf_walk_frame *frame)
{
	const struct spf_term *redirect = &frame->record.redirect;
	bool has = redirect->text.len > 0;

	if (has && !frame->redirected && !frame->record.has_all &&
	    spf_walk_reached(w)) {
		frame->redirected = true;
		if (w->depth == 1)
			spf_flat_hold(w, frame, redirect);
		frame->node->lookups++;
		return spf_walk_follow(w, frame, redirect);
	}
	if (has && frame->record.has_all &&
	    !spf_walk_add(w, SPF_RULE_REDIRECT_UNUSED, frame->domain,
	    redirect, "all decides before it"))
		return false;
	if (!has && !frame->record.has_all && frame->own &&
	    spf_walk_reached(w) &&
	    !spf_walk_add(w, SPF_RULE_NO_ALL, frame->domain, NULL,
	    "the record ends neutral"))
		return false;
	if (frame->node->parent != NULL)
		frame->node->parent->lookups += frame->node->lookups;
	/* Whom no term matched: neutral. */
	if (!frame->redirected && !spf_walk_neutral(w, frame))
		return false;
	return spf_walk_exp(w, frame) && spf_walk_leave(w, frame);
}

static bool
spf_walk_run(struct spf_walk *w)
{
	while (w->depth > 0) {
		struct spf_walk_frame *frame = &w->frames[w->depth - 1];
		struct spf_term term;
		bool good, reached, dynamic;

		if (w->depth == 1 && !spf_flat_settle(w, frame))
			return false;
		reached = spf_walk_reached(w);
		if (!spf_terms_next(&frame->terms, &term)) {
			if (!spf_walk_end(w, frame))
				return false;
			continue;
		}
		frame->count++;
		if (w->depth == 1 && reached && term.kind == SPF_INCLUDE)
			spf_flat_hold(w, frame, &term);
		if (reached && term.kind != SPF_REDIRECT &&
		    spf_term_asks(&term))
			frame->node->lookups++;
		dynamic = w->lint->dynamic;
		w->lint->dynamic = false;
		good = spf_walk_term(w, frame, &term);
		if (good && w->depth == 1 && w->lint->dynamic)
			good = spf_flat_keep(w, frame, &term, 1);
		w->lint->dynamic |= dynamic;
		if (good && reached && term.kind == SPF_INCLUDE)
			good = spf_walk_follow(w, frame, &term);
		if (!good)
			return false;
	}
	return true;
}

/* Counts that only the whole tree shows. */
static bool
spf_walk_totals(struct spf_walk *w)
{
	struct spf_lint *s = w->lint;
	struct span domain = s->lint.domain;

	if ((s->passes4 || s->passes6) && !s->pass_all &&
	    !spf_walk_add(w, SPF_RULE_PASS_ALL, domain, NULL,
	    "the terms together pass every %s client",
	    s->passes4 ? "IPv4" : "IPv6"))
		return false;
	if (s->full && !w->large_told &&
	    !spf_walk_add(w, SPF_RULE_TOO_LARGE, domain, NULL,
	    "more than %zu networks apart", SPF_RANGES_MAX))
		return false;
	if (s->unknown > 0 && !spf_walk_add(w, SPF_RULE_UNCHECKED, domain,
	    NULL, "%zu lookups are not known, nor how many stand below "
	    "them: %zu of %d are counted", s->unknown, s->lookups,
	    BOUND_SPF_LOOKUPS))
		return false;
	if (s->lookups > BOUND_SPF_LOOKUPS) {
		if (!spf_walk_add(w, SPF_RULE_LOOKUPS, domain, NULL,
		    "%zu lookups, %d are allowed", s->lookups,
		    BOUND_SPF_LOOKUPS))
			return false;
	} else if (s->lookups >= BOUND_SPF_LOOKUPS - 1) {
		if (!spf_walk_add(w, SPF_RULE_NEARLY_LOOKUPS, domain, NULL,
		    "%zu of %d lookups", s->lookups, BOUND_SPF_LOOKUPS))
			return false;
	}
	if (s->voids4 > BOUND_SPF_VOIDS && s->voids6 > BOUND_SPF_VOIDS)
		return spf_walk_add(w, SPF_RULE_VOIDS, domain, NULL,
		    "%zu terms find nothing, %d are allowed",
		    s->voids4 < s->voids6 ? s->voids4 : s->voids6,
		    BOUND_SPF_VOIDS);
	if (s->voids4 > BOUND_SPF_VOIDS || s->voids6 > BOUND_SPF_VOIDS)
		return spf_walk_add(w, SPF_RULE_VOIDS_FAMILY, domain, NULL,
		    "for %s clients %zu terms find nothing, %d are allowed",
		    s->voids4 > BOUND_SPF_VOIDS ? "IPv4" : "IPv6",
		    s->voids4 > s->voids6 ? s->voids4 : s->voids6,
		    BOUND_SPF_VOIDS);
	return true;
}

/* The operand's record: published, or the policy that would be. */
static bool
spf_walk_root(struct spf_walk *w, struct span domain, struct span policy)
{
	struct spf_lint_node *node;

	if (policy.p == NULL)
		return spf_walk_fetch(w, domain, NULL);
	if (!spf_record_is(policy))
		return spf_walk_add(w, SPF_RULE_ABSENT, domain, NULL,
		    "the policy does not begin with \"v=spf1\"");
	node = spf_walk_node(w, domain, NULL);
	return node != NULL && spf_walk_enter(w, node, policy, NULL);
}

enum fault_kind
spf_lint(struct spf_lint *s, struct span domain, struct span policy,
    struct dns *dns, struct arena *a, struct fault *f)
{
	struct spf_walk w = { .lint = s, .dns = dns, .arena = a, .fault = f };
	struct span ascii;
	bool good;

	fault_clear(f);
	*s = (struct spf_lint){ .lookups = 0 };
	s->last = &s->first;
	spf_nets_init(&s->nets);
	spf_ranges_init(&w.undecided);
	spf_ranges_init(&w.passed);
	for (size_t i = 0; i < SPF_SLOTS; i++)
		spf_ranges_init(&w.before_held[i]);
	w.rest = spf_slot(VERDICT_NEUTRAL);
	buf_init(&s->flat, SPF_FLAT_BYTES);
	if (lint_init(&s->lint, domain_undot(domain), a, f) != FAULT_NONE ||
	    idna_to_ascii(s->lint.domain, a, &ascii, f) != FAULT_NONE)
		return f->kind;
	if (ascii.p == NULL || !domain_fits(ascii))
		return spf_walk_add(&w, SPF_RULE_ABSENT, s->lint.domain,
		    NULL, "this is no domain name") ? FAULT_NONE : f->kind;
	s->lint.domain = ascii;
	good = spf_walk_root(&w, ascii, policy) && spf_walk_run(&w);
	if (s->first != NULL) {
		s->lint.record = s->first->record;
		s->lookups = s->first->lookups;
	}
	if (good && s->lint.record.p != NULL)
		good = spf_walk_totals(&w);
	for (size_t i = 0; i < w.depth; i++) {
		spf_ranges_free(&w.frames[i].before);
		for (size_t k = 0; k < SPF_SLOTS; k++)
			spf_ranges_free(&w.frames[i].by[k]);
	}
	for (size_t i = 0; i < SPF_SLOTS; i++)
		spf_ranges_free(&w.before_held[i]);
	spf_ranges_free(&w.undecided);
	spf_ranges_free(&w.passed);
	spf_nets_flatten(&s->nets);
	return good ? FAULT_NONE : f->kind;
}

void
spf_lint_free(struct spf_lint *s)
{
	spf_nets_free(&s->nets);
	buf_free(&s->flat);
}
