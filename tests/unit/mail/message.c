/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "mail/message.h"
#include "tap.h"

static char chunk[MESSAGE_CHUNK];
static struct arena arena;
static struct fault fault;

struct row {
	const char *name;
	struct span in;
	enum message_defect defect;
	enum eol eol;
	size_t nfields;
	struct span from_line, header, body;
};

/* A constant expression, which SPAN is not. */
#define TEXT(lit) { (lit), sizeof(lit) - 1 }

static const struct row rows[] = {
	{ "LF", TEXT("A: b\nC: d\n\nbody\n"), MESSAGE_OK, EOL_LF, 2,
	    TEXT(""), TEXT("A: b\nC: d\n"), TEXT("body\n") },
	{ "CRLF", TEXT("A: b\r\nC: d\r\n\r\nbody\r\n"), MESSAGE_OK, EOL_CRLF,
	    2, TEXT(""), TEXT("A: b\r\nC: d\r\n"), TEXT("body\r\n") },
	{ "nothing", TEXT(""), MESSAGE_OK, EOL_LF, 0, TEXT(""), TEXT(""),
	    TEXT("") },
	{ "one line end", TEXT("\n"), MESSAGE_OK, EOL_LF, 0, TEXT(""),
	    TEXT(""), TEXT("") },
	{ "no header", TEXT("\r\nbody"), MESSAGE_OK, EOL_CRLF, 0, TEXT(""),
	    TEXT(""), TEXT("body") },
	{ "no blank line", TEXT("A: b\nC: d\n"), MESSAGE_OK, EOL_LF, 2,
	    TEXT(""), TEXT("A: b\nC: d\n"), TEXT("") },
	{ "no line end", TEXT("A: b"), MESSAGE_OK, EOL_LF, 1, TEXT(""),
	    TEXT("A: b"), TEXT("") },
	{ "LF file, CRLF blank line", TEXT("A: b\nC: d\n\r\nbody"),
	    MESSAGE_OK, EOL_LF, 2, TEXT(""), TEXT("A: b\nC: d\n"),
	    TEXT("body") },
	{ "LF file, CRLF inside", TEXT("A: b\nC: d\r\n\nbody"),
	    MESSAGE_OK, EOL_LF, 2, TEXT(""), TEXT("A: b\nC: d\r\n"),
	    TEXT("body") },
	{ "CRLF file, bare LF", TEXT("A: b\r\nC: d\n\nno body\r\n\r\nbody"),
	    MESSAGE_BARE_LF, EOL_CRLF, 2, TEXT(""),
	    TEXT("A: b\r\nC: d\n\nno body\r\n"), TEXT("body") },
	{ "bare CR", TEXT("A: b\rC: d\n\nbody"), MESSAGE_BARE_CR, EOL_LF, 1,
	    TEXT(""), TEXT("A: b\rC: d\n"), TEXT("body") },
	{ "CR at the end", TEXT("A: b\r"), MESSAGE_BARE_CR, EOL_LF, 1,
	    TEXT(""), TEXT("A: b\r"), TEXT("") },
	{ "NUL", TEXT("A: b\0c\n\nbody"), MESSAGE_NUL, EOL_LF, 1, TEXT(""),
	    TEXT("A: b\0c\n"), TEXT("body") },
	{ "NUL and CR in the body", TEXT("A: b\n\nbo\0d\ry"), MESSAGE_OK,
	    EOL_LF, 1, TEXT(""), TEXT("A: b\n"), TEXT("bo\0d\ry") },
	{ "no colon", TEXT("A: b\nhello\nC: d\n\n"), MESSAGE_NO_COLON,
	    EOL_LF, 2, TEXT(""), TEXT("A: b\nhello\nC: d\n"), TEXT("") },
	{ "space in a name", TEXT("A B: c\n\n"), MESSAGE_NO_COLON, EOL_LF, 0,
	    TEXT(""), TEXT("A B: c\n"), TEXT("") },
	{ "no name", TEXT(": c\n\n"), MESSAGE_NO_COLON, EOL_LF, 0, TEXT(""),
	    TEXT(": c\n"), TEXT("") },
	{ "8-bit name", TEXT("\xc3\xa9: c\n\n"), MESSAGE_NO_COLON, EOL_LF, 0,
	    TEXT(""), TEXT("\xc3\xa9: c\n"), TEXT("") },
	{ "leading space", TEXT(" From: a@b\nFrom: c@d\n\n"),
	    MESSAGE_LEADING_SPACE, EOL_LF, 1, TEXT(""),
	    TEXT(" From: a@b\nFrom: c@d\n"), TEXT("") },
	{ "leading tab", TEXT("\tx\nFrom: c@d\n\n"), MESSAGE_LEADING_SPACE,
	    EOL_LF, 1, TEXT(""), TEXT("\tx\nFrom: c@d\n"), TEXT("") },
	{ "a line of spaces is no blank line", TEXT("A: b\n \nC: d\n\nx"),
	    MESSAGE_OK, EOL_LF, 2, TEXT(""), TEXT("A: b\n \nC: d\n"),
	    TEXT("x") },
	{ "From line", TEXT("From x Mon\nA: b\n\nx"), MESSAGE_OK, EOL_LF, 1,
	    TEXT("From x Mon\n"), TEXT("A: b\n"), TEXT("x") },
	{ ">From line", TEXT(">From x Mon\r\nA: b\r\n\r\nx"), MESSAGE_OK,
	    EOL_CRLF, 1, TEXT(">From x Mon\r\n"), TEXT("A: b\r\n"),
	    TEXT("x") },
	{ "From line alone", TEXT("From x"), MESSAGE_OK, EOL_LF, 0,
	    TEXT("From x"), TEXT(""), TEXT("") },
	{ "a second From line", TEXT("From x\nFrom y\nA: b\n\n"),
	    MESSAGE_NO_COLON, EOL_LF, 1, TEXT("From x\n"),
	    TEXT("From y\nA: b\n"), TEXT("") },
	{ "From : is a field", TEXT("From : a@b\n\nx"), MESSAGE_OK, EOL_LF, 1,
	    TEXT(""), TEXT("From : a@b\n"), TEXT("x") },
	{ "From  \t: is a field", TEXT("From  \t: a@b\n\nx"), MESSAGE_OK,
	    EOL_LF, 1, TEXT(""), TEXT("From  \t: a@b\n"), TEXT("x") },
};

