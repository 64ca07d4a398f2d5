/* SPDX-License-Identifier: ISC */
/* Failure reports, names of addresses, and what is thrown away. */
#include "report/store_impl.h"
#include "report/store_read.h"

static enum fault_kind
known_input(struct report_store *s, struct span digest, bool *known,
    struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "SELECT 1 FROM input WHERE digest = ?"
	    " AND result = 1");
	sql_text(&q, digest);
	*known = sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
report_put_failure(struct report_store *s, const struct report_origin *from,
    const struct report_failure *r, enum report_outcome *outcome,
    struct fault *f)
{
	struct buf ip;
	struct sql q;
	int64_t input;
	bool known;

	if (known_input(s, from->digest, &known, f) != FAULT_NONE)
		return f->kind;
	*outcome = known ? REPORT_DUPLICATE : REPORT_STORED;
	if (known || report_put_input(s, from, REPORT_STORED,
	    REPORT_WHY_NONE, &input, f) != FAULT_NONE)
		return f->kind;
	buf_init(&ip, 64);
	if (r->ip.family != 0)
		ipaddr_format(&r->ip, &ip);
	sql_prepare(&q, &s->db, "INSERT INTO failure(input, domain, source,"
	    " arrival, auth_failure, alignment, dkim_domain, dkim_selector,"
	    " mail_from_domain, delivery, incidents, reporter, trust,"
	    " received) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	sql_int(&q, input);
	sql_text(&q, r->domain);
	sql_text(&q, buf_span(&ip));
	sql_int(&q, r->arrival);
	sql_text(&q, r->auth_failure);
	sql_text(&q, r->alignment);
	sql_text(&q, r->dkim_domain);
	sql_text(&q, r->dkim_selector);
	sql_text(&q, r->mail_from_domain);
	sql_text(&q, r->delivery);
	sql_int(&q, (int64_t)r->incidents);
	sql_text(&q, from->from_domain);
	sql_int(&q, from->trust);
	sql_int(&q, from->received);
	(void)sql_step(&q);
	if (sql_end(&q, f) == FAULT_NONE)
		(void)buf_check(&ip, f);
	buf_free(&ip);
	return f->kind;
}

static enum fault_kind
name_one(struct report_store *s, int64_t id, struct span name,
    struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "UPDATE source SET name = ? WHERE id = ?");
	sql_text(&q, name);
	sql_int(&q, id);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
report_put_name(struct report_store *s, const struct ipaddr *net,
    unsigned prefix, struct span name, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "SELECT id, ip FROM source");
	while (f->kind == FAULT_NONE && sql_step(&q)) {
		struct span bytes = sql_span(&q, 1);
		struct ipaddr ip = { .family = bytes.len == 4 ? 4 : 6 };

		for (size_t i = 0; i < bytes.len && i < 16; i++)
			ip.bytes[i] = (uint8_t)bytes.p[i];
		if (ipaddr_in(&ip, net, prefix))
			(void)name_one(s, sql_column(&q, 0), name, f);
	}
	return f->kind != FAULT_NONE ? f->kind : sql_end(&q, f);
}

static enum fault_kind
with_time(struct report_store *s, const char *sql, int64_t time,
    struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, sql);
	sql_int(&q, time);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

enum fault_kind
report_prune(struct report_store *s, int64_t before, int64_t *n,
    struct fault *f)
{
#define OLD "(SELECT id FROM report WHERE end_at < ?)"
	static const char *const steps[] = {
		"DELETE FROM auth WHERE row IN (SELECT id FROM row WHERE"
		" report IN " OLD ")",
		"DELETE FROM row WHERE report IN " OLD,
		"DELETE FROM tls_detail WHERE tls IN (SELECT id FROM tls"
		" WHERE report IN " OLD ")",
		"DELETE FROM tls WHERE report IN " OLD,
		"DELETE FROM finding WHERE report IN " OLD,
		"DELETE FROM failure WHERE received < ?",
		"DELETE FROM input WHERE received < ? AND id NOT IN"
		" (SELECT input FROM report)",
		"DELETE FROM ack WHERE until < ?",
		"DELETE FROM report WHERE end_at < ?",
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (with_time(s, steps[i], before, f) != FAULT_NONE)
			return f->kind;
	*n = sql_changes(&s->db);
	return FAULT_NONE;
#undef OLD
}
