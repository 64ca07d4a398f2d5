/* SPDX-License-Identifier: ISC */
/* From the bytes of a text part to UTF-8 with LF. */
#include <string.h>

#include "base/b64.h"
#include "mail/mime_impl.h"

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

bool
mime_qp_line(struct span line, char *out, size_t *len, bool *soft)
{
	struct text t = { out, 0 };
	int high, low;

	while (line.len > 0 && ascii_is_wsp(line.p[line.len - 1]))
		line.len--;
	*soft = line.len > 0 && line.p[line.len - 1] == '=';
	if (*soft)
		line.len--;
	for (size_t i = 0; i < line.len; i++) {
		if (line.p[i] != '=') {
			put_byte(&t, line.p[i]);
			continue;
		}
		if (line.len - i < 3)
			return false;
		high = ascii_hex(line.p[i + 1]);
		low = ascii_hex(line.p[i + 2]);
		if (high < 0 || low < 0)
			return false;
		put_byte(&t, (char)(high * 16 + low));
		i += 2;
	}
	*len = t.len;
	return true;
}

static bool
decode_qp(struct span in, struct text *out)
{
	struct span line;
	size_t n = 0;
	bool soft;

	while (mime_line(&in, &line)) {
		if (!mime_qp_line(line, out->p + out->len, &n, &soft))
			return false;
		out->len += n;
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

/* The number of '>' in front, and what stands after them and after the
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
mime_read_as(struct span body, const struct mime_way *way, struct arena *a,
    struct mime_text *out, struct fault *f)
{
	enum fault_kind kind;
	struct span text;
	struct text lines;
	bool good;

	out->way = *way;
	kind = decode_transfer(way->encoding, body, a, &text, &good, f);
	if (kind != FAULT_NONE || !good) {
		out->status = MIME_ENCODING;
		return kind;
	}
	out->decoded = text;
	kind = mime_charset(way->charset, text, a, &text, &good, f);
	if (kind != FAULT_NONE || !good) {
		out->status = MIME_CHARSET;
		return kind;
	}
	/* Flowed text may get a line end where the depth changes, but then
	 * the line before had a space that it could lose. */
	if (!make_text(&lines, a, 2 * text.len + 2))
		return fault_nomem(f);
	if (way->flowed)
		join_flowed(text, way->delsp, &lines);
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
mime_readings(const struct mime_way *way, struct span bytes,
    struct arena *a, struct mime_leaf *out, struct fault *f)
{
	struct mime_text text = { .status = MIME_UNREADABLE };
	enum fault_kind kind;
	bool good;

	*out = (struct mime_leaf){ .reading = { bytes }, .count = 1 };
	if (way->encoding != MIME_IDENTITY) {
		kind = decode_transfer(way->encoding, bytes, a,
		    &out->reading[1], &good, f);
		if (kind != FAULT_NONE)
			return kind;
		out->count += good;
	}
	kind = mime_read_as(bytes, way, a, &text, f);
	if (kind == FAULT_NONE && text.status == MIME_TEXT)
		out->reading[out->count++] = text.text;
	return kind;
}
