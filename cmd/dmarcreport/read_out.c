/* SPDX-License-Identifier: ISC */
/* dmarcreport read: what is printed of each report. */
#include <string.h>

#include "dmarcreport/read.h"
#include "report/limits.h"
#include "report/print.h"

#define ROW_MAX ((size_t)1 << 20)

enum fault_kind
read_begin(void *state, struct fault *f)
{
	struct read *r = state;

	(void)f;
	spool_reset(&r->flat);
	return FAULT_NONE;
}

enum fault_kind
read_row(void *state, const struct report_row *row, struct fault *f)
{
	struct read *r = state;
	struct buf b;

	buf_init(&b, ROW_MAX);
	if (r->format == READ_CSV) {
		print_csv_row(&b, row);
	} else if (r->rows) {
		print_flat_json_row(&b, row);
	} else {
		if (r->flat.len > 0)
			buf_addc(&b, ',');
		print_json_row(&b, row);
	}
	if (buf_check(&b, f) == FAULT_NONE)
		(void)spool_add(&r->flat, buf_span(&b), f);
	buf_free(&b);
	return f->kind;
}

/* The rows, with head at the start of each line (p NULL: as they are). */
static enum fault_kind
print_rows(struct read *r, struct span head, struct fault *f)
{
	char p[8192];
	uint64_t at = 0;
	size_t n;
	bool start = true;

	for (;;) {
		struct span s, line;

		if (spool_read(&r->flat, at, p, sizeof(p), &n, f) !=
		    FAULT_NONE)
			return f->kind;
		if (n == 0)
			return FAULT_NONE;
		at += n;
		s = (struct span){ p, n };
		if (head.p == NULL) {
			out_addspan(&r->out, s);
			continue;
		}
		while (s.len > 0) {
			n = span_find(s, '\n');
			line = span_sub(s, 0, n < s.len ? n + 1 : n);
			if (start)
				out_addspan(&r->out, head);
			out_addspan(&r->out, line);
			start = n < s.len;
			s = span_sub(s, line.len, s.len);
		}
	}
}

/* What is kept of a sample: others' mail, so 256 KiB are enough. */
enum fault_kind
read_sample(void *state, const struct spool *bytes, struct fault *f)
{
	struct read *r = state;
	char p[8192];
	uint64_t at = 0;
	size_t n = 1;

	spool_reset(&r->sample);
	while (n > 0 && at < REPORT_SAMPLE_BYTES &&
	    spool_read(bytes, at, p, sizeof(p), &n, f) == FAULT_NONE) {
		at += n;
		if (spool_add(&r->sample, (struct span){ p, n }, f) !=
		    FAULT_NONE)
			break;
	}
	return f->kind;
}

/* Only of a report that counts: not of one that came before. */
static enum fault_kind
keep_sample(struct read *r, const struct report_item *item, struct fault *f)
{
	if (item->kind == REPORT_FAILURE && r->sample.len > 0 &&
	    (item->outcome == REPORT_STORED || item->outcome == REPORT_READ))
		(void)read_keep(r->samples, &r->sample, f);
	spool_reset(&r->sample);
	return f->kind;
}

static enum fault_kind
print_item(struct read *r, const struct report_item *item, struct buf *b,
    struct fault *f)
{
	if (r->format == READ_TEXT) {
		print_text(b, item);
		if (buf_check(b, f) != FAULT_NONE)
			return f->kind;
		out_addspan(&r->out, buf_span(b));
		return FAULT_NONE;
	}
	if (r->format == READ_CSV || r->rows) {
		if (item->read == NULL)
			return FAULT_NONE;
		if (r->format == READ_CSV)
			print_csv_head(b, item);
		else
			print_flat_json_head(b, item);
		if (buf_check(b, f) != FAULT_NONE)
			return f->kind;
		return print_rows(r, buf_span(b), f);
	}
	print_json_head(b, item, VOUCHSAFE_VERSION, r->reader.now);
	if (buf_check(b, f) != FAULT_NONE)
		return f->kind;
	out_addspan(&r->out, buf_span(b));
	if (item->read != NULL && print_rows(r, (struct span){ NULL, 0 },
	    f) != FAULT_NONE)
		return f->kind;
	buf_reset(b);
	print_json_tail(b, item);
	if (buf_check(b, f) != FAULT_NONE)
		return f->kind;
	out_addspan(&r->out, buf_span(b));
	return FAULT_NONE;
}

enum fault_kind
read_item(void *state, const struct report_item *item, struct fault *f)
{
	struct read *r = state;
	struct buf b;
	const char *why = report_why_word(item->why);

	if (item->outcome != REPORT_NOT_A_REPORT)
		r->any = true;
	if (r->samples != NULL && keep_sample(r, item, f) != FAULT_NONE)
		return f->kind;
	if (!r->common.quiet && item->outcome != REPORT_STORED &&
	    item->outcome != REPORT_READ)
		front_say(r->common.name, "%.*s: %s%s%s%s%s",
		    SPAN_ARG(span_sub(item->file, 0, 400)),
		    report_outcome_word(item->outcome),
		    item->kind == REPORT_NONE ? "" : ", kind ",
		    item->kind == REPORT_NONE ? "" :
		    report_kind_word(item->kind), *why == '\0' ? "" :
		    ", reason ", why);
	if (r->format == READ_SILENT)
		return FAULT_NONE;
	buf_init(&b, (size_t)4 << 20);
	(void)print_item(r, item, &b, f);
	buf_free(&b);
	spool_reset(&r->flat);
	return f->kind;
}
