/* SPDX-License-Identifier: ISC */
/* The walk's next record: found in the DNS, judged as a whole, entered. */
#include "dns/domain.h"
#include "spf/lint_impl.h"

struct spf_lint_node *
spf_walk_node(struct spf_walk *w, struct span domain,
    const struct spf_term *via)
{
	struct spf_lint_node *n = arena_alloc(w->arena, sizeof(*n));

	if (n == NULL) {
		(void)fault_nomem(w->fault);
		return NULL;
	}
	n->domain = domain;
	n->depth = w->depth;
	if (w->depth > 0)
		n->parent = w->frames[w->depth - 1].node;
	if (via != NULL)
		n->via = via->text;
	*w->lint->last = n;
	w->lint->last = &n->next;
	w->lint->records++;
	return n;
}

/* Every wrong term of the operand's own record, each with its column. */
static bool
spf_walk_syntax(struct spf_walk *w, struct span domain, struct span text,
    const struct spf_term *wrong)
{
	struct spf_terms t = spf_terms_of(text);
	struct spf_term term;
	bool told = false;
	size_t n = 0;

	while (n < 100 && spf_terms_next(&t, &term)) {
		if (term.column == wrong->column)
			term = *wrong;
		if (term.error == NULL)
			continue;
		told = true;
		n++;
		if (lint_add(&w->lint->lint, spf_lint_rule(SPF_RULE_SYNTAX),
		    domain, span_sub(term.text, 0, 300), term.error_column,
		    w->fault, "\"%.*s\": %s",
		    (int)(term.text.len > 100 ? 100 : term.text.len),
		    term.text.p, term.error) != FAULT_NONE)
			return false;
	}
	return told || spf_walk_add(w, SPF_RULE_SYNTAX, domain, wrong, "%s",
	    wrong->error);
}

bool
spf_walk_enter(struct spf_walk *w, struct spf_lint_node *node,
    struct span text, const struct spf_term *via)
{
	bool root = w->depth == 0;
	/* The root is below itself: its own and pass are true. */
	struct spf_walk_frame *below = &w->frames[root ? 0 : w->depth - 1];
	struct spf_walk_frame *frame = &w->frames[w->depth];
	struct spf_term wrong;

	node->record = text;
	*frame = (struct spf_walk_frame){ .domain = node->domain,
	    .node = node, .terms = spf_terms_of(text), .pass = true,
	    .own = true };
	if (!spf_record_parse(text, &frame->record, &wrong)) {
		if (root)
			return spf_walk_syntax(w, node->domain, text, &wrong);
		return spf_walk_add(w, SPF_RULE_TARGET_BROKEN, below->domain,
		    via, "%.*s: column %zu: %s", SPAN_ARG(node->domain),
		    wrong.error_column, wrong.error);
	}
	if (!root) {
		bool redirect = via->kind == SPF_REDIRECT;

		frame->own = below->own && redirect;
		frame->pass = below->pass &&
		    (redirect || via->verdict == VERDICT_PASS);
	}
	spf_ranges_init(&frame->before);
	for (size_t i = 0; i < SPF_SLOTS; i++)
		spf_ranges_init(&frame->by[i]);
	w->depth++;
	if (!root && frame->own && frame->record.exp.text.len > 0)
		w->foreign_exp = true;
	if (!root)
		frame->via = *via;
	if (root ? !spf_ranges_everything(&w->undecided) :
	    via->kind == SPF_INCLUDE &&
	    !spf_ranges_union(&frame->before, &w->undecided)) {
		(void)fault_nomem(w->fault);
		return false;
	}
	if (text.len > 512)
		return spf_walk_add(w, SPF_RULE_LONG, node->domain, NULL,
		    "%zu bytes", text.len);
	if (text.len > 450)
		return spf_walk_add(w, SPF_RULE_NEARLY_LONG, node->domain,
		    NULL, "%zu bytes", text.len);
	return true;
}

/* No record at the target of a term. */
static bool
spf_walk_none(struct spf_walk *w, struct span name,
    const struct spf_term *via, const struct dns_answer *answer)
{
	struct span domain = w->frames[w->depth - 1].domain, owner;

	if (answer->outcome == DNS_NXDOMAIN) {
		if (!spf_walk_dangling(w, name, &owner))
			return false;
		if (owner.p != NULL)
			return spf_walk_add(w, SPF_RULE_DANGLING, domain, via,
			    "%.*s does not exist", SPAN_ARG(owner));
	}
	if (answer->outcome == DNS_NXDOMAIN)
		return spf_walk_add(w, SPF_RULE_TARGET_NONE, domain, via,
		    "%.*s: the name does not exist, and only the owner of "
		    "the zone above can make it", SPAN_ARG(name));
	return spf_walk_add(w, SPF_RULE_TARGET_NONE, domain, via,
	    "%.*s: no SPF record there", SPAN_ARG(name));
}

/* White space, quotes or another version before what would be a record. */
static bool
spf_nearly_record(struct span txt)
{
	size_t at = 0;

	while (at < txt.len && (txt.p[at] == '"' || txt.p[at] == '\'' ||
	    ascii_is_wsp(txt.p[at])))
		at++;
	txt = span_sub(txt, at, txt.len);
	return span_starts_nocase(txt, SPAN("v=spf")) ||
	    span_starts_nocase(txt, SPAN("v= spf")) ||
	    span_starts_nocase(txt, SPAN("v =spf")) ||
	    span_starts_nocase(txt, SPAN("spf1 ")) ||
	    span_starts_nocase(txt, SPAN("spf2.0"));
}

/* The records of the operand that were meant to be SPF and are not. */
static bool
spf_walk_nearly(struct spf_walk *w, struct span name,
    const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++) {
		struct span txt = answer->records[i].text;

		if (!spf_record_is(txt) && spf_nearly_record(txt) &&
		    !spf_walk_add(w, SPF_RULE_NEARLY_RECORD, name, NULL,
		    "\"%.*s\"", SPAN_ARG(span_sub(txt, 0, 60))))
			return false;
	}
	return true;
}

bool
spf_walk_fetch(struct spf_walk *w, struct span name,
    const struct spf_term *via)
{
	struct spf_lint_node *node = spf_walk_node(w, name, via);
	struct span text = { NULL, 0 };
	struct dns_answer answer = { .outcome = DNS_NODATA };
	size_t found = 0;

	if (node == NULL)
		return false;
	/* As the evaluation does: a name of one label is never asked for. */
	if ((via == NULL || domain_labels(name) > 1) &&
	    !spf_walk_ask(w, name, DNS_TXT, via, &answer))
		return false;
	if (answer.outcome == DNS_TEMPERROR)
		return true;
	if (!spf_walk_nearly(w, name, &answer))
		return false;
	for (size_t i = 0; i < answer.count; i++) {
		if (!spf_record_is(answer.records[i].text))
			continue;
		text = answer.records[i].text;
		found++;
	}
	if (found == 1)
		return spf_walk_enter(w, node, text, via);
	if (via != NULL && found == 0)
		return spf_walk_none(w, name, via, &answer);
	if (via != NULL)
		return spf_walk_add(w, SPF_RULE_TARGET_BROKEN,
		    w->frames[w->depth - 1].domain, via,
		    "%.*s: %zu SPF records", SPAN_ARG(name), found);
	if (found > 1)
		return spf_walk_add(w, SPF_RULE_SEVERAL, name, NULL,
		    "%zu SPF records", found);
	return spf_walk_add(w, SPF_RULE_ABSENT, name, NULL, "%s",
	    answer.outcome == DNS_NXDOMAIN ? "the domain does not exist" :
	    "no SPF record");
}
