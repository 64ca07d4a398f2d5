/* SPDX-License-Identifier: ISC */
/* The views: one question each, all with the same nine parameters. */
#include <string.h>

#include "report/cause.h"
#include "report/finding.h"
#include "report/store_impl.h"
#include "report/store_read.h"
#include "report/table.h"

#define T TABLE_TEXT
#define N TABLE_COUNT
#define R TABLE_RATE
#define D TABLE_DAY

#define DAYS " FROM day d JOIN source s ON s.id = d.source" \
    " JOIN reporter p ON p.id = d.reporter WHERE" \
    " (?1 IS NULL OR d.domain = ?1) AND d.day >= ?2 AND d.day <= ?3" \
    " AND (?4 IS NULL OR p.domain = ?4) AND d.trust >= ?5" \
    " AND (?6 IS NULL OR (s.ip >= ?6 AND s.ip <= ?7" \
    " AND length(s.ip) = length(?6)))" \
    " AND (?8 = 0 OR d.messages > d.pass)" \
    " AND (?9 IS NULL OR d.header_from = ?9)"
/* The same on whole reports. */
#define REPORTS " FROM report r JOIN reporter p ON p.id = r.reporter" \
    " WHERE (?1 IS NULL OR r.domain = ?1) AND r.begin_at >= ?2 * 86400" \
    " AND r.begin_at < (?3 + 1) * 86400" \
    " AND (?4 IS NULL OR p.domain = ?4) AND r.trust >= ?5" \
    " AND ?6 IS ?6 AND ?7 IS ?7 AND ?8 = ?8 AND ?9 IS ?9" \
    " AND r.state <> 3"
#define RATE(a, b) "CASE WHEN sum(" b ") > 0 THEN sum(" a ") * 10000 /" \
    " sum(" b ") ELSE -1 END"
#define SUMS "sum(d.messages), sum(d.pass), " RATE("d.pass", "d.messages") \
    ", sum(d.dkim_pass), sum(d.spf_pass), sum(d.quarantined)," \
    " sum(d.rejected), sum(CASE WHEN d.trust = 0 THEN d.messages ELSE 0 END)"
#define SUM_COLUMNS { "messages", "Messages", N }, { "pass", "Pass", N }, \
    { "pass_rate", "Pass rate", R }, { "dkim", "DKIM", N }, \
    { "spf", "SPF", N }, { "quarantined", "Quarantined", N }, \
    { "rejected", "Rejected", N }, { "unverified", "Unverified", N }
#define IDENTITY "CASE d.identity WHEN '' THEN 'none' ELSE d.identity END"

