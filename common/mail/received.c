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
#include "mail/date.h"
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

/* What stands in the parentheses after the first name. */
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

/* "by HOST" and all after it up to the semicolon; *with is the protocol. */
static bool
parse_by(struct cursor *c, struct received *out, struct span *with)
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
			else if (span_eq_nocase(word, SPAN("with")))
				*with = value;
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
	struct span with;

	*out = (struct received){ .usable = false };
	out->usable = is_plain(value) && parse_from(&c, out) &&
	    parse_client(&c) && parse_by(&c, out, &with) && parse_date(&c);
	if (!out->usable)
		*out = (struct received){ .reason = REASON_NO_ENVELOPE,
		    .why = "the Received field is in "
		    "no form that Postfix, Exim, Sendmail or OpenSMTPD writes "
		    "for one client" };
	return out->usable;
}

/*
 * A delivery agent names its client as it likes: by an address, "unix
 * socket", or nothing.  Only the frame is held to its form, so that what a
 * HELO says cannot make the border's own field look like this one: what
 * stands after the HELO there has a second `by`.
 */
bool
received_is_lmtp(struct span value)
{
	static const char *const words[] =
	    { "LMTP", "LMTPA", "LMTPS", "LMTPSA" };
	struct cursor c = cursor_of(value);
	struct span with = { "", 0 };
	struct received r = { .usable = false };
	struct ipaddr ip;

	for (size_t i = 0; i < value.len; i++)
		if (!ascii_is_print(value.p[i]) && !ascii_is_fws(value.p[i]))
			return false;
	skip_fws(&c);
	if (!span_eq_nocase(next_word(&c), SPAN("from")))
		return false;
	need_fws(&c);
	if (cursor_peek(&c) == '[')
		parse_address(&c, &ip);
	else
		(void)next_word(&c);
	need_fws(&c);
	while (cursor_peek(&c) == '(' && !c.bad) {
		(void)next_comment(&c);
		need_fws(&c);
	}
	if (c.bad || !parse_by(&c, &r, &with) || !parse_date(&c))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (span_eq_nocase(with, span_of(words[i])))
			return true;
	return false;
}

bool
received_is_inner(const struct ipaddr *ip)
{
	static const struct received_net nets[] = {
		{ { 4, { 127 } }, 8 }, { { 4, { 10 } }, 8 },
		{ { 4, { 172, 16 } }, 12 }, { { 4, { 192, 168 } }, 16 },
		{ { 4, { 169, 254 } }, 16 }, { { 6, { [15] = 1 } }, 128 },
		{ { 6, { 0xfc } }, 7 }, { { 6, { 0xfe, 0x80 } }, 10 },
	};

	for (size_t i = 0; i < sizeof(nets) / sizeof(*nets); i++)
		if (ipaddr_in(ip, &nets[i].ip, nets[i].prefix))
			return true;
	return false;
}

bool
received_net_parse(struct span s, struct received_net *out)
{
	struct span address, bits;
	bool cut = span_cut(s, '/', &address, &bits);
	uint64_t n;

	if (!ipaddr_parse(address, &out->ip))
		return false;
	n = out->ip.family == 4 ? 32 : 128;
	if (cut && !num_canonical(bits, n, &n))
		return false;
	out->prefix = (unsigned)n;
	for (unsigned i = out->prefix; i < (out->ip.family == 4 ? 32U :
	    128U); i++)
		if ((out->ip.bytes[i / 8] & (0x80U >> (i % 8))) != 0)
			return false;
	/* A mapped network is the IPv4 one that its clients are in. */
	if (out->ip.family == 6 && out->prefix >= 96 &&
	    ipaddr_unmap(out->ip).family == 4) {
		out->ip = ipaddr_unmap(out->ip);
		out->prefix -= 96;
	}
	return true;
}

static bool
is_relay(const struct received_options *o, const struct ipaddr *ip)
{
	for (size_t i = 0; i < o->nrelays; i++)
		if (ipaddr_in(ip, &o->relays[i].ip, o->relays[i].prefix))
			return true;
	return false;
}

