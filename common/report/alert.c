/* SPDX-License-Identifier: ISC */
#include "dmarc/walk.h"
#include "report/alert.h"

#define SILENT_DAYS 3		/* ALR007, ALR011 */
#define SILENT_OF 14
#define SILENT_LEAST 10
#define BAD_A_DAY 5
#define JUMP 10

struct look {
	struct report_store *s;
	const struct alert_config *c;
	struct arena *a;
	struct alerts *out;
	struct report_filter now, before;
	struct buf text;
};

/* One alert; the text is what stands in look->text. */
static enum fault_kind
found(struct look *l, const char *code, bool critical, struct span object,
    struct fault *f)
{
	struct alert *x = &l->out->list[l->out->count];
	struct buf b;

	if (l->out->count == ALERTS_MAX) {
		buf_reset(&l->text);
		return FAULT_NONE;
	}
	buf_init(&b, 4096);
	buf_addprint(&b, span_sub(object, 0, 253));
	*x = (struct alert){ .code = code, .critical = critical,
	    .object = arena_span(l->a, buf_span(&b)),
	    .text = arena_span(l->a, buf_span(&l->text)) };
	if (b.nomem || l->text.nomem)
		x->text.p = NULL;
	buf_free(&b);
	buf_reset(&l->text);
	if (x->object.p == NULL || x->text.p == NULL)
		return fault_nomem(f);
	l->out->count++;
	return FAULT_NONE;
}

static int64_t
at(const struct table *t, size_t row, const char *key)
{
	return table_at(t, row, table_column(t, key))->n;
}

/* The row whose first column is that text; nrows if there is none. */
static size_t
row_of(const struct table *t, size_t column, struct span text)
{
	size_t i = 0;

	while (i < t->nrows && !span_eq(table_at(t, i, column)->text, text))
		i++;
	return i;
}

static enum fault_kind
both(struct look *l, enum report_view view, struct table *now,
    struct table *before, struct fault *f)
{
	if (report_view_read(l->s, view, &l->now, l->a, now, f) !=
	    FAULT_NONE)
		return f->kind;
	return report_view_read(l->s, view, &l->before, l->a, before, f);
}

