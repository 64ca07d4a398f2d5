/* SPDX-License-Identifier: ISC */
/* Statements of the reading side that write. */
#include "report/cause.h"
#include "report/store_impl.h"
#include "report/store_read.h"

enum state {
	STATE_COUNTS = 0,	/* the one that counts of its identity */
	STATE_CONFLICT,		/* kept, shown, not counted */
	STATE_SUPERSEDED,	/* was counted until --replace */
	STATE_OPEN		/* its rows are still arriving */
};

static struct span
ip_bytes(const struct ipaddr *ip)
{
	return (struct span){ (const char *)ip->bytes,
	    ip->family == 4 ? 4 : 16 };
}

/* The id of a thing that is there or is made: two statements. */
static enum fault_kind
source_id(struct report_store *s, const struct ipaddr *ip, int64_t *id,
    struct fault *f)
{
	struct sql q;

	*id = 0;
	sql_prepare(&q, &s->db, "SELECT id FROM source WHERE ip = ?");
	sql_blob(&q, ip_bytes(ip));
	if (sql_step(&q))
		*id = sql_column(&q, 0);
	if (sql_end(&q, f) != FAULT_NONE || *id != 0)
		return f->kind;
	sql_prepare(&q, &s->db, "INSERT INTO source(ip) VALUES(?)");
	sql_blob(&q, ip_bytes(ip));
	(void)sql_step(&q);
	if (sql_end(&q, f) == FAULT_NONE)
		*id = sql_id(&s->db);
	return f->kind;
}

static enum fault_kind
reporter_id(struct report_store *s, struct span domain, struct span org,
    int64_t *id, struct fault *f)
{
	struct sql q;

	*id = 0;
	sql_prepare(&q, &s->db, "SELECT id FROM reporter WHERE domain = ?");
	sql_text(&q, domain);
	if (sql_step(&q))
		*id = sql_column(&q, 0);
	if (sql_end(&q, f) != FAULT_NONE || *id != 0)
		return f->kind;
	sql_prepare(&q, &s->db,
	    "INSERT INTO reporter(domain, org_name) VALUES(?, ?)");
	sql_text(&q, domain);
	sql_text(&q, org.p == NULL ? SPAN("") : org);
	(void)sql_step(&q);
	if (sql_end(&q, f) == FAULT_NONE)
		*id = sql_id(&s->db);
	return f->kind;
}

enum fault_kind
report_put_input(struct report_store *s, const struct report_origin *from,
    enum report_outcome outcome, enum report_why why, int64_t *id,
    struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "INSERT INTO input(digest, file,"
	    " message_id, from_domain, received, trust, result, reason)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(digest) DO UPDATE"
	    " SET result = CASE WHEN input.result = 1 THEN 1"
	    " ELSE excluded.result END, reason = excluded.reason"
	    " RETURNING id");
	sql_text(&q, from->digest);
	sql_text(&q, from->file);
	sql_text(&q, from->message_id);
	sql_text(&q, from->from_domain);
	sql_int(&q, from->received);
	sql_int(&q, from->trust);
	sql_int(&q, outcome);
	sql_text(&q, span_of(report_why_word(why)));
	*id = sql_step(&q) ? sql_column(&q, 0) : 0;
	return sql_end(&q, f);
}

static enum fault_kind
put_begin(struct report_store *s, enum report_kind kind, int64_t *id,
    struct fault *f)
{
	struct sql q;

	if (report_store_mark(s, f) != FAULT_NONE)
		return f->kind;
	sql_prepare(&q, &s->db, "INSERT INTO report(input, kind, reporter,"
	    " report_id, domain, begin_at, end_at, dialect, digest, org_name,"
	    " trust, state, nrows, messages, passed, received) VALUES(0, ?,"
	    " 0, '', '', 0, 0, 0, '', '', 0, ?, 0, 0, 0, 0)");
	sql_int(&q, kind);
	sql_int(&q, STATE_OPEN);
	(void)sql_step(&q);
	if (sql_end(&q, f) == FAULT_NONE)
		*id = sql_id(&s->db);
	return f->kind;
}

enum fault_kind
report_put_begin(struct report_store *s, int64_t *id, struct fault *f)
{
	return put_begin(s, REPORT_AGGREGATE, id, f);
}

