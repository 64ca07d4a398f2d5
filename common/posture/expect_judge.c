/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/num.h"
#include "posture/drift.h"
#include "posture/expect_impl.h"
#include "posture/rule.h"

/* What came of one expectation.  The zero value is never true. */
enum truth {
	TRUTH_UNKNOWN = 0,
	TRUTH_FALSE,
	TRUTH_TRUE
};

/* A glob: * is any bytes, ? is one.  The last * alone need be tried again. */
static bool
expect_glob(struct span glob, struct span name)
{
	size_t g = 0, n = 0, star = SIZE_MAX, from = 0;

	while (n < name.len) {
		if (g < glob.len && glob.p[g] == '*') {
			star = g++;
			from = n;
		} else if (g < glob.len && (glob.p[g] == '?' ||
		    ascii_lower(glob.p[g]) == ascii_lower(name.p[n]))) {
			g++;
			n++;
		} else if (star != SIZE_MAX) {
			g = star + 1;
			n = ++from;
		} else {
			return false;
		}
	}
	while (g < glob.len && glob.p[g] == '*')
		g++;
	return g == glob.len;
}

/* role NULL: not known yet, and none has it. */
static bool
expect_matches(const struct expect_section *s, struct span domain,
    const char *role)
{
	bool in = false;

	for (const struct expect_pattern *p = s->patterns; p != NULL;
	    p = p->next) {
		bool hit = p->role ? role != NULL && span_eq(p->glob,
		    span_of(role)) : expect_glob(p->glob, domain);

		if (hit && p->excludes)
			return false;
		in = in || hit;
	}
	return in;
}

size_t
expect_selectors(const struct expect *e, struct span domain,
    struct span *out, size_t n, size_t most)
{
	for (const struct expect_section *s = e->first; s != NULL;
	    s = s->next) {
		if (!expect_matches(s, domain, NULL))
			continue;
		for (const struct expect_rule *r = s->first; r != NULL;
		    r = r->next) {
			bool known = r->selector.p == NULL;

			for (size_t i = 0; i < n && !known; i++)
				known = span_eq_nocase(out[i], r->selector);
			if (!known && n < most)
				out[n++] = r->selector;
		}
	}
	return n;
}

/* The object of a key. */
static const json_t *
judge_key(const json_t *facts, struct span selector)
{
	const json_t *keys = json_object_get(facts, "dkim"), *one;
	struct span below = { "._domainkey.", 12 };
	size_t i;

	json_array_foreach(keys, i, one) {
		struct span name = posture_json_span(one, "name");

		if (name.len > selector.len && span_eq_nocase(span_sub(name,
		    0, selector.len), selector) && span_starts_nocase(
		    span_sub(name, selector.len, name.len), below))
			return one;
	}
	return NULL;
}

static const json_t *
judge_value(const struct expect_rule *r, const json_t *facts)
{
	const json_t *o = r->fact->family[0] == '\0' ? facts :
	    r->selector.p != NULL ? judge_key(facts, r->selector) :
	    json_object_get(facts, r->fact->family);

	return json_object_get(o, r->fact->key);
}

static bool
judge_unknown(const struct posture *p, const struct expect_rule *r,
    const json_t *v)
{
	if (r->fact->family[0] == '\0')
		return v == NULL || json_is_null(v);
	for (size_t i = 0; i < POSTURE_FAMILIES; i++)
		if (strcmp(posture_family_words[i], r->fact->family) == 0)
			return p->checks[i] == POSTURE_TEMPERROR ||
			    (p->checks[i] == POSTURE_SKIPPED &&
			    !(p->exists_known && !p->exists));
	return true;
}

static struct span
judge_text(const json_t *v)
{
	if (!json_is_string(v))
		return (struct span){ NULL, 0 };
	return (struct span){ json_string_value(v), json_string_length(v) };
}

static bool
judge_member(const json_t *list, struct span value)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (lint_term_eq(judge_text(one), value))
			return true;
	return false;
}

