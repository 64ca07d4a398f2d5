/* SPDX-License-Identifier: ISC */
/* One domain now, and as it was. */
#include <string.h>

#include "base/json.h"
#include "base/sha256.h"
#include "posture/drift.h"
#include "posture/rule.h"
#include "posture/state_impl.h"

#define KEY_AGE ((int64_t)400 * 86400)
#define UNCHECKED_RUNS 3

/* One comparison under way. */
struct compare {
	struct posture_state *s;
	struct posture *p;
	const json_t *old;	/* the line before; NULL: none */
	json_t *facts;		/* now */
	json_t *line;		/* the new line */
	bool open[POSTURE_FAMILIES + 1];	/* unchecked, or rests on one
						   that is; the last: AUD and
						   what is no family's */
	bool failed;
	struct fault *f;
};

static const struct {
	const char *code, *family;
} prefixes[] = { { "SPF", "spf" }, { "DKIM", "dkim" }, { "DMARC", "dmarc" },
	{ "MX", "mx" }, { "STS", "sts" }, { "RPT", "tlsrpt" },
	{ "DANE", "dane" }, { "SEC", "dnssec" }, { "BIMI", "bimi" } };

static size_t
family_of(const char *word)
{
	for (size_t i = 0; i < POSTURE_FAMILIES; i++)
		if (strcmp(posture_family_words[i], word) == 0)
			return i;
	return POSTURE_FAMILIES;
}

/* The family that a code belongs to; POSTURE_FAMILIES: none. */
static size_t
code_family(struct span code)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		struct span start = span_of(prefixes[i].code);

		if (code.len == start.len + 3 && span_starts_nocase(code,
		    start))
			return family_of(prefixes[i].family);
	}
	return POSTURE_FAMILIES;
}

/* Which families are not to be compared, since one they rest on is not
 * known: the role rests on SPF and MX, and with it all of them. */
static void
compare_open(struct compare *c)
{
	static const struct {
		const char *is, *opens;
	} t[] = { { "dkim", "mx" }, { "dmarc", "bimi" }, { "sts", "tlsrpt" },
	    { "dane", "tlsrpt" }, { "dnssec", "dane" }, { "mx", "dane" } };
	const enum posture_check *checks = c->p->checks;
	bool all = checks[POSTURE_SPF] == POSTURE_TEMPERROR ||
	    checks[POSTURE_MX] == POSTURE_TEMPERROR ||
	    (!c->p->exists_known && c->p->outside == 0);

	for (size_t i = 0; i < POSTURE_FAMILIES; i++)
		if (checks[i] == POSTURE_TEMPERROR)
			c->open[i] = c->open[POSTURE_FAMILIES] = true;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		size_t is = family_of(t[i].is);

		if (is < POSTURE_FAMILIES && checks[is] == POSTURE_TEMPERROR)
			c->open[family_of(t[i].opens)] = true;
	}
	/* What no family owns may have been asked for a finding that is not
	 * in one. */
	for (const struct lint_finding *g = c->p->lint.first; g != NULL;
	    g = g->next)
		if (g->effect == LINT_UNCHECKED)
			c->open[POSTURE_FAMILIES] = true;
	for (size_t i = 0; all && i <= POSTURE_FAMILIES; i++)
		c->open[i] = true;
}

/* The finding of the line before that is the same; NULL: none. */
static const json_t *
compare_find(const struct compare *c, const struct lint_finding *g)
{
	const json_t *list = json_object_get(c->old, "findings"), *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (span_eq_nocase(posture_json_span(one, "code"),
		    span_of(g->rule->code)) &&
		    span_eq_nocase(posture_json_span(one, "domain"),
		    g->domain) && lint_term_eq(posture_json_span(one, "term"),
		    g->term))
			return one;
	return NULL;
}

