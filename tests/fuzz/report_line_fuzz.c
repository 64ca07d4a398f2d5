/* SPDX-License-Identifier: ISC */
/* Any bytes, with their right sum, as a line of the spool: what was read is
 * written again as the same event, in one line that is not too long. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "report/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
sum(struct buf *b)
{
	unsigned long crc = crc32(0, (const unsigned char *)buf_str(b),
	    (unsigned)b->len);

	buf_addf(b, ",\"crc\":\"%08lx\"}", crc);
}

static void
again(struct report_event *e, struct arena *a)
{
	static struct report_event back;
	struct fault f = { .kind = FAULT_NONE };
	struct buf one, two;

	buf_init(&one, 4 * REPORT_LINE);
	buf_init(&two, 4 * REPORT_LINE);
	if (report_line_format(e, &one, &f) == FAULT_NONE) {
		if (one.len > REPORT_LINE || !report_line_parse(
		    (struct span){ one.p, one.len - 1 }, a, &back) ||
		    report_line_format(&back, &two, &f) != FAULT_NONE ||
		    !span_eq(buf_span(&one), buf_span(&two)))
			abort();
	} else if (one.len > 0) {
		abort();
	}
	buf_free(&one);
	buf_free(&two);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct report_event e;
	struct span s = { (const char *)data, size };
	struct arena a;
	struct buf b;

	if (size > REPORT_LINE)
		return 0;
	arena_init(&a, 1024 * 1024);
	buf_init(&b, 2 * REPORT_LINE);
	if (report_line_parse(s, &a, &e))
		again(&e, &a);
	arena_reset(&a);
	buf_addspan(&b, s);
	sum(&b);
	if (report_line_parse(buf_span(&b), &a, &e))
		again(&e, &a);
	arena_reset(&a);
	(void)report_line_read_reasons(s, &a, &e.row);
	(void)report_line_read_auth(s, &a, &e.row);
	buf_free(&b);
	arena_free(&a);
	return 0;
}
