/* SPDX-License-Identifier: ISC */
#include "report/print.h"
#include "report/text.h"

static void
key(struct buf *b, const char *name, struct span value)
{
	buf_addf(b, "\"%s\":", name);
	text_json(b, value);
	buf_addc(b, ',');
}

static void
key_number(struct buf *b, const char *name, int64_t n, bool known)
{
	if (known)
		buf_addf(b, "\"%s\":%lld,", name, (long long)n);
	else
		buf_addf(b, "\"%s\":null,", name);
}

/* The comma after the last member is none. */
static void
close_with(struct buf *b, const char *end)
{
	if (b->len > 0 && b->p[b->len - 1] == ',')
		b->p[--b->len] = '\0';
	buf_adds(b, end);
}

static struct span
word(const char *s)
{
	return s == NULL || *s == '\0' ? (struct span){ NULL, 0 } :
	    span_of(s);
}

static struct span
mode(const char *c)
{
	return *c == 0 ? (struct span){ NULL, 0 } : (struct span){ c, 1 };
}

static void
print_mail(struct buf *b, const struct report_item *i)
{
	if (!i->mailed) {
		buf_adds(b, "\"mail\":null,");
		return;
	}
	buf_adds(b, "\"mail\":{");
	key(b, "author_domain", i->author_domain);
	key(b, "message_id", i->message_id);
	key_number(b, "date", i->date, i->date >= 0);
	key(b, "dmarc", word(i->dmarc));
	close_with(b, "},");
}

static void
print_report(struct buf *b, const struct report *m, struct span digest)
{
	buf_adds(b, "\"report\":{");
	key(b, "org_name", m->org_name);
	key(b, "email", m->email);
	key(b, "extra_contact_info", m->extra_contact_info);
	key(b, "report_id", m->report_id);
	key_number(b, "begin", m->begin, true);
	key_number(b, "end", m->end, true);
	key(b, "dialect", span_of(report_dialect_word(m->dialect)));
	key(b, "generator", m->generator);
	buf_adds(b, "\"errors\":[");
	for (size_t i = 0; i < m->nerrors; i++) {
		text_json(b, m->errors[i]);
		buf_addc(b, ',');
	}
	close_with(b, "],");
	key(b, "digest", digest);
	close_with(b, "},");
}

static void
print_policy(struct buf *b, const struct report_policy *p)
{
	buf_adds(b, "\"policy\":{");
	key(b, "domain", p->domain);
	key(b, "discovery_method", p->discovery);
	key(b, "p", word(report_ask_word(p->p)));
	key(b, "sp", word(report_ask_word(p->sp)));
	key(b, "np", word(report_ask_word(p->np)));
	key(b, "adkim", mode(&p->adkim));
	key(b, "aspf", mode(&p->aspf));
	key(b, "fo", p->fo);
	key(b, "testing", mode(&p->testing));
	key_number(b, "pct", p->pct, p->pct >= 0);
	close_with(b, "},");
}

static void
print_ip(struct buf *b, const struct ipaddr *ip)
{
	struct buf text;

	if (ip->family == 0) {
		buf_adds(b, "null");
		return;
	}
	buf_init(&text, 64);
	ipaddr_format(ip, &text);
	text_json(b, buf_span(&text));
	b->nomem = b->nomem || text.nomem;
	buf_free(&text);
}

static void
print_failure(struct buf *b, const struct report_failure *r)
{
	if (r == NULL) {
		buf_adds(b, "\"failure\":null,");
		return;
	}
	buf_adds(b, "\"failure\":{");
	key(b, "domain", r->domain);
	buf_adds(b, "\"source_ip\":");
	print_ip(b, &r->ip);
	buf_addc(b, ',');
	key_number(b, "arrival", r->arrival, r->arrival >= 0);
	key(b, "auth_failure", r->auth_failure);
	key(b, "alignment", r->alignment);
	key(b, "dkim_domain", r->dkim_domain);
	key(b, "dkim_selector", r->dkim_selector);
	key(b, "mail_from_domain", r->mail_from_domain);
	key(b, "delivery", r->delivery);
	key_number(b, "incidents", (int64_t)r->incidents, true);
	close_with(b, "},");
}