/* The index of the next Received field from `at` on; nfields if none. */
static size_t
next_received(const struct message *m, size_t at)
{
	while (at < m->nfields && (m->fields[at].hidden ||
	    !span_eq_nocase(m->fields[at].name, SPAN("Received"))))
		at++;
	return at;
}

static bool
is_path_byte(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f && c != '<' && c != '>';
}

static bool
is_angle_byte(char c)
{
	return (unsigned char)c >= ' ' && c != 0x7f && c != '<' && c != '>';
}

static bool
skip_cfws(struct cursor *c)
{
	for (;;) {
		skip_fws(c);
		if (cursor_peek(c) != '(')
			return !c->bad;
		(void)next_comment(c);
		if (c->bad)
			return false;
	}
}

bool
received_return_path(struct span value, struct span *path)
{
	struct cursor c = cursor_of(value);

	*path = (struct span){ NULL, 0 };
	if (!skip_cfws(&c))
		return false;
	if (cursor_take(&c, '<')) {
		*path = cursor_while(&c, is_angle_byte);
		cursor_need(&c, '>');
	} else {
		*path = cursor_while(&c, is_path_byte);
		/* "a@b(comment)": nobody but a comment has a parenthesis
		 * there, unless it is quoted. */
		if (span_find(*path, '"') == path->len &&
		    span_find(*path, '(') < path->len) {
			c.p = path->p + span_find(*path, '(');
			*path = span_sub(*path, 0, span_find(*path, '('));
		}
		if (span_find(*path, '@') == path->len)
			c.bad = true;
	}
	if (c.bad || !skip_cfws(&c) || !cursor_done(&c)) {
		*path = (struct span){ NULL, 0 };
		return false;
	}
	return true;
}

/* The field of the border: the first from the top that is not skipped. */
static void
read_border(const struct message *m, const struct received_options *o,
    struct received *out)
{
	size_t at = next_received(m, 0);

	for (size_t hops = o->hops; hops > 0 && at < m->nfields; hops--)
		at = next_received(m, at + 1);
	*out = (struct received){ .reason = REASON_NO_ENVELOPE,
	    .why = next_received(m, 0) == m->nfields ?
	    "the message has no Received field" :
	    "the message has no more Received fields than are skipped" };
	for (; at < m->nfields; at = next_received(m, at + 1)) {
		if (received_is_lmtp(m->fields[at].value))
			continue;
		if (!received_parse(m->fields[at].value, out))
			return;
		if (!is_relay(o, &out->ip))
			break;
		*out = (struct received){ .reason = REASON_NO_ENVELOPE,
		    .why = "the message has no Received field below those "
		    "of our own relays" };
	}
	out->field = at;
}

void
received_read(const struct message *m, const struct received_options *o,
    struct received *out)
{
	size_t i = 0;

	read_border(m, o, out);
	if (!out->usable)
		return;
	if (received_is_inner(&out->ip)) {
		*out = (struct received){ .reason = REASON_INNER_HOP,
		    .why = "the client in the Received field is loopback, "
		    "private or link-local: an inner hop; if it is ours, "
		    "name it with --relay, or skip fields with --hops" };
		return;
	}
	if (o->by.len > 0 && !span_eq_nocase(o->by, out->by)) {
		*out = (struct received){ .reason = REASON_NO_ENVELOPE,
		    .why = "the Received field was written by another host" };
		return;
	}
	while (i < out->field && (m->fields[i].hidden ||
	    !span_eq_nocase(m->fields[i].name, SPAN("Return-Path"))))
		i++;
	if (i == out->field)
		return;
	if (received_return_path(m->fields[i].value, &out->mail_from))
		out->has_mail_from = true;
	else
		out->why = "the Return-Path field is not one address: the "
		    "sender is not known";
}

bool
received_time(const struct message *m, int64_t *out)
{
	const struct field *field = NULL;
	struct span value;
	size_t at;

	for (size_t i = 0; i < m->nfields && field == NULL; i++)
		if (span_eq_nocase(m->fields[i].name, SPAN("Received")))
			field = &m->fields[i];
	if (field == NULL)
		return false;
	value = field->value;
	at = span_rfind(value, ';');
	return at < value.len &&
	    date_parse(span_sub(value, at + 1, value.len), out);
}
