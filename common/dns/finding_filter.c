/* SPDX-License-Identifier: ISC */
/* Which findings are known: ignored, or in an earlier run's output. */
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "dns/domain.h"
#include "dns/finding.h"

#define FILTER_BUCKETS_MIN ((size_t)64)

/* One thing a filter knows; an empty span matches anything. */
struct lint_known {
	struct span operand;
	struct span code;
	struct span domain;
	struct span term;	/* as lint_term() has it */
	bool exact;	/* from a baseline: the term counts too */
	bool matched;	/* a finding was known by it */
	size_t line;	/* of a file of ignored ones, else 0 */
	uint64_t hash;
	struct lint_known *chain;	/* of the same bucket */
	struct lint_known *next;
};

void
lint_filter_init(struct lint_filter *filter, bool (*has)(struct span code))
{
	*filter = (struct lint_filter){ .has = has };
	arena_init(&filter->arena, LINT_FILTER_BYTES);
}

void
lint_filter_free(struct lint_filter *filter)
{
	arena_free(&filter->arena);
	free(filter->buckets);
	filter->buckets = NULL;
	filter->nbuckets = filter->count = 0;
	filter->known = NULL;
}

/* Without the dots at its end. */
static struct span
lint_undot(struct span s)
{
	while (s.len > 0 && s.p[s.len - 1] == '.')
		s.len--;
	return s;
}

/*
 * Of what stands in it, letters in lower case.  Strangers choose names and
 * terms: a digest keeps them from filling one bucket.
 */
static uint64_t
lint_known_hash(const struct lint_known *k)
{
	unsigned char digest[SHA256_BYTES];
	struct span parts[4] = { k->operand, k->code, k->domain,
	    lint_undot(k->term) };
	char text[1024];
	size_t n = 0;
	uint64_t hash = 0;

	/* What is longer is told apart when it is compared. */
	for (size_t i = 0; i < 4; i++) {
		size_t len = parts[i].len < sizeof(text) / 4 - 1 ?
		    parts[i].len : sizeof(text) / 4 - 1;

		for (size_t at = 0; at < len; at++)
			text[n++] = ascii_lower(parts[i].p[at]);
		text[n++] = '\0';
	}
	sha256((struct span){ text, n }, digest);
	memcpy(&hash, digest, sizeof(hash));
	return hash;
}

/* Twice the buckets. */
static enum fault_kind
lint_filter_grow(struct lint_filter *filter, struct fault *f)
{
	size_t n = filter->nbuckets == 0 ? FILTER_BUCKETS_MIN :
	    filter->nbuckets * 2;
	struct lint_known **buckets = calloc(n, sizeof(*buckets));

	if (buckets == NULL)
		return fault_nomem(f);
	for (struct lint_known *k = filter->known; k != NULL; k = k->next) {
		k->chain = buckets[k->hash & (n - 1)];
		buckets[k->hash & (n - 1)] = k;
	}
	free(filter->buckets);
	filter->buckets = buckets;
	filter->nbuckets = n;
	return FAULT_NONE;
}

static enum fault_kind
lint_filter_add(struct lint_filter *filter, struct lint_known known,
    struct fault *f)
{
	struct lint_known *new = arena_alloc(&filter->arena, sizeof(*new));

	if (new == NULL || (filter->count >= filter->nbuckets &&
	    lint_filter_grow(filter, f) != FAULT_NONE))
		return fault_nomem(f);
	*new = known;
	new->operand = arena_span(&filter->arena, known.operand);
	new->code = arena_span(&filter->arena, known.code);
	new->domain = arena_span(&filter->arena, known.domain);
	new->term = arena_span(&filter->arena, known.term);
	if (new->operand.p == NULL || new->code.p == NULL ||
	    new->domain.p == NULL || new->term.p == NULL)
		return fault_nomem(f);
	new->hash = lint_known_hash(new);
	new->chain = filter->buckets[new->hash & (filter->nbuckets - 1)];
	filter->buckets[new->hash & (filter->nbuckets - 1)] = new;
	new->next = filter->known;
	filter->known = new;
	filter->count++;
	return FAULT_NONE;
}

/* Letters and then three digits: SPF001. */
static bool
lint_is_code(struct span s)
{
	size_t i = 0, digits;

	while (i < s.len && ascii_is_alpha(s.p[i]))
		i++;
	digits = s.len - i;
	while (i < s.len && ascii_is_digit(s.p[i]))
		i++;
	return i == s.len && digits == 3 && s.len > digits;
}

enum fault_kind
lint_filter_fail_on(struct lint_filter *filter, struct span word,
    struct fault *f)
{
	static const char *const words[] = {
		[LINT_FAIL_WARNING] = "warning", [LINT_FAIL_ERROR] = "error",
		[LINT_FAIL_NOTE] = "note", [LINT_FAIL_NEVER] = "never",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!span_eq(word, span_of(words[i])))
			continue;
		filter->fail_on = (enum lint_fail)i;
		return FAULT_NONE;
	}
	return fault_set(f, FAULT_USAGE, "--fail-on wants error, warning, "
	    "note or never, not \"%.*s\"", SPAN_ARG(span_sub(word, 0, 80)));
}

