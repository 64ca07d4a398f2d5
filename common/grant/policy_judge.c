/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "grant/person.h"
#include "grant/policy.h"

bool
policy_glob(struct span pattern, struct span text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, back = 0;

	while (t < text.len) {
		if (p < pattern.len && pattern.p[p] == '*') {
			star = p++;
			back = t;
		} else if (p < pattern.len && (pattern.p[p] == '?' ||
		    pattern.p[p] == text.p[t])) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++back;
		} else
			return false;
	}
	while (p < pattern.len && pattern.p[p] == '*')
		p++;
	return p == pattern.len;
}

bool
policy_knows(const struct policy *p, const char *kind, const char *resource,
    const struct policy_asker *who)
{
	for (const struct policy_section *s = p->sections; s != NULL;
	    s = s->next) {
		bool is_kind = s->section == POLICY_KIND;
		const char *name = is_kind ? s->label : s->kind;

		if (!is_kind && s->section != POLICY_RULE &&
		    s->section != POLICY_BREAK_GLASS)
			continue;
		if ((kind == NULL || strcmp(name, kind) == 0) &&
		    (resource == NULL || (!is_kind && (s->resource == NULL ||
		    policy_glob(span_of(s->resource), span_of(resource))))) &&
		    (who == NULL || policy_among(p, s->who, who)))
			return true;
	}
	return false;
}

