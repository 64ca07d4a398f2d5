/* SPDX-License-Identifier: ISC */
/*
 * The streaming canonicaliser against a plain one that has the whole body in
 * memory and follows RFC 6376 3.4 rule by rule.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "dkim/canon.h"
#include "tap.h"

static void
collect(void *state, const char *p, size_t len)
{
	buf_add(state, p, len);
}

static void
run(struct buf *out, enum dkim_canon canon, enum eol eol, struct span in,
    size_t step)
{
	struct canon_body *b = malloc(sizeof(*b));
	char *copy;

	buf_init(out, (size_t)64 << 20);
	if (b == NULL)
		return;
	canon_body_init(b, canon, eol, (struct canon_sink){ collect, out });
	for (size_t i = 0; i < in.len; i += step) {
		struct span s = span_sub(in, i, step);

		/* A copy of its own, so that ASan sees a read beyond it. */
		copy = malloc(s.len);
		if (copy == NULL)
			break;
		memcpy(copy, s.p, s.len);
		canon_body_add(b, (struct span){ copy, s.len });
		free(copy);
	}
	canon_body_end(b);
	free(b);
}

/* One line without its end, white space reduced if relaxed. */
static void
plain_line(struct buf *out, enum dkim_canon canon, struct span line)
{
	for (size_t i = 0; i < line.len; i++) {
		if (canon == DKIM_SIMPLE || !ascii_is_wsp(line.p[i])) {
			buf_addc(out, line.p[i]);
			continue;
		}
		while (i + 1 < line.len && ascii_is_wsp(line.p[i + 1]))
			i++;
		if (i + 1 < line.len)
			buf_addc(out, ' ');
	}
}

static void
plain(struct buf *out, enum dkim_canon canon, enum eol eol, struct span in)
{
	size_t from = 0, i;

	buf_init(out, (size_t)64 << 20);
	for (i = 0; i < in.len; i++) {
		size_t len = i - from;

		if (in.p[i] != '\n')
			continue;
		if (i > from && in.p[i - 1] == '\r')
			len--;
		else if (eol == EOL_CRLF)
			continue;
		plain_line(out, canon, span_sub(in, from, len));
		buf_adds(out, "\r\n");
		from = i + 1;
	}
	if (from < in.len) {
		size_t before = out->len;

		plain_line(out, canon, span_sub(in, from, in.len - from));
		if (out->len > before)
			buf_adds(out, "\r\n");
	}
	while (out->len >= 2 && memcmp(out->p + out->len - 2, "\r\n", 2) == 0 &&
	    (out->len == 2 || (out->len >= 4 &&
	    memcmp(out->p + out->len - 4, "\r\n", 2) == 0)))
		out->len -= 2;
	if (out->len == 0 && canon == DKIM_SIMPLE)
		buf_adds(out, "\r\n");
}

static bool
same(enum dkim_canon canon, enum eol eol, struct span in, size_t step)
{
	struct buf got, want;
	bool ok;

	run(&got, canon, eol, in, step);
	plain(&want, canon, eol, in);
	ok = span_eq(buf_span(&got), buf_span(&want));
	buf_free(&got);
	buf_free(&want);
	return ok;
}

static uint64_t seed = 88172645463325252U;

static uint64_t
next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Bodies made of the pieces that matter, and of long clean runs. */
static size_t
make_body(char *p, size_t max)
{
	static const char *const pieces[] = { " ", "  ", "\t", "\r\n", "\n",
	    "\r", "\r\n\r\n", "a", "word", " word", " \r\n", "\t \n",
	    "a line that is long enough for the vectors to be used here",
	    ("0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnop"
	    "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefgh\r\n"),
	    "\xff", "\v", "\f" };
	size_t n = 0, want = (size_t)(next_random() % max);
	uint64_t mask = next_random();

	while (n < want) {
		size_t i = (size_t)(next_random() %
		    (sizeof(pieces) / sizeof(pieces[0])));
		size_t len = strlen(pieces[i]);

		/* Some bodies have few kinds of pieces. */
		if ((mask >> i & 1) != 0 && next_random() % 8 != 0)
			continue;
		if (len > max - n)
			break;
		memcpy(p + n, pieces[i], len);
		n += len;
	}
	return n;
}

static void
test_property(void)
{
	static const size_t steps[] = { 1, 2, 3, 7, 16, 17, 64, 100, 100000 };
	static char body[3000];
	unsigned bad = 0, runs = 0;

	for (int round = 0; round < 1500; round++) {
		struct span in = { body, make_body(body, sizeof(body)) };
		size_t step = steps[next_random() %
		    (sizeof(steps) / sizeof(steps[0]))];

		for (int mode = 0; mode < 4; mode++) {
			enum dkim_canon canon = (mode & 1) != 0 ?
			    DKIM_RELAXED : DKIM_SIMPLE;
			enum eol eol = (mode & 2) != 0 ? EOL_LF : EOL_CRLF;

			runs++;
			bad += !same(canon, eol, in, step);
			bad += !same(canon, eol, in, in.len + 1);
		}
	}
	CHECKF(bad == 0, "%u bodies in pieces: %u wrong", runs, bad);
}

/* The canonical form of a canonical form is itself. */
static void
test_idempotent(void)
{
	static char body[3000];
	unsigned bad = 0;

	for (int round = 0; round < 300; round++) {
		struct span in = { body, make_body(body, sizeof(body)) };
		struct buf once, twice;

		run(&once, DKIM_RELAXED, EOL_CRLF, in, 100000);
		run(&twice, DKIM_RELAXED, EOL_CRLF, buf_span(&once), 100000);
		bad += !span_eq(buf_span(&once), buf_span(&twice));
		buf_free(&once);
		buf_free(&twice);
	}
	CHECK(bad == 0);
}

