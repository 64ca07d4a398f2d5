/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "dns/domain.h"
#include "dns/finding_impl.h"

#define LINT_MESSAGE 400

/* One thing a filter knows; an empty span matches anything. */
struct lint_known {
	struct span operand;
	struct span code;
	struct span domain;
	struct span term;
	bool exact;	/* from a baseline: the term counts too */
	struct lint_known *next;
};

enum fault_kind
lint_init(struct lint *l, struct span domain, struct arena *a,
    struct fault *f)
{
	*l = (struct lint){ .arena = a };
	l->last = &l->first;
	l->domain = arena_span(a, domain);
	return l->domain.p == NULL ? fault_nomem(f) : FAULT_NONE;
}

enum fault_kind
lint_add(struct lint *l, const struct lint_rule *rule, struct span domain,
    struct span term, size_t column, struct fault *f, const char *fmt, ...)
{
	struct lint_finding *new = arena_alloc(l->arena, sizeof(*new));
	char text[LINT_MESSAGE];
	struct buf b;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_init(&b, 4 * sizeof(text));
	buf_addprint(&b, span_of(text));
	if (new != NULL && buf_check(&b, f) == FAULT_NONE) {
		new->rule = rule;
		new->severity = rule->severity;
		new->effect = rule->effect;
		new->domain = arena_span(l->arena, domain);
		new->term = arena_span(l->arena, term);
		new->column = column;
		new->message = arena_span(l->arena, buf_span(&b));
	}
	buf_free(&b);
	if (new == NULL || new->message.p == NULL)
		return fault_nomem(f);
	*l->last = new;
	l->last = &new->next;
	l->newest = new;
	l->count++;
	return FAULT_NONE;
}

void
lint_demote(struct lint *l)
{
	if (l->newest == NULL)
		return;
	l->newest->severity = LINT_NOTE;
	l->newest->effect = LINT_CLEAN;
}

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
	filter->known = NULL;
}

static enum fault_kind
lint_filter_add(struct lint_filter *filter, struct lint_known known,
    struct fault *f)
{
	struct lint_known *new = arena_alloc(&filter->arena, sizeof(*new));