enum fault_kind
lint_filter_ignore_line(struct lint_filter *filter, struct span what,
    size_t line, struct fault *f)
{
	struct lint_known known = { .line = line };
	bool colon = span_cut(what, ':', &known.code, &known.domain);

	if (!lint_is_code(known.code) ||
	    (colon && !domain_is_ldhu(known.domain)))
		return fault_set(f, FAULT_USAGE,
		    "--ignore wants CODE or CODE:DOMAIN, not \"%.*s\"",
		    (int)(what.len > 80 ? 80 : what.len), what.p);
	if (filter->has != NULL && !filter->has(known.code))
		return fault_set(f, FAULT_USAGE,
		    "--ignore: no finding has the code \"%.*s\"",
		    SPAN_ARG(span_sub(known.code, 0, 80)));
	return lint_filter_add(filter, known, f);
}

enum fault_kind
lint_filter_ignore(struct lint_filter *filter, struct span what,
    struct fault *f)
{
	return lint_filter_ignore_line(filter, what, 0, f);
}

size_t
lint_filter_unmatched(const struct lint_filter *filter, size_t after)
{
	size_t least = 0;

	for (const struct lint_known *k = filter->known; k != NULL;
	    k = k->next)
		if (!k->matched && k->line > after &&
		    (least == 0 || k->line < least))
			least = k->line;
	return least;
}

/* The bytes of a string member, or none. */
static struct span
lint_member(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return (struct span){ "", 0 };
	return (struct span){ json_string_value(value),
	    json_string_length(value) };
}

/* All findings of one line of an earlier run. */
static enum fault_kind
lint_baseline_line(struct lint_filter *filter, const json_t *line,
    struct fault *f)
{
	const json_t *findings = json_object_get(line, "findings");
	const json_t *one;
	size_t i;

	if (!json_is_array(findings) ||
	    !span_eq(lint_member(line, "schema"), SPAN("vouchsafe/1")))
		return fault_set(f, FAULT_DATA,
		    "not the output of --lint -o json");
	json_array_foreach(findings, i, one) {
		struct lint_known known = {
			.operand = lint_member(line, "domain"),
			.code = lint_member(one, "code"),
			.domain = lint_member(one, "domain"),
			.term = lint_member(one, "term"),
			.exact = true,
		};

		if (known.code.len == 0)
			return fault_set(f, FAULT_DATA,
			    "a finding without a code");
		if (lint_filter_add(filter, known, f) != FAULT_NONE)
			return f->kind;
	}
	return FAULT_NONE;
}

enum fault_kind
lint_filter_baseline(struct lint_filter *filter, struct span json,
    struct fault *f)
{
	struct span line, rest = json;
	size_t number = 0;
	bool more = json.len > 0;

	filter->baseline = true;
	while (more) {
		json_t *value;
		enum fault_kind kind;

		more = span_cut(rest, '\n', &line, &rest);
		number++;
		if (span_trim_fws(line).len == 0)
			continue;
		value = json_loadb(line.p, line.len,
		    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
		if (value == NULL)
			return fault_set(f, FAULT_DATA,
			    "line %zu is not JSON", number);
		kind = lint_baseline_line(filter, value, f);
		json_decref(value);
		if (kind != FAULT_NONE)
			return fault_context(f, "line %zu", number);
	}
	return FAULT_NONE;
}

/* Is there an entry of exactly this?  It has matched, then. */
static bool
lint_filter_find(const struct lint_filter *filter, struct lint_known want)
{
	uint64_t hash = lint_known_hash(&want);
	struct lint_known *k;

	if (filter->nbuckets == 0)
		return false;
	for (k = filter->buckets[hash & (filter->nbuckets - 1)]; k != NULL;
	    k = k->chain)
		if (k->hash == hash && k->exact == want.exact &&
		    span_eq_nocase(k->operand, want.operand) &&
		    span_eq_nocase(k->code, want.code) &&
		    span_eq_nocase(k->domain, want.domain) &&
		    lint_term_eq(k->term, want.term)) {
			k->matched = true;
			return true;
		}
	return false;
}

bool
lint_term_eq(struct span a, struct span b)
{
	return span_eq_nocase(lint_undot(a), lint_undot(b));
}

static bool
lint_filter_knows(const struct lint_filter *filter, const struct lint *l,
    const struct lint_finding *g)
{
	struct span code = span_of(g->rule->code);
	struct lint_known all = { .code = code };
	struct lint_known here = { .code = code, .domain = g->domain };
	struct lint_known exact = { .operand = l->domain, .code = code,
	    .domain = g->domain, .term = g->term, .exact = true };

	/* Each of them is to know that it matched. */
	bool known = lint_filter_find(filter, all);

	known = lint_filter_find(filter, here) || known;
	/* Or one outage would hide all later ones. */
	return known || (g->effect != LINT_UNCHECKED &&
	    lint_filter_find(filter, exact));
}

void
lint_filter_apply(const struct lint_filter *filter, struct lint *l)
{
	l->fail_on = filter->fail_on;
	l->only_new = filter->baseline && !filter->all;
	for (struct lint_finding *g = l->first; g != NULL; g = g->next)
		g->known = g->known || lint_filter_knows(filter, l, g);
}
