/* SPDX-License-Identifier: ISC */
/* A failure report as a mail. */
#include "base/num.h"
#include "mail/mime.h"
#include "report/failure.h"
#include "report/post.h"

#define SUBJECT_MAX ((size_t)800)
#define LINE_MAX ((size_t)900)	/* of what is written; mail allows 998 */

static struct span
text_of(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_string(v))
		return (struct span){ NULL, 0 };
	return (struct span){ json_string_value(v), json_string_length(v) };
}

static void
crlf(struct buf *b)
{
	buf_adds(b, "\r\n");
}

/* ASCII alone, at most max bytes: what is none becomes `?`. */
static void
put_ascii(struct span s, size_t max, struct buf *b)
{
	for (size_t i = 0; i < s.len && i < max; i++)
		buf_addc(b, ascii_is_print(s.p[i]) ? s.p[i] : '?');
}

static void
put_field(const char *name, struct span value, struct buf *b)
{
	buf_addf(b, "%s: ", name);
	put_ascii(value, LINE_MAX, b);
	crlf(b);
}

static void
put_boundary(const struct report_failure_to *to, const char *end,
    struct buf *b)
{
	buf_addf(b, "--=_%s%s\r\n", to->id, end);
}

static void
put_subject(const struct report_failing *r, const struct message *m,
    struct buf *b)
{
	const struct field *subject = message_field(m, "Subject");
	struct buf text;

	buf_adds(b, "Subject: FW: ");
	if (r->drop_subject || subject == NULL) {
		buf_adds(b, "message from ");
		buf_addspan(b, r->author_domain);
	} else {
		buf_init(&text, 1024 * 1024);
		report_redact_text(&r->redact, subject->value, &text);
		put_ascii(buf_span(&text), SUBJECT_MAX, b);
		b->nomem = b->nomem || text.nomem;
		buf_free(&text);
	}
	crlf(b);
}

static void
put_header(const struct report_failing *r,
    const struct report_failure_to *to, const struct message *m,
    struct buf *b)
{
	buf_adds(b, "From: <");
	buf_addspan(b, r->from);
	buf_adds(b, ">\r\nTo: ");
	for (size_t i = 0; i < to->n; i++) {
		buf_adds(b, i == 0 ? "<" : ",\r\n <");
		buf_addspan(b, to->addresses[i]);
		buf_addc(b, '>');
	}
	crlf(b);
	put_subject(r, m, b);
	buf_adds(b, "Date: ");
	report_post_date(to->now, b);
	buf_addf(b, "\r\nMessage-ID: <%s@", to->id);
	buf_addspan(b, r->receiver);
	buf_addf(b, ">\r\nAuto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report; report-type=feedback-report;\r\n"
	    " boundary=\"=_%s\"\r\n\r\n", to->id);
}

static void
put_words(const struct report_failing *r, const struct report_failure_to *to,
    struct buf *b)
{
	const json_t *time = json_object_get(r->verdict, "time");

	put_boundary(to, "", b);
	buf_adds(b, "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
	    "A message that says it is from\r\n    ");
	buf_addspan(b, r->author_domain);
	buf_addf(b, "\r\n%s DMARC evaluation. It came on\r\n    ",
	    r->pass ? "passed" : "failed");
	report_post_date(json_integer_value(time), b);
	buf_adds(b, "\r\nfrom the address\r\n    ");
	put_ascii(r->ip.p != NULL ? r->ip : SPAN("unknown"), 64, b);
	buf_adds(b, "\r\nThe DMARC record of\r\n    ");
	buf_addspan(b, r->policy_domain);
	buf_adds(b, "\r\nasks for this report.\r\n\r\n");
}

