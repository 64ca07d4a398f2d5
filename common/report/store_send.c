/* SPDX-License-Identifier: ISC */
#include "report/store_impl.h"
#include "report/store_send.h"

#define DELIVERIES_MAX 256	/* a record has at most 100 URIs */

const char *
report_delivery_word(enum report_delivery_state s)
{
	static const char *const words[] = { "wait", "sending", "sent",
	    "dropped", "gave-up", "withdrawn" };

	return (size_t)s < sizeof(words) / sizeof(*words) ? words[s] : "";
}

enum fault_kind
report_store_to_send(struct report_store *s, int64_t now, struct buf *ids,
    struct fault *f)
{
	struct sql q;

	/* A report's id is a hash: its order is as good as chance, and
	 * scatters the reports to one host. */
	sql_prepare(&q, &s->db, "SELECT DISTINCT r.report_id, r.id"
	    " FROM delivery d JOIN out_report r ON r.id = d.report"
	    " WHERE d.state IN (0, 1) AND d.next_try <= ?"
	    " ORDER BY r.report_id");
	sql_int(&q, now);
	while (sql_step(&q)) {
		int64_t id = sql_column(&q, 1);

		buf_add(ids, &id, sizeof(id));
	}
	return sql_end(&q, f) == FAULT_NONE ? buf_check(ids, f) :
	    f->kind;
}

static struct span
copy(const struct sql *q, int column, struct arena *a, bool *failed)
{
	struct span s = sql_span(q, column);

	if (s.p == NULL)
		return s;
	s = arena_span(a, s);
	*failed = *failed || s.p == NULL;
	return s;
}

/* Columns from 0: id part begin_at end_at bytes made_at report_id file
 * policy_domain record org sender receiver. */
static void
read_made(const struct sql *q, struct arena *a,
    struct report_made *m, bool *failed)
{
	*m = (struct report_made){ .id = sql_column(q, 0),
	    .part = sql_column(q, 1),
	    .begin = sql_column(q, 2), .end = sql_column(q, 3),
	    .bytes = sql_column(q, 4),
	    .made_at = sql_column(q, 5),
	    .report_id = copy(q, 6, a, failed),
	    .file = copy(q, 7, a, failed),
	    .policy_domain = copy(q, 8, a, failed),
	    .record = copy(q, 9, a, failed), .org = copy(q, 10, a, failed),
	    .sender = copy(q, 11, a, failed),
	    .receiver = copy(q, 12, a, failed) };
}

enum fault_kind
report_store_report(struct report_store *s, int64_t id, struct arena *a,
    struct report_made *made, struct fault *f)
{
	struct sql q;
	bool failed = false, there;

	sql_prepare(&q, &s->db, "SELECT id, part, begin_at, end_at, bytes,"
	    " made_at, report_id, file, policy_domain, record, org, sender,"
	    " receiver FROM out_report WHERE id = ?");
	sql_int(&q, id);
	there = sql_step(&q);
	if (there)
		read_made(&q, a, made, &failed);
	if (sql_end(&q, f) != FAULT_NONE)
		return f->kind;
	if (!there)
		return fault_set(f, FAULT_SOFTWARE, "a report has gone");
	return failed ? fault_nomem(f) : FAULT_NONE;
}

enum fault_kind
report_store_report_of(struct report_store *s, struct span domain,
    int64_t begin, int64_t *id, int64_t *n, struct fault *f)
{
	struct sql q;

	*n = 0;
	sql_prepare(&q, &s->db, "SELECT id FROM out_report"
	    " WHERE policy_domain = ? AND begin_at = ? ORDER BY id");
	sql_text(&q, domain);
	sql_int(&q, begin);
	while (sql_step(&q)) {
		*id = sql_column(&q, 0);
		++*n;
	}
	return sql_end(&q, f);
}

/* Columns from `at`: report uri address host consent state tries next_try
 * last_reply. */
static void
read_delivery(const struct sql *q, int at, struct arena *a,
    struct report_delivery *d, bool *failed)
{
	*d = (struct report_delivery){ .report = sql_column(q, at),
	    .uri = copy(q, at + 1, a, failed),
	    .address = copy(q, at + 2, a, failed),
	    .host = copy(q, at + 3, a, failed),
	    .consent = copy(q, at + 4, a, failed),
	    .state = (enum report_delivery_state)sql_column(q, at + 5),
	    .tries = sql_column(q, at + 6),
	    .next_try = sql_column(q, at + 7),
	    .last_reply = copy(q, at + 8, a, failed) };
}

enum fault_kind
report_store_deliveries(struct report_store *s, int64_t report,
    struct arena *a, struct report_delivery **list, size_t *n,
    struct fault *f)
{
	struct sql q;
	bool failed = false;

	*n = 0;
	*list = arena_array(a, DELIVERIES_MAX, sizeof(**list));
	if (*list == NULL)
		return fault_nomem(f);
	sql_prepare(&q, &s->db, "SELECT report, uri, address, host,"
	    " consent, state, tries, next_try, last_reply FROM delivery"
	    " WHERE report = ? ORDER BY uri");
	sql_int(&q, report);
	while (*n < DELIVERIES_MAX && sql_step(&q))
		read_delivery(&q, 0, a, &(*list)[(*n)++], &failed);
	if (sql_end(&q, f) == FAULT_NONE && failed)
		(void)fault_nomem(f);
	return f->kind;
}