static const struct view {
	const char *word, *title, *sql;
	struct table_column columns[TABLE_COLUMNS];
} views[VIEW_COUNT] = {
	[VIEW_DAYS] = { "days", "Days", "SELECT d.day, " SUMS DAYS
	    " GROUP BY d.day ORDER BY d.day DESC",
	    { { "day", "Day", D }, SUM_COLUMNS } },
	[VIEW_DOMAINS] = { "domains", "Domains", "SELECT d.domain, " SUMS
	    DAYS " GROUP BY d.domain ORDER BY 2 DESC, 1",
	    { { "domain", "Domain", T }, SUM_COLUMNS } },
	[VIEW_SOURCES] = { "sources", "Sources", "SELECT s.ip,"
	    " max(s.name), " IDENTITY ", " SUMS DAYS
	    " GROUP BY s.ip, d.identity ORDER BY 4 DESC, 1, 3",
	    { { "source_ip", "Address", T }, { "name", "Name", T },
	    { "sender", "Sender", T }, SUM_COLUMNS } },
	[VIEW_SENDERS] = { "senders", "Senders", "SELECT " IDENTITY ","
	    " count(DISTINCT d.source), " SUMS DAYS
	    " GROUP BY d.identity ORDER BY 3 DESC, 1",
	    { { "sender", "Sender", T }, { "addresses", "Addresses", N },
	    SUM_COLUMNS } },
	[VIEW_REPORTERS] = { "reporters", "Reporters", "SELECT p.domain,"
	    " max(r.org_name), count(*), sum(r.messages), sum(r.passed), "
	    RATE("r.passed", "r.messages") ", sum(CASE WHEN r.trust = 4"
	    " THEN 1 ELSE 0 END), sum(CASE WHEN r.trust = 0 THEN 1 ELSE 0"
	    " END), max(r.end_at) / 86400, (SELECT count(DISTINCT x.code)"
	    " FROM finding x JOIN report y ON y.id = x.report"
	    " WHERE y.reporter = p.id)" REPORTS " AND r.kind = 1"
	    " AND r.state = 0 GROUP BY p.id, p.domain ORDER BY 4 DESC, 1",
	    { { "reporter", "Reporter", T }, { "org_name", "Name", T },
	    { "reports", "Reports", N }, { "messages", "Messages", N },
	    { "pass", "Pass", N }, { "pass_rate", "Pass rate", R },
	    { "verified", "Verified", N }, { "unverified", "Unverified", N },
	    { "last", "Last", D }, { "deviations", "Deviations", N } } },
	[VIEW_SELECTORS] = { "selectors", "Selectors", "SELECT k.signer,"
	    " k.selector, min(k.day), max(k.day), sum(k.pass), sum(k.fail),"
	    " sum(k.error) FROM selector k WHERE (?1 IS NULL OR"
	    " k.domain = ?1) AND k.day >= ?2 AND k.day <= ?3 AND ?4 IS ?4"
	    " AND k.trust >= ?5 AND ?6 IS ?6 AND ?7 IS ?7 AND (?8 = 0 OR"
	    " k.fail + k.error > 0) AND ?9 IS ?9"
	    " GROUP BY k.signer, k.selector ORDER BY 5 DESC, 1, 2",
	    { { "domain", "Domain", T }, { "selector", "Selector", T },
	    { "first", "First", D }, { "last", "Last", D },
	    { "pass", "Pass", N }, { "fail", "Fail", N },
	    { "error", "Error", N } } },
	[VIEW_FAILING] = { "failing", "Failing sources", "SELECT s.ip,"
	    " max(s.name), " IDENTITY ", d.cause, sum(d.messages - d.pass),"
	    " sum(d.quarantined), sum(d.rejected), min(d.day), max(d.day)"
	    DAYS " AND d.messages > d.pass GROUP BY s.ip, d.identity,"
	    " d.cause ORDER BY 5 DESC, 1, 3, 4",
	    { { "source_ip", "Address", T }, { "name", "Name", T },
	    { "sender", "Sender", T }, { "cause", "Cause", T },
	    { "failed", "Failed", N }, { "quarantined", "Quarantined", N },
	    { "rejected", "Rejected", N }, { "first", "First", D },
	    { "last", "Last", D } } },
	[VIEW_OVERRIDES] = { "overrides", "Overrides", "SELECT w.reasons,"
	    " sum(w.count), count(DISTINCT r.reporter),"
	    " count(DISTINCT w.source) FROM row w JOIN report r"
	    " ON r.id = w.report JOIN reporter p ON p.id = r.reporter"
	    " WHERE (?1 IS NULL OR r.domain = ?1)"
	    " AND r.begin_at >= ?2 * 86400 AND r.begin_at < (?3 + 1) * 86400"
	    " AND (?4 IS NULL OR p.domain = ?4) AND r.trust >= ?5"
	    " AND ?6 IS ?6 AND ?7 IS ?7 AND ?8 = ?8 AND ?9 IS ?9"
	    " AND r.state = 0 AND w.reasons <> '' GROUP BY w.reasons"
	    " ORDER BY 2 DESC, 1",
	    { { "reason", "Reason", T }, { "messages", "Messages", N },
	    { "reporters", "Reporters", N }, { "sources", "Sources", N } } },
	[VIEW_POLICY] = { "policy", "Policy over time", "SELECT r.domain,"
	    " r.p, r.sp, r.np, r.adkim, r.aspf, r.testing,"
	    " min(r.begin_at) / 86400, max(r.end_at) / 86400, count(*),"
	    " count(DISTINCT r.reporter)" REPORTS " AND r.kind = 1"
	    " AND r.state = 0 GROUP BY 1, 2, 3, 4, 5, 6, 7"
	    " ORDER BY 9 DESC, 1",
	    { { "domain", "Domain", T }, { "p", "p", T }, { "sp", "sp", T },
	    { "np", "np", T }, { "adkim", "adkim", T },
	    { "aspf", "aspf", T }, { "testing", "t", T },
	    { "first", "First", D }, { "last", "Last", D },
	    { "reports", "Reports", N }, { "reporters", "Reporters", N } } },
	[VIEW_FAILURES] = { "failures", "Failure reports", "SELECT"
	    " x.arrival, x.domain, x.source, x.auth_failure, x.alignment,"
	    " x.dkim_domain, x.dkim_selector, x.mail_from_domain,"
	    " x.delivery, x.incidents, x.reporter FROM failure x"
	    " WHERE (?1 IS NULL OR x.domain = ?1)"
	    " AND x.received >= ?2 * 86400 AND x.received < (?3 + 1) * 86400"
	    " AND (?4 IS NULL OR x.reporter = ?4) AND x.trust >= ?5"
	    " AND ?6 IS ?6 AND ?7 IS ?7 AND ?8 = ?8 AND ?9 IS ?9"
	    " ORDER BY x.id DESC",
	    { { "arrival", "Arrival", TABLE_TIME },
	    { "domain", "Domain", T }, { "source_ip", "Address", T },
	    { "auth_failure", "Failure", T },
	    { "alignment", "Not aligned", T },
	    { "dkim_domain", "DKIM domain", T },
	    { "dkim_selector", "Selector", T },
	    { "mail_from_domain", "MAIL FROM", T },
	    { "delivery", "Delivery", T }, { "incidents", "Incidents", N },
	    { "reporter", "Reporter", T } } },
	[VIEW_TLS] = { "tls", "TLS reports", "SELECT t.policy_domain,"
	    " t.policy_type, count(DISTINCT r.id), sum(t.ok), sum(t.failed),"
	    " (SELECT z.result_type FROM tls_detail z JOIN tls y"
	    " ON y.id = z.tls WHERE y.policy_domain IS t.policy_domain"
	    " ORDER BY z.count DESC LIMIT 1)"
	    " FROM tls t JOIN report r ON r.id = t.report"
	    " JOIN reporter p ON p.id = r.reporter WHERE"
	    " (?1 IS NULL OR t.policy_domain = ?1)"
	    " AND r.begin_at >= ?2 * 86400 AND r.begin_at < (?3 + 1) * 86400"
	    " AND (?4 IS NULL OR p.domain = ?4) AND r.trust >= ?5"
	    " AND ?6 IS ?6 AND ?7 IS ?7 AND (?8 = 0 OR t.failed > 0)"
	    " AND ?9 IS ?9 AND r.state = 0 GROUP BY t.policy_domain,"
	    " t.policy_type ORDER BY 5 DESC, 4 DESC, 1",
	    { { "domain", "Domain", T }, { "policy_type", "Policy", T },
	    { "reports", "Reports", N }, { "successful", "Successful", N },
	    { "failed", "Failed", N }, { "failure", "Failure", T } } },
	[VIEW_REJECT] = { "reject", "What p=reject would break", "SELECT "
	    IDENTITY ", d.cause, sum(d.messages - d.pass),"
	    " count(DISTINCT d.source), count(DISTINCT d.reporter),"
	    " min(d.day), max(d.day)" DAYS " AND d.messages > d.pass"
	    " GROUP BY d.identity, d.cause"
	    " ORDER BY CASE d.cause WHEN 1 THEN 0 WHEN 2 THEN 1 WHEN 3 THEN 2"
	    " ELSE 3 END, 3 DESC, 1",
	    { { "sender", "Sender", T }, { "cause", "Cause", T },
	    { "failed", "Failed", N }, { "addresses", "Addresses", N },
	    { "reporters", "Reporters", N }, { "first", "First", D },
	    { "last", "Last", D }, { "remedy", "Remedy", T } } },
	[VIEW_FINDINGS] = { "findings", "Deviations", "SELECT x.code,"
	    " sum(x.count), count(DISTINCT r.id), count(DISTINCT r.reporter),"
	    " x.code FROM finding x JOIN report r ON r.id = x.report"
	    " JOIN reporter p ON p.id = r.reporter WHERE"
	    " (?1 IS NULL OR r.domain = ?1) AND r.begin_at >= ?2 * 86400"
	    " AND r.begin_at < (?3 + 1) * 86400"
	    " AND (?4 IS NULL OR p.domain = ?4) AND r.trust >= ?5"
	    " AND ?6 IS ?6 AND ?7 IS ?7 AND ?8 = ?8 AND ?9 IS ?9"
	    " AND r.state <> 3 GROUP BY x.code ORDER BY x.code",
	    { { "code", "Code", T }, { "count", "Count", N },
	    { "reports", "Reports", N }, { "reporters", "Reporters", N },
	    { "text", "Meaning", T } } },
	[VIEW_HEAT] = { "heat", "Senders by day", "SELECT " IDENTITY
	    ", d.day, sum(d.messages), sum(d.pass)" DAYS
	    " GROUP BY d.identity, d.day ORDER BY 1, 2",
	    { { "sender", "Sender", T }, { "day", "Day", D },
	    { "messages", "Messages", N }, { "pass", "Pass", N } } },
	[VIEW_TOTALS] = { "totals", "Totals",
	    "SELECT coalesce(sum(d.messages), 0), coalesce(sum(d.pass), 0), "
	    RATE("d.pass", "d.messages") ", coalesce(sum(d.dkim_pass), 0),"
	    " coalesce(sum(d.spf_pass), 0), coalesce(sum(d.both_pass), 0),"
	    " coalesce(sum(d.quarantined), 0), coalesce(sum(d.rejected), 0),"
	    " count(DISTINCT d.reporter), count(DISTINCT d.day),"
	    " coalesce(sum(CASE WHEN d.trust = 4 THEN d.messages ELSE 0 END),"
	    " 0), coalesce(min(d.day), 0), coalesce(max(d.day), 0)" DAYS,
	    { { "messages", "Messages", N }, { "pass", "Pass", N },
	    { "pass_rate", "Pass rate", R }, { "dkim", "DKIM", N },
	    { "spf", "SPF", N }, { "both", "Both", N },
	    { "quarantined", "Quarantined", N },
	    { "rejected", "Rejected", N }, { "reporters", "Reporters", N },
	    { "days", "Days", N }, { "verified", "Verified", N },
	    { "first", "First", D }, { "last", "Last", D } } },
	[VIEW_REPORTS] = { "reports", "Reports", "SELECT r.id, p.domain,"
	    " r.report_id, r.domain, r.begin_at, r.end_at, r.trust, r.state,"
	    " r.nrows, r.messages, r.passed" REPORTS
	    " ORDER BY r.begin_at DESC, r.id DESC",
	    { { "id", "ID", N }, { "reporter", "Reporter", T },
	    { "report_id", "Report-ID", T }, { "domain", "Domain", T },
	    { "begin", "Begin", TABLE_TIME }, { "end", "End", TABLE_TIME },
	    { "trust", "Trust", T }, { "state", "State", T },
	    { "rows", "Rows", N }, { "messages", "Messages", N },
	    { "pass", "Pass", N } } },
	[VIEW_PRESENCE] = { "presence", "Presence", "SELECT p.domain,"
	    " count(DISTINCT d.day), max(d.day)" DAYS " GROUP BY p.domain"
	    " ORDER BY 1", { { "reporter", "Reporter", T },
	    { "days", "Days", N }, { "last", "Last", D } } },
	[VIEW_ROWS] = { "report", "Report", "SELECT s.ip, w.count,"
	    " w.disposition, w.dkim, w.spf, w.header_from, w.envelope_from,"
	    " w.reasons, (SELECT group_concat(CASE x.kind WHEN 0 THEN"
	    " 'dkim ' ELSE 'spf ' END || coalesce(x.domain, '') || ' ' ||"
	    " coalesce(x.selector, x.scope, '') || ' ' || CASE x.result"
	    " WHEN 0 THEN 'none' WHEN 1 THEN 'pass' WHEN 2 THEN 'fail'"
	    " WHEN 3 THEN 'policy' WHEN 4 THEN 'neutral' WHEN 5 THEN"
	    " 'temperror' WHEN 6 THEN 'permerror' WHEN 7 THEN 'softfail'"
	    " ELSE coalesce(x.text, 'other') END, '; ')"
	    " FROM auth x WHERE x.row = w.id), w.cause, w.findings"
	    " FROM row w JOIN source s ON s.id = w.source WHERE ?1 IS ?1"
	    " AND w.report = ?2 AND ?3 = ?3 AND ?4 IS ?4 AND ?5 = ?5"
	    " AND ?6 IS ?6 AND ?7 IS ?7 AND ?8 = ?8 AND ?9 IS ?9"
	    " ORDER BY w.count DESC, w.id",
	    { { "source_ip", "Address", T }, { "count", "Messages", N },
	    { "disposition", "Done", T }, { "dkim", "DKIM", T },
	    { "spf", "SPF", T }, { "header_from", "From", T },
	    { "envelope_from", "MAIL FROM", T }, { "reasons", "Reasons", T },
	    { "auth", "Results", T }, { "cause", "Cause", T },
	    { "findings", "Findings", T } } },
};

