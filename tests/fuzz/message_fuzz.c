/* SPDX-License-Identifier: ISC */
/*
 * A message, read in one go and in reads of a few bytes: the same header, the
 * same fields, the same body, and no byte lost.  Its author is read too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "mail/author.h"
#include "mail/message.h"
#include "mail/received.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool ok)
{
	if (!ok)
		abort();
}

/* Everything read from src is in, piece by piece. */
static void
read_all(struct message *m, struct span in, size_t step, char *chunk,
    struct arena *a)
{
	struct fault f = { .kind = FAULT_NONE };
	struct input_bytes src;
	struct span bytes;
	size_t at;

	input_bytes_open(&src, in, step);
	need(message_open(m, &src.source, chunk, a, &f) == FAULT_NONE);
	need(m->empty == (in.len == 0));
	at = m->from_line.len + m->header.len + m->separator.len;
	need(at <= in.len);
	need(span_starts(in, m->from_line));
	need(span_eq(span_sub(in, m->from_line.len, m->header.len),
	    m->header));
	do {
		need(message_body(m, &bytes, &f) == FAULT_NONE);
		need(span_eq(span_sub(in, at, bytes.len), bytes));
		at += bytes.len;
	} while (bytes.len > 0);
	need(at == in.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size };
	struct received_options o = { .hops = 0 };
	struct message whole, pieces;
	struct author author;
	struct received received;
	struct fault f;
	struct arena a;
	char *chunk = malloc(MESSAGE_CHUNK);

	if (chunk == NULL)
		return 0;
	arena_init(&a, BOUND_MESSAGE_ARENA);
	read_all(&whole, in, 0, chunk, &a);
	read_all(&pieces, in, 1 + size % 7, chunk, &a);
	need(whole.defect == pieces.defect && whole.eol == pieces.eol);
	need(whole.nfields == pieces.nfields);
	need(span_eq(whole.header, pieces.header));
	for (size_t i = 0; i < whole.nfields; i++) {
		need(whole.fields[i].name.len > 0);
		need(span_eq(whole.fields[i].value, pieces.fields[i].value));
	}
	need(author_read(&whole, &a, &author, &f) == FAULT_NONE);
	need((author.domain.p != NULL) == (author.reason == REASON_NONE));
	need(author.reason != REASON_NONE || author.parsed);
	received_read(&whole, &o, &received);
	need(received.usable == (received.ip.family != 0));
	arena_free(&a);
	free(chunk);
	return 0;
}
