/* SPDX-License-Identifier: ISC */
/* Content-Type, -Transfer-Encoding and -Disposition (RFC 2045, 2183). */
#include <string.h>

#include "base/bounds.h"
#include "mail/mime_impl.h"

/* RFC 2046 5.1.1: 1 to 70 characters. */
#define BOUNDARY_MAX 70
/* Real fields have up to five. */
#define PARAMETERS_MAX 50

static bool
is_token(char c)
{
	return ascii_is_print(c) && strchr(" ()<>@,;:\\\"/[]?=", c) == NULL;
}

static void
skip_cfws(struct cursor *c)
{
	size_t depth = 0;

	while (!cursor_done(c) && !c->bad) {
		char ch = cursor_peek(c);

		if (ch == '(' && ++depth > BOUND_COMMENT_DEPTH)
			c->bad = true;
		else if (ch == ')' && depth > 0)
			depth--;
		else if (ch == '\\' && depth > 0)
			(void)cursor_next(c);
		else if (ch != '(' && depth == 0 && !ascii_is_fws(ch))
			break;
		(void)cursor_next(c);
	}
	if (depth > 0)
		c->bad = true;
}

static struct span
need_token(struct cursor *c)
{
	struct span token;

	skip_cfws(c);
	token = cursor_while(c, is_token);
	if (token.len == 0)
		c->bad = true;
	skip_cfws(c);
	return token;
}

/* Bytes of the quoted-string that starts here. */
static size_t
quoted_length(struct cursor c)
{
	const char *start = c.p;

	cursor_need(&c, '"');
	while (!c.bad && cursor_peek(&c) != '"')
		if (cursor_next(&c) == '\\')
			(void)cursor_next(&c);
	return (size_t)(c.p - start);
}

/* A quoted-string, unquoted into the arena; p is NULL without memory. */
static struct span
read_quoted(struct cursor *c, struct arena *a)
{
	char *p = arena_alloc(a, quoted_length(*c)), ch;
	size_t n = 0;

	if (p == NULL)
		return (struct span){ NULL, 0 };
	cursor_need(c, '"');
	while (!c->bad && (ch = cursor_next(c)) != '"') {
		if (ch == '\\')
			ch = cursor_next(c);
		if (ch != '\r' && ch != '\n')
			p[n++] = ch;
	}
	return (struct span){ p, n };
}

/* "; name=value"; false at the end of the parameters. */
static bool
next_parameter(struct cursor *c, struct arena *a, struct span *name,
    struct span *value)
{
	skip_cfws(c);
	if (cursor_done(c) || c->bad)
		return false;
	cursor_need(c, ';');
	skip_cfws(c);
	if (cursor_done(c) || c->bad)
		return false;	/* many write a last semicolon */
	*name = need_token(c);
	cursor_need(c, '=');
	skip_cfws(c);
	if (cursor_peek(c) == '"')
		*value = read_quoted(c, a);
	else
		*value = need_token(c);
	return !c->bad;
}

/* Set a value that may be given once. */
static void
set_once(struct cursor *c, struct span *where, struct span value)
{
	if (where->len > 0 || value.len == 0)
		c->bad = true;
	*where = value;
}

static enum fault_kind
read_type(struct span value, struct arena *a, struct mime_content *content,
    bool *good, struct fault *f)
{
	struct span name, text, format = { "", 0 }, delsp = { "", 0 };
	struct cursor c = cursor_of(value);
	size_t n = 0;

	content->type = need_token(&c);
	cursor_need(&c, '/');
	content->subtype = need_token(&c);
	while (next_parameter(&c, a, &name, &text)) {
		if (text.p == NULL)
			return fault_nomem(f);
		if (++n > PARAMETERS_MAX)
			c.bad = true;
		if (span_eq_nocase(name, SPAN("charset")))
			set_once(&c, &content->way.charset, text);
		else if (span_eq_nocase(name, SPAN("boundary")))
			set_once(&c, &content->boundary, text);
		else if (span_eq_nocase(name, SPAN("format")))
			set_once(&c, &format, text);
		else if (span_eq_nocase(name, SPAN("delsp")))
			set_once(&c, &delsp, text);
	}
	content->way.flowed = span_eq_nocase(format, SPAN("flowed"));
	content->way.delsp = span_eq_nocase(delsp, SPAN("yes"));
	if (c.bad || content->boundary.len > BOUNDARY_MAX)
		*good = false;
	return FAULT_NONE;
}

static enum mime_encoding
read_encoding(struct span value)
{
	static const struct {
		const char *word;
		enum mime_encoding encoding;
	} words[] = {
		{ "7bit", MIME_IDENTITY },
		{ "8bit", MIME_IDENTITY },
		{ "binary", MIME_IDENTITY },
		{ "quoted-printable", MIME_QUOTED_PRINTABLE },
		{ "base64", MIME_BASE64 },
	};
	struct cursor c = cursor_of(value);
	struct span word = need_token(&c);

	if (c.bad || !cursor_done(&c))
		return MIME_UNKNOWN_ENCODING;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_eq_nocase(word, span_of(words[i].word)))
			return words[i].encoding;
	return MIME_UNKNOWN_ENCODING;
}

/* Anything but "inline" is an attachment (RFC 2183 2.8). */
static bool
is_attachment(struct span value)
{
	struct cursor c = cursor_of(value);

	return !span_eq_nocase(need_token(&c), SPAN("inline"));
}

enum fault_kind
mime_content_read(const struct message *m, bool digest, struct arena *a,
    struct mime_content *c, bool *good, struct fault *f)
{
	const struct field *type = message_field(m, "Content-Type");
	const struct field *encoding =
	    message_field(m, "Content-Transfer-Encoding");
	const struct field *disposition =
	    message_field(m, "Content-Disposition");

	*c = (struct mime_content){
		.type = digest ? SPAN("message") : SPAN("text"),
		.subtype = digest ? SPAN("rfc822") : SPAN("plain"),
		.way.encoding = MIME_IDENTITY,
	};
	*good = m->defect == MESSAGE_OK &&
	    message_count(m, "Content-Type") <= 1 &&
	    message_count(m, "Content-Transfer-Encoding") <= 1 &&
	    message_count(m, "Content-Disposition") <= 1;
	if (!*good)
		return FAULT_NONE;
	if (encoding != NULL)
		c->way.encoding = read_encoding(encoding->value);
	if (disposition != NULL)
		c->attachment = is_attachment(disposition->value);
	c->named = type != NULL;
	if (type == NULL)
		return FAULT_NONE;
	return read_type(type->value, a, c, good, f);
}