/* Each of the list's is among the values. */
static bool
judge_within(const struct expect_rule *r, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		bool found = false;

		for (size_t k = 0; k < r->nvalues && !found; k++)
			found = lint_term_eq(judge_text(one), r->values[k]);
		if (!found)
			return false;
	}
	return true;
}

static bool
judge_list(const struct expect_rule *r, const json_t *v)
{
	bool all = true, any = false;

	for (size_t i = 0; i < r->nvalues; i++) {
		bool has = judge_member(v, r->values[i]);

		all = all && has;
		any = any || has;
	}
	switch (r->op) {
	case EXPECT_HAS:
		return all;
	case EXPECT_LACKS:
		return !any;
	case EXPECT_SUBSET:
		return json_is_array(v) && judge_within(r, v);
	case EXPECT_EQ:
		return json_is_array(v) && all && judge_within(r, v);
	case EXPECT_NE:
		return !(json_is_array(v) && all && judge_within(r, v));
	case EXPECT_LT:
	case EXPECT_LE:
	case EXPECT_GT:
	case EXPECT_GE:
	case EXPECT_IN:
	case EXPECT_EXISTS:
	case EXPECT_ABSENT:
	case EXPECT_OPS:
		break;
	}
	return false;
}

/* Below 0, 0, above 0 as the fact is to the value; *same for what has no
 * order.  False: not to be compared. */
static bool
judge_compare(const struct expect_rule *r, const json_t *v,
    struct span value, int *order)
{
	uint64_t n = 0;
	json_int_t fact;
	int rank;

	switch (r->fact->type) {
	case EXPECT_NUMBER:
		if (!json_is_integer(v) || !num_canonical(value, INT64_MAX,
		    &n))
			return false;
		fact = json_integer_value(v);
		*order = (fact > (json_int_t)n) - (fact < (json_int_t)n);
		return true;
	case EXPECT_BOOL:
		*order = json_is_true(v) != span_eq(value, SPAN("true"));
		return json_is_boolean(v);
	case EXPECT_POLICY:
	case EXPECT_MODE:
		rank = expect_rank(r->fact->type, judge_text(v));
		*order = rank - expect_rank(r->fact->type, value);
		return rank >= 0;
	case EXPECT_TEXT:
		*order = span_eq(judge_text(v), value) ? 0 : 1;
		return json_is_string(v);
	case EXPECT_LIST:
		break;
	}
	return false;
}

static bool
judge_scalar(const struct expect_rule *r, const json_t *v)
{
	int order = 0;
	bool known = judge_compare(r, v, r->values[0], &order);

	switch (r->op) {
	case EXPECT_EQ:
		return known && order == 0;
	case EXPECT_NE:
		return !known || order != 0;
	case EXPECT_LT:
		return known && order < 0;
	case EXPECT_LE:
		return known && order <= 0;
	case EXPECT_GT:
		return known && order > 0;
	case EXPECT_GE:
		return known && order >= 0;
	case EXPECT_IN:
		for (size_t i = 0; i < r->nvalues; i++)
			if (judge_compare(r, v, r->values[i], &order) &&
			    order == 0)
				return true;
		return false;
	case EXPECT_HAS:
	case EXPECT_LACKS:
	case EXPECT_SUBSET:
	case EXPECT_EXISTS:
	case EXPECT_ABSENT:
	case EXPECT_OPS:
		break;
	}
	return false;
}

static enum truth
judge_rule(const struct posture *p, const struct expect_rule *r,
    const json_t *v)
{
	bool there = v != NULL && !json_is_null(v) &&
	    (!json_is_array(v) || json_array_size(v) > 0);
	bool holds;

	if (judge_unknown(p, r, v))
		return TRUTH_UNKNOWN;
	if (r->op == EXPECT_EXISTS || r->op == EXPECT_ABSENT)
		holds = there == (r->op == EXPECT_EXISTS);
	else
		holds = r->fact->type == EXPECT_LIST ? judge_list(r, v) :
		    judge_scalar(r, v);
	return holds ? TRUTH_TRUE : TRUTH_FALSE;
}