/* Read with at most `step` bytes a read; the body is collected in got. */
static void
read_all(struct message *m, struct span in, size_t step, struct buf *got)
{
	struct input_bytes src;
	struct span bytes;

	arena_reset(&arena);
	input_bytes_open(&src, in, step);
	buf_reset(got);
	if (message_open(m, &src.source, chunk, &arena, &fault) !=
	    FAULT_NONE) {
		CHECKF(false, "message_open: %.80s", fault.text);
		return;
	}
	do {
		if (message_body(m, &bytes, &fault) != FAULT_NONE)
			return;
		buf_addspan(got, bytes);
	} while (bytes.len > 0);
}

static bool
same(const struct row *r, const struct message *m, const struct buf *got)
{
	return m->defect == r->defect && m->eol == r->eol &&
	    m->nfields == r->nfields && m->empty == (r->in.len == 0) &&
	    span_eq(m->from_line, r->from_line) &&
	    span_eq(m->header, r->header) &&
	    span_eq(buf_span(got), r->body) &&
	    m->from_line.len + m->header.len + m->separator.len +
	    got->len == r->in.len;
}

static void
test_rows(void)
{
	struct message m;
	struct buf got;

	buf_init(&got, (size_t)64 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool ok = true;

		/* Whatever a read gives, the result is the same. */
		for (size_t step = 0; step <= rows[i].in.len; step++) {
			read_all(&m, rows[i].in, step, &got);
			ok = ok && same(&rows[i], &m, &got);
		}
		CHECKF(ok, "%s", rows[i].name);
	}
	buf_free(&got);
}

