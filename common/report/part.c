/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "report/part.h"

/* The next header line with its continuations; false at the end. */
static bool
next_field(struct span *left, struct span *field)
{
	size_t n = 0;

	if (left->len == 0)
		return false;
	do {
		n += span_find(span_sub(*left, n, left->len), '\n');
		if (n < left->len)
			n++;
	} while (n < left->len && ascii_is_wsp(left->p[n]));
	*field = span_sub(*left, 0, n);
	*left = span_sub(*left, n, left->len);
	return true;
}

struct span
part_field(struct span header, const char *name)
{
	struct span field, head, tail;

	while (next_field(&header, &field))
		if (span_cut(field, ':', &head, &tail) &&
		    span_eq_nocase(span_trim_wsp(head), span_of(name)))
			return span_trim_fws(tail);
	return (struct span){ NULL, 0 };
}

static void
copy_into(char *to, size_t room, const char *from)
{
	size_t n = strlen(from);

	n = n < room - 1 ? n : room - 1;
	memcpy(to, from, n);
	to[n] = '\0';
}

static void
lower_into(char *to, size_t room, struct span s)
{
	size_t n = 0;

	s = span_trim_fws(s);
	for (; n < s.len && n < room - 1; n++)
		to[n] = ascii_lower(s.p[n]);
	to[n] = '\0';
}

/* A parameter's value: a token or a quoted string, unquoted into to. */
static void
take_value(struct cursor *c, char *to, size_t room)
{
	size_t n = 0;
	bool quoted = cursor_take(c, '"');

	while (!cursor_done(c)) {
		char ch = cursor_peek(c);

		if (quoted ? ch == '"' : ch == ';' || ascii_is_fws(ch))
			break;
		(void)cursor_next(c);
		if (quoted && ch == '\\' && !cursor_done(c))
			ch = cursor_next(c);
		if (n < room - 1 && ch != '\r' && ch != '\n')
			to[n++] = ch;
	}
	to[n] = '\0';
	while (!cursor_done(c) && cursor_peek(c) != ';')
		(void)cursor_next(c);
}

/* RFC 2231: %41 is A; the charset and the language in front are not needed
 * for names that are ASCII. */
