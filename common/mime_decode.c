/* SPDX-License-Identifier: ISC */
/* From the bytes of a text part to UTF-8 with LF. */
#include <stdint.h>
#include <string.h>

#include "b64.h"
#include "mime_impl.h"

/* Text that grows in room that was measured before. */
struct text {
	char *p;
	size_t len;
};

static bool
make_text(struct text *t, struct arena *a, size_t cap)
{
	t->p = arena_alloc(a, cap);
	t->len = 0;
	return t->p != NULL;
}

static void
put(struct text *t, struct span s)
{
	if (s.len > 0)
		memcpy(t->p + t->len, s.p, s.len);
	t->len += s.len;
}

static void
put_byte(struct text *t, char c)
{
	t->p[t->len++] = c;
}

bool
mime_line(struct span *left, struct span *line)
{
	size_t n = span_find(*left, '\n');

	if (left->len == 0)
		return false;
	*line = span_sub(*left, 0, n);
	*left = span_sub(*left, n + 1, left->len);
	if (line->len > 0 && line->p[line->len - 1] == '\r')
		line->len--;
	return true;
}

/* One line of quoted-printable; false if it breaks the grammar.  *soft: it
 * goes on in the next line. */
static bool
decode_qp_line(struct span line, struct text *out, bool *soft)
{
	int high, low;

	while (line.len > 0 && ascii_is_wsp(line.p[line.len - 1]))
		line.len--;
	*soft = line.len > 0 && line.p[line.len - 1] == '=';
	if (*soft)
		line.len--;
	for (size_t i = 0; i < line.len; i++) {
		if (line.p[i] != '=') {
			put_byte(out, line.p[i]);
			continue;
		}
		if (line.len - i < 3)
			return false;
		high = ascii_hex(line.p[i + 1]);
		low = ascii_hex(line.p[i + 2]);
		if (high < 0 || low < 0)
			return false;
		put_byte(out, (char)(high * 16 + low));
		i += 2;
	}
	return true;
}

static bool
decode_qp(struct span in, struct text *out)
{
	struct span line;
	bool soft;

	while (mime_line(&in, &line)) {
		if (!decode_qp_line(line, out, &soft))
			return false;
		if (!soft)
			put_byte(out, '\n');
	}
	return true;
}

/* Take off the transfer encoding. */
static enum fault_kind
decode_transfer(enum mime_encoding encoding, struct span in, struct arena *a,
    struct span *out, bool *good, struct fault *f)
{
	struct text t = { NULL, 0 };

	*out = in;
	*good = true;
	switch (encoding) {
	case MIME_IDENTITY:
		return FAULT_NONE;
	case MIME_UNKNOWN_ENCODING:
		*good = false;
		return FAULT_NONE;
	case MIME_QUOTED_PRINTABLE:
		/* A last line without an end gets one. */
		if (!make_text(&t, a, in.len + 1))
			return fault_nomem(f);
		*good = decode_qp(in, &t);
		break;
	case MIME_BASE64:
		if (!make_text(&t, a, B64_DECODED_MAX(in.len)))
			return fault_nomem(f);
		*good = b64_decode(in, (unsigned char *)t.p, &t.len);
		break;
	}
	*out = (struct span){ t.p, t.len };
	return FAULT_NONE;
}

/* Bytes 0x80 to 0x9f of windows-1252; 0 is undefined. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178
};

/* A code point of 0x80 to 0xffff as UTF-8. */
static void
put_utf8(struct text *t, unsigned code)
{
	if (code < 0x800) {
		put_byte(t, (char)(0xc0 | code >> 6));
	} else {
		put_byte(t, (char)(0xe0 | code >> 12));
		put_byte(t, (char)(0x80 | (code >> 6 & 0x3f)));
	}
	put_byte(t, (char)(0x80 | (code & 0x3f)));
}

/* One byte a character; false if a byte has no meaning. */
static bool
decode_latin(struct span in, bool windows, struct text *out)
{
	for (size_t i = 0; i < in.len; i++) {
		unsigned code = (unsigned char)in.p[i];

		if (windows && code >= 0x80 && code < 0xa0)
			code = windows_1252[code - 0x80];
		if (code == 0)
			return false;
		if (code < 0x80)
			put_byte(out, (char)code);
		else
			put_utf8(out, code);
	}
	return true;
}

/* Bytes of the UTF-8 sequence at the start of s, 0 if there is none (RFC
 * 3629: no overlong form, no surrogate, nothing beyond U+10FFFF). */
