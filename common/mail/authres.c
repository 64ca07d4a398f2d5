/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>

#include "base/bounds.h"
#include "mail/authres.h"

#define AUTHRES_COLUMNS 78
/*
 * A longer value is cut: a line may not pass 998 octets, escapes included.  The
 * longest address (RFC 5321 4.5.3.1: 64 and 255 octets) fits with a local part
 * of any bytes.
 */
#define AUTHRES_VALUE_MAX 320
#define AUTHRES_QUOTED_MAX 940
#define AUTHRES_CUT 180		/* so much of a longer one: 5 * 180 < 940 */

/* The writer: where the present line and the present word begin. */
struct authres_writer {
	struct buf *b;
	const char *eol;
	size_t line;
	size_t word;
};

/* Bytes of a value that needs no quotes: a part of RFC 2045's token. */
static bool
authres_is_plain(char c)
{
	return ascii_is_alnum(c) || c == '.' || c == '-' || c == '_' ||
	    c == '+';
}

/* Labels or atoms between dots, none empty. */
static bool
authres_is_dotted(struct span s)
{
	if (s.len == 0 || s.p[0] == '.' || s.p[s.len - 1] == '.')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!authres_is_plain(s.p[i]) ||
		    (s.p[i] == '.' && s.p[i - 1] == '.'))
			return false;
	return true;
}

/* May it stand without quotes: a token, or [local-part] "@" domain? */
static bool
authres_is_bare(struct span s)
{
	struct span local, domain;

	if (span_cut(s, '@', &local, &domain))
		return authres_is_dotted(domain) &&
		    (local.len == 0 || authres_is_dotted(local));
	for (size_t i = 0; i < s.len; i++)
		if (!authres_is_plain(s.p[i]))
			return false;
	return s.len > 0;
}

/* Does s begin with x and two digits, as after the backslash of an escape? */
static bool
authres_is_hex(struct span s)
{
	return s.len >= 3 && s.p[0] == 'x' && ascii_hex(s.p[1]) >= 0 &&
	    ascii_hex(s.p[2]) >= 0;
}

/* Is byte i of s written as an escape?  A backslash is, where it would read as
 * the beginning of one. */
static bool
authres_is_escaped(struct span s, size_t i)
{
	return !ascii_is_print(s.p[i]) || (s.p[i] == '\\' &&
	    authres_is_hex(span_sub(s, i + 1, 3)));
}

/* The length of s in quotes. */
static size_t
authres_quoted_len(struct span s)
{
	size_t n = 2;

	for (size_t i = 0; i < s.len && n <= AUTHRES_QUOTED_MAX; i++)
		n += authres_is_escaped(s, i) ? 5 :
		    s.p[i] == '"' || s.p[i] == '\\' ? 2 : 1;
	return n;
}

/* s in quotes.  An escape is a backslash, x and two digits, the backslash
 * quoted as any: so it is one for those too who take quoted-pairs away. */
static void
authres_quote(struct span s, struct buf *b)
{
	static const char hex[] = "0123456789abcdef";

	buf_addc(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (authres_is_escaped(s, i)) {
			buf_adds(b, "\\\\x");
			buf_addc(b, hex[c >> 4]);
			buf_addc(b, hex[c & 15]);
			continue;
		}
		if (c == '"' || c == '\\')
			buf_addc(b, '\\');
		buf_addc(b, s.p[i]);
	}
	buf_addc(b, '"');
}

bool
authres_fits(struct span value)
{
	return value.len <= AUTHRES_VALUE_MAX && (authres_is_bare(value) ||
	    authres_quoted_len(value) <= AUTHRES_QUOTED_MAX);
}

/*
 * A value as a token, an address or a quoted-string.  One that is cut ends in
 * dots inside quotes, so that it never reads as another valid name.
 */
static void
authres_value(struct span s, bool quoted, struct buf *b)
{
	char cut[AUTHRES_CUT];
	bool bare = !quoted && authres_is_bare(s);

	if (s.len > AUTHRES_VALUE_MAX ||
	    (!bare && authres_quoted_len(s) > AUTHRES_QUOTED_MAX)) {
		memcpy(cut, s.p, sizeof(cut) - 3);
		memset(cut + sizeof(cut) - 3, '.', 3);
		s = (struct span){ cut, sizeof(cut) };
		bare = false;
	}
	if (bare)
		buf_addspan(b, s);
	else
		authres_quote(s, b);
}