static void
print_tls(struct buf *b, const struct report_tls *t)
{
	if (t == NULL) {
		buf_adds(b, "\"tls\":null,");
		return;
	}
	buf_adds(b, "\"tls\":[");
	for (size_t i = 0; i < t->npolicies; i++) {
		const struct report_tls_policy *p = &t->policies[i];

		buf_addc(b, '{');
		key(b, "policy_type", p->type);
		key(b, "policy_domain", p->domain);
		key_number(b, "successful", (int64_t)p->ok, true);
		key_number(b, "failed", (int64_t)p->failed, true);
		buf_adds(b, "\"details\":[");
		for (size_t k = 0; k < p->ndetails; k++) {
			const struct report_tls_detail *d = &p->details[k];

			buf_addc(b, '{');
			key(b, "result_type", d->result_type);
			key(b, "sending_mta_ip", d->sending);
			key(b, "receiving_mx", d->mx);
			key(b, "reason_code", d->code);
			key_number(b, "count", (int64_t)d->count, true);
			close_with(b, "},");
		}
		close_with(b, "]},");
	}
	close_with(b, "],");
}

/* What a TLS report has of the members of an aggregate one. */
static struct report
tls_meta(const struct report_tls *t)
{
	return (struct report){ .org_name = t->org_name, .email = t->contact,
	    .report_id = t->report_id, .begin = t->begin, .end = t->end };
}

void
print_json_head(struct buf *b, const struct report_item *i,
    const char *version, int64_t now)
{
	struct report meta;

	buf_adds(b, "{\"schema\":\"vouchsafe/1\",\"tool\":\"dmarcreport\",");
	key(b, "version", span_of(version));
	key(b, "file", i->file);
	key_number(b, "time", now, true);
	key(b, "result", span_of(report_outcome_word(i->outcome)));
	key(b, "reason", word(report_why_word(i->why)));
	key(b, "kind", i->kind == REPORT_NONE ? word(NULL) :
	    span_of(report_kind_word(i->kind)));
	key(b, "trust", i->kind == REPORT_NONE ? word(NULL) :
	    span_of(report_trust_word(i->trust)));
	print_mail(b, i);
	if (i->read != NULL) {
		print_report(b, &i->read->meta, i->read->digest);
		print_policy(b, &i->read->meta.policy);
	} else if (i->tls != NULL) {
		meta = tls_meta(i->tls);
		print_report(b, &meta, i->tls->digest);
		buf_adds(b, "\"policy\":null,");
	} else {
		buf_adds(b, "\"report\":null,\"policy\":null,");
	}
	buf_adds(b, "\"rows\":[");
}

void
print_findings_json(struct buf *b, const struct report_findings *findings)
{
	buf_addc(b, '[');
	for (int c = 0; findings != NULL && c < REPORT_CODES; c++) {
		enum report_code code = (enum report_code)c;

		if (findings->count[c] == 0)
			continue;
		buf_addc(b, '{');
		key(b, "code", span_of(report_code_word(code)));
		key(b, "severity", span_of(report_severity_word(
		    report_code_severity(code))));
		key_number(b, "count", (int64_t)findings->count[c], true);
		key(b, "text", span_of(report_code_text(code)));
		close_with(b, "},");
	}
	close_with(b, "]");
}

static const struct report_findings *
findings_of(const struct report_item *i)
{
	return i->read != NULL ? &i->read->findings : i->tls != NULL ?
	    &i->tls->findings : i->failure != NULL ? &i->failure->findings :
	    NULL;
}

void
print_json_tail(struct buf *b, const struct report_item *i)
{
	const struct report_read *r = i->read;

	buf_adds(b, "],");
	if (r == NULL) {
		buf_adds(b, "\"totals\":null,");
	} else {
		buf_adds(b, "\"totals\":{");
		key_number(b, "rows", (int64_t)r->rows, true);
		key_number(b, "messages", (int64_t)r->messages, true);
		key_number(b, "pass", (int64_t)r->passed, true);
		key_number(b, "fail", (int64_t)(r->messages - r->passed),
		    true);
		close_with(b, "},");
	}
	buf_adds(b, "\"findings\":");
	print_findings_json(b, findings_of(i));
	buf_addc(b, ',');
	print_failure(b, i->failure);
	print_tls(b, i->tls);
	close_with(b, "}\n");
}

