/* SPDX-License-Identifier: ISC */
/*
 * Bodies go through two gears.  The slow one looks at each byte and can stop
 * anywhere; what it holds back (white space, a CR, empty lines) is its state.
 * The fast one runs while nothing is held back, through the part of the chunk
 * that ends in a byte of content, because then no empty line in it can be a
 * trailing one: all bytes there are canonical as they stand, but for white
 * space that must shrink or go, and for LF without CR in EOL_LF.  What it
 * cannot decide by the bytes it has, it leaves to the slow one.
 */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "dkim/canon.h"

#define CRLF "\r\n"

void
canon_out_init(struct canon_out *o, struct canon_sink sink)
{
	o->sink = sink;
	o->used = 0;
}

void
canon_out_flush(struct canon_out *o)
{
	if (o->used > 0)
		o->sink.write(o->sink.state, o->bytes, o->used);
	o->used = 0;
}

static void
canon_out_add(struct canon_out *o, const char *p, size_t len)
{
	if (len == 0)
		return;
	if (len > CANON_BUFFER - o->used)
		canon_out_flush(o);
	if (len >= CANON_DIRECT) {
		canon_out_flush(o);
		o->sink.write(o->sink.state, p, len);
		return;
	}
	memcpy(o->bytes + o->used, p, len);
	o->used += len;
}

static void
out_byte(struct canon_out *o, char c)
{
	if (o->used >= CANON_BUFFER)
		canon_out_flush(o);
	o->bytes[o->used++] = c;
}

/* Bytes as they stand, but in EOL_LF with a CR put before each LF that lacks
 * it. */
static void
header_simple(struct canon_out *o, enum eol eol, struct span s)
{
	const char *hit;
	size_t len;

	if (eol == EOL_CRLF) {
		canon_out_add(o, s.p, s.len);
		return;
	}
	while (s.len > 0 && (hit = memchr(s.p, '\n', s.len)) != NULL) {
		len = (size_t)(hit - s.p);
		canon_out_add(o, s.p, len);
		canon_out_add(o, CRLF, len > 0 && hit[-1] == '\r' ? 0 : 2);
		if (len > 0 && hit[-1] == '\r')
			out_byte(o, '\n');
		s = span_sub(s, len + 1, s.len);
	}
	canon_out_add(o, s.p, s.len);
}

/* A value on its way through the relaxed form. */
struct relaxed {
	struct canon_out *o;
	bool any;	/* something was written: white space now matters */
	bool wsp;	/* white space is held back */
};

/* White space runs, folding included, become one SP; none at the ends. */
static void
header_relaxed(struct relaxed *r, struct span s)
{
	size_t from = 0, i = 0;

	while (i < s.len) {
		while (i < s.len && ascii_is_fws(s.p[i])) {
			i++;
			r->wsp = true;
		}
		from = i;
		while (i < s.len && !ascii_is_fws(s.p[i]))
			i++;
		if (i == from)
			break;
		if (r->wsp && r->any)
			out_byte(r->o, ' ');
		r->wsp = false;
		r->any = true;
		canon_out_add(r->o, s.p + from, i - from);
	}
}

static void
name_relaxed(struct canon_out *o, const struct field *field)
{
	for (size_t i = 0; i < field->name.len; i++)
		out_byte(o, ascii_lower(field->name.p[i]));
	out_byte(o, ':');
}

/* Without the one line end at the end. */
static struct span
without_eol(struct span s)
{
	if (s.len > 0 && s.p[s.len - 1] == '\n')
		s.len--;
	if (s.len > 0 && s.p[s.len - 1] == '\r')
		s.len--;
	return s;
}

void
canon_header(struct canon_out *o, enum dkim_canon canon, enum eol eol,
    const struct field *field)
{
	struct relaxed r = { .o = o };

	if (canon == DKIM_SIMPLE) {
		header_simple(o, eol, without_eol(field->raw));
	} else {
		name_relaxed(o, field);
		header_relaxed(&r, field->value);
	}
	canon_out_add(o, CRLF, 2);
}