enum fault_kind
report_put_drop(struct report_store *s, struct fault *f)
{
	return report_store_undo(s, f) == FAULT_NONE ?
	    report_store_keep(s, f) : f->kind;
}

static enum fault_kind
put_auth(struct report_store *s, int64_t row, int kind,
    const struct report_auth *a, size_t n, struct fault *f)
{
	struct sql q;

	if (n == 0)
		return FAULT_NONE;
	sql_prepare(&q, &s->db, "INSERT INTO auth(row, kind, domain,"
	    " selector, scope, result, text, human)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
	for (size_t i = 0; i < n; i++) {
		sql_again(&q);
		sql_int(&q, row);
		sql_int(&q, kind);
		sql_text(&q, a[i].domain);
		sql_text(&q, a[i].selector);
		sql_text(&q, a[i].scope);
		sql_int(&q, a[i].result);
		sql_text(&q, a[i].text);
		sql_text(&q, a[i].human);
		(void)sql_step(&q);
	}
	return sql_end(&q, f);
}

/* "mailing_list=comment", one a line. */
static void
reasons_text(const struct report_row *row, struct buf *b)
{
	for (size_t i = 0; i < row->nreasons; i++) {
		const struct report_reason *r = &row->reasons[i];

		buf_addf(b, "%s%s", i > 0 ? "\n" : "",
		    report_reason_word(r->type));
		if (r->comment.p == NULL)
			continue;
		buf_addc(b, '=');
		for (size_t k = 0; k < r->comment.len; k++)
			buf_addc(b, r->comment.p[k] == '\n' ? ' ' :
			    r->comment.p[k]);
	}
}

static void
codes_text(uint64_t codes, struct buf *b)
{
	for (int c = 0; c < REPORT_CODES; c++)
		if ((codes >> c & 1) != 0)
			buf_addf(b, "%s%s", b->len > 0 ? " " : "",
			    report_code_word((enum report_code)c));
}

enum fault_kind
report_put_row(struct report_store *s, int64_t id, struct span ours,
    const struct report_row *row, struct fault *f)
{
	struct buf reasons, codes;
	struct sql q;
	int64_t source;

	if (source_id(s, &row->ip, &source, f) != FAULT_NONE)
		return f->kind;
	buf_init(&reasons, (size_t)32 << 10);
	buf_init(&codes, 512);
	reasons_text(row, &reasons);
	codes_text(row->codes, &codes);
	sql_prepare(&q, &s->db, "INSERT INTO row(report, source, count,"
	    " disposition, dkim, spf, header_from, envelope_from,"
	    " envelope_to, reasons, identity, cause, findings)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	sql_int(&q, id);
	sql_int(&q, source);
	sql_int(&q, (int64_t)row->count);
	sql_int(&q, row->disposition);
	sql_int(&q, row->dkim);
	sql_int(&q, row->spf);
	sql_text(&q, row->header_from);
	sql_text(&q, row->envelope_from);
	sql_text(&q, row->envelope_to);
	sql_text(&q, buf_span(&reasons));
	sql_text(&q, report_identity(row, ours));
	sql_int(&q, report_cause(row, ours));
	sql_text(&q, buf_span(&codes));
	(void)sql_step(&q);
	if (sql_end(&q, f) == FAULT_NONE &&
	    buf_check(&reasons, f) == FAULT_NONE &&
	    buf_check(&codes, f) == FAULT_NONE) {
		int64_t n = sql_id(&s->db);

		if (put_auth(s, n, 0, row->auth_dkim, row->ndkim, f) ==
		    FAULT_NONE)
			(void)put_auth(s, n, 1, row->auth_spf, row->nspf, f);
	}
	buf_free(&reasons);
	buf_free(&codes);
	return f->kind;
}

static enum fault_kind
put_findings(struct report_store *s, int64_t id,
    const struct report_findings *findings, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db,
	    "INSERT INTO finding(report, code, count) VALUES(?, ?, ?)");
	for (int c = 0; c < REPORT_CODES; c++) {
		if (findings->count[c] == 0)
			continue;
		sql_again(&q);
		sql_int(&q, id);
		sql_text(&q,
		    span_of(report_code_word((enum report_code)c)));
		sql_int(&q, (int64_t)findings->count[c]);
		(void)sql_step(&q);
	}
	return sql_end(&q, f);
}

/* An identity, as all kinds of reports have one. */
struct identity {
	int64_t reporter, begin, end;
	struct span report_id, domain, digest;
	bool replace;
};

/*
 * Is there one of this identity?  *outcome: stored (none), duplicate or
 * conflict; *other is the one that counts.
 */
static enum fault_kind
look_for(struct report_store *s, const struct identity *i,
    enum report_outcome *outcome, int64_t *other, struct fault *f)
{
	struct sql q;

	*outcome = REPORT_STORED;
	*other = 0;
	sql_prepare(&q, &s->db, "SELECT id, digest, state FROM report"
	    " WHERE reporter = ? AND report_id = ? AND domain = ?"
	    " AND begin_at = ? AND end_at = ? AND state <> 3");
	sql_int(&q, i->reporter);
	sql_text(&q, i->report_id);
	sql_text(&q, i->domain);
	sql_int(&q, i->begin);
	sql_int(&q, i->end);
	while (sql_step(&q)) {
		bool same = span_eq(sql_span(&q, 1), i->digest);

		/* With --replace the same bytes may take the place back. */
		if (same && !(i->replace && sql_column(&q, 2) !=
		    STATE_COUNTS)) {
			*outcome = REPORT_DUPLICATE;
		} else if (sql_column(&q, 2) == STATE_COUNTS) {
			*other = sql_column(&q, 0);
			if (*outcome == REPORT_STORED)
				*outcome = REPORT_CONFLICT;
		}
	}
	return sql_end(&q, f);
}

static enum fault_kind
set_state(struct report_store *s, int64_t id, int64_t state, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "UPDATE report SET state = ? WHERE id = ?");
	sql_int(&q, state);
	sql_int(&q, id);
	(void)sql_step(&q);
	return sql_end(&q, f);
}

