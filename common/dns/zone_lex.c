/* SPDX-License-Identifier: ISC */
#include "dns/zone_lex.h"

#define ZONE_WORD_MAX 24	/* bytes of a word shown in messages */

void
zone_lex_init(struct zone_lex *x, struct span bytes, const char *file,
    struct fault *f)
{
	*x = (struct zone_lex){ .c = cursor_of(bytes), .line_start = bytes.p,
		.line = 1, .file = file, .f = f };
}

enum fault_kind
zone_lex_bad_at(struct zone_lex *x, size_t line, size_t column,
    const char *text)
{
	return fault_set(x->f, FAULT_CONFIG, "%s:%zu:%zu: %s", x->file, line,
	    column, text);
}

/* The token under the eye is wrong. */
enum fault_kind
zone_lex_bad(struct zone_lex *x, const char *text)
{
	struct span raw = span_sub(x->token.raw, 0, ZONE_WORD_MAX);

	if (raw.len == 0)
		return zone_lex_bad_at(x, x->token.line, x->token.column, text);
	return fault_set(x->f, FAULT_CONFIG, "%s:%zu:%zu: %s: \"%.*s%s\"",
	    x->file, x->token.line, x->token.column, text, SPAN_ARG(raw),
	    raw.len < x->token.raw.len ? "..." : "");
}

static size_t
zone_column(const struct zone_lex *x)
{
	return (size_t)(x->c.p - x->line_start) + 1;
}

/* Past white space, comments and, inside parentheses, line ends. */
static enum fault_kind
zone_skip(struct zone_lex *x)
{
	while (!cursor_done(&x->c)) {
		char c = cursor_peek(&x->c);

		if (c == ';') {
			while (!cursor_done(&x->c) &&
			    cursor_peek(&x->c) != '\n')
				x->c.p++;
			continue;
		}
		if (c == '\n' && x->parens == 0)
			return FAULT_NONE;
		if (c == ')' && x->parens == 0)
			return zone_lex_bad_at(x, x->line, zone_column(x),
			    "a parenthesis closes that was not opened");
		if (c != ' ' && c != '\t' && c != '\r' && c != '\n' &&
		    c != '(' && c != ')')
			return FAULT_NONE;
		x->c.p++;
		if (c == '(')
			x->parens++;
		if (c == ')')
			x->parens--;
		if (c == '\n') {
			x->line++;
			x->line_start = x->c.p;
		}
	}
	if (x->parens > 0)
		return zone_lex_bad_at(x, x->line, zone_column(x),
		    "the file ends inside parentheses");
	return FAULT_NONE;
}

static bool
zone_ends_word(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';' ||
	    c == '(' || c == ')';
}

/* A word or a quoted string: its raw bytes, escapes kept. */
static enum fault_kind
zone_text(struct zone_lex *x, bool quoted)
{
	const char *start = x->c.p;

	while (!cursor_done(&x->c)) {
		char c = *x->c.p;

		if (quoted ? c == '"' : zone_ends_word(c))
			break;
		if (c == '\\' && cursor_left(&x->c) > 1)
			c = *++x->c.p;
		if (c == 0x1a)
			return zone_lex_bad_at(x, x->line, zone_column(x),
			    "Ctrl-Z (0x1A), the end mark of old editors: "
			    "remove it");
		if (c == '\n' || c == '\0')
			return zone_lex_bad_at(x, x->line, zone_column(x),
			    quoted ? "a quoted string has no end" :
			    "a byte that cannot stand here");
		x->c.p++;
	}
	x->token.raw = (struct span){ start, (size_t)(x->c.p - start) };
	if (quoted && !cursor_take(&x->c, '"'))
		return zone_lex_bad_at(x, x->line, zone_column(x),
		    "a quoted string has no end");
	return FAULT_NONE;
}

/* Move the eye to the next token. */
enum fault_kind
zone_lex_next(struct zone_lex *x)
{
	if (zone_skip(x) != FAULT_NONE)
		return x->f->kind;
	x->token = (struct zone_token){ ZONE_END_OF_LINE, { "", 0 }, x->line,
	    zone_column(x) };
	if (cursor_done(&x->c)) {
		x->token.kind = ZONE_END_OF_FILE;
		return FAULT_NONE;
	}
	if (cursor_take(&x->c, '\n')) {
		x->line++;
		x->line_start = x->c.p;
		return FAULT_NONE;
	}
	if (cursor_take(&x->c, '"')) {
		x->token.kind = ZONE_STRING;
		return zone_text(x, true);
	}
	x->token.kind = ZONE_WORD;
	return zone_text(x, false);
}

bool
zone_lex_at_end(const struct zone_lex *x)
{
	return x->token.kind == ZONE_END_OF_LINE ||
	    x->token.kind == ZONE_END_OF_FILE;
}

/* Move to the next token, which must be there: `what` names it. */
enum fault_kind
zone_lex_need(struct zone_lex *x, const char *what)
{
	if (zone_lex_next(x) != FAULT_NONE)
		return x->f->kind;
	if (!zone_lex_at_end(x))
		return FAULT_NONE;
	return fault_set(x->f, FAULT_CONFIG, "%s:%zu:%zu: %s is missing",
	    x->file, x->token.line, x->token.column, what);
}
