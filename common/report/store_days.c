/* SPDX-License-Identifier: ISC */
/* The sums of days and selectors that all views read. */
#include "report/store_impl.h"
#include "report/store_read.h"

/* One group of equal rows on its way into the days. */
struct cell {
	struct report_store *s;
	struct span domain, header_from, identity;
	int64_t source, reporter, trust, cause, disposition;
	bool dkim, spf, overridden;
	int sign;		/* -1: it counts no longer */
};

static enum fault_kind
put_day(void *arg, int64_t day, uint64_t count, struct fault *f)
{
	const struct cell *c = arg;
	int64_t n = c->sign * (int64_t)count;
	struct sql q;

	sql_prepare(&q, &c->s->db, "INSERT INTO day(domain, header_from,"
	    " day, source, identity, reporter, trust, cause, messages, pass,"
	    " dkim_pass, spf_pass, both_pass, quarantined, rejected,"
	    " overridden)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT(domain, day, header_from, source, identity,"
	    " reporter, trust, cause) DO UPDATE SET"
	    " messages = day.messages + excluded.messages,"
	    " pass = day.pass + excluded.pass,"
	    " dkim_pass = day.dkim_pass + excluded.dkim_pass,"
	    " spf_pass = day.spf_pass + excluded.spf_pass,"
	    " both_pass = day.both_pass + excluded.both_pass,"
	    " quarantined = day.quarantined + excluded.quarantined,"
	    " rejected = day.rejected + excluded.rejected,"
	    " overridden = day.overridden + excluded.overridden");
	sql_text(&q, c->domain);
	sql_text(&q, c->header_from);
	sql_int(&q, day);
	sql_int(&q, c->source);
	sql_text(&q, c->identity);
	sql_int(&q, c->reporter);
	sql_int(&q, c->trust);
	sql_int(&q, c->cause);
	sql_int(&q, n);
	sql_int(&q, c->dkim || c->spf ? n : 0);
	sql_int(&q, c->dkim ? n : 0);
	sql_int(&q, c->spf ? n : 0);
	sql_int(&q, c->dkim && c->spf ? n : 0);
	sql_int(&q, c->disposition == REPORT_DONE_QUARANTINE ? n : 0);
	sql_int(&q, c->disposition == REPORT_DONE_REJECT ? n : 0);
	sql_int(&q, c->overridden ? n : 0);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

static enum fault_kind
put_selectors(struct report_store *s, const struct report_whole *w, int sign,
    struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "INSERT INTO selector(domain, signer,"
	    " selector, day, trust, pass, fail, error)"
	    " SELECT ?, a.domain, coalesce(a.selector, ''), ?, ?,"
	    " sum(CASE WHEN a.result = 1 THEN r.count ELSE 0 END) * ?,"
	    " sum(CASE WHEN a.result IN (2, 3, 4, 8) THEN r.count ELSE 0 END)"
	    " * ?, sum(CASE WHEN a.result IN (5, 6) THEN r.count ELSE 0 END)"
	    " * ? FROM row r JOIN auth a ON a.row = r.id"
	    " WHERE r.report = ? AND a.kind = 0 AND a.domain IS NOT NULL"
	    " GROUP BY a.domain, coalesce(a.selector, '') HAVING true"
	    " ON CONFLICT(domain, signer, selector, day, trust)"
	    " DO UPDATE SET pass = selector.pass + excluded.pass,"
	    " fail = selector.fail + excluded.fail,"
	    " error = selector.error + excluded.error");
	sql_text(&q, w->domain);
	sql_int(&q, report_day(w->begin));
	sql_int(&q, w->trust);
	sql_int(&q, sign);
	sql_int(&q, sign);
	sql_int(&q, sign);
	sql_int(&q, w->id);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
report_store_days(struct report_store *s, const struct report_whole *w,
    int sign, struct fault *f)
{
	struct sql q;
	struct cell c = { .s = s, .domain = w->domain, .sign = sign,
	    .reporter = w->reporter, .trust = w->trust };

	sql_prepare(&q, &s->db, "SELECT source, coalesce(header_from, ''),"
	    " identity, cause, disposition, dkim, spf,"
	    " reasons IS NOT NULL AND reasons <> '', sum(count) FROM row"
	    " WHERE report = ? GROUP BY 1, 2, 3, 4, 5, 6, 7, 8");
	sql_int(&q, w->id);
	while (f->kind == FAULT_NONE && sql_step(&q)) {
		c.source = sql_column(&q, 0);
		c.header_from = sql_span(&q, 1);
		if (c.header_from.len == 0)
			c.header_from = w->domain;
		c.identity = sql_span(&q, 2);
		c.cause = sql_column(&q, 3);
		c.disposition = sql_column(&q, 4);
		c.dkim = sql_column(&q, 5) != 0;
		c.spf = sql_column(&q, 6) != 0;
		c.overridden = sql_column(&q, 7) != 0;
		(void)report_spread((uint64_t)sql_column(&q, 8),
		    w->begin, w->end, put_day, &c, f);
	}
	if (f->kind != FAULT_NONE) {
		struct fault later = { .kind = FAULT_NONE };

		(void)sql_end(&q, &later);
		return f->kind;
	}
	if (sql_end(&q, f) != FAULT_NONE)
		return f->kind;
	return put_selectors(s, w, sign, f);
}