static void
unpercent(char *s)
{
	char *to = s, *last = strrchr(s, '\'');

	if (last != NULL && strchr(s, '\'') != last)
		s = last + 1;
	while (*s != '\0') {
		int high = *s == '%' ? ascii_hex(s[1]) : -1;
		int low = high >= 0 ? ascii_hex(s[2]) : -1;

		if (low >= 0) {
			*to++ = (char)(high * 16 + low);
			s += 3;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* name, name*, name*0, name*0*, name*1 ...: pieces join in their order. */
static void
take_name(struct part *p, struct span key, const char *word, char *value)
{
	size_t base = strlen(word), len = strlen(p->name);
	struct span rest = span_sub(key, base, key.len);

	if (!span_starts_nocase(key, span_of(word)))
		return;
	if (rest.len == 0) {
		if (p->name[0] == '\0')
			copy_into(p->name, sizeof(p->name), value);
		return;
	}
	if (rest.p[0] != '*')
		return;
	if (rest.p[rest.len - 1] == '*')
		unpercent(value);
	if (rest.len == 1 || rest.p[1] == '0')
		len = 0;
	if (len < sizeof(p->name) - 1)
		copy_into(p->name + len, sizeof(p->name) - len, value);
}

static void
parameters(struct part *p, struct span value, bool disposition)
{
	struct cursor c = cursor_of(value);
	char text[PART_NAME];
	struct span key;

	while (!cursor_done(&c)) {
		const char *start;

		while (!cursor_done(&c) && (cursor_peek(&c) == ';' ||
		    ascii_is_fws(cursor_peek(&c))))
			(void)cursor_next(&c);
		start = c.p;
		while (!cursor_done(&c) && cursor_peek(&c) != '=' &&
		    cursor_peek(&c) != ';')
			(void)cursor_next(&c);
		key = span_trim_fws((struct span){ start,
		    (size_t)(c.p - start) });
		if (!cursor_take(&c, '='))
			continue;
		while (!cursor_done(&c) && ascii_is_fws(cursor_peek(&c)))
			(void)cursor_next(&c);
		take_value(&c, text, sizeof(text));
		take_name(p, key, disposition ? "filename" : "name", text);
		if (disposition)
			continue;
		if (span_eq_nocase(key, SPAN("boundary")))
			copy_into(p->boundary, sizeof(p->boundary), text);
		else if (span_eq_nocase(key, SPAN("report-type")))
			lower_into(p->report_type, sizeof(p->report_type),
			    span_of(text));
	}
}

void
part_read(struct part *p, struct span header)
{
	struct span type = part_field(header, "Content-Type"), head, tail;
	struct span encoding = part_field(header,
	    "Content-Transfer-Encoding");
	struct span where = part_field(header, "Content-Disposition");

	*p = (struct part){ .type = "text/plain" };
	if (type.p == NULL)
		type = part_field(header, "ContentType");
	if (type.p != NULL) {
		(void)span_cut(type, ';', &head, &tail);
		p->named = span_trim_fws(head).len > 0;
		if (p->named)
			lower_into(p->type, sizeof(p->type), head);
		parameters(p, tail, false);
	}
	if (where.p != NULL && span_cut(where, ';', &head, &tail))
		parameters(p, tail, true);
	(void)span_cut(encoding, ';', &head, &tail);
	head = span_trim_fws(head);
	if (span_eq_nocase(head, SPAN("base64")))
		p->encoding = PART_BASE64;
	else if (span_eq_nocase(head, SPAN("quoted-printable")))
		p->encoding = PART_QUOTED_PRINTABLE;
}

void
part_decode_begin(struct part_decoder *d, enum part_encoding encoding,
    struct spool *out, uint64_t max)
{
	*d = (struct part_decoder){ .out = out, .max = max,
	    .encoding = encoding };
}

static enum fault_kind
emit(struct part_decoder *d, const char *p, size_t n, struct fault *f)
{
	if (n > d->max - d->out->len) {
		n = (size_t)(d->max - d->out->len);
		d->full = true;
	}
	return spool_add(d->out, (struct span){ p, n }, f);
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Junk is skipped, a missing padding is none. */
static enum fault_kind
decode_base64(struct part_decoder *d, struct span s, struct fault *f)
{
	char out[4096];
	size_t n = 0;

	for (size_t i = 0; i < s.len && !d->stop; i++) {
		int v = base64_value(s.p[i]);

		if (v < 0) {
			d->stop = s.p[i] == '=' && d->chars % 4 >= 2;
			continue;
		}
		d->bits = d->bits << 6 | (uint32_t)v;
		if (++d->chars % 4 != 0)
			continue;
		out[n++] = (char)(d->bits >> 16);
		out[n++] = (char)(d->bits >> 8);
		out[n++] = (char)d->bits;
		if (n > sizeof(out) - 4) {
			if (emit(d, out, n, f) != FAULT_NONE)
				return f->kind;
			n = 0;
		}
	}
	return emit(d, out, n, f);
}

/* `=` and what may follow it; what is no escape stays as it is. */
static enum fault_kind
decode_qp(struct part_decoder *d, struct span s, struct fault *f)
{
	char out[4096];
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (n > sizeof(out) - 4) {
			if (emit(d, out, n, f) != FAULT_NONE)
				return f->kind;
			n = 0;
		}
		if (d->ncarry == 0) {
			if (c == '=')
				d->carry[d->ncarry++] = c;
			else
				out[n++] = c;
			continue;
		}
		if (c == '\n') {		/* a soft line break */
			d->ncarry = 0;
			continue;
		}
		if (d->ncarry == 1 && (ascii_is_fws(c)))
			continue;
		d->carry[d->ncarry++] = c;
		if (d->ncarry < 3)
			continue;
		d->ncarry = 0;
		if (ascii_hex(d->carry[1]) >= 0 &&
		    ascii_hex(d->carry[2]) >= 0) {
			out[n++] = (char)(ascii_hex(d->carry[1]) * 16 +
			    ascii_hex(d->carry[2]));
		} else {
			memcpy(out + n, d->carry, 3);
			n += 3;
		}
	}
	return emit(d, out, n, f);
}

enum fault_kind
part_decode(struct part_decoder *d, struct span bytes, struct fault *f)
{
	if (d->full)
		return FAULT_NONE;
	switch (d->encoding) {
	case PART_BASE64:
		return decode_base64(d, bytes, f);
	case PART_QUOTED_PRINTABLE:
		return decode_qp(d, bytes, f);
	case PART_IDENTITY:
		break;
	}
	return emit(d, bytes.p, bytes.len, f);
}

enum fault_kind
part_decode_end(struct part_decoder *d, struct fault *f)
{
	char out[3];
	unsigned rest = d->chars % 4;

	if (d->encoding == PART_QUOTED_PRINTABLE)
		return emit(d, d->carry, d->ncarry, f);
	if (d->encoding != PART_BASE64 || rest < 2)
		return FAULT_NONE;
	out[0] = (char)(rest == 2 ? d->bits >> 4 : d->bits >> 10);
	out[1] = (char)(d->bits >> 2);
	return emit(d, out, rest - 1, f);
}