static void
print_auth(struct buf *b, const struct report_auth *a, size_t n, bool dkim)
{
	buf_addc(b, '[');
	for (size_t i = 0; i < n; i++) {
		buf_addc(b, '{');
		key(b, "domain", a[i].domain);
		key(b, dkim ? "selector" : "scope",
		    dkim ? a[i].selector : a[i].scope);
		key(b, "result", a[i].result == REPORT_RESULT_OTHER &&
		    a[i].text.p != NULL ? a[i].text :
		    span_of(report_result_word(a[i].result)));
		key(b, "human_result", a[i].human);
		close_with(b, "},");
	}
	close_with(b, "],");
}

/* What a row is about, without its brackets. */
static void
row_members(struct buf *b, const struct report_row *r)
{
	buf_adds(b, "\"source_ip\":");
	print_ip(b, &r->ip);
	buf_addc(b, ',');
	key_number(b, "count", (int64_t)r->count, true);
	key(b, "disposition",
	    span_of(report_disposition_word(r->disposition)));
	key(b, "dkim", span_of(r->dkim ? "pass" : "fail"));
	key(b, "spf", span_of(r->spf ? "pass" : "fail"));
	buf_adds(b, "\"reasons\":[");
	for (size_t i = 0; i < r->nreasons; i++) {
		buf_addc(b, '{');
		key(b, "type", span_of(report_reason_word(
		    r->reasons[i].type)));
		key(b, "comment", r->reasons[i].comment);
		close_with(b, "},");
	}
	close_with(b, "],");
	key(b, "header_from", r->header_from);
	key(b, "envelope_from", r->envelope_from);
	key(b, "envelope_to", r->envelope_to);
	buf_adds(b, "\"auth_dkim\":");
	print_auth(b, r->auth_dkim, r->ndkim, true);
	buf_adds(b, "\"auth_spf\":");
	print_auth(b, r->auth_spf, r->nspf, false);
	buf_adds(b, "\"findings\":[");
	for (int c = 0; c < REPORT_CODES; c++)
		if ((r->codes >> c & 1) != 0)
			buf_addf(b, "\"%s\",",
			    report_code_word((enum report_code)c));
	close_with(b, "]");
}

void
print_json_row(struct buf *b, const struct report_row *row)
{
	buf_addc(b, '{');
	row_members(b, row);
	buf_addc(b, '}');
}

void
print_flat_json_head(struct buf *b, const struct report_item *i)
{
	const struct report *m = &i->read->meta;

	buf_addc(b, '{');
	key(b, "file", i->file);
	key(b, "result", span_of(report_outcome_word(i->outcome)));
	key(b, "trust", span_of(report_trust_word(i->trust)));
	key(b, "org_name", m->org_name);
	key(b, "email", m->email);
	key(b, "report_id", m->report_id);
	key_number(b, "begin", m->begin, true);
	key_number(b, "end", m->end, true);
	key(b, "domain", m->policy.domain);
	key(b, "p", word(report_ask_word(m->policy.p)));
}

void
print_flat_json_row(struct buf *b, const struct report_row *row)
{
	row_members(b, row);
	buf_adds(b, "}\n");
}

const char print_csv_header[] = "file,result,trust,org_name,email,report_id,"
    "begin,end,domain,p,source_ip,count,disposition,dkim,spf,reasons,"
    "header_from,envelope_from,envelope_to,auth_dkim,auth_spf,findings\n";

static void
field(struct buf *b, struct span s)
{
	text_csv(b, s);
	buf_addc(b, ',');
}

static void
field_time(struct buf *b, int64_t t)
{
	text_time(b, t);
	buf_addc(b, ',');
}

