/* SPDX-License-Identifier: ISC */
/* Alerts that were reported, and those that somebody knows of. */
#include "report/alert.h"
#include "report/store_impl.h"

enum fault_kind
report_newest(struct report_store *s, int64_t *time, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db,
	    "SELECT coalesce(max(received), -1) FROM report");
	*time = sql_step(&q) ? sql_column(&q, 0) : -1;
	return sql_end(&q, f);
}

enum fault_kind
report_bad_inputs(struct report_store *s, int64_t since, int64_t *n,
    struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "SELECT count(*) FROM input"
	    " WHERE result IN (0, 3, 6) AND received >= ?");
	sql_int(&q, since);
	*n = sql_step(&q) ? sql_column(&q, 0) : 0;
	return sql_end(&q, f);
}

enum fault_kind
report_alert_ack(struct report_store *s, struct span code,
    struct span object, int64_t until, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "INSERT INTO ack(code, object, until)"
	    " VALUES(?, ?, ?) ON CONFLICT(code, object) DO UPDATE"
	    " SET until = excluded.until");
	sql_text(&q, code);
	sql_text(&q, object);
	sql_int(&q, until);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

/* Was it reported by an earlier run; is it acknowledged? */
static enum fault_kind
mark(struct report_store *s, int64_t now, struct alert *x, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "SELECT 1 FROM ack WHERE code = ?"
	    " AND object = ? AND until > ?");
	sql_text(&q, span_of(x->code));
	sql_text(&q, x->object);
	sql_int(&q, now);
	x->acked = sql_step(&q);
	if (sql_end(&q, f) != FAULT_NONE)
		return f->kind;
	sql_prepare(&q, &s->db, "INSERT INTO alert(code, object, first,"
	    " last) VALUES(?, ?, ?, ?) ON CONFLICT(code, object) DO UPDATE"
	    " SET last = excluded.last RETURNING first");
	sql_text(&q, span_of(x->code));
	sql_text(&q, x->object);
	sql_int(&q, now);
	sql_int(&q, now);
	x->fresh = sql_step(&q) && sql_column(&q, 0) == now;
	return sql_end(&q, f);
}

static enum fault_kind
known(struct report_store *s, const struct alert *x, bool *yes,
    struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db,
	    "SELECT 1 FROM alert WHERE code = ? AND object = ?");
	sql_text(&q, span_of(x->code));
	sql_text(&q, x->object);
	*yes = sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
report_alerts_keep(struct report_store *s, int64_t now, struct alerts *out,
    struct fault *f)
{
	struct sql q;
	bool before;

	/* last marks those of this run; no time of one is this. */
	if (sql_exec(&s->db, "UPDATE alert SET last = -1", f) !=
	    FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < out->count; i++) {
		if (known(s, &out->list[i], &before, f) != FAULT_NONE ||
		    mark(s, now, &out->list[i], f) != FAULT_NONE)
			return f->kind;
		out->list[i].fresh = !before;
	}
	sql_prepare(&q, &s->db, "DELETE FROM alert WHERE last = -1");
	(void)sql_step(&q);
	return sql_end(&q, f);
}