	if (new == NULL)
		return fault_nomem(f);
	*new = known;
	new->operand = arena_span(&filter->arena, known.operand);
	new->code = arena_span(&filter->arena, known.code);
	new->domain = arena_span(&filter->arena, known.domain);
	new->term = arena_span(&filter->arena, known.term);
	if (new->operand.p == NULL || new->code.p == NULL ||
	    new->domain.p == NULL || new->term.p == NULL)
		return fault_nomem(f);
	new->next = filter->known;
	filter->known = new;
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
lint_filter_ignore(struct lint_filter *filter, struct span what,
    struct fault *f)
{
	struct lint_known known = { .exact = false };
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

static bool
lint_known_matches(const struct lint_known *k, const struct lint *l,
    const struct lint_finding *g)
{
	if (!span_eq_nocase(k->code, span_of(g->rule->code)))
		return false;
	if (!k->exact)
		return k->domain.len == 0 ||
		    span_eq_nocase(k->domain, g->domain);
	/* Or one outage would hide all later ones. */
	if (g->effect == LINT_UNCHECKED)
		return false;
	return span_eq_nocase(k->operand, l->domain) &&
	    span_eq_nocase(k->domain, g->domain) &&
	    span_eq(k->term, g->term);
}

void
lint_filter_apply(const struct lint_filter *filter, struct lint *l)
{
	l->fail_on = filter->fail_on;
	l->only_new = filter->baseline && !filter->all;
	for (struct lint_finding *g = l->first; g != NULL; g = g->next)
		for (const struct lint_known *k = filter->known;
		    k != NULL && !g->known; k = k->next)
			g->known = lint_known_matches(k, l, g);
}

bool
lint_shown(const struct lint *l, const struct lint_finding *g)
{
	return !l->only_new || !g->known;
}

bool
lint_any_shown(const struct lint *l)
{
	for (const struct lint_finding *g = l->first; g != NULL; g = g->next)
		if (lint_shown(l, g))
			return true;
	return false;
}

enum lint_effect
lint_effect_of(const struct lint *l, const struct lint_finding *g)
{
	enum lint_severity least = LINT_WARNING;

	if (g->known || g->effect == LINT_UNCHECKED)
		return g->known ? LINT_CLEAN : LINT_UNCHECKED;
	switch (l->fail_on) {
	case LINT_FAIL_NEVER:
		return LINT_CLEAN;
	case LINT_FAIL_NOTE:
		least = LINT_NOTE;
		break;
	case LINT_FAIL_WARNING:
		break;
	case LINT_FAIL_ERROR:
		least = LINT_ERROR;
		break;
	}
	if (g->severity < least)
		return LINT_CLEAN;
	return g->effect == LINT_CLEAN ? LINT_FINDINGS : g->effect;
}

enum lint_effect
lint_exit(const struct lint *l)
{
	static const enum lint_effect order[] =
	    { LINT_UNCHECKED, LINT_BROKEN, LINT_ABSENT, LINT_FINDINGS };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (const struct lint_finding *g = l->first; g != NULL;
		    g = g->next)
			if (lint_effect_of(l, g) == order[i])
				return order[i];
	return LINT_CLEAN;
}

const char *
lint_effect_word(enum lint_effect e)
{
	switch (e) {
	case LINT_CLEAN:
		return "clean";
	case LINT_FINDINGS:
		return "findings";
	case LINT_BROKEN:
		return "broken";
	case LINT_ABSENT:
		return "none";
	case LINT_UNCHECKED:
		return "temperror";
	}
	return "temperror";
}

const char *
lint_severity_word(enum lint_severity s)
{
	switch (s) {
	case LINT_NOTE:
		return "note";
	case LINT_WARNING:
		return "warning";
	case LINT_ERROR:
		return "error";
	}
	return "error";
}

/* " [FILE:LINE:COLUMN]", if it is known. */
static void
lint_place_text(const struct lint_finding *g, struct buf *b)
{
	if (g->place.file == NULL)
		return;
	buf_adds(b, " [");
	buf_addprint(b, span_of(g->place.file));
	buf_addf(b, ":%zu:%zu]", g->place.line, g->place.column);
}

void
lint_text(const struct lint *l, struct buf *b)
{
	if (l->only_new && !lint_any_shown(l))
		return;
	buf_addprint(b, l->domain);
	buf_addf(b, ": %s%s", lint_effect_word(lint_exit(l)),
	    l->words.len > 0 ? " " : "");
	buf_addspan(b, l->words);
	buf_addc(b, '\n');
	for (const struct lint_finding *g = l->first; g != NULL; g = g->next) {
		if (!lint_shown(l, g))
			continue;
		buf_addf(b, "  %s %s%s: ", g->rule->code,
		    lint_severity_word(g->severity),
		    g->known ? " (known)" : "");
		if (!span_eq_nocase(g->domain, l->domain)) {
			buf_addprint(b, g->domain);
			buf_adds(b, ": ");
		}
		if (g->column > 0)
			buf_addf(b, "column %zu: ", g->column);
		buf_addf(b, "%s: ", g->rule->title);
		buf_addspan(b, g->message);
		lint_place_text(g, b);
		buf_addf(b, "\n      %s\n", g->rule->remedy);
	}
}

static json_t *
lint_json_finding(const struct lint_finding *g, bool *failed)
{
	json_t *o = json_object();

	js_set(o, "code", js_str(g->rule->code), failed);
	js_set(o, "severity", js_str(lint_severity_word(g->severity)),
	    failed);
	js_set(o, "domain", js_span(g->domain), failed);
	js_set(o, "term", g->term.len > 0 ? js_span(g->term) : js_null(),
	    failed);
	js_set(o, "column", g->column > 0 ? js_int((int64_t)g->column) :
	    js_null(), failed);
	js_set(o, "file", g->place.file != NULL ?
	    js_span(span_of(g->place.file)) : js_null(), failed);
	js_set(o, "line", g->place.file != NULL ?
	    js_int((int64_t)g->place.line) : js_null(), failed);
	js_set(o, "file_column", g->place.file != NULL ?
	    js_int((int64_t)g->place.column) : js_null(), failed);
	js_set(o, "title", js_str(g->rule->title), failed);
	js_set(o, "message", js_span(g->message), failed);
	js_set(o, "remedy", js_str(g->rule->remedy), failed);
	js_set(o, "known", js_bool(g->known), failed);
	return o;
}

enum fault_kind
lint_json(const struct lint *l, const char *tool, int64_t time, json_t *facts,
    struct buf *b, struct fault *f)
{
	json_t *o = json_object(), *list = json_array();
	bool failed = false;
	enum fault_kind kind;