static size_t
utf8_length(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned char least = 0x80, most = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (s.len < n)
		return 0;
	if (p[0] == 0xe0)
		least = 0xa0;
	else if (p[0] == 0xed)
		most = 0x9f;
	else if (p[0] == 0xf0)
		least = 0x90;
	else if (p[0] == 0xf4)
		most = 0x8f;
	if (p[1] < least || p[1] > most)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static bool
is_utf8(struct span s)
{
	size_t n;

	while (s.len > 0) {
		n = utf8_length(s);
		if (n == 0)
			return false;
		s = span_sub(s, n, s.len);
	}
	return true;
}

static bool
is_ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* From the charset to UTF-8. */
static enum fault_kind
decode_charset(struct span charset, struct span in, struct arena *a,
    struct span *out, bool *good, struct fault *f)
{
	const bool windows = span_eq_nocase(charset, SPAN("windows-1252"));
	struct text t;

	*out = in;
	if (span_eq_nocase(charset, SPAN("utf-8"))) {
		if (span_starts(*out, SPAN("\xef\xbb\xbf")))
			*out = span_sub(*out, 3, out->len);
		*good = is_utf8(*out);
		return FAULT_NONE;
	}
	if (charset.len == 0 || span_eq_nocase(charset, SPAN("us-ascii"))) {
		*good = is_ascii(in);
		return FAULT_NONE;
	}
	if (!windows && !span_eq_nocase(charset, SPAN("iso-8859-1"))) {
		*good = false;
		return FAULT_NONE;
	}
	if (!make_text(&t, a, 3 * in.len))
		return fault_nomem(f);
	*good = decode_latin(in, windows, &t);
	*out = (struct span){ t.p, t.len };
	return FAULT_NONE;
}

/* The number of '>' in front, and what stands behind them and behind the
 * space that was stuffed in (RFC 3676 4.4, 4.5). */
static size_t
unquote(struct span *line)
{
	size_t depth = 0;

	while (depth < line->len && line->p[depth] == '>')
		depth++;
	*line = span_sub(*line, depth, line->len);
	if (line->len > 0 && line->p[0] == ' ')
		*line = span_sub(*line, 1, line->len);
	return depth;
}

/* Lines as they were typed: what a mailer broke is joined. */
static void
join_flowed(struct span in, bool delsp, struct text *out)
{
	bool open = false, soft;
	size_t depth, before = 0;
	struct span line;

	while (mime_line(&in, &line)) {
		depth = unquote(&line);
		if (open && depth != before) {
			put_byte(out, '\n');
			open = false;
		}
		if (!open)
			for (size_t i = 0; i < depth; i++)
				put_byte(out, '>');
		/* A signature's separator stays a line of its own. */
		soft = line.len > 0 && line.p[line.len - 1] == ' ' &&
		    !span_eq(line, SPAN("-- "));
		if (open && span_eq(line, SPAN("-- ")))
			put_byte(out, '\n');
		if (soft && delsp)
			line.len--;
		put(out, line);
		open = soft;
		before = depth;
		if (!soft)
			put_byte(out, '\n');
	}
	if (open)
		put_byte(out, '\n');
}

static void
join_lines(struct span in, struct text *out)
{
	struct span line;

	while (mime_line(&in, &line)) {
		put(out, line);
		put_byte(out, '\n');
	}
}

enum fault_kind
mime_decode(const struct mime_content *c, struct span bytes, struct arena *a,
    struct mime_text *out, struct fault *f)
{
	enum fault_kind kind;
	struct span text;
	struct text lines;
	bool good;

	kind = decode_transfer(c->encoding, bytes, a, &text, &good, f);
	if (kind != FAULT_NONE || !good) {
		out->status = MIME_ENCODING;
		return kind;
	}
	kind = decode_charset(c->charset, text, a, &text, &good, f);
	if (kind != FAULT_NONE || !good) {
		out->status = MIME_CHARSET;
		return kind;
	}
	/* Flowed text may get a line end where the depth changes, but then
	 * the line before had a space that it could lose. */
	if (!make_text(&lines, a, 2 * text.len + 2))
		return fault_nomem(f);
	if (c->flowed)
		join_flowed(text, c->delsp, &lines);
	else
		join_lines(text, &lines);
	out->text = (struct span){ lines.p, lines.len };
	out->status = MIME_TEXT;
	if (lines.len > 0 && (memchr(lines.p, '\0', lines.len) != NULL ||
	    memchr(lines.p, '\r', lines.len) != NULL)) {
		out->status = MIME_UNREADABLE;
		out->text = (struct span){ NULL, 0 };
	}
	return FAULT_NONE;
}

enum fault_kind
mime_readings(const struct mime_content *c, struct span bytes,
    struct arena *a, struct mime_leaf *out, struct fault *f)
{
	struct mime_text text = { .status = MIME_UNREADABLE };
	enum fault_kind kind;
	bool good;

	*out = (struct mime_leaf){ .reading = { bytes }, .count = 1 };
	if (c->encoding != MIME_IDENTITY) {
		kind = decode_transfer(c->encoding, bytes, a,
		    &out->reading[1], &good, f);
		if (kind != FAULT_NONE)
			return kind;
		out->count += good;
	}
	kind = mime_decode(c, bytes, a, &text, f);
	if (kind == FAULT_NONE && text.status == MIME_TEXT)
		out->reading[out->count++] = text.text;
	return kind;
}