/* What failed of an aligned identifier, for its owner to look at. */
static void
put_failing(const struct report_failing *r, struct buf *b)
{
	const json_t *records;
	struct buf identity;
	struct span s;

	if (r->dkim != NULL) {
		put_field("DKIM-Domain", text_of(r->dkim, "domain"), b);
		s = text_of(r->dkim, "identity");
		buf_init(&identity, 64 * 1024);
		if (s.len > 0 && s.p[0] == '@')
			buf_addspan(&identity, s);
		else if (s.p != NULL)
			report_redact_address(&r->redact, s, &identity);
		if (identity.len > 0)
			put_field("DKIM-Identity", buf_span(&identity), b);
		b->nomem = b->nomem || identity.nomem;
		buf_free(&identity);
		put_field("DKIM-Selector", text_of(r->dkim, "selector"), b);
	}
	records = r->spf == NULL ? NULL : json_object_get(r->spf, "records");
	for (size_t i = 0; i < json_array_size(records); i++) {
		const json_t *one = json_array_get(records, i);

		buf_adds(b, "SPF-DNS: txt : ");
		put_ascii(text_of(one, "name"), 253, b);
		buf_adds(b, " : \"");
		s = text_of(one, "text");
		for (size_t j = 0; j < s.len && j < 600; j++) {
			if (s.p[j] == '"' || s.p[j] == '\\')
				buf_addc(b, '\\');
			buf_addc(b, ascii_is_print(s.p[j]) ? s.p[j] : '?');
		}
		buf_adds(b, "\"\r\n");
	}
}

static void
put_feedback(const struct report_failing *r,
    const struct report_failure_to *to, struct buf *b)
{
	const json_t *time = json_object_get(r->verdict, "time");

	put_boundary(to, "", b);
	buf_adds(b, "Content-Type: message/feedback-report\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n\r\n"
	    "Feedback-Type: auth-failure\r\nVersion: 1\r\n"
	    "User-Agent: Vouchsafe-dmarcreport/" VOUCHSAFE_VERSION "\r\n"
	    "Auth-Failure: dmarc\r\nAuthentication-Results: ");
	buf_addspan(b, r->receiver);
	buf_addf(b, "; dmarc=%s header.from=", r->pass ? "pass" : "fail");
	buf_addspan(b, r->author_domain);
	buf_addf(b, "\r\nIdentity-Alignment: %s\r\n",
	    !r->dkim_aligned && !r->spf_aligned ? "dkim, spf" :
	    !r->dkim_aligned ? "dkim" : !r->spf_aligned ? "spf" : "none");
	put_field("Reported-Domain", r->author_domain, b);
	if (r->ip.p != NULL)
		put_field("Source-IP", r->ip, b);
	buf_adds(b, "Arrival-Date: ");
	report_post_date(json_integer_value(time), b);
	crlf(b);
	if (r->incidents > 1)
		buf_addf(b, "Incidents: %llu\r\n",
		    (unsigned long long)r->incidents);
	if (r->delivery != NULL)
		put_field("Delivery-Result", span_of(r->delivery), b);
	if (r->envelope_id.p != NULL)
		put_field("Original-Envelope-Id", r->envelope_id, b);
	if (r->mail_from.len > 0) {
		struct buf text;

		buf_init(&text, 64 * 1024);
		buf_addc(&text, '<');
		report_redact_address(&r->redact, r->mail_from, &text);
		buf_addc(&text, '>');
		put_field("Original-Mail-From", buf_span(&text), b);
		b->nomem = b->nomem || text.nomem;
		buf_free(&text);
	}
	put_failing(r, b);
	crlf(b);
}

/* One field, at most LINE_MAX bytes a line, folded at spaces. */
static void
put_folded(struct span name, struct span value, struct buf *b)
{
	size_t column = name.len + 2, n;

	put_ascii(name, 200, b);
	buf_adds(b, ": ");
	while (value.len > 0) {
		n = span_find(value, ' ');
		n = n < value.len ? n + 1 : n;
		if (column + n > 76 && column > 1 && n < LINE_MAX) {
			buf_adds(b, "\r\n ");
			column = 1;
		}
		if (n > LINE_MAX)
			n = LINE_MAX;
		put_ascii(span_sub(value, 0, n), n, b);
		column += n;
		value = span_sub(value, n, value.len);
	}
	crlf(b);
}