void
canon_signature(struct canon_out *o, enum dkim_canon canon, enum eol eol,
    const struct field *field, struct span cut)
{
	struct span raw = without_eol(field->raw), head, tail;
	struct relaxed r = { .o = o };
	const char *start;

	start = canon == DKIM_SIMPLE ? raw.p : field->value.p;
	head = (struct span){ start, (size_t)(cut.p - start) };
	tail = (struct span){ cut.p + cut.len,
	    (size_t)(raw.p + raw.len - (cut.p + cut.len)) };
	if (canon == DKIM_SIMPLE) {
		header_simple(o, eol, head);
		header_simple(o, eol, tail);
		return;
	}
	name_relaxed(o, field);
	header_relaxed(&r, head);
	header_relaxed(&r, tail);
}

void
canon_body_init(struct canon_body *b, enum dkim_canon canon, enum eol eol,
    struct canon_sink sink)
{
	b->canon = canon;
	b->eol = eol;
	b->content = b->any = b->wsp = b->cr = false;
	b->lines = 0;
	canon_out_init(&b->out, sink);
}

/* What was held back turned out to matter. */
static void
body_release(struct canon_body *b)
{
	for (; b->lines > 0; b->lines--)
		canon_out_add(&b->out, CRLF, 2);
	if (b->wsp)
		out_byte(&b->out, ' ');
	b->wsp = false;
}

static void
body_content(struct canon_body *b, char c)
{
	body_release(b);
	out_byte(&b->out, c);
	b->content = b->any = true;
}

static void
body_eol(struct canon_body *b)
{
	b->wsp = false;
	if (b->content)
		canon_out_add(&b->out, CRLF, 2);
	else
		b->lines++;
	b->content = false;
}

static void
body_byte(struct canon_body *b, char c)
{
	if (b->cr) {
		b->cr = false;
		if (c == '\n') {
			body_eol(b);
			return;
		}
		body_content(b, '\r');
	}
	if (c == '\r')
		b->cr = true;
	else if (c == '\n' && b->eol == EOL_LF)
		body_eol(b);
	else if (ascii_is_wsp(c) && b->canon == DKIM_RELAXED)
		b->wsp = true;
	else
		body_content(b, c);
}

/*
 * How many bytes of s end in a byte of content, whatever comes after s: so
 * all but the line ends (and in the relaxed form white space) at its end.
 */
static size_t
body_solid(const struct canon_body *b, struct span s)
{
	size_t len = s.len;

	while (len > 0 && (s.p[len - 1] == '\r' || s.p[len - 1] == '\n' ||
	    (b->canon == DKIM_RELAXED && ascii_is_wsp(s.p[len - 1]))))
		len--;
	return len;
}

/*
 * The portable half of the two scanners: does the byte at p need a look?
 * p[1] can be read.
 */
static inline bool
is_event(const struct canon_body *b, const char *p, bool lf)
{
	if (lf && *p == '\n')
		return true;
	if (b->canon == DKIM_SIMPLE)
		return false;
	return *p == '\t' || (*p == ' ' && (unsigned char)p[1] <= ' ');
}

#ifdef __SSE2__
/* Bits of the 16 bytes at p that need a look; p[16] can be read. */
static inline unsigned
events16(__m128i x, const char *p)
{
	const __m128i space = _mm_set1_epi8(' ');
	__m128i next = _mm_loadu_si128((const __m128i *)(const void *)(p + 1));
	__m128i low = _mm_cmpeq_epi8(_mm_min_epu8(next, space), next);
	__m128i hit = _mm_and_si128(_mm_cmpeq_epi8(x, space), low);

	hit = _mm_or_si128(hit, _mm_cmpeq_epi8(x, _mm_set1_epi8('\t')));
	return (unsigned)_mm_movemask_epi8(hit);
}

static inline __m128i
load16(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}
#endif

/* Relaxed, EOL_CRLF: how many bytes of s (s.p[s.len] can be read) are
 * canonical as they stand. */
static size_t
clean_run(const struct canon_body *b, struct span s)
{
	size_t i = 0;

	if (b->canon == DKIM_SIMPLE)
		return s.len;
#ifdef __SSE2__
	while (s.len - i >= 64) {
		unsigned m0 = events16(load16(s.p + i), s.p + i);
		unsigned m1 = events16(load16(s.p + i + 16), s.p + i + 16);
		unsigned m2 = events16(load16(s.p + i + 32), s.p + i + 32);
		unsigned m3 = events16(load16(s.p + i + 48), s.p + i + 48);

		if ((m0 | m1 | m2 | m3) != 0)
			break;
		i += 64;
	}
	while (s.len - i >= 16) {
		unsigned m = events16(load16(s.p + i), s.p + i);

		if (m != 0)
			return i + (size_t)__builtin_ctz(m);
		i += 16;
	}
#endif
	while (i < s.len && !is_event(b, s.p + i, false))
		i++;
	return i;
}