/* Start a word: a space goes before it, or a new line if `fresh`. */
static void
authres_word(struct authres_writer *w, bool fresh)
{
	if (fresh) {
		buf_adds(w->b, w->eol);
		w->line = w->b->len;
	}
	w->word = w->b->len;
	buf_addc(w->b, fresh ? '\t' : ' ');
}

/* End it: if the line became too long, the word moves to a new one. */
static void
authres_word_end(struct authres_writer *w)
{
	size_t n = strlen(w->eol), len = w->b->len - w->word;

	if (w->b->len - w->line <= AUTHRES_COLUMNS || w->word == w->line ||
	    buf_room(w->b, n) == NULL)
		return;
	memmove(w->b->p + w->word + n, w->b->p + w->word, len);
	memcpy(w->b->p + w->word, w->eol, n);
	buf_grew(w->b, n);
	w->line = w->word + n;
	w->b->p[w->line] = '\t';
	w->word = w->line;
}

/* The seal's comment; its text is ours, and nothing else can stand in it. */
static void
authres_seal(struct authres_writer *w, struct span seal)
{
	struct span rest = seal, word;
	bool first = true, more;

	for (size_t i = 0; i < seal.len; i++)
		if (!ascii_is_alnum(seal.p[i]) && seal.p[i] != '=' &&
		    seal.p[i] != ' ')
			return;
	do {
		more = span_cut(rest, ' ', &word, &rest);
		authres_word(w, false);
		if (first)
			buf_addc(w->b, '(');
		buf_addspan(w->b, word);
		if (!more)
			buf_addc(w->b, ')');
		first = false;
		/* The semicolon belongs to the line as well. */
		buf_addc(w->b, ';');
		authres_word_end(w);
		if (more && w->b->len > 0 && !w->b->nomem && !w->b->full)
			w->b->len--;
	} while (more);
	if (!w->b->nomem && !w->b->full)
		w->b->len--;
}

/* A word is complete; a semicolon before the next result belongs to it. */
static void
authres_word_done(struct authres_writer *w, bool fold, bool semicolon)
{
	if (semicolon)
		buf_addc(w->b, ';');
	if (fold)
		authres_word_end(w);
}

/* The words of one result, on one line unless `fold`; `last` of a field. */
static void
authres_words(const struct authres_result *r, struct authres_writer *w,
    bool fold, bool last)
{
	size_t left = r->nproperties < AUTHRES_PROPERTIES ? r->nproperties :
	    AUTHRES_PROPERTIES;
	const struct authres_property *p = r->properties;
	struct buf *b = w->b;

	buf_adds(b, r->method);
	buf_addc(b, '=');
	buf_adds(b, verdict_word(r->result));
	if (r->reason.len > 0) {
		authres_word(w, false);
		buf_adds(b, "reason=");
		authres_value(r->reason, true, b);
		authres_word_done(w, fold, !last && left == 0);
	} else if (!last && left == 0)
		buf_addc(b, ';');
	for (; left > 0; left--, p++) {
		authres_word(w, false);
		buf_addf(b, "%s.%s=", p->type, p->name);
		authres_value(p->value, false, b);
		authres_word_done(w, fold, !last && left == 1);
	}
}

void
authres_format(const struct authres *ar, enum eol eol, struct buf *b)
{
	struct authres_writer w =
	    { b, eol == EOL_CRLF ? "\r\n" : "\n", b->len, b->len };

	buf_adds(b, "Authentication-Results: ");
	authres_value(ar->id, false, b);
	if (ar->seal.len > 0)
		authres_seal(&w, ar->seal);
	buf_addc(b, ';');
	if (ar->count == 0) {
		authres_word(&w, false);
		buf_adds(b, "none");
		authres_word_end(&w);
	}
	for (size_t i = 0; i < ar->count; i++) {
		authres_word(&w, true);
		authres_words(&ar->results[i], &w, true, i + 1 == ar->count);
	}
	buf_adds(b, w.eol);
}

