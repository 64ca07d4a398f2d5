/* SPDX-License-Identifier: ISC */
/*
 * A file as an operand.  The messages of an mbox lie after each other with
 * at most one blank line between, and what is read of each, whatever a read
 * gives, is what the plain rule says: one > less on each line like
 * ">>From ".
 */
#include <sys/mman.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mail/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool ok)
{
	if (!ok)
		abort();
}

/* The rule, line by line. */
static void
unquote(struct span in, struct buf *out)
{
	while (in.len > 0) {
		struct span line = span_sub(in, 0, span_find(in, '\n') + 1);
		size_t n = 0;

		in = span_sub(in, line.len, in.len);
		while (n < line.len && line.p[n] == '>')
			n++;
		if (n > 0 && span_starts(span_sub(line, n, line.len),
		    SPAN("From ")))
			line = span_sub(line, 1, line.len);
		buf_addspan(out, line);
	}
}

static void
read_item(const struct input_item *item, const struct input *in, size_t step,
    struct span want)
{
	struct fault f = { .kind = FAULT_NONE };
	struct input_message m;
	size_t at = 0, n;
	char bytes[128];

	need(input_message_open(&m, item, in, &f) == FAULT_NONE);
	do {
		need(m.source.read(&m.source, bytes, step, &n, &f) ==
		    FAULT_NONE);
		need(n <= step && n <= want.len - at);
		need(n == 0 || memcmp(bytes, want.p + at, n) == 0);
		at += n;
	} while (n > 0);
	need(at == want.len);
	input_message_close(&m);
}

static void
read_all(struct input *in, struct span file)
{
	struct fault f = { .kind = FAULT_NONE };
	struct input_item item;
	uint64_t end = 0;
	struct span part;
	struct buf want;
	size_t n = 0;
	bool more;

	buf_init(&want, file.len + 1);
	for (;;) {
		need(input_next(in, &item, &more, &f) == FAULT_NONE);
		if (!more)
			break;
		need(item.fault.kind == FAULT_NONE);
		part = span_sub(file, (size_t)item.offset,
		    item.length > file.len ? file.len : (size_t)item.length);
		need(n++ == 0 ? item.offset == 0 : item.offset >= end &&
		    item.offset <= end + 2);
		end = item.offset + part.len;
		buf_reset(&want);
		if (item.mbox)
			unquote(part, &want);
		else
			buf_addspan(&want, part);
		read_item(&item, in, 1 + file.len % 100, buf_span(&want));
		read_item(&item, NULL, 128, buf_span(&want));
	}
	need(n > 0 && end == file.len);
	buf_free(&want);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = { (const char *)data, size };
	struct fault f = { .kind = FAULT_NONE };
	char path[64], *operands[] = { path };
	struct input_config c = { .operands = operands, .noperands = 1 };
	int fd = memfd_create("input", MFD_CLOEXEC);
	struct input *in;

	if (fd < 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, size) == (ssize_t)size) {
		need(input_open(&in, &c, &f) == FAULT_NONE);
		read_all(in, file);
		input_close(in);
	}
	(void)close(fd);
	return 0;
}
