/* SPDX-License-Identifier: ISC */
#include "base/markup.h"
#include "report/write.h"

static void
indent(struct buf *b, int depth)
{
	while (depth-- > 0)
		buf_adds(b, "  ");
}

/* <name>text</name>; nothing if the text's p is NULL. */
static void
put(struct buf *b, int depth, const char *name, struct span text)
{
	if (text.p == NULL)
		return;
	indent(b, depth);
	buf_addf(b, "<%s>", name);
	markup_xml(text, b);
	buf_addf(b, "</%s>\n", name);
}

static void
put_word(struct buf *b, int depth, const char *name, const char *word)
{
	put(b, depth, name, span_of(word));
}

static void
put_number(struct buf *b, int depth, const char *name, int64_t n)
{
	indent(b, depth);
	buf_addf(b, "<%s>%lld</%s>\n", name, (long long)n, name);
}

static void
line(struct buf *b, int depth, const char *text)
{
	indent(b, depth);
	buf_adds(b, text);
	buf_addc(b, '\n');
}

static void
put_letter(struct buf *b, int depth, const char *name, char c)
{
	if (c != 0)
		put(b, depth, name, (struct span){ &c, 1 });
}

static void
put_ask(struct buf *b, int depth, const char *name, enum report_ask ask)
{
	if (ask != REPORT_ASK_UNSET)
		put_word(b, depth, name, report_ask_word(ask));
}

static void
put_policy(const struct report *r, struct buf *b)
{
	const struct report_policy *p = &r->policy;
	bool old = r->dialect == REPORT_RFC7489;

	line(b, 1, "<policy_published>");
	put(b, 2, "domain", p->domain);
	if (!old)
		put(b, 2, "discovery_method", p->discovery);
	put_letter(b, 2, "adkim", p->adkim);
	put_letter(b, 2, "aspf", p->aspf);
	put_ask(b, 2, "p", p->p);
	put_ask(b, 2, "sp", p->sp);
	if (old) {
		put_number(b, 2, "pct", 100);
	} else {
		put_ask(b, 2, "np", p->np);
		put_letter(b, 2, "testing", p->testing);
	}
	put(b, 2, "fo", p->fo);
	line(b, 1, "</policy_published>");
}

void
report_write_begin(const struct report *r, struct buf *b)
{
	bool old = r->dialect == REPORT_RFC7489;

	line(b, 0, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
	line(b, 0, old ? "<feedback>" :
	    "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">");
	line(b, 1, "<version>1.0</version>");
	line(b, 1, "<report_metadata>");
	put(b, 2, "org_name", r->org_name);
	put(b, 2, "email", r->email);
	put(b, 2, "extra_contact_info", r->extra_contact_info);
	put(b, 2, "report_id", r->report_id);
	line(b, 2, "<date_range>");
	put_number(b, 3, "begin", r->begin);
	put_number(b, 3, "end", r->end);
	line(b, 2, "</date_range>");
	/* RFC 9990 has at most one. */
	for (size_t i = 0; i < r->nerrors && (old || i == 0); i++)
		put(b, 2, "error", r->errors[i]);
	if (!old)
		put(b, 2, "generator", r->generator);
	line(b, 1, "</report_metadata>");
	put_policy(r, b);
}

/* policy_test_mode is not a word of RFC 7489. */
static void
put_reason(const struct report *r, const struct report_reason *reason,
    struct buf *b)
{
	enum report_reason_type type = reason->type;
	struct span comment = reason->comment;

	if (r->dialect == REPORT_RFC7489 &&
	    type == REPORT_REASON_POLICY_TEST_MODE) {
		if (comment.p == NULL)
			comment = span_of(report_reason_word(type));
		type = REPORT_REASON_OTHER;
	}
	line(b, 4, "<reason>");
	put_word(b, 5, "type", report_reason_word(type));
	put(b, 5, "comment", comment);
	line(b, 4, "</reason>");
}

static void
put_evaluated(const struct report *r, const struct report_row *row,
    struct buf *b)
{
	enum report_disposition done = row->disposition;

	if (r->dialect == REPORT_RFC7489 && done == REPORT_DONE_PASS)
		done = REPORT_DONE_NONE;
	line(b, 3, "<policy_evaluated>");
	put_word(b, 4, "disposition", report_disposition_word(done));
	put_word(b, 4, "dkim", row->dkim ? "pass" : "fail");
	put_word(b, 4, "spf", row->spf ? "pass" : "fail");
	for (size_t i = 0; i < row->nreasons; i++)
		put_reason(r, &row->reasons[i], b);
	line(b, 3, "</policy_evaluated>");
}

static void
put_identifiers(const struct report *r, const struct report_row *row,
    struct buf *b)
{
	struct span from = row->envelope_from;

	line(b, 2, "<identifiers>");
	put(b, 3, "envelope_to", row->envelope_to);
	if (from.p == NULL && r->dialect == REPORT_RFC7489)
		from = SPAN("");
	put(b, 3, "envelope_from", from);
	put(b, 3, "header_from", row->header_from);
	line(b, 2, "</identifiers>");
}

static void
put_auth(const struct report *r, const struct report_row *row, struct buf *b)
{
	bool old = r->dialect == REPORT_RFC7489;
	struct report_auth spf = { .domain = row->header_from,
	    .scope = SPAN("mfrom"), .result = REPORT_RESULT_NONE };

	line(b, 2, "<auth_results>");
	for (size_t i = 0; i < row->ndkim; i++) {
		const struct report_auth *a = &row->auth_dkim[i];

		line(b, 3, "<dkim>");
		put(b, 4, "domain", a->domain);
		put(b, 4, "selector", a->selector);
		put_word(b, 4, "result", report_result_word(a->result));
		put(b, 4, "human_result", a->human);
		line(b, 3, "</dkim>");
	}
	if (row->nspf > 0)
		spf = row->auth_spf[0];
	/* RFC 7489 demands one, and has no word "policy" in it. */
	if (old && spf.result == REPORT_RESULT_POLICY)
		spf.result = REPORT_RESULT_NONE;
	if (row->nspf > 0 || old) {
		line(b, 3, "<spf>");
		put(b, 4, "domain", spf.domain);
		put(b, 4, "scope", spf.scope);
		put_word(b, 4, "result", report_result_word(spf.result));
		if (!old)
			put(b, 4, "human_result", spf.human);
		line(b, 3, "</spf>");
	}
	line(b, 2, "</auth_results>");
}

void
report_write_row(const struct report *r, const struct report_row *row,
    struct buf *b)
{
	line(b, 1, "<record>");
	line(b, 2, "<row>");
	indent(b, 3);
	buf_adds(b, "<source_ip>");
	ipaddr_format(&row->ip, b);
	buf_adds(b, "</source_ip>\n");
	put_number(b, 3, "count", (int64_t)row->count);
	put_evaluated(r, row, b);
	line(b, 2, "</row>");
	put_identifiers(r, row, b);
	put_auth(r, row, b);
	line(b, 1, "</record>");
}

void
report_write_end(struct buf *b)
{
	line(b, 0, "</feedback>");
}