/* ALR001: a source that was not there, and fails. */
static enum fault_kind
new_sources(struct look *l, struct fault *f)
{
	struct table now, before;

	if (both(l, VIEW_SOURCES, &now, &before, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < now.nrows && f->kind == FAULT_NONE; i++) {
		int64_t failed = at(&now, i, "messages") - at(&now, i, "pass");
		struct span ip = table_at(&now, i, 0)->text;

		if (failed < l->c->min ||
		    row_of(&before, 0, ip) < before.nrows)
			continue;
		buf_addf(&l->text, "new source, %lld messages fail",
		    (long long)failed);
		(void)found(l, "ALR001", false, ip, f);
	}
	return f->kind;
}

/* ALR002 and ALR005: senders that used to pass. */
static enum fault_kind
worse_senders(struct look *l, struct fault *f)
{
	struct table now, before;

	if (both(l, VIEW_SENDERS, &now, &before, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < now.nrows && f->kind == FAULT_NONE; i++) {
		struct span who = table_at(&now, i, 0)->text;
		size_t k = row_of(&before, 0, who);
		int64_t n = at(&now, i, "messages"), hit;

		if (k == before.nrows || span_eq(who, SPAN("none")) ||
		    at(&before, k, "pass") == 0)
			continue;
		if (n >= l->c->min && at(&before, k, "pass_rate") >= 9000 &&
		    at(&now, i, "pass_rate") < 5000) {
			buf_addf(&l->text, "stopped aligning: %lld of %lld "
			    "messages pass", (long long)at(&now, i, "pass"),
			    (long long)n);
			(void)found(l, "ALR002", true, who, f);
		}
		hit = at(&now, i, "quarantined") + at(&now, i, "rejected");
		if (f->kind == FAULT_NONE && hit > 0 &&
		    at(&before, k, "pass_rate") >= 9000) {
			buf_addf(&l->text, "%lld messages quarantined or "
			    "rejected of a sender that used to pass",
			    (long long)hit);
			(void)found(l, "ALR005", true, who, f);
		}
	}
	return f->kind;
}

/* ALR003 and ALR008: whole domains. */
static enum fault_kind
domains(struct look *l, struct fault *f)
{
	struct table now, before;

	if (both(l, VIEW_DOMAINS, &now, &before, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < now.nrows && f->kind == FAULT_NONE; i++) {
		struct span domain = table_at(&now, i, 0)->text;
		size_t k = row_of(&before, 0, domain);
		int64_t n = at(&now, i, "messages");
		int64_t rate = at(&now, i, "pass_rate");
		int64_t was = k < before.nrows ?
		    at(&before, k, "pass_rate") : -1;
		int64_t usual = k < before.nrows ?
		    at(&before, k, "messages") / l->c->base : 0;

		l->out->messages += n;
		l->out->pass += at(&now, i, "pass");
		if (n >= l->c->min && rate >= 0 &&
		    ((was >= 0 && was - rate > l->c->drop * 100) ||
		    (l->c->floor >= 0 && rate < l->c->floor * 100))) {
			buf_adds(&l->text, "pass rate ");
			table_rate(&l->text, rate);
			buf_adds(&l->text, ", before ");
			table_rate(&l->text, was);
			(void)found(l, "ALR003", true, domain, f);
		}
		if (f->kind == FAULT_NONE && usual > 0 &&
		    n / l->c->window >= JUMP * usual) {
			buf_addf(&l->text, "%lld messages a day, usually "
			    "%lld", (long long)(n / l->c->window),
			    (long long)usual);
			(void)found(l, "ALR008", false, domain, f);
		}
	}
	return f->kind;
}

/* ALR004: selectors of domains that reports are about. */
static enum fault_kind
selectors(struct look *l, struct fault *f)
{
	struct report_filter failed = l->now;
	struct table t, ours;
	struct buf name;

	failed.failed = true;
	if (report_view_read(l->s, VIEW_SELECTORS, &failed, l->a, &t, f) !=
	    FAULT_NONE || report_view_read(l->s, VIEW_DOMAINS, &l->now, l->a,
	    &ours, f) != FAULT_NONE)
		return f->kind;
	buf_init(&name, 1024);
	for (size_t i = 0; i < t.nrows && f->kind == FAULT_NONE; i++) {
		struct span signer = table_at(&t, i, 0)->text;
		int64_t bad = at(&t, i, "fail") + at(&t, i, "error");
		bool mine = false;

		for (size_t k = 0; k < ours.nrows; k++)
			mine = mine || report_below(signer,
			    table_at(&ours, k, 0)->text);
		if (!mine || bad < l->c->min)
			continue;
		buf_reset(&name);
		buf_addspan(&name, table_at(&t, i, 1)->text);
		buf_addc(&name, '.');
		buf_addspan(&name, signer);
		buf_addf(&l->text, "%lld signatures fail, %lld pass",
		    (long long)bad, (long long)at(&t, i, "pass"));
		(void)found(l, "ALR004", false, buf_span(&name), f);
	}
	buf_free(&name);
	return f->kind;
}

/* ALR006: the newest policy in reports against the DNS. */
static enum fault_kind
policies(struct look *l, struct fault *f)
{
	struct dmarc_memo memo;
	struct dmarc_found *record;
	struct table t;

	if (l->c->dns == NULL || report_view_read(l->s, VIEW_POLICY, &l->now,
	    l->a, &t, f) != FAULT_NONE)
		return f->kind;
	dmarc_memo_init(&memo, l->c->dns, l->a);
	for (size_t i = 0; i < t.nrows && f->kind == FAULT_NONE; i++) {
		struct span domain = table_at(&t, i, 0)->text;
		struct span p = table_at(&t, i, 1)->text;
		const char *is;

		/* The first of a domain is its newest. */
		if (row_of(&t, 0, domain) < i || p.p == NULL)
			continue;
		if (dmarc_find(&memo, domain, &record, f) != FAULT_NONE)
			return f->kind;
		if (record->outcome == DNS_TEMPERROR)
			continue;
		is = record->record == NULL ? "no record" :
		    dmarc_policy_word(record->record->p);
		if (span_eq(p, span_of(is)))
			continue;
		buf_adds(&l->text, "reports say p=");
		buf_addprint(&l->text, p);
		buf_addf(&l->text, ", the DNS says %s%s",
		    record->record == NULL ? "" : "p=", is);
		(void)found(l, "ALR006", false, domain, f);
	}
	return f->kind;
}

/* ALR007: reporters that reported, and no longer do. */
static enum fault_kind
silent(struct look *l, struct fault *f)
{
	struct report_filter past = l->now, last = l->now;
	int64_t today = l->c->now / 86400;
	struct table usual, still;

	past.since = today - SILENT_DAYS - SILENT_OF;
	past.until = today - SILENT_DAYS - 1;
	last.since = today - SILENT_DAYS;
	if (report_view_read(l->s, VIEW_PRESENCE, &past, l->a, &usual, f) !=
	    FAULT_NONE || report_view_read(l->s, VIEW_PRESENCE, &last, l->a,
	    &still, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < usual.nrows && f->kind == FAULT_NONE; i++) {
		struct span who = table_at(&usual, i, 0)->text;

		if (at(&usual, i, "days") < SILENT_LEAST ||
		    row_of(&still, 0, who) < still.nrows)
			continue;
		buf_addf(&l->text, "no report in %d days, before on %lld of "
		    "%d", SILENT_DAYS, (long long)at(&usual, i, "days"),
		    SILENT_OF);
		(void)found(l, "ALR007", false, who, f);
	}
	return f->kind;
}

/* ALR009. */
static enum fault_kind
tls(struct look *l, struct fault *f)
{
	struct table t;

	if (report_view_read(l->s, VIEW_TLS, &l->now, l->a, &t, f) !=
	    FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < t.nrows && f->kind == FAULT_NONE; i++) {
		if (at(&t, i, "failed") == 0)
			continue;
		buf_addf(&l->text, "%lld TLS sessions failed",
		    (long long)at(&t, i, "failed"));
		(void)found(l, "ALR009", false,
		    table_at(&t, i, 0)->text.p == NULL ? SPAN("-") :
		    table_at(&t, i, 0)->text, f);
	}
	return f->kind;
}

/* ALR010 and ALR011: the reports themselves. */
static enum fault_kind
arrival(struct look *l, struct fault *f)
{
	int64_t newest, bad;

	if (report_newest(l->s, &newest, f) != FAULT_NONE ||
	    report_bad_inputs(l->s, l->c->now - 86400, &bad, f) !=
	    FAULT_NONE)
		return f->kind;
	l->out->data = newest >= 0;
	if (bad > BAD_A_DAY) {
		buf_addf(&l->text, "%lld inputs broken or in conflict in a "
		    "day", (long long)bad);
		if (found(l, "ALR010", false, SPAN("inputs"), f) !=
		    FAULT_NONE)
			return f->kind;
	}
	if (newest >= 0 && l->c->now - newest > SILENT_DAYS * 86400) {
		buf_addf(&l->text, "no report at all in %d days",
		    SILENT_DAYS);
		return found(l, "ALR011", true, SPAN("reports"), f);
	}
	return FAULT_NONE;
}

enum fault_kind
report_alerts(struct report_store *s, const struct alert_config *c,
    struct arena *a, struct alerts *out, struct fault *f)
{
	int64_t today = c->now / 86400;
	struct look l = { .s = s, .c = c, .a = a, .out = out,
	    .now = { .domain = c->domain, .trust = c->trust,
	    .since = today - c->window, .until = today + 2 },
	    .before = { .domain = c->domain, .trust = c->trust,
	    .since = today - c->window - c->base,
	    .until = today - c->window - 1 } };

	out->count = 0;
	out->messages = out->pass = 0;
	buf_init(&l.text, 2048);
	if (new_sources(&l, f) == FAULT_NONE &&
	    worse_senders(&l, f) == FAULT_NONE &&
	    domains(&l, f) == FAULT_NONE && selectors(&l, f) == FAULT_NONE &&
	    policies(&l, f) == FAULT_NONE && silent(&l, f) == FAULT_NONE &&
	    tls(&l, f) == FAULT_NONE)
		(void)arrival(&l, f);
	buf_free(&l.text);
	return f->kind;
}