static void
test_fields(void)
{
	const struct field *field;
	struct message m;
	struct buf got;

	buf_init(&got, 1000);
	read_all(&m, SPAN("From: a\r\n b\r\nfrom\t: c\r\nFROM\r\n : d\r\n"
	    "X:\r\nSender: s:t\r\n\r\n"), 0, &got);
	CHECK(m.defect == MESSAGE_OK && m.nfields == 5);
	CHECK(message_count(&m, "From") == 3);
	CHECK(message_count(&m, "Fro") == 0);
	field = message_field(&m, "from");
	CHECK(field != NULL && span_eq(field->value, SPAN(" a\r\n b")));
	CHECK(span_eq(m.fields[0].raw, SPAN("From: a\r\n b\r\n")));
	CHECK(span_eq(m.fields[1].name, SPAN("from")));
	CHECK(span_eq(m.fields[2].name, SPAN("FROM")) &&
	    span_eq(m.fields[2].value, SPAN(" d")));
	CHECK(span_eq(m.fields[3].value, SPAN("")));
	CHECK(span_eq(message_field(&m, "sender")->value, SPAN(" s:t")));
	m.fields[0].hidden = true;
	CHECK(message_count(&m, "From") == 2);
	CHECK(message_field(&m, "from") == &m.fields[1]);
	CHECK(message_field(&m, "nothing") == NULL);
	buf_free(&got);
}

/* A header of n bytes in one field, then a blank line and a body. */
static void
large_header(struct buf *b, size_t n)
{
	char *room;

	buf_reset(b);
	buf_adds(b, "From x\nX: ");
	room = buf_room(b, n);
	if (room == NULL)
		return;
	memset(room, 'x', n);
	buf_grew(b, n - b->len - 1);
	buf_adds(b, "\n\nbody");
}

static void
test_large(void)
{
	const size_t steps[] = { 0, 1000, 65536, 262143, 300000 };
	struct message m;
	struct buf b, got;
	bool fits = true, over = true;

	buf_init(&b, (size_t)16 << 20);
	buf_init(&got, (size_t)16 << 20);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		large_header(&b, BOUND_HEADER_BYTES);
		read_all(&m, buf_span(&b), steps[i], &got);
		fits = fits && m.defect == MESSAGE_OK && m.nfields == 1 &&
		    m.from_line.len == 7 &&
		    m.header.len == BOUND_HEADER_BYTES - 7 &&
		    span_eq(buf_span(&got), SPAN("body"));
		large_header(&b, BOUND_HEADER_BYTES + 1);
		read_all(&m, buf_span(&b), steps[i], &got);
		over = over && m.defect == MESSAGE_TOO_LARGE &&
		    m.from_line.len == 7 && m.separator.len == 0 &&
		    m.header.len == BOUND_HEADER_BYTES - 7 &&
		    m.from_line.len + m.header.len + got.len == b.len &&
		    memcmp(got.p, b.p + BOUND_HEADER_BYTES, got.len) == 0;
	}
	CHECKF(fits, "a header of 2 MiB is read");
	CHECKF(over, "a header over 2 MiB is malformed and no byte is lost");
	buf_reset(&b);
	for (size_t i = 0; i < BOUND_HEADER_FIELDS; i++)
		buf_adds(&b, "A: b\n");
	read_all(&m, buf_span(&b), 0, &got);
	CHECK(m.defect == MESSAGE_OK && m.nfields == BOUND_HEADER_FIELDS);
	buf_adds(&b, "A: b\n");
	read_all(&m, buf_span(&b), 0, &got);
	CHECK(m.defect == MESSAGE_TOO_MANY &&
	    m.nfields == BOUND_HEADER_FIELDS);
	buf_free(&b);
	buf_free(&got);
}

static enum fault_kind
broken_read(struct source *src, char *buf, size_t cap, size_t *len,
    struct fault *f)
{
	(void)src;
	(void)buf;
	(void)cap;
	(void)len;
	return fault_set(f, FAULT_IO, "broken");
}

static void
test_broken(void)
{
	struct source src = { broken_read, NULL };
	struct message m;

	arena_reset(&arena);
	CHECK(message_open(&m, &src, chunk, &arena, &fault) == FAULT_IO);
	arena_init(&arena, 10);
	CHECK(message_index(&m, SPAN("A: b\nC: d\n"), EOL_LF, &arena,
	    &fault) == FAULT_SOFTWARE);
	for (int d = MESSAGE_OK; d <= MESSAGE_TOO_MANY; d++)
		CHECK(*message_defect_text((enum message_defect)d) != '\0');
}

int
main(void)
{
	arena_init(&arena, BOUND_MESSAGE_ARENA);
	test_rows();
	test_fields();
	test_large();
	arena_free(&arena);
	test_broken();
	arena_free(&arena);
	return tap_done();
}