void
authres_format_result(const struct authres_result *r, struct buf *b)
{
	struct authres_writer w = { b, "", b->len, b->len };

	authres_words(r, &w, false, true);
}

/* The reader of the canonical form. */
struct authres_reader {
	struct cursor c;
	struct arena *a;
	bool nomem;
};

/* len bytes of the arena, or a reader that has failed. */
static char *
authres_room(struct authres_reader *r, size_t len)
{
	char *p = arena_alloc(r->a, len);

	if (p == NULL)
		r->c.bad = r->nomem = true;
	return p;
}

static void
authres_space(struct authres_reader *r)
{
	(void)cursor_while(&r->c, ascii_is_fws);
}

/* The inside of a quoted-string as authres_quote writes it. */
static struct span
authres_unquote(struct authres_reader *r)
{
	char *p = authres_room(r, cursor_left(&r->c) + 1);
	size_t n = 0;

	while (!r->c.bad && !cursor_take(&r->c, '"')) {
		char ch = cursor_next(&r->c);

		if (ch != '\\') {
			p[n++] = ch;
			continue;
		}
		ch = cursor_next(&r->c);
		if (ch == '\\' && authres_is_hex(cursor_rest(&r->c))) {
			(void)cursor_next(&r->c);
			ch = (char)(ascii_hex(cursor_next(&r->c)) << 4);
			ch = (char)(ch | ascii_hex(cursor_next(&r->c)));
		} else if (ch != '"' && ch != '\\')
			r->c.bad = true;
		p[n++] = ch;
	}
	return (struct span){ p, n };
}

static bool
authres_is_value(char c)
{
	return authres_is_plain(c) || c == '@';
}

static struct span
authres_read_value(struct authres_reader *r)
{
	struct span s;

	if (cursor_take(&r->c, '"'))
		return authres_unquote(r);
	s = cursor_while(&r->c, authres_is_value);
	if (s.len == 0)
		r->c.bad = true;
	return s;
}

/* A keyword as a C string: letters, digits and hyphens. */
static bool
authres_is_key(char c)
{
	return ascii_is_alnum(c) || c == '-';
}

static const char *
authres_key(struct authres_reader *r)
{
	struct span s = cursor_while(&r->c, authres_is_key);
	char *p;

	if (s.len == 0) {
		r->c.bad = true;
		return NULL;
	}
	p = authres_room(r, s.len + 1);
	if (p != NULL)
		memcpy(p, s.p, s.len);
	return p;
}

/* The comment after the id, white space made one space. */
static struct span
authres_comment(struct authres_reader *r)
{
	char *p = authres_room(r, cursor_left(&r->c) + 1);
	size_t n = 0;

	while (!r->c.bad && !cursor_take(&r->c, ')')) {
		char ch = cursor_next(&r->c);

		if (ascii_is_fws(ch)) {
			authres_space(r);
			ch = ' ';
		}
		p[n++] = ch;
	}
	return (struct span){ p, n };
}

static void
authres_read_result(struct authres_reader *r, struct authres_result *out)
{
	out->method = authres_key(r);
	cursor_need(&r->c, '=');
	if (!verdict_parse(cursor_while(&r->c, ascii_is_alpha), &out->result))
		r->c.bad = true;
	authres_space(r);
	while (!r->c.bad && !cursor_done(&r->c) &&
	    cursor_peek(&r->c) != ';') {
		struct authres_property *p;
		const char *key = authres_key(r);

		if (key != NULL && strcmp(key, "reason") == 0 &&
		    out->reason.len == 0 && cursor_take(&r->c, '=')) {
			out->reason = authres_read_value(r);
			authres_space(r);
			continue;
		}
		if (out->nproperties == AUTHRES_PROPERTIES) {
			r->c.bad = true;
			return;
		}
		p = &out->properties[out->nproperties++];
		p->type = key;
		cursor_need(&r->c, '.');
		p->name = authres_key(r);
		cursor_need(&r->c, '=');
		p->value = authres_read_value(r);
		authres_space(r);
	}
}