bool
report_view_of(struct span word, enum report_view *out)
{
	for (int v = 0; v < VIEW_COUNT; v++) {
		if (span_eq(word, span_of(views[v].word))) {
			*out = (enum report_view)v;
			return true;
		}
	}
	return false;
}

/* What stands in the store as a number or as bytes is a word for people. */
static struct span
cell_text(const struct sql *q, size_t column, const char *key,
    struct arena *a)
{
	static const char *const states[] = { "counts", "conflict",
		"superseded", "open" };
	struct span s = sql_span(q, (int)column);
	int64_t n = sql_column(q, (int)column);
	struct ipaddr ip = { .family = s.len == 4 ? 4 : 6 };
	enum report_code code;
	struct buf b;

	if (strcmp(key, "cause") == 0)
		return span_of(report_cause_word((enum report_cause)n));
	if (strcmp(key, "remedy") == 0)
		return span_of(report_cause_remedy((enum report_cause)
		    sql_column(q, 1)));
	if (strcmp(key, "disposition") == 0)
		return span_of(report_disposition_word(
		    (enum report_disposition)n));
	if (strcmp(key, "dkim") == 0 || strcmp(key, "spf") == 0)
		return span_of(n != 0 ? "pass" : "fail");
	if (strcmp(key, "trust") == 0)
		return span_of(report_trust_word((enum report_trust)n));
	if (strcmp(key, "state") == 0)
		return span_of(states[n & 3]);
	if (strcmp(key, "text") == 0 && report_code_of(s, &code))
		return span_of(report_code_text(code));
	if (strcmp(key, "source_ip") == 0 && (s.len == 4 || s.len == 16) &&
	    sql_is_blob(q, (int)column)) {
		memcpy(ip.bytes, s.p, s.len);
		buf_init(&b, 64);
		ipaddr_format(&ip, &b);
		s = b.nomem ? (struct span){ NULL, 0 } :
		    arena_span(a, buf_span(&b));
		buf_free(&b);
		return s;
	}
	return s.p == NULL ? s : arena_span(a, s);
}

