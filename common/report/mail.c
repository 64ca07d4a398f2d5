/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "dkim/dkim.h"
#include "mail/date.h"
#include "report/limits.h"
#include "report/mail.h"
#include "spf/spf.h"

static struct span
field(const struct message *m, const char *name)
{
	const struct field *x = message_field(m, name);

	return x == NULL ? (struct span){ NULL, 0 } : span_trim_fws(x->value);
}

static enum fault_kind
read_body(struct report_mail *m, struct fault *f)
{
	struct span bytes;

	do {
		if (message_body(&m->message, &bytes, f) != FAULT_NONE)
			return f->kind;
		if (bytes.len > REPORT_MAIL_BYTES - m->body.len) {
			m->why = REPORT_WHY_MAIL;
			return FAULT_NONE;
		}
		if (spool_add(&m->body, bytes, f) != FAULT_NONE)
			return f->kind;
	} while (bytes.len > 0);
	return FAULT_NONE;
}

enum fault_kind
report_mail_open(struct report_mail *m, struct source *src, char *chunk,
    struct arena *a, const char *tmp, struct fault *f)
{
	struct span date;

	*m = (struct report_mail){ .date = -1 };
	spool_init(&m->body, REPORT_SPOOL_MEMORY, tmp);
	if (message_open(&m->message, src, chunk, a, f) != FAULT_NONE)
		return f->kind;
	if (m->message.empty)
		m->why = REPORT_WHY_EMPTY;
	else if (m->message.defect == MESSAGE_TOO_LARGE ||
	    m->message.defect == MESSAGE_TOO_MANY)
		m->why = REPORT_WHY_HEADER;
	else if (m->message.nfields == 0)
		m->why = REPORT_WHY_NO_FIELDS;
	if (m->why != REPORT_WHY_NONE)
		return FAULT_NONE;
	if (read_body(m, f) != FAULT_NONE || m->why != REPORT_WHY_NONE)
		return f->kind;
	if (author_read(&m->message, a, &m->author, f) != FAULT_NONE)
		return f->kind;
	m->author_domain = m->author.domain;
	m->message_id = field(&m->message, "Message-ID");
	m->subject = field(&m->message, "Subject");
	date = field(&m->message, "Date");
	if (date.p == NULL || !date_parse(date, &m->date))
		m->date = -1;
	part_read(&m->top, m->message.header);
	return FAULT_NONE;
}

void
report_mail_close(struct report_mail *m)
{
	spool_free(&m->body);
}

/* The body past the verifier once more. */
static enum fault_kind
verify_dkim(struct report_mail *m, struct dns *dns, int64_t now,
    struct arena *a, struct dkim_report *report, struct fault *f)
{
	const struct dkim_options options = { .keys = NULL };
	struct dkim_verify *v = NULL;
	char *p = malloc(REPORT_XML_PIECE);
	uint64_t at = 0;
	size_t n = 1;

	if (p == NULL)
		return fault_nomem(f);
	if (dkim_verify_open(&v, &m->message, &options, a, f) != FAULT_NONE) {
		free(p);
		return f->kind;
	}
	while (n > 0 && spool_read(&m->body, at, p, REPORT_XML_PIECE, &n,
	    f) == FAULT_NONE) {
		at += n;
		dkim_verify_body(v, (struct span){ p, n });
	}
	free(p);
	return f->kind != FAULT_NONE ? f->kind :
	    dkim_verify_close(v, dns, now, report, f);
}

/* The MAIL FROM identity (RFC 9989 3.2.1): of a null sender that is the
 * HELO's. */
static enum fault_kind
verify_spf(const struct report_client *client, struct dns *dns, int64_t now,
    struct arena *a, struct dmarc_identifier *id, struct fault *f)
{
	const struct spf_request request = { .ip = client->ip,
	    .mail_from = client->mail_from, .helo = client->helo,
	    .identity = SPF_MAILFROM, .now = now };
	struct spf_result spf;

	if (spf_check(&request, dns, a, &spf, f) != FAULT_NONE)
		return f->kind;
	*id = (struct dmarc_identifier){ .method = DMARC_SPF,
	    .result = spf.result, .domain = spf.domain,
	    .reason = spf.reason };
	return FAULT_NONE;
}

/* An aligned passing signature over the whole body? */
static void
note_whole(struct report_mail *m, const struct dmarc_result *r,
    const struct dkim_report *dkim)
{
	for (size_t i = 0; i < r->njudged && i < dkim->count; i++)
		if (r->judged[i].alignment == DMARC_ALIGNED &&
		    dkim->results[i].result == VERDICT_PASS &&
		    dkim->results[i].body_length < 0)
			m->dkim_whole = true;
}

enum fault_kind
report_mail_verify(struct report_mail *m, const struct report_client *client,
    struct dns *dns, int64_t now, struct arena *a, struct fault *f)
{
	struct dmarc_request rq = { .nauthors = m->author.ndomains,
	    .authors = m->author.domains, .author_reason = m->author.reason,
	    .want_org = true };
	struct dkim_report dkim;
	struct dmarc_result r;
	struct dmarc_identifier *id;

	if (m->verified)
		return FAULT_NONE;
	if (verify_dkim(m, dns, now, a, &dkim, f) != FAULT_NONE)
		return f->kind;
	id = arena_array(a, dkim.count + 2, sizeof(*id));
	if (id == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < dkim.count; i++)
		id[rq.nidentifiers++] = (struct dmarc_identifier){
		    .method = DMARC_DKIM, .result = dkim.results[i].result,
		    .domain = dkim.results[i].domain,
		    .selector = dkim.results[i].selector,
		    .reason = dkim.results[i].reason };
	if (client != NULL && client->ip.family != 0 &&
	    verify_spf(client, dns, now, a, &id[rq.nidentifiers++], f) !=
	    FAULT_NONE)
		return f->kind;
	rq.identifiers = id;
	if (dmarc_evaluate(&rq, dns, a, &r, f) != FAULT_NONE)
		return f->kind;
	m->verified = true;
	m->dmarc = r.result;
	m->org = r.org;
	note_whole(m, &r, &dkim);
	return FAULT_NONE;
}
