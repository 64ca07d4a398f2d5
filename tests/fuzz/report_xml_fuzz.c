/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a report: a container, XML, JSON, a mail.  Read twice, in other
 * pieces, they must give the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "report/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	uint64_t items, rows, messages, outcomes;
};

static enum fault_kind
begin(void *state, struct fault *f)
{
	(void)f;
	((struct seen *)state)->rows = 0;
	return FAULT_NONE;
}

static enum fault_kind
row(void *state, const struct report_row *r, struct fault *f)
{
	struct seen *s = state;

	(void)f;
	s->rows++;
	if (r->ip.family != 4 && r->ip.family != 6)
		abort();
	if (r->count == 0 || r->ndkim > REPORT_DKIM_MAX ||
	    r->nspf > REPORT_SPF_MAX || r->nreasons > REPORT_REASONS_MAX)
		abort();
	return FAULT_NONE;
}

static enum fault_kind
item(void *state, const struct report_item *i, struct fault *f)
{
	struct seen *s = state;

	(void)f;
	s->items++;
	s->outcomes = s->outcomes * 31 + (uint64_t)i->outcome * 64 +
	    (uint64_t)i->why;
	if (i->read != NULL && i->outcome == REPORT_READ) {
		s->messages += i->read->messages;
		if (i->read->passed > i->read->messages ||
		    i->read->rows != s->rows)
			abort();
	}
	s->rows = 0;
	return FAULT_NONE;
}

static struct seen
look(struct span bytes, size_t step)
{
	struct clock clock = clock_system();
	struct seen s = { 0, 0, 0, 0 };
	const struct report_reader r = { .now = 1795500000, .clock = &clock,
	    .tmp = "/tmp", .state = &s, .begin = begin, .row = row,
	    .item = item };
	struct fault f = { .kind = FAULT_NONE };
	enum report_outcome worst;
	struct input_bytes in;

	input_bytes_open(&in, bytes, step);
	if (report_read_input(&r, SPAN("fuzz"), &in.source, &worst, &f) !=
	    FAULT_NONE)
		abort();
	return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = { (const char *)data, size };
	struct seen one = look(bytes, 0), two = look(bytes, 7);

	if (one.items != two.items || one.messages != two.messages ||
	    one.outcomes != two.outcomes)
		abort();
	return 0;
}
