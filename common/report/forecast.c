/* SPDX-License-Identifier: ISC */
#include "report/cause.h"
#include "report/forecast.h"

static enum fault_kind
miss(struct forecast *p, struct buf *b, struct arena *a, struct fault *f)
{
	if (p->nmissing < FORECAST_MISSING) {
		p->missing[p->nmissing] = b->nomem ?
		    (struct span){ NULL, 0 } : arena_span(a, buf_span(b));
		if (p->missing[p->nmissing++].p == NULL)
			return fault_nomem(f);
	}
	buf_reset(b);
	return FAULT_NONE;
}

/* A sender that passes as itself, or would if ours were in order. */
static enum fault_kind
check_senders(struct forecast *p, int64_t min, struct buf *b,
    struct arena *a, struct fault *f)
{
	const struct span broken =
	    span_of(report_cause_word(REPORT_OURS_BROKEN));
	const struct span third =
	    span_of(report_cause_word(REPORT_THIRD_PARTY));

	for (size_t i = 0; i < p->causes.nrows; i++) {
		struct span cause = table_at(&p->causes, i, 1)->text;
		int64_t n = table_at(&p->causes, i, 2)->n;

		if ((!span_eq(cause, broken) && !span_eq(cause, third)) ||
		    n < min || n * 1000 < p->messages)
			continue;
		buf_addf(b, "%.*s: %lld messages of ", SPAN_ARG(cause),
		    (long long)n);
		if (span_eq(table_at(&p->causes, i, 0)->text, SPAN("none")))
			buf_adds(b, "no authenticated sender");
		else
			buf_addprint(b, table_at(&p->causes, i, 0)->text);
		buf_addf(b, " would be rejected");
		if (miss(p, b, a, f) != FAULT_NONE)
			return f->kind;
	}
	return FAULT_NONE;
}

enum fault_kind
report_forecast(struct report_store *s, const struct report_filter *filter,
    int64_t min, struct arena *a, struct forecast *p, struct fault *f)
{
	struct report_filter all = *filter;
	struct table totals;
	struct buf b;

	*p = (struct forecast){ .ready = false };
	all.limit = 0;
	all.failed = false;
	if (report_view_read(s, VIEW_REJECT, &all, a, &p->causes, f) !=
	    FAULT_NONE || report_view_read(s, VIEW_TOTALS, &all, a, &totals,
	    f) != FAULT_NONE)
		return f->kind;
	p->messages = table_at(&totals, 0, 0)->n;
	p->reporters = table_at(&totals, 0, 8)->n;
	p->days = table_at(&totals, 0, 9)->n;
	buf_init(&b, 1024);
	if (p->reporters < FORECAST_REPORTERS) {
		buf_addf(&b, "%lld of %d reporters", (long long)p->reporters,
		    FORECAST_REPORTERS);
		(void)miss(p, &b, a, f);
	}
	if (f->kind == FAULT_NONE && p->days < FORECAST_DAYS) {
		buf_addf(&b, "%lld of %d days of data", (long long)p->days,
		    FORECAST_DAYS);
		(void)miss(p, &b, a, f);
	}
	if (f->kind == FAULT_NONE)
		(void)check_senders(p, min, &b, a, f);
	buf_free(&b);
	p->ready = f->kind == FAULT_NONE && p->nmissing == 0;
	return f->kind;
}