void
print_csv_head(struct buf *b, const struct report_item *i)
{
	const struct report *m = &i->read->meta;

	field(b, i->file);
	field(b, span_of(report_outcome_word(i->outcome)));
	field(b, span_of(report_trust_word(i->trust)));
	field(b, m->org_name);
	field(b, m->email);
	field(b, m->report_id);
	field_time(b, m->begin);
	field_time(b, m->end);
	field(b, m->policy.domain);
	field(b, span_of(report_ask_word(m->policy.p)));
}

static void
field_auth(struct buf *b, const struct report_auth *a, size_t n, bool dkim,
    struct buf *t)
{
	buf_reset(t);
	for (size_t i = 0; i < n; i++) {
		struct span more = dkim ? a[i].selector : a[i].scope;

		buf_adds(t, i > 0 ? " " : "");
		buf_addspan(t, a[i].domain);
		buf_addc(t, ':');
		buf_addspan(t, more);
		buf_addf(t, ":%s", report_result_word(a[i].result));
	}
	field(b, buf_span(t));
}

void
print_csv_row(struct buf *b, const struct report_row *r)
{
	struct buf t;

	buf_init(&t, (size_t)256 << 10);
	ipaddr_format(&r->ip, &t);
	field(b, buf_span(&t));
	buf_addf(b, "%llu,", (unsigned long long)r->count);
	field(b, span_of(report_disposition_word(r->disposition)));
	field(b, span_of(r->dkim ? "pass" : "fail"));
	field(b, span_of(r->spf ? "pass" : "fail"));
	buf_reset(&t);
	for (size_t i = 0; i < r->nreasons; i++)
		buf_addf(&t, "%s%s", i > 0 ? " " : "",
		    report_reason_word(r->reasons[i].type));
	field(b, buf_span(&t));
	field(b, r->header_from);
	field(b, r->envelope_from);
	field(b, r->envelope_to);
	field_auth(b, r->auth_dkim, r->ndkim, true, &t);
	field_auth(b, r->auth_spf, r->nspf, false, &t);
	buf_reset(&t);
	for (int c = 0; c < REPORT_CODES; c++)
		if ((r->codes >> c & 1) != 0)
			buf_addf(&t, "%s%s", t.len > 0 ? " " : "",
			    report_code_word((enum report_code)c));
	text_csv(b, buf_span(&t));
	buf_addc(b, '\n');
	b->nomem = b->nomem || t.nomem;
	buf_free(&t);
}

/* A member of the line of text, if there is one. */
static void
also(struct buf *b, const char *name, struct span s)
{
	if (s.len == 0)
		return;
	buf_addf(b, " %s=", name);
	buf_addprint(b, s);
}

void
print_text(struct buf *b, const struct report_item *i)
{
	const struct report_findings *findings = findings_of(i);

	buf_addprint(b, i->file);
	buf_addf(b, ": %s", report_outcome_word(i->outcome));
	also(b, "reason", span_of(report_why_word(i->why)));
	if (i->kind != REPORT_NONE)
		buf_addf(b, " kind=%s trust=%s", report_kind_word(i->kind),
		    report_trust_word(i->trust));
	if (i->read != NULL) {
		also(b, "reporter", i->read->meta.org_name);
		also(b, "domain", i->read->meta.policy.domain);
		buf_adds(b, " begin=");
		text_time(b, i->read->meta.begin);
		buf_adds(b, " end=");
		text_time(b, i->read->meta.end);
		buf_addf(b, " rows=%llu messages=%llu pass=%llu",
		    (unsigned long long)i->read->rows,
		    (unsigned long long)i->read->messages,
		    (unsigned long long)i->read->passed);
	} else if (i->tls != NULL) {
		also(b, "reporter", i->tls->org_name);
		buf_addf(b, " sessions=%llu failed=%llu",
		    (unsigned long long)i->tls->ok + i->tls->failed,
		    (unsigned long long)i->tls->failed);
	} else if (i->failure != NULL) {
		also(b, "domain", i->failure->domain);
		also(b, "auth-failure", i->failure->auth_failure);
	}
	for (int c = 0; findings != NULL && c < REPORT_CODES; c++)
		if (findings->count[c] > 0)
			buf_addf(b, " %s",
			    report_code_word((enum report_code)c));
	buf_addc(b, '\n');
}
