/* SPDX-License-Identifier: ISC */
/* One view as text, JSON or CSV; all of them as metrics. */
#include <string.h>

#include "base/num.h"
#include "dmarcreport/show.h"
#include "report/forecast.h"
#include "report/text.h"

#define SHOW_ARENA ((size_t)256 << 20)

static void
json_head(struct show *s, const char *what, struct buf *b, bool any)
{
	buf_addf(b, "{\"schema\":\"vouchsafe/1\",\"tool\":\"dmarcreport\","
	    "\"version\":\"%s\",\"time\":%lld,\"result\":\"%s\","
	    "\"view\":\"%s\",\"domain\":", VOUCHSAFE_VERSION,
	    (long long)dmarcreport_now(&s->common), any ? "data" : "none",
	    what);
	text_json(b, s->filter.domain);
}

static void
print_forecast(struct show *s, const struct forecast *p, struct buf *b)
{
	if (s->format == SHOW_JSON) {
		buf_addf(b, ",\"ready\":%s,\"messages\":%lld,\"reporters\":"
		    "%lld,\"days\":%lld,\"missing\":[", p->ready ? "true" :
		    "false", (long long)p->messages, (long long)p->reporters,
		    (long long)p->days);
		for (size_t i = 0; i < p->nmissing; i++) {
			buf_adds(b, i > 0 ? "," : "");
			text_json(b, p->missing[i]);
		}
		buf_addc(b, ']');
	} else if (s->format == SHOW_TEXT) {
		buf_adds(b, p->ready ? "ready for p=reject\n" :
		    "not ready for p=reject\n");
		for (size_t i = 0; i < p->nmissing; i++) {
			buf_adds(b, "missing: ");
			buf_addprint(b, p->missing[i]);
			buf_addc(b, '\n');
		}
	}
}

/* The report that the operand names: its number, or its Report-ID. */
static bool
find_report(const struct table *t, const char *id, size_t *row)
{
	uint64_t n;
	bool number = num_u64(span_of(id), INT64_MAX, &n);

	for (size_t i = 0; i < t->nrows; i++) {
		if ((number && table_at(t, i, 0)->n == (int64_t)n) ||
		    span_eq(table_at(t, i, 2)->text, span_of(id))) {
			*row = i;
			return true;
		}
	}
	return false;
}

static enum fault_kind
read_view(struct show *s, struct report_store *store, const char *what,
    const char *id, struct arena *a, struct table *t, struct fault *f)
{
	enum report_view view = VIEW_DAYS;
	struct table reports;
	size_t row;

	(void)report_view_of(span_of(what), &view);
	s->filter.limit = 0;
	if (view == VIEW_ROWS) {
		if (report_view_read(store, VIEW_REPORTS, &s->filter, a,
		    &reports, f) != FAULT_NONE)
			return f->kind;
		s->filter.id = find_report(&reports, id, &row) ?
		    table_at(&reports, row, 0)->n : -1;
	}
	if (report_view_read(store, view, &s->filter, a, t, f) != FAULT_NONE)
		return f->kind;
	if (s->sort != NULL && !table_sort(t, s->sort))
		return fault_set(f, FAULT_USAGE, "--sort=%s: %s has no such "
		    "column", s->sort, what);
	if (s->limit > 0 && t->nrows > s->limit) {
		t->nrows = (size_t)s->limit;
		t->cut = true;
	}
	return FAULT_NONE;
}

enum fault_kind
show_view(struct show *s, struct report_store *store, const char *what,
    const char *id, struct buf *b, bool *any, struct fault *f)
{
	bool reject = strcmp(what, "reject") == 0;
	struct forecast forecast = { .ready = false };
	struct arena a;
	struct table t;

	arena_init(&a, SHOW_ARENA);
	if (read_view(s, store, what, id, &a, &t, f) == FAULT_NONE &&
	    (!reject || report_forecast(store, &s->filter, (int64_t)s->min,
	    &a, &forecast, f) == FAULT_NONE)) {
		*any = t.nrows > 0 || forecast.messages > 0;
		if (s->format == SHOW_JSON)
			json_head(s, what, b, *any);
		if (reject && *any)
			print_forecast(s, &forecast, b);
		if (s->format == SHOW_JSON) {
			buf_adds(b, ",\"rows\":");
			table_json(&t, b);
			buf_adds(b, "}\n");
		} else if (s->format == SHOW_CSV) {
			table_csv(&t, b);
		} else if (t.nrows > 0) {
			table_text(&t, b);
		}
	}
	arena_free(&a);
	return f->kind;
}

/* A label's value: \, " and line ends escaped, the rest printable. */
static void
label(struct buf *b, const char *name, struct span s)
{
	struct buf one;

	buf_init(&one, 4096);
	buf_addprint(&one, span_sub(s, 0, 253));
	buf_addf(b, "%s=\"", name);
	for (size_t i = 0; i < one.len; i++) {
		if (one.p[i] == '"')
			buf_addc(b, '\\');
		buf_addc(b, one.p[i]);
	}
	buf_addc(b, '"');
	b->nomem = b->nomem || one.nomem;
	buf_free(&one);
}

static void
metric(struct buf *b, const char *name, const char *help,
    const struct table *t, size_t key, size_t value)
{
	buf_addf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
	for (size_t i = 0; i < t->nrows; i++) {
		buf_addf(b, "%s{", name);
		label(b, t->columns[key].key, table_at(t, i, key)->text);
		buf_addf(b, "} %lld\n", (long long)table_at(t, i, value)->n);
	}
}

enum fault_kind
show_prometheus(struct show *s, struct report_store *store, struct buf *b,
    bool *any, struct fault *f)
{
	static const struct {
		const char *name, *help;
		enum report_view view;
		size_t key, value;
	} all[] = {
		{ "vouchsafe_dmarc_messages", "Messages reported.",
		    VIEW_DOMAINS, 0, 1 },
		{ "vouchsafe_dmarc_pass", "Messages that pass DMARC.",
		    VIEW_DOMAINS, 0, 2 },
		{ "vouchsafe_dmarc_dkim_aligned", "Messages with aligned "
		    "DKIM.", VIEW_DOMAINS, 0, 4 },
		{ "vouchsafe_dmarc_spf_aligned", "Messages with aligned SPF.",
		    VIEW_DOMAINS, 0, 5 },
		{ "vouchsafe_dmarc_quarantined", "Messages quarantined.",
		    VIEW_DOMAINS, 0, 6 },
		{ "vouchsafe_dmarc_rejected", "Messages rejected.",
		    VIEW_DOMAINS, 0, 7 },
		{ "vouchsafe_dmarc_reports", "Aggregate reports.",
		    VIEW_REPORTERS, 0, 2 },
		{ "vouchsafe_tls_sessions_failed", "TLS sessions that "
		    "failed.", VIEW_TLS, 0, 4 },
	};
	struct arena a;
	struct table t;

	s->filter.limit = 0;
	arena_init(&a, SHOW_ARENA);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) &&
	    f->kind == FAULT_NONE; i++) {
		if (report_view_read(store, all[i].view, &s->filter, &a, &t,
		    f) != FAULT_NONE)
			break;
		*any = *any || t.nrows > 0;
		metric(b, all[i].name, all[i].help, &t, all[i].key,
		    all[i].value);
	}
	arena_free(&a);
	return f->kind;
}