static enum fault_kind
add_row(struct table *t, const struct sql *q, struct arena *a,
    struct fault *f)
{
	struct table_cell *c = &t->cells[t->nrows * t->ncolumns];

	for (size_t i = 0; i < t->ncolumns; i++) {
		c[i].n = sql_column(q, (int)i);
		if (t->columns[i].kind == TABLE_TEXT) {
			c[i].text = cell_text(q, i, t->columns[i].key, a);
			if (c[i].text.p == NULL &&
			    sql_span(q, (int)i).p != NULL)
				return fault_nomem(f);
		}
	}
	t->nrows++;
	return FAULT_NONE;
}

static void
bind(struct sql *q, const struct report_filter *x)
{
	struct span net = { (const char *)x->low, x->net_len };
	struct span end = { (const char *)x->high, x->net_len };

	sql_text(q, x->domain);
	sql_int(q, x->since);
	sql_int(q, x->until);
	sql_text(q, x->reporter);
	sql_int(q, x->trust);
	if (!x->has_net)
		net.p = end.p = NULL;
	sql_blob(q, net);
	sql_blob(q, end);
	sql_int(q, x->failed);
	sql_text(q, x->from);
}

enum fault_kind
report_view_read(struct report_store *s, enum report_view view,
    const struct report_filter *filter, struct arena *a, struct table *t,
    struct fault *f)
{
	const struct view *v = &views[view];
	size_t most = filter->limit > 0 && filter->limit < TABLE_ROWS ?
	    (size_t)filter->limit : TABLE_ROWS;
	struct report_filter one = *filter;
	struct sql q;

