/* SPDX-License-Identifier: ISC */
/*
 * The forms, from the MTAs' own sources (FWS between the words):
 *
 *	Postfix    from HELO (RDNS [IP]) *CLIENT by HOST (Postfix) with ...
 *	Sendmail   from HELO ([USER@]RDNS [IP] [(may be forged)]) *CLIENT by
 *	           from HELO ([IP]) *CLIENT by HOST ...
 *	OpenSMTPD  from HELO (RDNS [IP]) by HOST (OpenSMTPD) with ...
 *	           RDNS may be <unknown>
 *	Exim       from RDNS ([IP][:PORT] [helo=HELO] [ident=USER]) by HOST ...
 *	           without helo= the HELO was RDNS
 *	           from [IP] [(port=N helo=HELO ident=USER)] by HOST ...
 */
#include "base/bounds.h"
#include "base/num.h"
#include "mail/received.h"

static bool
is_fws(char c)
{
	return ascii_is_fws(c);
}

static void
skip_fws(struct cursor *c)
{
	(void)cursor_while(c, is_fws);
}

/* What names, ids and addresses are made of: nothing that opens, closes,
 * quotes, separates or ends. */
static bool
is_word(char c)
{
	return ascii_is_print(c) && c != ' ' && c != '(' && c != ')' &&
	    c != '[' && c != ']' && c != '"' && c != ';' && c != '\\';
}

static struct span
next_word(struct cursor *c)
{
	struct span word = cursor_while(c, is_word);

	if (word.len == 0)
		c->bad = true;
	return word;
}

/* White space, at least one byte. */
static void
need_fws(struct cursor *c)
{
	if (!ascii_is_fws(cursor_peek(c)))
		c->bad = true;
	skip_fws(c);
}

/* A comment; its text without the outer parentheses. */
static struct span
next_comment(struct cursor *c)
{
	const char *start = c->p + 1;
	size_t depth = 0;

	do {
		char ch = cursor_next(c);

		if (ch == '(')
			depth++;
		else if (ch == ')')
			depth--;
		if (depth > BOUND_COMMENT_DEPTH)
			c->bad = true;
	} while (depth > 0 && !c->bad);
	if (c->bad)
		return (struct span){ start, 0 };
	return (struct span){ start, (size_t)(c->p - start) - 1 };
}

static bool
is_not_bracket(char c)
{
	return c != ']';
}

/* "[192.0.2.1]", "[IPv6:2001:db8::1]", "[2001:db8::1]", with ":PORT". */
static void
parse_address(struct cursor *c, struct ipaddr *ip)
{
	struct span text;
	uint64_t port;

	cursor_need(c, '[');
	text = cursor_while(c, is_not_bracket);
	cursor_need(c, ']');
	if (span_starts_nocase(text, SPAN("IPv6:"))) {
		if (!ipaddr_parse6(span_sub(text, 5, text.len), ip))
			c->bad = true;
	} else if (!ipaddr_parse(text, ip))
		c->bad = true;
	*ip = ipaddr_unmap(*ip);
	if (cursor_take(c, ':') && !num_canonical(cursor_while(c,
	    ascii_is_digit), 65535, &port))
		c->bad = true;
}

/* Exim's "port=N helo=NAME ident=USER", each at most once, in that order. */
static void
parse_keys(struct cursor *c, struct span *helo)
{
	static const char *const keys[] = { "port=", "helo=", "ident=" };
	size_t next = 0;
	struct span word;

	while (!cursor_done(c) && !c->bad) {
		word = next_word(c);
		while (next < 3 && !span_starts(word, span_of(keys[next])))
			next++;
		if (next == 3) {
			c->bad = true;
			return;
		}
		word = span_sub(word, span_of(keys[next]).len, word.len);
		if (next == 1)
			*helo = word;
		if (word.len == 0)
			c->bad = true;
		next++;
		if (!cursor_done(c))
			need_fws(c);
	}
}

/* What stands in the parentheses behind the first name. */
static bool
parse_group(struct span text, struct received *out)
{
	struct cursor c = cursor_of(text);
	bool named = cursor_peek(&c) != '[';

	if (named) {
		(void)next_word(&c);
		need_fws(&c);
	}
	parse_address(&c, &out->ip);
	if (cursor_done(&c) || c.bad)
		return !c.bad;
	need_fws(&c);
	if (cursor_peek(&c) == '(') {
		if (!span_eq(next_comment(&c), SPAN("may be forged")))
			return false;
	} else if (named) {
		return false;
	} else {
		parse_keys(&c, &out->helo);
	}
	return cursor_done(&c) && !c.bad;
}

/* "from ..." up to "by"; false if it is in no form we know. */
static bool
parse_from(struct cursor *c, struct received *out)
{
	struct cursor keys;

	skip_fws(c);
	if (!span_eq_nocase(next_word(c), SPAN("from")))
		return false;
	need_fws(c);
	if (cursor_peek(c) == '[') {
		parse_address(c, &out->ip);
		need_fws(c);
		if (cursor_peek(c) == '(') {
			keys = cursor_of(next_comment(c));
			parse_keys(&keys, &out->helo);
			if (keys.bad)
				return false;
			need_fws(c);
		}
		return !c->bad;
	}
	out->helo = next_word(c);
	need_fws(c);
	if (c->bad || cursor_peek(c) != '(' ||
	    !parse_group(next_comment(c), out))
		return false;
	need_fws(c);
	return !c->bad;
}