/* The one that counted leaves the sums. */
static enum fault_kind
supersede(struct report_store *s, int64_t id, struct span domain,
    struct fault *f)
{
	struct report_whole w = { .id = id, .domain = domain };
	struct sql q;

	sql_prepare(&q, &s->db, "SELECT reporter, begin_at, end_at, trust"
	    " FROM report WHERE id = ?");
	sql_int(&q, id);
	if (sql_step(&q)) {
		w.reporter = sql_column(&q, 0);
		w.begin = sql_column(&q, 1);
		w.end = sql_column(&q, 2);
		w.trust = sql_column(&q, 3);
	}
	if (sql_end(&q, f) != FAULT_NONE ||
	    report_store_days(s, &w, -1, f) != FAULT_NONE)
		return f->kind;
	return set_state(s, id, STATE_SUPERSEDED, f);
}

/* AGG040: by more than an hour, another report of the same reporter. */
static enum fault_kind
overlaps(struct report_store *s, const struct identity *i, int64_t id,
    bool *yes, struct fault *f)
{
	struct sql q;

	sql_prepare(&q, &s->db, "SELECT 1 FROM report WHERE reporter = ?"
	    " AND domain = ? AND end_at > ? AND begin_at < ? AND state = 0"
	    " AND id <> ? AND kind = 1 LIMIT 1");
	sql_int(&q, i->reporter);
	sql_text(&q, i->domain);
	sql_int(&q, i->begin + 3600);
	sql_int(&q, i->end - 3600);
	sql_int(&q, id);
	*yes = sql_step(&q);
	return sql_end(&q, f);
}

static struct span
mode_text(const char *c)
{
	return *c == 0 ? (struct span){ NULL, 0 } : (struct span){ c, 1 };
}

static struct span
ask_text(enum report_ask a)
{
	return a == REPORT_ASK_UNSET ? (struct span){ NULL, 0 } :
	    span_of(report_ask_word(a));
}

