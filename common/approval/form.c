/* SPDX-License-Identifier: ISC */
/* Rules 1 and 2: the form of a mail, and whether a person wrote it. */
#include <string.h>

#include "approval/impl.h"

/* No NUL, and no CR that does not stand before an LF. */
static bool
approval_clean_bytes(struct span s)
{
	if (memchr(s.p, '\0', s.len) != NULL)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '\r' && (i + 1 == s.len || s.p[i + 1] != '\n'))
			return false;
	return true;
}

bool
approval_form(struct approval_case *c)
{
	static const char *const one[] = { "from", "to", "subject", "date",
	    "message-id" };
	static const char *const most[] = { "sender", "reply-to", "cc",
	    "mime-version", "content-type", "content-transfer-encoding" };

	if (c->m.empty || c->m.defect != MESSAGE_OK)
		return approval_refuse(c, APPROVAL_NO_MALFORMED,
		    c->m.empty ? "it is empty" :
		    message_defect_text(c->m.defect));
	if (!approval_clean_bytes(c->raw))
		return approval_refuse(c, APPROVAL_NO_MALFORMED,
		    "a NUL or a bare CR");
	for (size_t i = 0; i < sizeof(one) / sizeof(*one); i++)
		if (message_count(&c->m, one[i]) != 1)
			return approval_refuse(c, APPROVAL_NO_FIELDS, one[i]);
	for (size_t i = 0; i < sizeof(most) / sizeof(*most); i++)
		if (message_count(&c->m, most[i]) > 1)
			return approval_refuse(c, APPROVAL_NO_FIELDS, most[i]);
	return true;
}

/* What stands after white space and comments; all of it if one is open. */
static struct span
approval_skip(struct span s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == '\\' && depth > 0)
			i++;
		else if (depth == 0 && !ascii_is_fws(c))
			return span_sub(s, i, s.len);
	}
	return depth == 0 ? span_sub(s, s.len, s.len) : s;
}

/* Where the address of a From with one mailbox stands. */
static struct span
approval_spec(struct span value)
{
	bool quoted = false;
	size_t depth = 0, start = 0, i;

	for (i = 0; i < value.len; i++) {
		char c = value.p[i];

		if (c == '\\' && (quoted || depth > 0))
			i++;
		else if (c == '"' && depth == 0)
			quoted = !quoted;
		else if (c == '(' && !quoted)
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == '<' && !quoted && depth == 0) {
			start = i + 1;
			i = start + span_find(span_sub(value, start,
			    value.len), '>');
			return span_sub(value, start, i - start);
		}
	}
	/* Without brackets a name may stand after it, as a comment. */
	i = span_find(value, '(');
	return approval_skip(span_sub(value, i, value.len)).len > 0 ? value :
	    span_sub(value, 0, i);
}

bool
approval_one_piece(struct span value)
{
	struct span s = span_trim_fws(approval_spec(value));

	for (size_t i = 0; i < s.len; i++)
		if (ascii_is_fws(s.p[i]) ||
		    strchr("()<>[]:;,\\\"", s.p[i]) != NULL)
			return false;
	return s.len > 0;
}

/* The first word of a value, in front of parameters and comments. */
static struct span
approval_token(struct span value)
{
	size_t n = 0;

	value = span_trim_fws(value);
	while (n < value.len && !ascii_is_fws(value.p[n]) &&
	    value.p[n] != ';' && value.p[n] != '(' && value.p[n] != ',')
		n++;
	return span_sub(value, 0, n);
}

/* Just "no", with or without parameters (RFC 3834 5). */
static bool
approval_says_no(struct span value)
{
	struct span word, rest;

	value = approval_skip(value);
	word = approval_token(value);
	rest = approval_skip(span_sub(value, word.len, value.len));
	return span_eq_nocase(word, SPAN("no")) &&
	    (rest.len == 0 || rest.p[0] == ';');
}

static bool
approval_automatic(const struct field *x)
{
	struct span word = approval_token(x->value);

	if (span_eq_nocase(x->name, SPAN("auto-submitted")))
		return !approval_says_no(x->value);
	if (span_eq_nocase(x->name, SPAN("precedence")))
		return span_eq_nocase(word, SPAN("bulk")) ||
		    span_eq_nocase(word, SPAN("list")) ||
		    span_eq_nocase(word, SPAN("auto_reply"));
	return span_eq_nocase(x->name, SPAN("list-id"));
}

/*
 * The envelope sender.  Postfix writes MAILER-DAEMON where it means the null
 * sender, in SENDER and in Return-Path.
 */
static bool
approval_sender_ok(struct span s)
{
	s = span_trim_fws(s);
	if (s.len >= 2 && s.p[0] == '<' && s.p[s.len - 1] == '>')
		s = span_trim_fws(span_sub(s, 1, s.len - 2));
	return s.len > 0 && span_is_print(s) &&
	    !span_eq_nocase(span_sub(s, 0, span_find(s, '@')),
	    SPAN("mailer-daemon"));
}

static bool
approval_sender(struct approval_case *c)
{
	const struct field *path = NULL;
	size_t n = 0;

	if (c->o->mail_from != NULL)
		return approval_sender_ok(span_of(c->o->mail_from));
	for (size_t i = 0; i < c->m.nfields && !span_eq_nocase(
	    c->m.fields[i].name, SPAN("received")); i++)
		if (span_eq_nocase(c->m.fields[i].name,
		    SPAN("return-path"))) {
			path = &c->m.fields[i];
			n++;
		}
	if (n > 0)
		return n == 1 && approval_sender_ok(path->value);
	return c->o->sender != NULL &&
	    approval_sender_ok(span_of(c->o->sender));
}

bool
approval_by_hand(struct approval_case *c)
{
	for (size_t i = 0; i < c->m.nfields; i++)
		if (approval_automatic(&c->m.fields[i]))
			return approval_refuse(c, APPROVAL_NO_AUTOMATIC, "");
	if (c->text.report)
		return approval_refuse(c, APPROVAL_NO_AUTOMATIC,
		    "a multipart/report");
	if (!approval_sender(c))
		return approval_refuse(c, APPROVAL_NO_SENDER, "");
	return true;
}