/* The finding now that is the same as one of the line before. */
static bool
compare_still(const struct compare *c, const json_t *one)
{
	for (const struct lint_finding *g = c->p->lint.first; g != NULL;
	    g = g->next)
		if (span_eq_nocase(posture_json_span(one, "code"),
		    span_of(g->rule->code)) &&
		    span_eq_nocase(posture_json_span(one, "domain"),
		    g->domain) && lint_term_eq(posture_json_span(one, "term"),
		    g->term))
			return true;
	return false;
}

static void
compare_keep(struct compare *c, json_t *list, const struct lint_finding *g)
{
	json_t *o = json_object();

	js_set(o, "code", js_str(g->rule->code), &c->failed);
	js_set(o, "domain", js_span(g->domain), &c->failed);
	js_set(o, "term", js_span(g->term), &c->failed);
	js_set(o, "since", js_int(g->since), &c->failed);
	js_push(list, o, &c->failed);
}

/* What is there now: known before, or new; and kept. */
static void
compare_now(struct compare *c, json_t *list)
{
	for (struct lint_finding *g = c->p->lint.first; g != NULL;
	    g = g->next) {
		const json_t *before = compare_find(c, g);
		bool ignored = g->known;
		bool open = c->old != NULL &&
		    c->open[code_family(span_of(g->rule->code))];

		g->since = before == NULL ? c->s->config.now :
		    json_integer_value(json_object_get(before, "since"));
		/* The DNS may answer again: not known, and not kept. */
		if (g->effect == LINT_UNCHECKED)
			continue;
		g->known = ignored || before != NULL || open ||
		    c->s->config.init;
		if (ignored || (open && before == NULL))
			continue;
		compare_keep(c, list, g);
	}
}

/* What was there: gone, or it could not be looked at and stays. */
static bool
compare_before(struct compare *c, json_t *list)
{
	const json_t *findings = json_object_get(c->old, "findings");
	json_t *one;
	struct lint *l = &c->p->lint;
	struct lint_gone *gone = arena_array(l->arena,
	    json_array_size(findings) + 1, sizeof(*gone));
	size_t i;

	if (gone == NULL)
		return fault_nomem(c->f) == FAULT_NONE;
	l->gone = gone;
	json_array_foreach(findings, i, one) {
		struct span code = posture_json_span(one, "code");

		if (compare_still(c, one))
			continue;
		if (c->open[code_family(code)]) {
			js_push(list, json_incref(one), &c->failed);
			continue;
		}
		gone[l->ngone++] = (struct lint_gone){
		    .code = arena_span(l->arena, code),
		    .domain = arena_span(l->arena, posture_json_span(one,
		    "domain")), .term = arena_span(l->arena,
		    posture_json_span(one, "term")),
		    .since = json_integer_value(json_object_get(one,
		    "since")) };
	}
	return true;
}

/* The facts and results to keep: of a family that is open, those before. */
static void
compare_facts(struct compare *c, json_t *checks)
{
	const json_t *before = json_object_get(c->old, "facts");
	const json_t *were = json_object_get(c->old, "checks");
	json_t *facts = json_copy(c->facts), *old;

	if (facts == NULL || checks == NULL) {
		c->failed = true;
		json_decref(facts);
		json_decref(checks);
		return;
	}
	for (size_t i = 0; i < POSTURE_FAMILIES; i++) {
		const char *word = posture_family_words[i];

		if (c->p->checks[i] != POSTURE_TEMPERROR || before == NULL)
			continue;
		old = json_object_get(before, word);
		js_set(facts, word, old == NULL ? js_null() :
		    json_incref(old), &c->failed);
		old = json_object_get(were, word);
		js_set(checks, word, old == NULL ? js_str("temperror") :
		    json_incref(old), &c->failed);
	}
	old = json_object_get(before, "ns");
	if (old != NULL && json_is_null(json_object_get(facts, "ns")))
		js_set(facts, "ns", json_incref(old), &c->failed);
	js_set(c->line, "checks", checks, &c->failed);
	js_set(c->line, "facts", facts, &c->failed);
}