/* The fact as it is, for people. */
static void
judge_print(const struct expect_rule *r, const json_t *v, struct buf *b)
{
	const json_t *one;
	size_t i;

	if (r->selector.p != NULL) {
		buf_adds(b, "dkim.");
		buf_addspan(b, r->selector);
		buf_addf(b, ".%s is ", r->fact->name + 5);
	} else {
		buf_addf(b, "%s is ", r->fact->name);
	}
	if (json_is_integer(v))
		buf_addf(b, "%lld", (long long)json_integer_value(v));
	else if (json_is_boolean(v))
		buf_adds(b, json_is_true(v) ? "true" : "false");
	else if (json_is_string(v))
		buf_addspan(b, span_sub(judge_text(v), 0, 200));
	else if (!json_is_array(v) || json_array_size(v) == 0)
		buf_adds(b, "not there");
	json_array_foreach(v, i, one) {
		buf_adds(b, i > 0 ? " " : "");
		buf_addspan(b, span_sub(judge_text(one), 0, 80));
	}
}

static enum fault_kind
judge_add(const struct expect *e, struct posture *p,
    const struct expect_rule *r, enum posture_rule rule, const char *what,
    struct fault *f)
{
	struct lint_finding *g;

	if (lint_add(&p->lint, posture_rule(rule), p->lint.domain, r->text,
	    0, f, "%.*s: %s", SPAN_ARG(span_sub(r->text, 0, 150)), what) !=
	    FAULT_NONE)
		return f->kind;
	g = p->lint.newest;
	g->place = (struct dns_place){ e->path, r->line, 1 };
	if (rule == POSTURE_POL_BROKEN && r->severity != LINT_ERROR) {
		g->severity = r->severity;
		if (r->severity == LINT_NOTE)
			g->effect = LINT_CLEAN;
	}
	return FAULT_NONE;
}

static enum fault_kind
judge_one(const struct expect *e, struct posture *p,
    const struct expect_rule *r, const json_t *facts, struct fault *f)
{
	const json_t *v = judge_value(r, facts);
	struct buf b;

	switch (judge_rule(p, r, v)) {
	case TRUTH_UNKNOWN:
		return judge_add(e, p, r, POSTURE_POL_UNKNOWN, "not known",
		    f);
	case TRUTH_TRUE:
		return FAULT_NONE;
	case TRUTH_FALSE:
		break;
	}
	buf_init(&b, 1 << 20);
	judge_print(r, v, &b);
	if (buf_check(&b, f) == FAULT_NONE)
		(void)judge_add(e, p, r, POSTURE_POL_BROKEN, buf_str(&b), f);
	buf_free(&b);
	return f->kind;
}

enum fault_kind
expect_judge(struct expect *e, struct posture *p, const json_t *facts,
    int64_t now, struct fault *f)
{
	const char *role = p->role == POSTURE_ROLE_UNKNOWN ? NULL :
	    posture_role_words[p->role];

	for (struct expect_section *s = e->first; s != NULL; s = s->next) {
		if (!expect_matches(s, p->lint.domain, role))
			continue;
		s->matched = true;
		for (const struct expect_rule *r = s->first; r != NULL;
		    r = r->next)
			if ((r->until != 0 && r->until < now ?
			    judge_add(e, p, r, POSTURE_POL_PAST, "remove it",
			    f) : judge_one(e, p, r, facts, f)) != FAULT_NONE)
				return f->kind;
	}
	return FAULT_NONE;
}

size_t
expect_idle(const struct expect *e, size_t after)
{
	for (const struct expect_section *s = e->first; s != NULL;
	    s = s->next)
		if (!s->matched && s->line > after)
			return s->line;
	return 0;
}