	*t = (struct table){ .name = v->word, .title = v->title,
	    .columns = v->columns };
	while (t->ncolumns < TABLE_COLUMNS &&
	    v->columns[t->ncolumns].key != NULL)
		t->ncolumns++;
	sql_prepare(&q, &s->db, v->sql);
	if (view == VIEW_ROWS)
		one.since = filter->id;
	bind(&q, &one);
	while (f->kind == FAULT_NONE && sql_step(&q)) {
		if (t->nrows == most) {
			t->cut = true;
			break;
		}
		if (t->nrows == t->room) {
			struct table_cell *old = t->cells;

			t->room = t->room == 0 ? 64 : 2 * t->room;
			t->cells = arena_array(a, t->room * t->ncolumns,
			    sizeof(*t->cells));
			if (t->cells == NULL)
				(void)fault_nomem(f);
			else if (old != NULL)
				memcpy(t->cells, old, t->nrows *
				    t->ncolumns * sizeof(*old));
		}
		if (f->kind == FAULT_NONE)
			(void)add_row(t, &q, a, f);
	}
	if (f->kind != FAULT_NONE) {
		struct fault later = { .kind = FAULT_NONE };

		(void)sql_end(&q, &later);
		return f->kind;
	}
	return sql_end(&q, f);
}