	for (const struct lint_finding *g = l->first; g != NULL; g = g->next)
		if (lint_shown(l, g))
			js_push(list, lint_json_finding(g, &failed), &failed);
	js_set(o, "schema", js_str("vouchsafe/1"), &failed);
	js_set(o, "tool", js_str(tool), &failed);
	js_set(o, "version", js_str(VOUCHSAFE_VERSION), &failed);
	js_set(o, "time", js_int(time), &failed);
	js_set(o, "domain", js_span(l->domain), &failed);
	js_set(o, "result", js_str(lint_effect_word(lint_exit(l))), &failed);
	js_set(o, "record", js_span(l->record), &failed);
	js_set(o, "findings", list, &failed);
	js_set(o, "facts", facts == NULL ? js_null() : facts, &failed);
	failed = failed || (l->more != NULL &&
	    json_object_update_missing(o, l->more) != 0);
	kind = failed ? fault_nomem(f) : js_line(o, b, f);
	json_decref(o);
	return kind;
}

/* A YAML double-quoted scalar of printable ASCII. */
static void
lint_quoted(struct span s, struct buf *b)
{
	buf_addc(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_addc(b, '\\');
		if (ascii_is_print(s.p[i]))
			buf_addc(b, s.p[i]);
		else
			buf_addf(b, "\\x%02X", (unsigned char)s.p[i]);
	}
	buf_addc(b, '"');
}

void
lint_tap(const struct lint *l, size_t n, struct buf *b)
{
	enum lint_effect e = lint_exit(l);

	buf_addf(b, "%s %zu - ", e == LINT_CLEAN ? "ok" : "not ok", n);
	/* A '#' in a description would read as a directive. */
	for (size_t i = 0; i < l->domain.len; i++) {
		if (l->domain.p[i] == '#')
			buf_adds(b, "\\x23");
		else
			buf_addprint(b, span_sub(l->domain, i, 1));
	}
	buf_addf(b, ": %s\n", lint_effect_word(e));
	if (!lint_any_shown(l))
		return;
	buf_adds(b, "  ---\n  findings:\n");
	for (const struct lint_finding *g = l->first; g != NULL; g = g->next) {
		if (!lint_shown(l, g))
			continue;
		buf_addf(b, "    - code: %s\n      severity: %s\n"
		    "      known: %s\n      domain: ", g->rule->code,
		    lint_severity_word(g->severity),
		    g->known ? "true" : "false");
		lint_quoted(g->domain, b);
		if (g->column > 0)
			buf_addf(b, "\n      column: %zu", g->column);
		if (g->place.file != NULL) {
			buf_adds(b, "\n      file: ");
			lint_quoted(span_of(g->place.file), b);
			buf_addf(b, "\n      line: %zu\n      file_column: "
			    "%zu", g->place.line, g->place.column);
		}
		buf_adds(b, "\n      title: ");
		lint_quoted(span_of(g->rule->title), b);
		buf_adds(b, "\n      message: ");
		lint_quoted(g->message, b);
		buf_adds(b, "\n      remedy: ");
		lint_quoted(span_of(g->rule->remedy), b);
		buf_addc(b, '\n');
	}
	buf_adds(b, "  ...\n");
}