/* Since when is each key there; one that is old is a note. */
static bool
compare_keys(struct compare *c)
{
	const json_t *before = json_object_get(c->old, "keys"), *one, *was;
	json_t *keys = before == NULL ? json_object() :
	    json_deep_copy(before);	/* those not looked at now stay */
	char hex[SHA256_HEX];
	size_t i;

	json_array_foreach(json_object_get(c->facts, "dkim"), i, one) {
		struct span name = posture_json_span(one, "name");
		struct span key = posture_json_key(one);
		int64_t since = c->s->config.now;
		json_t *o;

		if (key.len == 0)
			continue;
		sha256_hex(key, hex);
		was = json_object_get(before, name.p);
		if (span_eq(posture_json_span(was, "sha256"), span_of(hex)))
			since = json_integer_value(json_object_get(was,
			    "since"));
		o = json_object();
		js_set(o, "sha256", js_str(hex), &c->failed);
		js_set(o, "since", js_int(since), &c->failed);
		js_set(keys, name.p, o, &c->failed);
		if (c->s->config.now - since > KEY_AGE &&
		    lint_add(&c->p->lint, posture_rule(POSTURE_DKIM_OLD),
		    c->p->lint.domain, name, 0, c->f, "%.*s",
		    SPAN_ARG(span_sub(name, 0, 253))) != FAULT_NONE) {
			json_decref(keys);
			return false;
		}
	}
	js_set(c->line, "keys", keys, &c->failed);
	return true;
}

/* How often on end it could not be checked. */
static bool
compare_unchecked(struct compare *c)
{
	int64_t runs = 0;

	if (lint_exit(&c->p->lint) == LINT_UNCHECKED)
		runs = json_integer_value(json_object_get(c->old,
		    "unchecked")) + 1;
	js_set(c->line, "unchecked", js_int(runs), &c->failed);
	return runs < UNCHECKED_RUNS || lint_add(&c->p->lint,
	    posture_rule(POSTURE_AUD_UNCHECKED), c->p->lint.domain, SPAN(""),
	    0, c->f, "%lld runs", (long long)runs) == FAULT_NONE;
}

/* All of it, in an order in which nothing of this run alone is kept. */
static bool
compare_all(struct compare *c)
{
	json_t *list = json_array(), *checks = posture_checks(c->p);
	const json_t *old = json_object_get(c->old, "facts");

	js_set(c->line, "domain", js_span(c->p->lint.domain), &c->failed);
	js_set(c->line, "time", js_int(c->s->config.now), &c->failed);
	compare_open(c);
	if (!compare_keys(c) || !compare_unchecked(c) ||
	    !compare_before(c, list)) {
		json_decref(list);
		json_decref(checks);
		return false;
	}
	compare_now(c, list);
	js_set(c->line, "findings", list, &c->failed);
	if (old != NULL && posture_drift(c->p, old, json_object_get(c->old,
	    "checks"), c->facts, checks, c->f) != FAULT_NONE) {
		json_decref(checks);
		return false;
	}
	posture_sort(&c->p->lint);
	compare_facts(c, checks);
	return !c->failed || fault_nomem(c->f) == FAULT_NONE;
}

enum fault_kind
posture_state_compare(struct posture_state *s, struct posture *p,
    json_t *facts, struct fault *f)
{
	struct state_line *line = state_find(s, p->lint.domain);
	json_t *old = line == NULL ? NULL : json_loadb(line->text.p,
	    line->text.len, 0, NULL);
	struct compare c = { .s = s, .p = p, .old = old, .facts = facts,
	    .line = json_object(), .f = f };

	if (line != NULL && old == NULL)
		(void)fault_set(f, FAULT_DATA, "%s: the line of %.*s is no "
		    "JSON", s->config.path, SPAN_ARG(p->lint.domain));
	else if (facts == NULL || c.line == NULL)
		(void)fault_nomem(f);
	else if (compare_all(&c) && js_line(c.line, &s->new, f) == FAULT_NONE)
		(void)buf_check(&s->new, f);
	if (line != NULL && f->kind == FAULT_NONE)
		line->replaced = true;
	json_decref(c.line);
	json_decref(old);
	return f->kind;
}