enum fault_kind
report_store_queue(struct report_store *s, struct arena *a,
    void (*each)(void *arg, const struct report_made *made,
    const struct report_delivery *d), void *arg, struct fault *f)
{
	struct report_delivery d;
	struct report_made made;
	struct sql q;
	bool failed = false;

	sql_prepare(&q, &s->db, "SELECT r.id, r.part, r.begin_at, r.end_at,"
	    " r.bytes, r.made_at, r.report_id, r.file, r.policy_domain,"
	    " r.record, r.org, r.sender, r.receiver, d.report, d.uri,"
	    " d.address, d.host, d.consent, d.state, d.tries, d.next_try,"
	    " d.last_reply FROM delivery d JOIN out_report r"
	    " ON r.id = d.report WHERE d.state IN (0, 1)"
	    " ORDER BY d.next_try, r.report_id, d.uri");
	while (!failed && sql_step(&q)) {
		arena_reset(a);
		read_made(&q, a, &made, &failed);
		read_delivery(&q, 13, a, &d, &failed);
		if (!failed)
			each(arg, &made, &d);
	}
	if (sql_end(&q, f) == FAULT_NONE && failed)
		(void)fault_nomem(f);
	return f->kind;
}

enum fault_kind
report_store_delivery(struct report_store *s,
    const struct report_delivery *d, struct fault *f)
{
	struct sql q;

	if (report_store_begin(s, true, f) != FAULT_NONE)
		return f->kind;
	sql_prepare(&q, &s->db, "INSERT INTO delivery(report, uri, address,"
	    " host, consent, state, tries, next_try, last_reply)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT(report, uri) DO UPDATE SET"
	    " address = excluded.address, consent = excluded.consent,"
	    " state = excluded.state, tries = excluded.tries,"
	    " next_try = excluded.next_try,"
	    " last_reply = excluded.last_reply");
	sql_int(&q, d->report);
	sql_text(&q, d->uri);
	sql_text(&q, d->address);
	sql_text(&q, d->host);
	sql_text(&q, d->consent);
	sql_int(&q, (int64_t)d->state);
	sql_int(&q, d->tries);
	sql_int(&q, d->next_try);
	sql_text(&q, d->last_reply);
	(void)sql_step(&q);
	if (sql_end(&q, f) == FAULT_NONE)
		(void)report_store_commit(s, f);
	report_store_rollback(s);
	return f->kind;
}

/* ---- suppression ---- */

enum fault_kind
report_store_suppress(struct report_store *s, struct span name,
    int64_t until, int64_t days, struct span why, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "INSERT INTO suppress(name, until, days,"
	    " why) VALUES(?, ?, ?, ?) ON CONFLICT(name) DO UPDATE SET"
	    " until = excluded.until, days = excluded.days,"
	    " why = excluded.why");
	sql_text(&q, name);
	sql_int(&q, until);
	sql_int(&q, days);
	sql_text(&q, why);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
report_store_suppressed_days(struct report_store *s, struct span name,
    int64_t *days, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "SELECT days FROM suppress WHERE name = ?");
	sql_text(&q, name);
	*days = sql_step(&q) ? sql_column(&q, 0) : 0;
	return sql_end(&q, f);
}

enum fault_kind
report_store_unsuppress(struct report_store *s, struct span name, bool *was,
    struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "DELETE FROM suppress WHERE name = ?");
	sql_text(&q, name);
	(void)sql_step(&q);
	*was = sql_changes(&s->db) > 0;
	return sql_end(&q, f);
}

enum fault_kind
report_store_is_suppressed(struct report_store *s, struct span name,
    int64_t now, bool *yes, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db,
	    "SELECT 1 FROM suppress WHERE name = ? AND until > ?");
	sql_text(&q, name);
	sql_int(&q, now);
	*yes = sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
report_store_suppressed(struct report_store *s,
    enum fault_kind (*each)(void *arg, const struct report_suppressed *one,
    struct fault *f), void *arg, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db,
	    "SELECT name, until, why FROM suppress ORDER BY name");
	while (f->kind == FAULT_NONE && sql_step(&q)) {
		struct report_suppressed one = {
		    .name = sql_span(&q, 0),
		    .until = sql_column(&q, 1),
		    .why = sql_span(&q, 2) };

		(void)each(arg, &one, f);
	}
	if (f->kind == FAULT_NONE) {
		(void)sql_end(&q, f);
	} else {
		struct fault other = { .kind = FAULT_NONE };

		(void)sql_end(&q, &other);
	}
	return f->kind;
}

enum fault_kind
report_store_was_sent(struct report_store *s, struct span report_id,
    struct span address, struct arena *a, struct span *found,
    struct fault *f)
{
	struct sql q;
	bool failed = false;
	size_t n = 0;

	*found = (struct span){ NULL, 0 };
	sql_prepare(&q, &s->db, "SELECT DISTINCT d.address FROM delivery d"
	    " JOIN out_report r ON r.id = d.report WHERE r.report_id = ?"
	    " AND d.tries > 0");
	sql_text(&q, report_id);
	while (sql_step(&q)) {
		struct span one = sql_span(&q, 0);

		n++;
		if (address.p == NULL || span_eq_nocase(one, address))
			*found = copy(&q, 0, a, &failed);
	}
	if (sql_end(&q, f) == FAULT_NONE && failed)
		(void)fault_nomem(f);
	if (address.p == NULL && n != 1)
		*found = (struct span){ NULL, 0 };
	return f->kind;
}
