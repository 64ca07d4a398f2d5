/* SPDX-License-Identifier: ISC */
/* Alerts that were reported, and those that somebody knows of. */
#include "report/alert.h"
#include "report/store_impl.h"

enum fault_kind
report_newest(struct report_store *s, int64_t *time, struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s,
	    "SELECT coalesce(max(received), -1) FROM report");
	*time = report_sql_step(&q) ? report_sql_column(&q, 0) : -1;
	return report_sql_end(&q, f);
}

enum fault_kind
report_bad_inputs(struct report_store *s, int64_t since, int64_t *n,
    struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s, "SELECT count(*) FROM input"
	    " WHERE result IN (0, 3, 6) AND received >= ?");
	report_sql_int(&q, since);
	*n = report_sql_step(&q) ? report_sql_column(&q, 0) : 0;
	return report_sql_end(&q, f);
}

enum fault_kind
report_alert_ack(struct report_store *s, struct span code,
    struct span object, int64_t until, struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s, "INSERT INTO ack(code, object, until)"
	    " VALUES(?, ?, ?) ON CONFLICT(code, object) DO UPDATE"
	    " SET until = excluded.until");
	report_sql_text(&q, code);
	report_sql_text(&q, object);
	report_sql_int(&q, until);
	(void)report_sql_step(&q);
	return report_sql_end(&q, f);
}

/* Was it reported by an earlier run; is it acknowledged? */
static enum fault_kind
mark(struct report_store *s, int64_t now, struct alert *x, struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s, "SELECT 1 FROM ack WHERE code = ?"
	    " AND object = ? AND until > ?");
	report_sql_text(&q, span_of(x->code));
	report_sql_text(&q, x->object);
	report_sql_int(&q, now);
	x->acked = report_sql_step(&q);
	if (report_sql_end(&q, f) != FAULT_NONE)
		return f->kind;
	report_sql_prepare(&q, s, "INSERT INTO alert(code, object, first,"
	    " last) VALUES(?, ?, ?, ?) ON CONFLICT(code, object) DO UPDATE"
	    " SET last = excluded.last RETURNING first");
	report_sql_text(&q, span_of(x->code));
	report_sql_text(&q, x->object);
	report_sql_int(&q, now);
	report_sql_int(&q, now);
	x->fresh = report_sql_step(&q) && report_sql_column(&q, 0) == now;
	return report_sql_end(&q, f);
}

static enum fault_kind
known(struct report_store *s, const struct alert *x, bool *yes,
    struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s,
	    "SELECT 1 FROM alert WHERE code = ? AND object = ?");
	report_sql_text(&q, span_of(x->code));
	report_sql_text(&q, x->object);
	*yes = report_sql_step(&q);
	return report_sql_end(&q, f);
}

enum fault_kind
report_alerts_keep(struct report_store *s, int64_t now, struct alerts *out,
    struct fault *f)
{
	struct report_sql q;
	bool before;

	/* last marks those of this run; no time of one is this. */
	if (report_store_exec(s, "UPDATE alert SET last = -1", f) !=
	    FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < out->count; i++) {
		if (known(s, &out->list[i], &before, f) != FAULT_NONE ||
		    mark(s, now, &out->list[i], f) != FAULT_NONE)
			return f->kind;
		out->list[i].fresh = !before;
	}
	report_sql_prepare(&q, s, "DELETE FROM alert WHERE last = -1");
	(void)report_sql_step(&q);
	return report_sql_end(&q, f);
}
