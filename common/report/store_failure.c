/* SPDX-License-Identifier: ISC */
#include "report/store_failure.h"
#include "report/store_impl.h"

#define HOUR INT64_C(3600)
#define DAY INT64_C(86400)

static enum fault_kind
count_sent(struct report_store *s, struct span destination, int64_t since,
    int64_t *n, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "SELECT count(*) FROM out_sent"
	    " WHERE at > ? AND (? IS NULL OR destination = ?)");
	sql_int(&q, since);
	sql_text(&q, destination);
	sql_text(&q, destination);
	*n = sql_step(&q) ? sql_column(&q, 0) : 0;
	return sql_end(&q, f);
}

static enum fault_kind
is_capped(struct report_store *s, struct span destination, int64_t now,
    bool *capped, struct fault *f)
{
	int64_t hour, day, all;

	if (count_sent(s, destination, now - HOUR, &hour, f) != FAULT_NONE ||
	    count_sent(s, destination, now - DAY, &day, f) != FAULT_NONE ||
	    count_sent(s, (struct span){ NULL, 0 }, now - DAY, &all, f) !=
	    FAULT_NONE)
		return f->kind;
	*capped = hour >= REPORT_FAILURES_HOUR || day >= REPORT_FAILURES_DAY
	    || all >= REPORT_FAILURES_ALL;
	return FAULT_NONE;
}

struct counted {
	int64_t last, count, sent;
};

static enum fault_kind
get(struct report_store *s, struct span destination, struct span incident,
    struct counted *c, struct fault *f)
{
	struct sql q;

	*c = (struct counted){ 0, 0, 0 };
	sql_prepare(&q, &s->db, "SELECT last, count, sent FROM out_failure"
	    " WHERE destination = ? AND incident = ?");
	sql_text(&q, destination);
	sql_text(&q, incident);
	if (sql_step(&q))
		*c = (struct counted){ sql_column(&q, 0),
		    sql_column(&q, 1), sql_column(&q, 2) };
	return sql_end(&q, f);
}

static enum fault_kind
put(struct report_store *s, struct span destination, struct span incident,
    const struct counted *c, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "INSERT INTO out_failure(destination,"
	    " incident, first, last, count, sent) VALUES(?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT(destination, incident) DO UPDATE SET"
	    " last = excluded.last, count = excluded.count,"
	    " sent = excluded.sent");
	sql_text(&q, destination);
	sql_text(&q, incident);
	sql_int(&q, c->last);
	sql_int(&q, c->last);
	sql_int(&q, c->count);
	sql_int(&q, c->sent);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

static enum fault_kind
note_sent(struct report_store *s, struct span destination, int64_t now,
    struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "DELETE FROM out_sent WHERE at <= ?");
	sql_int(&q, now - DAY);
	(void)sql_step(&q);
	if (sql_end(&q, f) != FAULT_NONE)
		return f->kind;
	sql_prepare(&q, &s->db,
	    "INSERT INTO out_sent(destination, at) VALUES(?, ?)");
	sql_text(&q, destination);
	sql_int(&q, now);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

static enum fault_kind
note_capped(struct report_store *s, int64_t now, struct fault *f)
{
	struct counted c;

	if (get(s, SPAN(""), SPAN("capped"), &c, f) != FAULT_NONE)
		return f->kind;
	c.last = now;
	c.count++;
	return put(s, SPAN(""), SPAN("capped"), &c, f);
}

static bool
is_step(int64_t count)
{
	return count <= 10 || (count <= 100 && count % 10 == 0) ||
	    count % 100 == 0;
}

static enum fault_kind
weigh(struct report_store *s, struct span destination, struct span incident,
    int64_t now, struct counted *c, enum report_rate *rate, struct fault *f)
{
	bool capped = false;

	*rate = REPORT_RATE_STEP;
	if (is_step(c->count)) {
		if (is_capped(s, destination, now, &capped, f) != FAULT_NONE)
			return f->kind;
		*rate = capped ? REPORT_RATE_CAPPED : REPORT_RATE_SEND;
	}
	if (*rate == REPORT_RATE_SEND)
		(void)note_sent(s, destination, now, f);
	else if (*rate == REPORT_RATE_CAPPED)
		(void)note_capped(s, now, f);
	return f->kind == FAULT_NONE ? put(s, destination, incident, c, f) :
	    f->kind;
}

enum fault_kind
report_store_incident(struct report_store *s, struct span destination,
    struct span incident, int64_t now, enum report_rate *rate, uint64_t *n,
    struct fault *f)
{
	struct counted c;

	if (report_store_begin(s, true, f) != FAULT_NONE)
		return f->kind;
	if (get(s, destination, incident, &c, f) == FAULT_NONE) {
		if (c.last < now - DAY)
			c = (struct counted){ 0, 0, 0 };
		c.last = now;
		c.count++;
		*n = (uint64_t)(c.count - c.sent);
		if (is_step(c.count))
			c.sent = c.count;
		(void)weigh(s, destination, incident, now, &c, rate, f);
	}
	if (f->kind == FAULT_NONE)
		(void)report_store_commit(s, f);
	report_store_rollback(s);
	return f->kind;
}

enum fault_kind
report_store_capped(struct report_store *s, uint64_t *n, struct fault *f)
{
	struct counted c;

	(void)get(s, SPAN(""), SPAN("capped"), &c, f);
	*n = (uint64_t)c.count;
	return f->kind;
}
