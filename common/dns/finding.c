/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "dns/finding.h"

#define LINT_MESSAGE 400

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
	if (l->only_new && !lint_any_shown(l) && l->ngone == 0)
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
	for (size_t i = 0; i < l->ngone; i++) {
		buf_adds(b, "  gone ");
		buf_addprint(b, l->gone[i].code);
		buf_adds(b, ": ");
		buf_addprint(b, l->gone[i].domain);
		buf_adds(b, l->gone[i].term.len > 0 ? ": " : "");
		buf_addprint(b, l->gone[i].term);
		buf_addc(b, '\n');
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
	js_set(o, "since", g->since > 0 ? js_int(g->since) : js_null(),
	    failed);
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