static enum fault_kind
fill(struct report_store *s, int64_t id, int64_t input,
    const struct identity *i, const struct report_origin *from,
    const struct report_read *read, int64_t state, struct fault *f)
{
	const struct report *m = &read->meta;
	const struct report_policy *p = &m->policy;
	struct sql q;
	struct buf errors;

	buf_init(&errors, (size_t)32 << 10);
	for (size_t k = 0; k < m->nerrors; k++) {
		buf_adds(&errors, k > 0 ? "\n" : "");
		buf_addspan(&errors, m->errors[k]);
	}
	sql_prepare(&q, &s->db, "UPDATE report SET input = ?, reporter = ?,"
	    " report_id = ?, domain = ?, begin_at = ?, end_at = ?,"
	    " dialect = ?, digest = ?, org_name = ?, email = ?, contact = ?,"
	    " p = ?, sp = ?, np = ?, adkim = ?, aspf = ?, fo = ?,"
	    " testing = ?, pct = ?, discovery = ?, errors = ?,"
	    " generator = ?, trust = ?, state = ?, nrows = ?, messages = ?,"
	    " passed = ?, received = ? WHERE id = ?");
	sql_int(&q, input);
	sql_int(&q, i->reporter);
	sql_text(&q, i->report_id);
	sql_text(&q, i->domain);
	sql_int(&q, i->begin);
	sql_int(&q, i->end);
	sql_int(&q, m->dialect);
	sql_text(&q, i->digest);
	sql_text(&q, m->org_name.p == NULL ? SPAN("") : m->org_name);
	sql_text(&q, m->email);
	sql_text(&q, m->extra_contact_info);
	sql_text(&q, ask_text(p->p));
	sql_text(&q, ask_text(p->sp));
	sql_text(&q, ask_text(p->np));
	sql_text(&q, mode_text(&p->adkim));
	sql_text(&q, mode_text(&p->aspf));
	sql_text(&q, p->fo);
	sql_text(&q, mode_text(&p->testing));
	if (p->pct < 0)
		sql_null(&q);
	else
		sql_int(&q, p->pct);
	sql_text(&q, p->discovery);
	sql_text(&q, buf_span(&errors));
	sql_text(&q, m->generator);
	sql_int(&q, from->trust);
	sql_int(&q, state);
	sql_int(&q, (int64_t)read->rows);
	sql_int(&q, (int64_t)read->messages);
	sql_int(&q, (int64_t)read->passed);
	sql_int(&q, from->received);
	sql_int(&q, id);
	(void)sql_step(&q);
	if (sql_end(&q, f) == FAULT_NONE)
		(void)buf_check(&errors, f);
	buf_free(&errors);
	return f->kind;
}

/* Who reported: the domain of email, else org_name, in lower case. */
static void
reporter_name(struct span email, struct span org, struct buf *b)
{
	size_t at = span_rfind(email, '@');

	buf_addlower(b, span_trim_fws(at < email.len &&
	    at + 1 < email.len ? span_sub(email, at + 1, email.len) : org));
	if (b->len > 0 && b->p[b->len - 1] == '>')
		b->p[--b->len] = '\0';
}

/* It counts: the sums of its days, and what it overlaps. */
static enum fault_kind
count(struct report_store *s, const struct identity *i, int64_t id,
    enum report_trust trust, struct report_read *read, struct fault *f)
{
	const struct report_whole w = { .id = id, .reporter = i->reporter,
	    .begin = i->begin, .end = i->end, .trust = trust,
	    .domain = i->domain };
	bool overlap;

	if (report_store_days(s, &w, 1, f) != FAULT_NONE ||
	    overlaps(s, i, id, &overlap, f) != FAULT_NONE)
		return f->kind;
	if (overlap)
		read->findings.count[AGG040]++;
	return FAULT_NONE;
}

enum fault_kind
report_put_end(struct report_store *s, int64_t id,
    const struct report_origin *from, struct report_read *read,
    enum report_outcome *outcome, struct fault *f)
{
	struct identity i = { .begin = read->meta.begin,
	    .end = read->meta.end, .report_id = read->meta.report_id,
	    .domain = read->meta.policy.domain, .digest = read->digest,
	    .replace = from->replace };
	struct buf name;
	int64_t other, input, state;

	buf_init(&name, 2048);
	reporter_name(read->meta.email, read->meta.org_name, &name);
	if (buf_check(&name, f) != FAULT_NONE || reporter_id(s,
	    buf_span(&name), read->meta.org_name, &i.reporter, f) !=
	    FAULT_NONE ||
	    look_for(s, &i, outcome, &other, f) != FAULT_NONE)
		goto out;
	if (*outcome == REPORT_DUPLICATE) {
		(void)report_put_drop(s, f);
		goto out;
	}
	if (*outcome == REPORT_CONFLICT && from->replace) {
		if (supersede(s, other, i.domain, f) != FAULT_NONE)
			goto out;
		*outcome = REPORT_STORED;
	}
	state = *outcome == REPORT_STORED ? STATE_COUNTS : STATE_CONFLICT;
	if (report_put_input(s, from, *outcome, REPORT_WHY_NONE, &input, f) !=
	    FAULT_NONE || fill(s, id, input, &i, from, read, state, f) !=
	    FAULT_NONE)
		goto out;
	if ((state == STATE_COUNTS && count(s, &i, id, from->trust, read,
	    f) != FAULT_NONE) ||
	    put_findings(s, id, &read->findings, f) != FAULT_NONE)
		goto out;
	(void)report_store_keep(s, f);
out:
	buf_free(&name);
	return f->kind;
}