static bool
body_is(enum dkim_canon canon, enum eol eol, const char *in, const char *out)
{
	struct buf got;
	bool ok;

	run(&got, canon, eol, span_of(in), 100000);
	ok = span_eq(buf_span(&got), span_of(out));
	buf_free(&got);
	return ok;
}

static void
test_body(void)
{
	CHECK(body_is(DKIM_SIMPLE, EOL_CRLF, "", "\r\n"));
	CHECK(body_is(DKIM_RELAXED, EOL_CRLF, "", ""));
	CHECK(body_is(DKIM_SIMPLE, EOL_CRLF, "\r\n\r\n", "\r\n"));
	CHECK(body_is(DKIM_RELAXED, EOL_CRLF, "\r\n \r\n", ""));
	CHECK(body_is(DKIM_RELAXED, EOL_CRLF, "  ", ""));
	CHECK(body_is(DKIM_SIMPLE, EOL_CRLF, "a", "a\r\n"));
	CHECK(body_is(DKIM_RELAXED, EOL_CRLF, "a", "a\r\n"));
	/* RFC 6376 3.4.5. */
	CHECK(body_is(DKIM_RELAXED, EOL_CRLF, " C \r\nD \t E\r\n\r\n\r\n",
	    " C\r\nD E\r\n"));
	CHECK(body_is(DKIM_SIMPLE, EOL_CRLF, " C \r\nD \t E\r\n\r\n\r\n",
	    " C \r\nD \t E\r\n"));
	CHECK(body_is(DKIM_RELAXED, EOL_LF, "a \n\nb\n\n", "a\r\n\r\nb\r\n"));
	CHECK(body_is(DKIM_RELAXED, EOL_CRLF, "a\nb \nc\r\n",
	    "a\nb \nc\r\n"));
	CHECK(body_is(DKIM_RELAXED, EOL_CRLF, "a \r", "a \r\r\n"));
	CHECK(body_is(DKIM_SIMPLE, EOL_LF, "a\r\nb\nc\r", "a\r\nb\r\nc\r\r\n"));
	CHECK(body_is(DKIM_RELAXED, EOL_CRLF, "\v \f\xa0\r\n",
	    "\v \f\xa0\r\n"));
}

static bool
header_is(enum dkim_canon canon, enum eol eol, const char *raw,
    const char *want)
{
	struct canon_out *o = malloc(sizeof(*o));
	struct field field = { .raw = span_of(raw) };
	struct buf got;
	bool ok;

	buf_init(&got, 10000);
	if (o == NULL)
		return false;
	(void)span_cut(field.raw, ':', &field.name, &field.value);
	field.name = span_trim_wsp(field.name);
	canon_out_init(o, (struct canon_sink){ collect, &got });
	canon_header(o, canon, eol, &field);
	canon_out_flush(o);
	ok = span_eq(buf_span(&got), span_of(want));
	buf_free(&got);
	free(o);
	return ok;
}

static void
test_header(void)
{
	/* RFC 6376 3.4.5. */
	CHECK(header_is(DKIM_RELAXED, EOL_CRLF, "A: X\r\n", "a:X\r\n"));
	CHECK(header_is(DKIM_RELAXED, EOL_CRLF, "B : Y\t\r\n\tZ  \r\n",
	    "b:Y Z\r\n"));
	CHECK(header_is(DKIM_SIMPLE, EOL_CRLF, "B : Y\t\r\n\tZ  \r\n",
	    "B : Y\t\r\n\tZ  \r\n"));
	CHECK(header_is(DKIM_SIMPLE, EOL_LF, "B : Y\n\tZ  \n",
	    "B : Y\r\n\tZ  \r\n"));
	CHECK(header_is(DKIM_SIMPLE, EOL_LF, "B : Y\r\n\tZ\r\n",
	    "B : Y\r\n\tZ\r\n"));
	CHECK(header_is(DKIM_RELAXED, EOL_LF, "To:\n", "to:\r\n"));
	CHECK(header_is(DKIM_RELAXED, EOL_LF, "To: \n \n x", "to:x\r\n"));
	CHECK(header_is(DKIM_SIMPLE, EOL_LF, "To: x", "To: x\r\n"));
}

static void
test_signature(void)
{
	struct canon_out *o = malloc(sizeof(*o));
	struct field field = { .raw = SPAN("DKIM-Signature: a=x; b=AB\r\n"
	    "\tCD ; xb=1\r\n") };
	struct buf got;
	struct span cut;

	buf_init(&got, 10000);
	if (o == NULL)
		return;
	(void)span_cut(field.raw, ':', &field.name, &field.value);
	cut = (struct span){ field.raw.p + 23, 8 };
	CHECK(span_eq(cut, SPAN("AB\r\n\tCD ")));
	canon_out_init(o, (struct canon_sink){ collect, &got });
	canon_signature(o, DKIM_SIMPLE, EOL_CRLF, &field, cut);
	canon_out_flush(o);
	CHECK(span_eq(buf_span(&got),
	    SPAN("DKIM-Signature: a=x; b=; xb=1")));
	buf_reset(&got);
	canon_signature(o, DKIM_RELAXED, EOL_CRLF, &field, cut);
	canon_out_flush(o);
	CHECK(span_eq(buf_span(&got), SPAN("dkim-signature:a=x; b=; xb=1")));
	buf_free(&got);
	free(o);
}

int
main(void)
{
	test_body();
	test_header();
	test_signature();
	test_property();
	test_idempotent();
	return tap_done();
}
