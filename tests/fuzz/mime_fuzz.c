/* SPDX-License-Identifier: ISC */
/* The text of a message: what comes out is clean, or nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "mail/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool ok)
{
	if (!ok)
		abort();
}

static void
leaf(void *arg, const struct mime_leaf *l)
{
	struct span *in = arg;

	need(l->count >= 1 && l->count <= MIME_READINGS);
	need(l->reading[0].len == 0 || (l->reading[0].p >= in->p &&
	    l->reading[0].p + l->reading[0].len <= in->p + in->len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size }, body;
	struct input_bytes src;
	struct mime_text text;
	struct message m;
	struct fault f;
	struct arena a;
	bool whole;
	char *chunk = malloc(MESSAGE_CHUNK);

	if (chunk == NULL)
		return 0;
	arena_init(&a, BOUND_MESSAGE_ARENA);
	input_bytes_open(&src, in, 0);
	need(message_open(&m, &src.source, chunk, &a, &f) == FAULT_NONE);
	body = span_sub(in, m.from_line.len + m.header.len +
	    m.separator.len, size);
	need(mime_text_read(&m, body, &a, &text, &f) == FAULT_NONE);
	need((text.text.p != NULL) == (text.status == MIME_TEXT));
	if (text.text.len > 0) {
		need(text.text.p[text.text.len - 1] == '\n');
		need(memchr(text.text.p, '\0', text.text.len) == NULL);
		need(memchr(text.text.p, '\r', text.text.len) == NULL);
	}
	need(mime_each(&m, body, &a, leaf, &in, &whole, &f) == FAULT_NONE);
	arena_free(&a);
	free(chunk);
	return 0;
}
