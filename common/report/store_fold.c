/* SPDX-License-Identifier: ISC */
#include "report/line.h"
#include "report/store_fold.h"
#include "report/store_impl.h"

enum fault_kind
report_store_segment(struct report_store *s,
    const struct report_segment *segment, bool *known, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "INSERT INTO segment(name, lines, torn,"
	    " duplicates, cut, folded_at) VALUES(?, 0, 0, 0, 0, ?)"
	    " ON CONFLICT(name) DO NOTHING");
	sql_text(&q, segment->name);
	sql_int(&q, segment->folded_at);
	(void)sql_step(&q);
	*known = sql_changes(&s->db) == 0;
	return sql_end(&q, f);
}

enum fault_kind
report_store_segment_done(struct report_store *s,
    const struct report_segment *segment, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "UPDATE segment SET lines = ?, torn = ?,"
	    " duplicates = ?, cut = ? WHERE name = ?");
	sql_int(&q, (int64_t)segment->lines);
	sql_int(&q, (int64_t)segment->torn);
	sql_int(&q, (int64_t)segment->duplicates);
	sql_int(&q, (int64_t)segment->cut);
	sql_text(&q, segment->name);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
report_store_seen(struct report_store *s, const char *key, int64_t day,
    bool *first, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "INSERT INTO seen(key, day) VALUES(?, ?)"
	    " ON CONFLICT(key) DO NOTHING");
	sql_text(&q, span_of(key));
	sql_int(&q, day);
	(void)sql_step(&q);
	*first = sql_changes(&s->db) > 0;
	return sql_end(&q, f);
}

enum fault_kind
report_store_seen_prune(struct report_store *s, int64_t day, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "DELETE FROM seen WHERE day < ?");
	sql_int(&q, day);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
report_store_day_made(struct report_store *s, int64_t *day, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "SELECT made FROM out_day WHERE one = 1");
	*day = sql_step(&q) ? sql_column(&q, 0) : -1;
	return sql_end(&q, f);
}

/* The configuration, or the last of a day that has too many. */
static enum fault_kind
find_config(struct report_store *s, const struct report_event *e,
    int64_t day, struct span hash, struct report_config *c, struct fault *f)
{
	struct sql q;
	int64_t n = 0;

	*c = (struct report_config){ .id = -1, .open = true };
	sql_prepare(&q, &s->db, "SELECT id, row_count, state, hash"
	    " FROM out_config WHERE policy_domain = ? AND day = ?"
	    " ORDER BY id");
	sql_text(&q, e->policy_domain);
	sql_int(&q, day);
	while (sql_step(&q)) {
		bool same = span_eq(sql_span(&q, 3), hash);

		/* A day with one that was made is over for this domain. */
		c->open = c->open && sql_column(&q, 2) == 0;
		if (same || ++n >= REPORT_CONFIGS) {
			c->id = sql_column(&q, 0);
			c->rows = sql_column(&q, 1);
		}
		if (same)
			break;
	}
	return sql_end(&q, f);
}

enum fault_kind
report_store_config(struct report_store *s, const struct report_event *e,
    int64_t day, struct span hash, struct report_config *c, struct fault *f)
{
	struct sql q;

	if (find_config(s, e, day, hash, c, f) != FAULT_NONE || c->id >= 0 ||
	    !c->open)
		return f->kind;
	sql_prepare(&q, &s->db, "INSERT INTO out_config(policy_domain, day,"
	    " hash, record, last_seen, row_count, messages, optional, merged,"
	    " state) VALUES(?, ?, ?, ?, ?, 0, 0, 0, 0, 0) RETURNING id");
	sql_text(&q, e->policy_domain);
	sql_int(&q, day);
	sql_text(&q, hash);
	sql_text(&q, e->record);
	sql_int(&q, e->time);
	if (sql_step(&q))
		c->id = sql_column(&q, 0);
	return sql_end(&q, f);
}

enum fault_kind
report_store_count(struct report_store *s, int64_t config, struct span hash,
    uint64_t n, bool *found, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "UPDATE out_row SET count = count + ?"
	    " WHERE config = ? AND hash = ?");
	sql_int(&q, (int64_t)n);
	sql_int(&q, config);
	sql_text(&q, hash);
	(void)sql_step(&q);
	*found = sql_changes(&s->db) > 0;
	return sql_end(&q, f);
}

enum fault_kind
report_store_row(struct report_store *s, int64_t config, struct span hash,
    const struct report_row *row, struct fault *f)
{
	struct sql q;
	struct buf ip, reasons, auth;

	buf_init(&ip, 64);
	buf_init(&reasons, 64 * REPORT_LINE);
	buf_init(&auth, 64 * REPORT_LINE);
	ipaddr_format(&row->ip, &ip);
	report_line_reasons(row, &reasons);
	report_line_auth(row, &auth);
	sql_prepare(&q, &s->db, "INSERT INTO out_row(config, hash, ip,"
	    " disposition, dkim, spf, reasons, header_from, envelope_from,"
	    " envelope_to, auth, count)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	sql_int(&q, config);
	sql_text(&q, hash);
	sql_text(&q, buf_span(&ip));
	sql_int(&q, (int64_t)row->disposition);
	sql_int(&q, row->dkim);
	sql_int(&q, row->spf);
	sql_text(&q, buf_span(&reasons));
	sql_text(&q, row->header_from);
	sql_text(&q, row->envelope_from);
	sql_text(&q, row->envelope_to);
	sql_text(&q, buf_span(&auth));
	sql_int(&q, (int64_t)row->count);
	(void)sql_step(&q);
	(void)sql_end(&q, f);
	if (f->kind == FAULT_NONE && (ip.nomem || reasons.nomem ||
	    auth.nomem))
		(void)fault_nomem(f);
	buf_free(&ip);
	buf_free(&reasons);
	buf_free(&auth);
	return f->kind;
}

enum fault_kind
report_store_gain(struct report_store *s, const struct report_gain *g,
    struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "UPDATE out_config SET"
	    " messages = messages + ?, optional = optional + ?,"
	    " row_count = row_count + ?, merged = merged + ?,"
	    " record = CASE WHEN last_seen <= ? THEN ? ELSE record END,"
	    " last_seen = CASE WHEN last_seen <= ? THEN ? ELSE last_seen END"
	    " WHERE id = ?");
	sql_int(&q, (int64_t)g->messages);
	sql_int(&q, (int64_t)g->optional);
	sql_int(&q, (int64_t)g->rows);
	sql_int(&q, (int64_t)g->merged);
	sql_int(&q, g->last_seen);
	sql_text(&q, g->record);
	sql_int(&q, g->last_seen);
	sql_int(&q, g->last_seen);
	sql_int(&q, g->config);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
report_store_know(struct report_store *s, struct span policy_domain,
    int64_t time, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "INSERT INTO known(policy_domain,"
	    " aligned_at) VALUES(?, ?) ON CONFLICT(policy_domain) DO NOTHING");
	sql_text(&q, policy_domain);
	sql_int(&q, time);
	(void)sql_step(&q);
	return sql_end(&q, f);
}
