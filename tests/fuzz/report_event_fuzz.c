/* SPDX-License-Identifier: ISC */
/* Any JSON as a verdict of dmarceval: what is recorded fits on a line, and is
 * read back as the same event. */
#include <stdint.h>
#include <stdlib.h>

#include "report/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
record(struct report_event *e, struct arena *a)
{
	static struct report_event back;
	struct fault f = { .kind = FAULT_NONE };
	struct buf b;

	buf_init(&b, 1024 * 1024);
	if (report_line_format(e, &b, &f) == FAULT_NONE &&
	    (!report_line_parse((struct span){ b.p, b.len - 1 }, a, &back) ||
	    back.time != e->time || back.cut != e->cut ||
	    back.row.ndkim != e->row.ndkim ||
	    back.row.disposition != e->row.disposition ||
	    !span_eq(back.policy_domain, e->policy_domain)))
		abort();
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct report_event e;
	static struct report_site site;
	struct fault f = { .kind = FAULT_NONE };
	enum report_skip skip;
	struct arena a;
	json_t *o = json_loadb((const char *)data, size,
	    JSON_REJECT_DUPLICATES, NULL);

	if (o == NULL)
		return 0;
	site = (struct report_site){ .act = (enum report_act)(size % 3),
	    .envelope_to = size % 2 == 0 };
	arena_init(&a, 4 * 1024 * 1024);
	if (report_event_read(o, &site, &a, &e, &skip, &f) == FAULT_NONE &&
	    skip == REPORT_TAKEN)
		record(&e, &a);
	json_decref(o);
	arena_free(&a);
	return 0;
}