/* Does writing ar anew give the same bytes, whatever the line ends? */
static bool
authres_same(struct span value, struct authres *ar)
{
	const size_t name = sizeof("Authentication-Results:") - 1;
	enum eol eol = span_find(value, '\r') < value.len ? EOL_CRLF : EOL_LF;
	struct buf b;
	bool same;

	buf_init(&b, value.len + name + 2);
	authres_format(ar, eol, &b);
	same = !b.nomem && !b.full && span_eq(value, span_sub(buf_span(&b),
	    name, value.len)) && b.len == name + value.len +
	    (eol == EOL_CRLF ? 2 : 1);
	ar->nomem = b.nomem;
	buf_free(&b);
	return same;
}

/* The whole value; whether it is in canonical form is not seen here. */
static bool
authres_read(struct authres_reader *r, struct authres *ar, size_t max)
{
	authres_space(r);
	ar->id = authres_read_value(r);
	authres_space(r);
	if (cursor_take(&r->c, '('))
		ar->seal = authres_comment(r);
	authres_space(r);
	while (!r->c.bad && !cursor_done(&r->c)) {
		cursor_need(&r->c, ';');
		authres_space(r);
		if (ar->count == 0 && span_eq(cursor_rest(&r->c),
		    SPAN("none")))
			return !r->c.bad;
		if (ar->count == max)
			return false;
		authres_read_result(r, &ar->results[ar->count++]);
	}
	return !r->c.bad && ar->count > 0;
}

bool
authres_parse(struct span value, struct authres *ar, struct arena *a)
{
	struct authres_reader r = { .c = cursor_of(value), .a = a };
	size_t max = 0;

	*ar = (struct authres){ 0 };
	for (size_t i = 0; i < value.len; i++)
		if (value.p[i] == ';' && max < BOUND_AUTHRES_RESULTS)
			max++;
	ar->results = arena_array(a, max, sizeof(*ar->results));
	ar->nomem = ar->results == NULL;
	if (max == 0 || ar->nomem)
		return false;
	if (authres_read(&r, ar, max))
		return authres_same(value, ar);
	ar->nomem = r.nomem;
	return false;
}

/* Past a comment whose '(' was taken; false if it has no end. */
static bool
authres_skip_comment(struct cursor *c)
{
	size_t depth = 1;

	while (depth > 0) {
		char ch = cursor_next(c);

		if (c->bad)
			return false;
		if (ch == '\\')
			(void)cursor_next(c);
		else if (ch == '(')
			depth++;
		else if (ch == ')')
			depth--;
	}
	return true;
}

/* What some reader takes for white space: every control byte. */
static bool
authres_is_blank(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f;
}

/* Past white space and comments. */
static bool
authres_skip(struct cursor *c)
{
	for (;;) {
		(void)cursor_while(c, authres_is_blank);
		if (!cursor_take(c, '('))
			return true;
		if (!authres_skip_comment(c))
			return false;
	}
}

static bool
authres_is_word(char c)
{
	return !authres_is_blank(c) && c != ';' && c != '(' && c != '"';
}

/* A quoted-string whose '"' was taken, unfolded and unescaped, onto p. */
static bool
authres_id_quoted(struct cursor *c, char *p, size_t *n)
{
	while (!cursor_take(c, '"')) {
		char ch = cursor_next(c);

		if (ch == '\\')
			ch = cursor_next(c);
		if (c->bad)
			return false;
		if (!authres_is_blank(ch) || ch == ' ')
			p[(*n)++] = ch;
	}
	return true;
}

bool
authres_id(struct span value, struct span *id, char *p)
{
	struct cursor c = cursor_of(value);
	size_t n = 0;

	if (!authres_skip(&c) || cursor_done(&c))
		return false;
	do {
		struct span word = cursor_while(&c, authres_is_word);

		if (word.len > 0)
			memcpy(p + n, word.p, word.len);
		n += word.len;
		if (cursor_take(&c, '"')) {
			if (!authres_id_quoted(&c, p, &n))
				return false;
			continue;
		}
		/* `mx . example (of) . com` is one name, by old habit. */
		if (!authres_skip(&c))
			return false;
		if (cursor_peek(&c) != '.' && (n == 0 || p[n - 1] != '.'))
			break;
	} while (!cursor_done(&c) && cursor_peek(&c) != ';');
	*id = span_trim_fws((struct span){ p, n });
	return id->len > 0;
}