static void
policy_say(struct policy_verdict *v, enum policy_no why, unsigned line,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void
policy_say(struct policy_verdict *v, enum policy_no why, unsigned line,
    const char *fmt, ...)
{
	va_list ap;

	v->why = why;
	v->line = line;
	va_start(ap, fmt);
	(void)vsnprintf(v->text, sizeof(v->text), fmt, ap);
	va_end(ap);
}

/* Do kind and resource fit?  A deny section may leave them out. */
static bool
policy_fits(const struct policy_section *s, const struct policy_ask *ask)
{
	return (s->kind == NULL || strcmp(s->kind, ask->kind) == 0) &&
	    (s->resource == NULL || policy_glob(span_of(s->resource),
	    span_of(ask->resource)));
}

static bool
policy_denied(const struct policy *p, const struct policy_ask *ask,
    struct policy_verdict *v)
{
	for (const struct policy_section *s = p->sections; s != NULL;
	    s = s->next)
		if (s->section == POLICY_DENY && policy_fits(s, ask) &&
		    person_refused(p, s->who, &ask->who)) {
			policy_say(v, POLICY_NO_DENY, s->line,
			    "[deny %s] matches", s->label);
			return true;
		}
	return false;
}

static const char *
policy_ask_limit(const struct policy_ask *ask, const char *key)
{
	for (size_t i = 0; i < ask->limit_count; i++)
		if (strcmp(ask->limit_key[i], key) == 0)
			return ask->limit_value[i];
	return NULL;
}

static bool
policy_limits_hold(const struct policy_section *s,
    const struct policy_ask *ask, struct policy_verdict *v)
{
	for (const struct policy_pair *pair = s->pairs; pair != NULL;
	    pair = pair->next) {
		const char *value = policy_ask_limit(ask, pair->key);

		if (value == NULL) {
			policy_say(v, POLICY_NO_LIMIT, pair->line,
			    "the limit %s must be given", pair->key);
			return false;
		}
		if (regexec(pair->regex, value, 0, NULL, 0) != 0) {
			policy_say(v, POLICY_NO_LIMIT, pair->line,
			    "the limit %s does not match %s", pair->key,
			    pair->value);
			return false;
		}
	}
	return true;
}

/* The same list of approvers: the higher count; another one: both. */
static bool
policy_add_need(struct policy_verdict *v, const struct policy_need *need)
{
	if (need->who == NULL)
		return true;
	for (size_t i = 0; i < v->needs; i++)
		if (strcmp(v->need[i].text, need->text) == 0) {
			if (need->k > v->need[i].k)
				v->need[i].k = need->k;
			return true;
		}
	if (v->needs == POLICY_NEEDS)
		return false;
	v->need[v->needs++] = *need;
	return true;
}

static int64_t
policy_least(int64_t a, int64_t b)
{
	return a == 0 ? b : b == 0 ? a : a < b ? a : b;
}

/* The bounds of all sections that matched, so far. */
struct policy_bounds {
	int64_t min, max, total, uses;
	unsigned min_line, max_line, uses_line, first_line;
	size_t count;
	bool failed;	/* v says why */
};

static void
policy_take(const struct policy *p, const struct policy_section *s,
    const struct policy_ask *ask, struct policy_bounds *b,
    struct policy_verdict *v)
{
	int64_t max = s->terms.max != 0 ? s->terms.max : p->max_duration;
	int64_t total = s->terms.total != 0 ? s->terms.total :
	    p->total != 0 && p->total > max ? p->total : max;
	size_t used = strlen(v->rules);

	if (b->count++ == 0)
		b->first_line = s->line;
	(void)snprintf(v->rules + used, sizeof(v->rules) - used, "%s%s%s",
	    used > 0 ? ", " : "", s->section == POLICY_BREAK_GLASS ?
	    "break-glass " : "", s->label);
	if (s->terms.min > b->min) {
		b->min = s->terms.min;
		b->min_line = s->terms.min_at.line;
	}
	if (policy_least(b->max, max) != b->max) {
		b->max = max;
		b->max_line = s->terms.max_at.line != 0 ?
		    s->terms.max_at.line : s->line;
	}
	if (policy_least(b->uses, s->terms.uses) != b->uses) {
		b->uses = s->terms.uses;
		b->uses_line = s->terms.uses_at.line;
	}
	b->total = policy_least(b->total, total);
	v->review_within = policy_least(v->review_within,
	    s->terms.review_within);
	if (v->notify == NULL)
		v->notify = s->terms.notify;
	if (b->failed)
		return;
	b->failed = true;
	if (s->terms.reason != NULL && regexec(s->terms.reason,
	    ask->reason == NULL ? "" : ask->reason, 0, NULL, 0) != 0)
		policy_say(v, POLICY_NO_REASON, s->terms.reason_at.line,
		    "[%s]: the reason does not match %s", s->label,
		    s->terms.reason_text);
	else if (!policy_add_need(v, &s->terms.need))
		policy_say(v, POLICY_NO_RULE, s->line,
		    "more different approvals than can be asked for");
	else
		b->failed = !policy_limits_hold(s, ask, v);
}

static void
policy_bound(const struct policy_ask *ask, const struct policy_bounds *b,
    struct policy_verdict *v)
{
	v->duration = ask->duration != 0 ? ask->duration : b->max;
	v->uses = ask->uses != 0 ? ask->uses : b->uses != 0 ? b->uses : -1;
	v->total = b->total;
	if (v->duration > b->max)
		policy_say(v, POLICY_NO_DURATION, b->max_line,
		    "longer than the %lld seconds allowed",
		    (long long)b->max);
	else if (v->duration < b->min)
		policy_say(v, POLICY_NO_DURATION, b->min_line,
		    "shorter than the %lld seconds required",
		    (long long)b->min);
	else if (b->uses != 0 && v->uses > b->uses)
		policy_say(v, POLICY_NO_USES, b->uses_line,
		    "more than the %lld uses allowed", (long long)b->uses);
	else
		policy_say(v, POLICY_YES, b->first_line, "[%s%s] %s",
		    v->break_glass ? "" : "rule ", v->rules,
		    v->needs == 0 ? "allows it" : "allows it when approved");
}

/* No section says yes: why? */
static void
policy_nobody(const struct policy *p, const struct policy_ask *ask,
    unsigned other, struct policy_verdict *v)
{
	const struct policy_section *s = p->sections;

	while (ask->break_glass != NULL && s != NULL &&
	    (s->section != POLICY_BREAK_GLASS ||
	    strcmp(s->label, ask->break_glass) != 0))
		s = s->next;
	if (other != 0)
		policy_say(v, POLICY_NO_RULE, other, "the section for this "
		    "kind and resource does not name this requester");
	else if (ask->break_glass == NULL)
		policy_say(v, POLICY_NO_RULE, 0,
		    "no section allows this kind and resource");
	else if (s == NULL)
		policy_say(v, POLICY_NO_RULE, 0, "there is no [break-glass "
		    "%.64s]", ask->break_glass);
	else
		policy_say(v, POLICY_NO_RULE, s->line, "[break-glass %s] is "
		    "for another kind or resource", s->label);
}

void
policy_judge(const struct policy *p, const struct policy_ask *ask,
    struct policy_verdict *v)
{
	struct policy_bounds b = { 0 };
	enum policy_section_kind wanted = ask->break_glass != NULL ?
	    POLICY_BREAK_GLASS : POLICY_RULE;
	unsigned other = 0;

	*v = (struct policy_verdict){ .break_glass =
	    ask->break_glass != NULL };
	if (policy_denied(p, ask, v))
		return;
	for (const struct policy_section *s = p->sections; s != NULL;
	    s = s->next) {
		if (s->section != wanted || !policy_fits(s, ask) ||
		    (ask->break_glass != NULL &&
		    strcmp(s->label, ask->break_glass) != 0))
			continue;
		if (policy_among(p, s->who, &ask->who))
			policy_take(p, s, ask, &b, v);
		else
			other = s->line;
	}
	v->kind = policy_kind(p, ask->kind);
	if (b.count == 0)
		policy_nobody(p, ask, other, v);
	else if (!b.failed)
		policy_bound(ask, &b, v);
}

const char *
policy_no_word(enum policy_no why)
{
	switch (why) {
	case POLICY_NO_RULE:
		break;
	case POLICY_NO_DENY:
		return "deny";
	case POLICY_NO_DURATION:
		return "duration";
	case POLICY_NO_USES:
		return "uses";
	case POLICY_NO_REASON:
		return "reason";
	case POLICY_NO_LIMIT:
		return "limit";
	case POLICY_YES:
		return "allowed";
	}
	return "no-rule";
}