/* TLS-RPT: one row of report, one of tls a policy. */
static enum fault_kind
put_policy(struct report_store *s, int64_t id,
    const struct report_tls_policy *p, struct fault *f)
{
	struct sql q;
	int64_t tls;

	sql_prepare(&q, &s->db, "INSERT INTO tls(report, policy_type,"
	    " policy_domain, ok, failed) VALUES(?, ?, ?, ?, ?)");
	sql_int(&q, id);
	sql_text(&q, p->type);
	sql_text(&q, p->domain);
	sql_int(&q, (int64_t)p->ok);
	sql_int(&q, (int64_t)p->failed);
	(void)sql_step(&q);
	if (sql_end(&q, f) != FAULT_NONE || p->ndetails == 0)
		return f->kind;
	tls = sql_id(&s->db);
	sql_prepare(&q, &s->db, "INSERT INTO tls_detail(tls, result_type,"
	    " sending, mx, count, code) VALUES(?, ?, ?, ?, ?, ?)");
	for (size_t i = 0; i < p->ndetails; i++) {
		sql_again(&q);
		sql_int(&q, tls);
		sql_text(&q, p->details[i].result_type);
		sql_text(&q, p->details[i].sending);
		sql_text(&q, p->details[i].mx);
		sql_int(&q, (int64_t)p->details[i].count);
		sql_text(&q, p->details[i].code);
		(void)sql_step(&q);
	}
	return sql_end(&q, f);
}

enum fault_kind
report_put_tls(struct report_store *s, const struct report_origin *from,
    const struct report_tls *t, enum report_outcome *outcome,
    struct fault *f)
{
	struct identity i = { .begin = t->begin, .end = t->end,
	    .report_id = t->report_id.p == NULL ? t->digest : t->report_id,
	    .domain = t->policies[0].domain.p == NULL ? SPAN("") :
	    t->policies[0].domain, .digest = t->digest,
	    .replace = from->replace };
	struct report_read read = { .digest = t->digest,
	    .messages = t->ok + t->failed, .passed = t->ok };
	struct buf name;
	int64_t other, input, id;

	read.meta.org_name = t->org_name;
	read.meta.email = t->contact;
	read.meta.policy.pct = -1;
	buf_init(&name, 2048);
	reporter_name(t->contact, t->org_name, &name);
	if (buf_check(&name, f) != FAULT_NONE || put_begin(s, REPORT_TLS, &id,
	    f) != FAULT_NONE ||
	    reporter_id(s, buf_span(&name), t->org_name, &i.reporter, f) !=
	    FAULT_NONE || look_for(s, &i, outcome, &other, f) != FAULT_NONE)
		goto out;
	if (*outcome == REPORT_DUPLICATE) {
		(void)report_put_drop(s, f);
		goto out;
	}
	if (*outcome == REPORT_CONFLICT && from->replace) {
		if (set_state(s, other, STATE_SUPERSEDED, f) != FAULT_NONE)
			goto out;
		*outcome = REPORT_STORED;
	}
	if (report_put_input(s, from, *outcome, REPORT_WHY_NONE, &input, f) ==
	    FAULT_NONE)
		(void)fill(s, id, input, &i, from, &read,
		    *outcome == REPORT_STORED ? STATE_COUNTS :
		    STATE_CONFLICT, f);
	for (size_t k = 0; k < t->npolicies && f->kind == FAULT_NONE; k++)
		(void)put_policy(s, id, &t->policies[k], f);
	if (f->kind == FAULT_NONE &&
	    put_findings(s, id, &t->findings, f) == FAULT_NONE)
		(void)report_store_keep(s, f);
out:
	buf_free(&name);
	return f->kind;
}
