/* SPDX-License-Identifier: ISC */
#include "report/line.h"
#include "report/store_fold.h"
#include "report/store_impl.h"

enum fault_kind
report_store_segment(struct report_store *s,
    const struct report_segment *segment, bool *known, struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s, "INSERT INTO segment(name, lines, torn,"
	    " duplicates, cut, folded_at) VALUES(?, 0, 0, 0, 0, ?)"
	    " ON CONFLICT(name) DO NOTHING");
	report_sql_text(&q, segment->name);
	report_sql_int(&q, segment->folded_at);
	(void)report_sql_step(&q);
	*known = report_sql_changes(s) == 0;
	return report_sql_end(&q, f);
}

enum fault_kind
report_store_segment_done(struct report_store *s,
    const struct report_segment *segment, struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s, "UPDATE segment SET lines = ?, torn = ?,"
	    " duplicates = ?, cut = ? WHERE name = ?");
	report_sql_int(&q, (int64_t)segment->lines);
	report_sql_int(&q, (int64_t)segment->torn);
	report_sql_int(&q, (int64_t)segment->duplicates);
	report_sql_int(&q, (int64_t)segment->cut);
	report_sql_text(&q, segment->name);
	(void)report_sql_step(&q);
	return report_sql_end(&q, f);
}

enum fault_kind
report_store_seen(struct report_store *s, const char *key, int64_t day,
    bool *first, struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s, "INSERT INTO seen(key, day) VALUES(?, ?)"
	    " ON CONFLICT(key) DO NOTHING");
	report_sql_text(&q, span_of(key));
	report_sql_int(&q, day);
	(void)report_sql_step(&q);
	*first = report_sql_changes(s) > 0;
	return report_sql_end(&q, f);
}

enum fault_kind
report_store_seen_prune(struct report_store *s, int64_t day, struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s, "DELETE FROM seen WHERE day < ?");
	report_sql_int(&q, day);
	(void)report_sql_step(&q);
	return report_sql_end(&q, f);
}

enum fault_kind
report_store_day_made(struct report_store *s, int64_t *day, struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s, "SELECT made FROM out_day WHERE one = 1");
	*day = report_sql_step(&q) ? report_sql_column(&q, 0) : -1;
	return report_sql_end(&q, f);
}

/* The configuration, or the last of a day that has too many. */
static enum fault_kind
find_config(struct report_store *s, const struct report_event *e,
    int64_t day, struct span hash, struct report_config *c, struct fault *f)
{
	struct report_sql q;
	int64_t n = 0;

	*c = (struct report_config){ .id = -1, .open = true };
	report_sql_prepare(&q, s, "SELECT id, row_count, state, hash"
	    " FROM out_config WHERE policy_domain = ? AND day = ?"
	    " ORDER BY id");
	report_sql_text(&q, e->policy_domain);
	report_sql_int(&q, day);
	while (report_sql_step(&q)) {
		bool same = span_eq(report_sql_span(&q, 3), hash);

		/* A day with one that was made is over for this domain. */
		c->open = c->open && report_sql_column(&q, 2) == 0;
		if (same || ++n >= REPORT_CONFIGS) {
			c->id = report_sql_column(&q, 0);
			c->rows = report_sql_column(&q, 1);
		}
		if (same)
			break;
	}
	return report_sql_end(&q, f);
}

enum fault_kind
report_store_config(struct report_store *s, const struct report_event *e,
    int64_t day, struct span hash, struct report_config *c, struct fault *f)
{
	struct report_sql q;

	if (find_config(s, e, day, hash, c, f) != FAULT_NONE || c->id >= 0 ||
	    !c->open)
		return f->kind;
	report_sql_prepare(&q, s, "INSERT INTO out_config(policy_domain, day,"
	    " hash, record, last_seen, row_count, messages, optional, merged,"
	    " state) VALUES(?, ?, ?, ?, ?, 0, 0, 0, 0, 0) RETURNING id");
	report_sql_text(&q, e->policy_domain);
	report_sql_int(&q, day);
	report_sql_text(&q, hash);
	report_sql_text(&q, e->record);
	report_sql_int(&q, e->time);
	if (report_sql_step(&q))
		c->id = report_sql_column(&q, 0);
	return report_sql_end(&q, f);
}

enum fault_kind
report_store_count(struct report_store *s, int64_t config, struct span hash,
    uint64_t n, bool *found, struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s, "UPDATE out_row SET count = count + ?"
	    " WHERE config = ? AND hash = ?");
	report_sql_int(&q, (int64_t)n);
	report_sql_int(&q, config);
	report_sql_text(&q, hash);
	(void)report_sql_step(&q);
	*found = report_sql_changes(s) > 0;
	return report_sql_end(&q, f);
}

enum fault_kind
report_store_row(struct report_store *s, int64_t config, struct span hash,
    const struct report_row *row, struct fault *f)
{
	struct report_sql q;
	struct buf ip, reasons, auth;

	buf_init(&ip, 64);
	buf_init(&reasons, 64 * REPORT_LINE);
	buf_init(&auth, 64 * REPORT_LINE);
	ipaddr_format(&row->ip, &ip);
	report_line_reasons(row, &reasons);
	report_line_auth(row, &auth);
	report_sql_prepare(&q, s, "INSERT INTO out_row(config, hash, ip,"
	    " disposition, dkim, spf, reasons, header_from, envelope_from,"
	    " envelope_to, auth, count)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	report_sql_int(&q, config);
	report_sql_text(&q, hash);
	report_sql_text(&q, buf_span(&ip));
	report_sql_int(&q, (int64_t)row->disposition);
	report_sql_int(&q, row->dkim);
	report_sql_int(&q, row->spf);
	report_sql_text(&q, buf_span(&reasons));
	report_sql_text(&q, row->header_from);
	report_sql_text(&q, row->envelope_from);
	report_sql_text(&q, row->envelope_to);
	report_sql_text(&q, buf_span(&auth));
	report_sql_int(&q, (int64_t)row->count);
	(void)report_sql_step(&q);
	(void)report_sql_end(&q, f);
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
	struct report_sql q;

	report_sql_prepare(&q, s, "UPDATE out_config SET"
	    " messages = messages + ?, optional = optional + ?,"
	    " row_count = row_count + ?, merged = merged + ?,"
	    " record = CASE WHEN last_seen <= ? THEN ? ELSE record END,"
	    " last_seen = CASE WHEN last_seen <= ? THEN ? ELSE last_seen END"
	    " WHERE id = ?");
	report_sql_int(&q, (int64_t)g->messages);
	report_sql_int(&q, (int64_t)g->optional);
	report_sql_int(&q, (int64_t)g->rows);
	report_sql_int(&q, (int64_t)g->merged);
	report_sql_int(&q, g->last_seen);
	report_sql_text(&q, g->record);
	report_sql_int(&q, g->last_seen);
	report_sql_int(&q, g->last_seen);
	report_sql_int(&q, g->config);
	(void)report_sql_step(&q);
	return report_sql_end(&q, f);
}

enum fault_kind
report_store_know(struct report_store *s, struct span policy_domain,
    int64_t time, struct fault *f)
{
	struct report_sql q;

	report_sql_prepare(&q, s, "INSERT INTO known(policy_domain,"
	    " aligned_at) VALUES(?, ?) ON CONFLICT(policy_domain) DO NOTHING");
	report_sql_text(&q, policy_domain);
	report_sql_int(&q, time);
	(void)report_sql_step(&q);
	return report_sql_end(&q, f);
}
