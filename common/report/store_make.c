/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "report/line.h"
#include "report/store_impl.h"
#include "report/store_make.h"

#define ROW_ARENA ((size_t)1024 * 1024)

enum fault_kind
report_store_due(struct report_store *s, int64_t last, struct span domain,
    int64_t day, struct buf *ids, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "SELECT c.id FROM out_config c"
	    " LEFT JOIN known k ON k.policy_domain = c.policy_domain"
	    " WHERE c.state = 0 AND c.day <= ? AND (? < 0 OR c.day = ?)"
	    " AND (? IS NULL OR c.policy_domain = ?)"
	    " ORDER BY c.day, k.policy_domain IS NULL, c.messages DESC,"
	    " c.policy_domain, c.hash");
	sql_int(&q, last);
	sql_int(&q, day);
	sql_int(&q, day);
	sql_text(&q, domain);
	sql_text(&q, domain);
	while (sql_step(&q)) {
		int64_t id = sql_column(&q, 0);

		buf_add(ids, &id, sizeof(id));
	}
	return sql_end(&q, f) == FAULT_NONE ? buf_check(ids, f) :
	    f->kind;
}

/* A copy in the arena; p NULL for NULL. */
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

enum fault_kind
report_store_due_get(struct report_store *s, int64_t id, struct arena *a,
    struct report_due *due, struct fault *f)
{
	struct sql q;
	bool failed = false, there;

	sql_prepare(&q, &s->db, "SELECT c.id, c.day, c.messages,"
	    " c.optional, c.merged, c.policy_domain, c.hash, c.record,"
	    " k.policy_domain IS NOT NULL FROM out_config c"
	    " LEFT JOIN known k ON k.policy_domain = c.policy_domain"
	    " WHERE c.id = ?");
	sql_int(&q, id);
	there = sql_step(&q);
	if (there)
		*due = (struct report_due){ .id = id,
		    .day = sql_column(&q, 1),
		    .messages = sql_column(&q, 2),
		    .optional = sql_column(&q, 3),
		    .merged = sql_column(&q, 4),
		    .policy_domain = copy(&q, 5, a, &failed),
		    .hash = copy(&q, 6, a, &failed),
		    .record = copy(&q, 7, a, &failed),
		    .known = sql_column(&q, 8) != 0 };
	if (sql_end(&q, f) != FAULT_NONE)
		return f->kind;
	if (!there)
		return fault_set(f, FAULT_SOFTWARE,
		    "a configuration has gone");
	return failed ? fault_nomem(f) : FAULT_NONE;
}

enum fault_kind
report_store_unknown_made(struct report_store *s, int64_t day, int64_t *n,
    struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "SELECT count(*) FROM out_config c"
	    " LEFT JOIN known k ON k.policy_domain = c.policy_domain"
	    " WHERE c.state = 1 AND c.day = ? AND k.policy_domain IS NULL");
	sql_int(&q, day);
	*n = sql_step(&q) ? sql_column(&q, 0) : 0;
	return sql_end(&q, f);
}

static bool
read_row(const struct sql *q, struct arena *a, struct report_row *row)
{
	row->disposition = (enum report_disposition)sql_column(q, 1);
	row->dkim = sql_column(q, 2) != 0;
	row->spf = sql_column(q, 3) != 0;
	row->header_from = sql_span(q, 5);
	row->envelope_from = sql_span(q, 6);
	row->envelope_to = sql_span(q, 7);
	row->count = (uint64_t)sql_column(q, 9);
	return ipaddr_parse(sql_span(q, 0), &row->ip) &&
	    report_line_read_reasons(sql_span(q, 4), a, row) &&
	    report_line_read_auth(sql_span(q, 8), a, row);
}

enum fault_kind
report_store_rows(struct report_store *s, int64_t config,
    enum fault_kind (*each)(void *arg, const struct report_row *row,
    struct fault *f), void *arg, struct fault *f)
{
	struct report_row *row = calloc(1, sizeof(*row));
	struct sql q;
	struct arena a;

	if (row == NULL)
		return fault_nomem(f);
	arena_init(&a, ROW_ARENA);
	sql_prepare(&q, &s->db, "SELECT ip, disposition, dkim, spf,"
	    " reasons, header_from, envelope_from, envelope_to, auth, count"
	    " FROM out_row WHERE config = ? ORDER BY ip, header_from, hash");
	sql_int(&q, config);
	while (f->kind == FAULT_NONE && sql_step(&q)) {
		arena_reset(&a);
		if (!read_row(&q, &a, row))
			(void)fault_set(f, FAULT_CONFIG,
			    "a row of the store cannot be read");
		else
			(void)each(arg, row, f);
	}
	if (f->kind == FAULT_NONE) {
		(void)sql_end(&q, f);
	} else {
		struct fault other = { .kind = FAULT_NONE };

		(void)sql_end(&q, &other);
	}
	arena_free(&a);
	free(row);
	return f->kind;
}

enum fault_kind
report_store_made(struct report_store *s, int64_t config,
    struct report_made *m, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "INSERT INTO out_report(config, part,"
	    " begin_at, end_at, report_id, file, bytes, made_at, state,"
	    " policy_domain, record, org, sender, receiver)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)"
	    " RETURNING id");
	sql_int(&q, config);
	sql_int(&q, m->part);
	sql_int(&q, m->begin);
	sql_int(&q, m->end);
	sql_text(&q, m->report_id);
	sql_text(&q, m->file);
	sql_int(&q, m->bytes);
	sql_int(&q, m->made_at);
	sql_text(&q, m->policy_domain);
	sql_text(&q, m->record);
	sql_text(&q, m->org);
	sql_text(&q, m->sender);
	sql_text(&q, m->receiver);
	if (sql_step(&q))
		m->id = sql_column(&q, 0);
	return sql_end(&q, f);
}

enum fault_kind
report_store_destination(struct report_store *s, int64_t report,
    struct span uri, struct span address, struct span host, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "INSERT INTO delivery(report, uri, address,"
	    " host, state, tries, next_try) VALUES(?, ?, ?, ?, 0, 0, 0)"
	    " ON CONFLICT(report, uri) DO NOTHING");
	sql_int(&q, report);
	sql_text(&q, uri);
	sql_text(&q, address);
	sql_text(&q, host);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
report_store_config_end(struct report_store *s, int64_t config,
    enum report_config_state state, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db,
	    "UPDATE out_config SET state = ? WHERE id = ?");
	sql_int(&q, (int64_t)state);
	sql_int(&q, config);
	(void)sql_step(&q);
	if (sql_end(&q, f) != FAULT_NONE)
		return f->kind;
	sql_prepare(&q, &s->db, "DELETE FROM out_row WHERE config = ?");
	sql_int(&q, config);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
report_store_day_end(struct report_store *s, int64_t day, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "INSERT INTO out_day(one, made)"
	    " VALUES(1, ?) ON CONFLICT(one) DO UPDATE SET made ="
	    " CASE WHEN made < excluded.made THEN excluded.made"
	    " ELSE made END");
	sql_int(&q, day);
	(void)sql_step(&q);
	return sql_end(&q, f);
}
