/* SPDX-License-Identifier: ISC */
/*
 * dmarceval(1): one message.  SPF and DKIM come from options, from sealed
 * fields of earlier stages, or are found here, on the same reading.
 */
#include "dmarceval/dmarceval.h"
#include "mail/author.h"

/* Where the message came from: the options, or what our border wrote. */
static void
read_envelope(struct dmarceval_judged *j)
{
	const struct dmarceval *d = j->d;
	struct received r;

	if (d->asked.ip.family != 0) {
		if (j->wanted)
			report_key_begin(&j->hash, j->mail->message,
			    REPORT_KEY_TOP);
		j->ip = d->asked.ip;
		j->mail_from = d->asked.mail_from;
		j->helo = d->asked.helo;
		j->source = "option";
		return;
	}
	cli_envelope_read(&d->asked, j->mail->message, &r);
	if (j->wanted)
		report_key_begin(&j->hash, j->mail->message, r.usable ?
		    r.field : REPORT_KEY_TOP);
	if (r.usable) {
		if (r.rcpt.len > 0)
			j->recipient = r.rcpt;
		j->ip = r.ip;
		j->helo = r.helo;
		j->source = "message";
	}
	if (r.usable && r.has_mail_from)
		j->mail_from = r.mail_from;
	j->no_envelope = !r.usable || !r.has_mail_from;
	j->reason = r.usable ? REASON_NO_ENVELOPE : r.reason;
	/* That there is no field at all needs no word for each mail. */
	j->why = r.usable || r.reason == REASON_INNER_HOP ? r.why : NULL;
}

/* The body in chunks, for whoever must see all of it. */
static enum fault_kind
next_bytes(struct dmarceval_judged *j, struct span *bytes, struct fault *f)
{
	if (message_body(j->mail->message, bytes, f) == FAULT_NONE &&
	    j->wanted)
		report_key_body(&j->hash, *bytes);
	return f->kind;
}

static enum fault_kind
find_spf(struct dmarceval_judged *j, struct fault *f)
{
	struct spf_request request = { .identity = SPF_MAILFROM,
	    .now = j->mail->now };

	j->own_spf = true;
	j->nspf = 1;
	j->spf = arena_alloc(j->arena, sizeof(*j->spf));
	if (j->spf == NULL)
		return fault_nomem(f);
	if (!j->wanted)
		read_envelope(j);
	if (j->no_envelope) {
		j->spf->result = VERDICT_NONE;
		j->spf->reason = j->reason;
		if (j->why != NULL && j->mail->message->defect == MESSAGE_OK)
			cli_warn(j->d->cli, "%.*s: %s",
			    SPAN_ARG(j->mail->name), j->why);
		return FAULT_NONE;
	}
	request.ip = j->ip;
	request.mail_from = j->mail_from;
	request.helo = j->helo;
	return spf_check(&request, j->mail->dns, j->arena, j->spf, f);
}

static enum fault_kind
judge_spf(struct dmarceval_judged *j, struct fault *f)
{
	const struct stage_given *given = j->d->spf.at;
	struct stage_given *sealed;

	j->nspf = j->d->spf.n;
	j->own_spf = true;
	if (j->nspf == 0 && j->mail->stage != NULL) {
		if (stage_given_spf(j->mail->stage, j->arena, &sealed,
		    &j->nspf, f) != FAULT_NONE)
			return f->kind;
		given = sealed;
		j->own_spf = false;
	}
	if (j->nspf == 0)
		return find_spf(j, f);
	j->no_envelope = false;
	j->spf = arena_array(j->arena, j->nspf, sizeof(*j->spf));
	if (j->spf == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < j->nspf; i++)
		if (stage_given_spf_result(&given[i], j->arena, &j->spf[i],
		    f) != FAULT_NONE)
			return f->kind;
	return FAULT_NONE;
}