/*
 * White space at s.p[i] that must shrink or go: write what becomes of it and
 * return where it ends.  If what stands after it is not known inside s, i.
 */
static size_t
collapse(struct canon_body *b, struct span s, size_t i)
{
	size_t end = i;

	while (end < s.len && ascii_is_wsp(s.p[end]))
		end++;
	if (end == s.len)
		return i;
	if (s.p[end] == '\r')
		return end + 1 < s.len && s.p[end + 1] == '\n' ? end : i;
	if (s.p[end] != '\n' || b->eol == EOL_CRLF)
		out_byte(&b->out, ' ');
	return end;
}

/*
 * EOL_CRLF: write s (s.p[s.len] can be read) as far as it can be known; how
 * many bytes were taken.
 */
static size_t
clean_runs(struct canon_body *b, struct span s)
{
	size_t i = 0, n;

	for (;;) {
		n = clean_run(b, span_sub(s, i, s.len));
		canon_out_add(&b->out, s.p + i, n);
		i += n;
		if (i == s.len)
			return i;
		n = collapse(b, s, i);
		if (n == i)
			return i;
		i = n;
	}
}

/* EOL_LF: the same, with CR put before LF. */
static size_t
copy_run(struct canon_body *b, struct span s)
{
	struct canon_out *o = &b->out;
	size_t i = 0;

	while (i < s.len) {
		/* One round writes 16 bytes at most, or CRLF. */
		if (o->used >= CANON_BUFFER)
			canon_out_flush(o);
#ifdef __SSE2__
		if (s.len - i >= 16) {
			__m128i x = load16(s.p + i);
			unsigned m = (unsigned)_mm_movemask_epi8(
			    _mm_cmpeq_epi8(x, _mm_set1_epi8('\n')));
			size_t n;

			if (b->canon == DKIM_RELAXED)
				m |= events16(x, s.p + i);
			_mm_storeu_si128((__m128i *)(void *)
			    (o->bytes + o->used), x);
			n = m == 0 ? 16 : (size_t)__builtin_ctz(m);
			o->used += n;
			i += n;
			if (m == 0)
				continue;
		}
#endif
		if (!is_event(b, s.p + i, true)) {
			o->bytes[o->used++] = s.p[i++];
			continue;
		}
		if (s.p[i] != '\n') {
			size_t end = collapse(b, s, i);

			if (end == i)
				break;
			i = end;
			continue;
		}
		/* A CR before s was data: it would be held back else. */
		if (i == 0 || s.p[i - 1] != '\r')
			o->bytes[o->used++] = '\r';
		o->bytes[o->used++] = '\n';
		i++;
	}
	return i;
}

/* Did a run that ends here end in a line end? */
static bool
ends_line(const struct canon_body *b, struct span run)
{
	if (run.p[run.len - 1] != '\n')
		return false;
	return b->eol == EOL_LF ||
	    (run.len > 1 && run.p[run.len - 2] == '\r');
}

void
canon_body_add(struct canon_body *b, struct span s)
{
	size_t solid = body_solid(b, s), i = 0, n;

	while (i < solid) {
		while (i < solid && (b->lines > 0 || b->wsp || b->cr))
			body_byte(b, s.p[i++]);
		/* The last byte of content is left to the slow gear: the
		 * fast one looks one byte ahead. */
		if (i + 1 < solid) {
			struct span run = span_sub(s, i, solid - i - 1);

			n = b->eol == EOL_CRLF ? clean_runs(b, run) :
			    copy_run(b, run);
			if (n > 0) {
				run.len = n;
				b->content = !ends_line(b, run);
				b->any = true;
				i += n;
			}
		}
		if (i < solid)
			body_byte(b, s.p[i++]);
	}
	for (; i < s.len; i++)
		body_byte(b, s.p[i]);
}

void
canon_body_end(struct canon_body *b)
{
	if (b->cr) {
		b->cr = false;
		body_content(b, '\r');
	}
	/* Simple: an empty body is one CRLF; both: the last line ends. */
	if (b->content || (!b->any && b->canon == DKIM_SIMPLE))
		canon_out_add(&b->out, CRLF, 2);
	canon_out_flush(&b->out);
}