static bool
is_allowed(const struct report_failing *r, const struct field *field)
{
	struct span value = span_trim_fws(field->value);

	if (field->hidden)
		return false;
	if (span_eq_nocase(field->name, SPAN("Authentication-Results")))
		return span_starts_nocase(value, r->receiver) &&
		    value.len > r->receiver.len &&
		    value.p[r->receiver.len] == ';';
	/* The body is written anew, with fields of its own. */
	if (r->body && (span_starts_nocase(field->name, SPAN("Content-")) ||
	    span_eq_nocase(field->name, SPAN("MIME-Version"))))
		return false;
	return report_redact_allows(field->name);
}

static enum fault_kind
put_fields(const struct report_failing *r, const struct message *m,
    struct buf *b, struct fault *f)
{
	struct buf text;

	buf_init(&text, 1024 * 1024);
	for (size_t i = 0; i < m->nfields && f->kind == FAULT_NONE; i++) {
		if (!is_allowed(r, &m->fields[i]))
			continue;
		buf_reset(&text);
		if (report_redact_field(&r->redact, m->fields[i].name,
		    m->fields[i].value, &text, f) == FAULT_NONE &&
		    buf_check(&text, f) == FAULT_NONE)
			put_folded(m->fields[i].name, buf_span(&text), b);
	}
	buf_free(&text);
	return f->kind;
}

/* Links that nobody can follow by mistake. */
static void
put_line(const struct report_failing *r, struct span line, struct buf *b)
{
	struct buf text;
	struct span s;

	buf_init(&text, 1024 * 1024);
	report_redact_text(&r->redact, line, &text);
	s = buf_span(&text);
	while (s.len > 0) {
		if (span_starts_nocase(s, SPAN("http"))) {
			buf_addc(b, s.p[0]);
			buf_adds(b, "xx");
			buf_addc(b, s.p[3]);
			s = span_sub(s, 4, s.len);
		} else {
			put_ascii(s, 1, b);
			s = span_sub(s, 1, s.len);
		}
	}
	crlf(b);
	b->nomem = b->nomem || text.nomem;
	buf_free(&text);
}

/* The text of the message; what else it holds is a line that says so. */
static enum fault_kind
put_body(const struct report_failing *r, const struct message *m,
    struct span body, struct buf *b, struct fault *f)
{
	struct mime_text text = { .status = MIME_UNREADABLE };
	struct span rest, line;
	struct arena a;

	arena_init(&a, 16 * 1024 * 1024);
	buf_adds(b, "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=us-ascii\r\n\r\n");
	if (mime_text_read(m, body, &a, &text, f) == FAULT_NONE) {
		rest = text.status == MIME_TEXT ? text.text : SPAN("");
		while (rest.len > 0) {
			(void)span_cut(rest, '\n', &line, &rest);
			/* Very long lines are cut, not wrapped. */
			put_line(r, span_sub(line, 0, LINE_MAX / 4), b);
		}
		if (text.status != MIME_TEXT)
			buf_adds(b, "[the body was removed]\r\n");
		else if (text.parts)
			buf_adds(b, "[attachments were removed]\r\n");
	}
	arena_free(&a);
	return f->kind;
}

enum fault_kind
report_failure_format(const struct report_failing *r,
    const struct report_failure_to *to, const struct message *m,
    struct span body, struct buf *b, struct fault *f)
{
	put_header(r, to, m, b);
	put_words(r, to, b);
	put_feedback(r, to, b);
	put_boundary(to, "", b);
	buf_adds(b, r->body ? "Content-Type: message/rfc822\r\n\r\n" :
	    "Content-Type: text/rfc822-headers\r\n\r\n");
	if (put_fields(r, m, b, f) != FAULT_NONE ||
	    (r->body && put_body(r, m, body, b, f) != FAULT_NONE))
		return f->kind;
	crlf(b);
	put_boundary(to, "--", b);
	return buf_check(b, f);
}
