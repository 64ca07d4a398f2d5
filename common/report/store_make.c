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
	struct report_sql q;

	report_sql_prepare(&q, s, "SELECT c.id FROM out_config c"
	    " LEFT JOIN known k ON k.policy_domain = c.policy_domain"
	    " WHERE c.state = 0 AND c.day <= ? AND (? < 0 OR c.day = ?)"
	    " AND (? IS NULL OR c.policy_domain = ?)"
	    " ORDER BY c.day, k.policy_domain IS NULL, c.messages DESC,"
	    " c.policy_domain, c.hash");
	report_sql_int(&q, last);
	report_sql_int(&q, day);
	report_sql_int(&q, day);
	report_sql_text(&q, domain);
	report_sql_text(&q, domain);
	while (report_sql_step(&q)) {
		int64_t id = report_sql_column(&q, 0);

		buf_add(ids, &id, sizeof(id));
	}
	return report_sql_end(&q, f) == FAULT_NONE ? buf_check(ids, f) :
	    f->kind;
}

/* A copy in the arena; p NULL for NULL. */
static struct span
copy(const struct report_sql *q, int column, struct arena *a, bool *failed)
{
	struct span s = report_sql_span(q, column);

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
	struct report_sql q;
	bool failed = false, there;

	report_sql_prepare(&q, s, "SELECT c.id, c.day, c.messages,"
	    " c.optional, c.merged, c.policy_domain, c.hash, c.record,"
	    " k.policy_domain IS NOT NULL FROM out_config c"
	    " LEFT JOIN known k ON k.policy_domain = c.policy_domain"
	    " WHERE c.id = ?");
	report_sql_int(&q, id);
	there = report_sql_step(&q);
	if (there)
		*due = (struct report_due){ .id = id,
		    .day = report_sql_column(&q, 1),
		    .messages = report_sql_column(&q, 2),
		    .optional = report_sql_column(&q, 3),
		    .merged = report_sql_column(&q, 4),
		    .policy_domain = copy(&q, 5, a, &failed),
		    .hash = copy(&q, 6, a, &failed),
		    .record = copy(&q, 7, a, &failed),
		    .known = report_sql_column(&q, 8) != 0 };
	if (report_sql_end(&q, f) != FAULT_NONE)
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
	struct report_sql q;

	report_sql_prepare(&q, s, "SELECT count(*) FROM out_config c"
	    " LEFT JOIN known k ON k.policy_domain = c.policy_domain"
	    " WHERE c.state = 1 AND c.day = ? AND k.policy_domain IS NULL");
	report_sql_int(&q, day);
	*n = report_sql_step(&q) ? report_sql_column(&q, 0) : 0;
	return report_sql_end(&q, f);
}

static bool
read_row(const struct report_sql *q, struct arena *a, struct report_row *row)
{
	row->disposition = (enum report_disposition)report_sql_column(q, 1);
	row->dkim = report_sql_column(q, 2) != 0;
	row->spf = report_sql_column(q, 3) != 0;
	row->header_from = report_sql_span(q, 5);
	row->envelope_from = report_sql_span(q, 6);
	row->envelope_to = report_sql_span(q, 7);
	row->count = (uint64_t)report_sql_column(q, 9);
	return ipaddr_parse(report_sql_span(q, 0), &row->ip) &&
	    report_line_read_reasons(report_sql_span(q, 4), a, row) &&
	    report_line_read_auth(report_sql_span(q, 8), a, row);
}

enum fault_kind
report_store_rows(struct report_store *s, int64_t config,
    enum fault_kind (*each)(void *arg, const struct report_row *row,
    struct fault *f), void *arg, struct fault *f)
{
	struct report_row *row = calloc(1, sizeof(*row));
	struct report_sql q;
	struct arena a;

	if (row == NULL)
		return fault_nomem(f);
	arena_init(&a, ROW_ARENA);
	report_sql_prepare(&q, s, "SELECT ip, disposition, dkim, spf,"
	    " reasons, header_from, envelope_from, envelope_to, auth, count"
	    " FROM out_row WHERE config = ? ORDER BY ip, header_from, hash");
	report_sql_int(&q, config);
	while (f->kind == FAULT_NONE && report_sql_step(&q)) {
		arena_reset(&a);
		if (!read_row(&q, &a, row))
			(void)fault_set(f, FAULT_CONFIG,
			    "a row of the store cannot be read");
		else
			(void)each(arg, row, f);
	}
	if (f->kind == FAULT_NONE) {
		(void)report_sql_end(&q, f);
	} else {
		struct fault other = { .kind = FAULT_NONE };

		(void)report_sql_end(&q, &other);
	}
	arena_free(&a);
	free(row);
	return f->kind;
}

enum fault_kind
report_store_made(struct report_store *s, int64_t config,
    struct report_made *m, struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s, "INSERT INTO out_report(config, part,"
	    " begin_at, end_at, report_id, file, bytes, made_at, state,"
	    " policy_domain, record, org, sender, receiver)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)"
	    " RETURNING id");
	report_sql_int(&q, config);
	report_sql_int(&q, m->part);
	report_sql_int(&q, m->begin);
	report_sql_int(&q, m->end);
	report_sql_text(&q, m->report_id);
	report_sql_text(&q, m->file);
	report_sql_int(&q, m->bytes);
	report_sql_int(&q, m->made_at);
	report_sql_text(&q, m->policy_domain);
	report_sql_text(&q, m->record);
	report_sql_text(&q, m->org);
	report_sql_text(&q, m->sender);
	report_sql_text(&q, m->receiver);
	if (report_sql_step(&q))
		m->id = report_sql_column(&q, 0);
	return report_sql_end(&q, f);
}

enum fault_kind
report_store_destination(struct report_store *s, int64_t report,
    struct span uri, struct span address, struct span host, struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s, "INSERT INTO delivery(report, uri, address,"
	    " host, state, tries, next_try) VALUES(?, ?, ?, ?, 0, 0, 0)"
	    " ON CONFLICT(report, uri) DO NOTHING");
	report_sql_int(&q, report);
	report_sql_text(&q, uri);
	report_sql_text(&q, address);
	report_sql_text(&q, host);
	(void)report_sql_step(&q);
	return report_sql_end(&q, f);
}

enum fault_kind
report_store_config_end(struct report_store *s, int64_t config,
    enum report_config_state state, struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s,
	    "UPDATE out_config SET state = ? WHERE id = ?");
	report_sql_int(&q, (int64_t)state);
	report_sql_int(&q, config);
	(void)report_sql_step(&q);
	if (report_sql_end(&q, f) != FAULT_NONE)
		return f->kind;
	report_sql_prepare(&q, s, "DELETE FROM out_row WHERE config = ?");
	report_sql_int(&q, config);
	(void)report_sql_step(&q);
	return report_sql_end(&q, f);
}

enum fault_kind
report_store_day_end(struct report_store *s, int64_t day, struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s, "INSERT INTO out_day(one, made)"
	    " VALUES(1, ?) ON CONFLICT(one) DO UPDATE SET made ="
	    " CASE WHEN made < excluded.made THEN excluded.made"
	    " ELSE made END");
	report_sql_int(&q, day);
	(void)report_sql_step(&q);
	return report_sql_end(&q, f);
}