/* Postfix and Sendmail say more about the client before "by". */
static bool
parse_client(struct cursor *c)
{
	static const char *const starts[] = {
		"using ", "Client ", "No client ", "Authenticated sender: ",
		"authenticated"
	};
	struct span text;
	bool known;

	while (cursor_peek(c) == '(' && !c->bad) {
		text = next_comment(c);
		known = false;
		for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
			known = known || span_starts(text,
			    span_of(starts[i]));
		if (!known)
			return false;
		need_fws(c);
	}
	return !c->bad;
}

/* A word that takes the next one with it. */
static bool
takes_value(struct span word)
{
	static const char *const words[] = {
		"with", "id", "for", "via", "tls"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (span_eq_nocase(word, span_of(words[i])))
			return true;
	return false;
}

static struct span
without_angles(struct span s)
{
	return s.len >= 2 && s.p[0] == '<' && s.p[s.len - 1] == '>' ?
	    span_sub(s, 1, s.len - 2) : s;
}

/* "by HOST" and all behind it up to the semicolon. */
static bool
parse_by(struct cursor *c, struct received *out)
{
	struct span word, value;

	if (!span_eq_nocase(next_word(c), SPAN("by")))
		return false;
	need_fws(c);
	out->by = next_word(c);
	for (;;) {
		skip_fws(c);
		if (c->bad || cursor_done(c))
			return false;
		if (cursor_take(c, ';'))
			return true;
		if (cursor_peek(c) == '(') {
			(void)next_comment(c);
			continue;
		}
		word = next_word(c);
		if (takes_value(word)) {
			need_fws(c);
			value = next_word(c);
			if (span_eq_nocase(word, SPAN("for")))
				out->rcpt = without_angles(value);
		} else if (!span_starts(word, SPAN("auth=")) &&
		    !span_starts(word, SPAN("user=")))
			return false;
	}
}

/* Digits, names, signs, and at most a comment with the zone's name. */
static bool
is_date(char c)
{
	return ascii_is_alnum(c) || ascii_is_fws(c) || c == ',' || c == ':' ||
	    c == '+' || c == '-';
}

static bool
parse_date(struct cursor *c)
{
	if (span_trim_fws(cursor_while(c, is_date)).len == 0)
		return false;
	if (cursor_take(c, '(')) {
		(void)cursor_while(c, is_date);
		cursor_need(c, ')');
	}
	skip_fws(c);
	return cursor_done(c) && !c->bad;
}

/* Exactly one bracket of each kind, and nothing invisible. */
static bool
is_plain(struct span value)
{
	size_t open = 0, close = 0;

	for (size_t i = 0; i < value.len; i++) {
		if (!ascii_is_print(value.p[i]) && !ascii_is_fws(value.p[i]))
			return false;
		open += value.p[i] == '[';
		close += value.p[i] == ']';
	}
	return open == 1 && close == 1;
}

bool
received_parse(struct span value, struct received *out)
{
	struct cursor c = cursor_of(value);

	*out = (struct received){ .usable = false };
	out->usable = is_plain(value) && parse_from(&c, out) &&
	    parse_client(&c) && parse_by(&c, out) && parse_date(&c);
	if (!out->usable)
		*out = (struct received){ .why = "the Received field is in "
		    "no form that Postfix, Exim, Sendmail or OpenSMTPD writes "
		    "for one client" };
	return out->usable;
}

/* The index of the Received field behind `hops` others; nfields if none. */
static size_t
find_received(const struct message *m, size_t hops)
{
	size_t i;

	for (i = 0; i < m->nfields; i++) {
		if (m->fields[i].hidden ||
		    !span_eq_nocase(m->fields[i].name, SPAN("Received")))
			continue;
		if (hops-- == 0)
			break;
	}
	return i;
}

/* A Return-Path value: "<...>" without anything that could not be one. */
static bool
parse_return_path(struct span value, struct span *out)
{
	value = span_trim_fws(value);
	if (value.len < 2 || value.p[0] != '<' ||
	    value.p[value.len - 1] != '>')
		return false;
	value = span_sub(value, 1, value.len - 2);
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c < ' ' || c == 0x7f || c == '<' || c == '>')
			return false;
	}
	*out = value;
	return true;
}

void
received_read(const struct message *m, const struct received_options *o,
    struct received *out)
{
	size_t at = find_received(m, o->hops), i;

	*out = (struct received){ .why = o->hops == 0 ?
	    "the message has no Received field" :
	    "the message has no more Received fields than are skipped" };
	if (at == m->nfields || !received_parse(m->fields[at].value, out))
		return;
	if (o->by.len > 0 && !span_eq_nocase(o->by, out->by)) {
		*out = (struct received){ .why = "the Received field was "
		    "written by another host" };
		return;
	}
	out->field = at;
	for (i = 0; i < at; i++) {
		if (m->fields[i].hidden ||
		    !span_eq_nocase(m->fields[i].name, SPAN("Return-Path")))
			continue;
		out->has_mail_from = parse_return_path(m->fields[i].value,
		    &out->mail_from);
		break;
	}
}
