/* SPDX-License-Identifier: ISC */
/*
 * dmarceval(1): one message.  SPF and DKIM come from options, from sealed
 * fields of earlier stages, or are found here, on the same reading.
 */
#include "author.h"
#include "dkim_report.h"
#include "dmarc_report.h"
#include "dmarceval.h"
#include "js.h"
#include "spf_report.h"

/* What is known of one message so far. */
struct judged {
	const struct dmarceval *d;
	struct cli_mail *mail;
	struct arena *arena;
	size_t nspf;
	struct spf_result *spf;
	struct dkim_report dkim;
	/* Not from an earlier stage: they belong into our own field. */
	bool own_spf, own_dkim;
	bool no_envelope;
	struct ipaddr ip;		/* the envelope; family 0: none */
	struct span mail_from, helo;
	const char *source;		/* NULL: none */
	struct dmarc_result dmarc;
};

/* Where the message came from: the options, or what our border wrote. */
static void
read_envelope(struct judged *j)
{
	const struct dmarceval *d = j->d;
	struct received r;

	if (d->ip.family != 0) {
		j->ip = d->ip;
		j->mail_from = d->mail_from;
		j->helo = d->helo;
		j->source = "option";
		return;
	}
	received_read(j->mail->message, &d->received, &r);
	if (r.usable) {
		j->ip = r.ip;
		j->helo = r.helo;
		j->source = "message";
	}
	if (r.usable && r.has_mail_from)
		j->mail_from = r.mail_from;
	j->no_envelope = !r.usable || !r.has_mail_from;
}

static enum fault_kind
find_spf(struct judged *j, struct fault *f)
{
	struct spf_request request = { .identity = SPF_MAILFROM,
	    .now = j->mail->now };

	j->own_spf = true;
	j->nspf = 1;
	j->spf = arena_alloc(j->arena, sizeof(*j->spf));
	if (j->spf == NULL)
		return fault_nomem(f);
	read_envelope(j);
	if (j->no_envelope) {
		j->spf->result = VERDICT_NONE;
		j->spf->reason = REASON_NO_ENVELOPE;
		return FAULT_NONE;
	}
	request.ip = j->ip;
	request.mail_from = j->mail_from;
	request.helo = j->helo;
	return spf_check(&request, j->mail->dns, j->arena, j->spf, f);
}

static enum fault_kind
judge_spf(struct judged *j, struct fault *f)
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
find_dkim(struct judged *j, struct fault *f)
{
	const struct dkim_options options = { .min_bits = 0 };
	struct dkim_verify *v = NULL;
	struct span bytes;

	j->own_dkim = true;
	if (dkim_verify_open(&v, j->mail->message, &options, j->arena, f) !=
	    FAULT_NONE)
		return f->kind;
	do {
		if (message_body(j->mail->message, &bytes, f) != FAULT_NONE ||
		    dkim_verify_body(v, bytes, f) != FAULT_NONE) {
			dkim_verify_drop(v);
			return f->kind;
		}
	} while (bytes.len > 0);
	return dkim_verify_close(v, j->mail->dns, j->mail->now, &j->dkim, f);
}

static enum fault_kind
judge_dkim(struct judged *j, struct fault *f)
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
judge_dmarc(struct judged *j, bool want_org, struct fault *f)
{
	struct dmarc_request rq = { .multi = j->d->multi,
	    .no_envelope = j->no_envelope, .want_org = want_org };
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

/* One SPF result for the field; no empty property for what is unknown. */
static struct authres_result
spf_authres(const struct spf_result *spf)
{
	struct authres_result r = spf_report_authres(spf);

	if (spf->sender.len == 0)
		r.nproperties = 0;
	return r;
}

/* Our own results, for the field: those of earlier stages stand in theirs. */
static enum fault_kind
report_field(const struct judged *j, struct cli_verdict *v, struct fault *f)
{
	struct authres_result *dkim = NULL;
	size_t ndkim = 0;

	if (j->own_dkim && dkim_report_results(&j->dkim, j->arena, &dkim,
	    &ndkim, f) != FAULT_NONE)
		return f->kind;
	v->results = arena_array(j->arena, j->nspf + ndkim + 1,
	    sizeof(*v->results));
	if (v->results == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < j->nspf && j->own_spf; i++)
		v->results[v->nresults++] = spf_authres(&j->spf[i]);
	for (size_t i = 0; i < ndkim; i++)
		v->results[v->nresults++] = dkim[i];
	dmarc_report_result(&j->dmarc, &v->results[v->nresults++]);
	return FAULT_NONE;
}

static enum fault_kind
report_text(const struct judged *j, struct buf *b, struct fault *f)
{
	if (j->d->explain) {
		dmarc_report_explain(&j->dmarc, b);
	} else {
		dmarc_report_text(&j->dmarc, b);
		for (size_t i = 0; i < j->nspf; i++) {
			struct authres_result r = spf_authres(&j->spf[i]);

			authres_format_result(&r, b);
			buf_addc(b, '\n');
		}
		dkim_report_text(&j->dkim, b);
	}
	if (j->d->ip.family == 0 && j->ip.family != 0) {
		buf_adds(b, j->d->explain ? "envelope   " : "envelope: ");
		buf_adds(b, "ip=");
		ipaddr_format(&j->ip, b);
		buf_adds(b, " helo=");
		buf_addprint(b, j->helo);
		if (!j->no_envelope) {
			buf_adds(b, " mail-from=<");
			buf_addprint(b, j->mail_from);
			buf_addc(b, '>');
		}
		buf_adds(b, " (from Received and Return-Path)\n");
	}
	return buf_check(b, f);
}

static enum fault_kind
report_json(const struct judged *j, json_t *o, struct fault *f)
{
	json_t *spf = json_array();
	bool failed = false;

	js_set(o, "envelope", spf_report_envelope(&j->ip, j->mail_from,
	    j->helo, j->source), &failed);
	for (size_t i = 0; i < j->nspf; i++)
		js_push(spf, spf_report_json(&j->spf[i], NULL), &failed);
	js_set(o, "spf", spf, &failed);
	js_set(o, "dkim", dkim_report_json(&j->dkim), &failed);
	js_set(o, "dmarc", dmarc_report_json(&j->dmarc), &failed);
	return failed ? fault_nomem(f) : FAULT_NONE;
}

enum fault_kind
dmarceval_judge(void *state, struct cli_mail *mail,
    struct cli_verdict *verdict, struct fault *f)
{
	struct judged j = { .d = state, .mail = mail, .arena = mail->arena };
	bool want_org = verdict->json != NULL || j.d->explain;

	if (judge_dkim(&j, f) != FAULT_NONE || judge_spf(&j, f) !=
	    FAULT_NONE || judge_dmarc(&j, want_org, f) != FAULT_NONE)
		return f->kind;
	verdict->result = j.dmarc.result;
	if (j.d->summarise)
		dmarc_summary_note(&j.dmarc, &j.ip, &verdict->note);
	if (verdict->json != NULL)
		return report_json(&j, verdict->json, f);
	if (report_text(&j, &verdict->text, f) != FAULT_NONE)
		return f->kind;
	return report_field(&j, verdict, f);
}