static enum fault_kind
find_dkim(struct dmarceval_judged *j, struct fault *f)
{
	const struct dkim_options options = { .keys = j->d->keys };
	struct dkim_verify *v = NULL;
	struct span bytes;

	j->own_dkim = true;
	if (dkim_verify_open(&v, j->mail->message, &options, j->arena, f) !=
	    FAULT_NONE)
		return f->kind;
	do {
		if (next_bytes(j, &bytes, f) != FAULT_NONE)
			return f->kind;
		dkim_verify_body(v, bytes);
	} while (bytes.len > 0);
	return dkim_verify_close(v, j->mail->dns, j->mail->now, &j->dkim, f);
}

static enum fault_kind
judge_dkim(struct dmarceval_judged *j, struct fault *f)
{
	const struct stage_given *given = j->d->dkim.at;
	size_t n = j->d->dkim.n;
	struct stage_given *sealed;

	j->own_dkim = true;
	if (n == 0 && j->mail->stage != NULL) {
		if (stage_given_dkim(j->mail->stage, j->arena, &sealed, &n,
		    f) != FAULT_NONE)
			return f->kind;
		given = sealed;
		j->own_dkim = false;
	}
	if (n == 0)
		return find_dkim(j, f);
	return stage_given_dkim_report(given, n, j->arena, &j->dkim, f);
}

static enum fault_kind
judge_dmarc(struct dmarceval_judged *j, bool want_org, struct fault *f)
{
	struct dmarc_request rq = { .multi = j->d->multi,
	    .no_envelope = j->no_envelope, .want_org = want_org,
	    .want_alignment = j->wanted };
	struct dmarc_identifier *id;
	struct author author;

	if (author_read(j->mail->message, j->arena, &author, f) != FAULT_NONE)
		return f->kind;
	rq.nauthors = author.ndomains;
	rq.authors = author.domains;
	rq.author_reason = author.reason;
	id = arena_array(j->arena, j->nspf + j->dkim.count + 1, sizeof(*id));
	if (id == NULL)
		return fault_nomem(f);
	rq.identifiers = id;
	for (size_t i = 0; i < j->nspf && !j->no_envelope; i++)
		id[rq.nidentifiers++] = (struct dmarc_identifier){
		    .method = DMARC_SPF, .result = j->spf[i].result,
		    .domain = j->spf[i].domain, .reason = j->spf[i].reason,
		    .detail = j->spf[i].detail };
	for (size_t i = 0; i < j->dkim.count; i++)
		id[rq.nidentifiers++] = (struct dmarc_identifier){
		    .method = DMARC_DKIM,
		    .result = j->dkim.results[i].result,
		    .domain = j->dkim.results[i].domain,
		    .selector = j->dkim.results[i].selector,
		    .reason = j->dkim.results[i].reason,
		    .detail = j->dkim.results[i].detail };
	return dmarc_evaluate(&rq, j->mail->dns, j->arena, &j->dmarc, f);
}

/* What is left of the body, and the key over all. */
static enum fault_kind
judge_key(struct dmarceval_judged *j, struct fault *f)
{
	struct span bytes = SPAN(" ");

	while (j->wanted && bytes.len > 0)
		if (next_bytes(j, &bytes, f) != FAULT_NONE)
			return f->kind;
	if (j->wanted)
		report_key_end(&j->hash, j->key);
	return FAULT_NONE;
}

enum fault_kind
dmarceval_judge(void *state, struct cli_mail *mail,
    struct cli_verdict *verdict, struct fault *f)
{
	struct dmarceval_judged j = { .d = state, .mail = mail,
	    .arena = mail->arena };
	bool want_org = verdict->json != NULL || j.d->explain;

	j.wanted = verdict->json != NULL || j.d->record;
	if (j.wanted)
		read_envelope(&j);
	if (judge_dkim(&j, f) != FAULT_NONE || judge_spf(&j, f) !=
	    FAULT_NONE || judge_dmarc(&j, want_org, f) != FAULT_NONE ||
	    judge_key(&j, f) != FAULT_NONE)
		return f->kind;
	if (j.d->record)
		dmarceval_record(&j);
	return dmarceval_report(&j, verdict, f);
}
