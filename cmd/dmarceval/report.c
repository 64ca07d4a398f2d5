/* SPDX-License-Identifier: ISC */
/* dmarceval(1): what is said of one message, in each format. */
#include "base/json.h"
#include "dkim/report.h"
#include "dmarc/report.h"
#include "dmarceval/dmarceval.h"
#include "spf/report.h"

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
report_field(const struct dmarceval_judged *j, struct cli_verdict *v,
    struct fault *f)
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
	/* First, directly after the id: a rule anchored there cannot be fooled
	 * by what a sender wrote into the values of SPF and DKIM. */
	dmarc_report_result(&j->dmarc, &v->results[v->nresults++]);
	for (size_t i = 0; i < j->nspf && j->own_spf; i++)
		v->results[v->nresults++] = spf_authres(&j->spf[i]);
	for (size_t i = 0; i < ndkim; i++)
		v->results[v->nresults++] = dkim[i];
	return FAULT_NONE;
}

static enum fault_kind
report_text(const struct dmarceval_judged *j, struct buf *b, struct fault *f)
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
	if (j->d->asked.ip.family == 0 && j->ip.family != 0) {
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
		buf_adds(b, j->no_envelope ? " (from Received)\n" :
		    " (from Received and Return-Path)\n");
	}
	return buf_check(b, f);
}

/* strict, relaxed or no; null: nobody knows. */
static json_t *
aligned(const struct dmarceval_judged *j, size_t at)
{
	const struct dmarc_judged *d;

	if (at >= j->dmarc.njudged)
		return js_null();
	d = &j->dmarc.judged[at];
	switch (d->alignment) {
	case DMARC_ALIGNED:
		return js_str(span_eq(d->identifier.domain,
		    j->dmarc.author_domain) ? "strict" : "relaxed");
	case DMARC_UNALIGNED:
		return js_str("no");
	case DMARC_UNKNOWN:
		break;
	}
	return js_null();
}

static json_t *
records_json(const struct spf_result *spf, bool *failed)
{
	json_t *list = json_array(), *one;

	for (size_t i = 0; i < spf->nused; i++) {
		one = json_object();
		js_set(one, "name", js_span(spf->used[i].name), failed);
		js_set(one, "text", js_span(spf->used[i].text), failed);
		js_push(list, one, failed);
	}
	return list;
}

static json_t *
spf_json(const struct dmarceval_judged *j, bool *failed)
{
	json_t *list = json_array(), *one;

	for (size_t i = 0; i < j->nspf; i++) {
		one = spf_report_json(&j->spf[i], NULL);
		js_set(one, "aligned", j->no_envelope ? js_null() :
		    aligned(j, i), failed);
		js_set(one, "records", records_json(&j->spf[i], failed),
		    failed);
		js_push(list, one, failed);
	}
	return list;
}

static json_t *
dkim_json(const struct dmarceval_judged *j, bool *failed)
{
	json_t *list = dkim_report_json(&j->dkim), *one;
	size_t at = 0, counted = 0, before = j->no_envelope ? 0 : j->nspf;

	for (size_t i = 0; i < j->dkim.count; i++)
		counted += j->dkim.results[i].counted;
	/* A broken message stands in front of its signatures. */
	if (json_array_size(list) > counted) {
		one = json_array_get(list, at++);
		js_set(one, "aligned", js_null(), failed);
	}
	for (size_t i = 0; i < j->dkim.count; i++)
		if (j->dkim.results[i].counted)
			js_set(json_array_get(list, at++), "aligned",
			    aligned(j, before + i), failed);
	return list;
}

enum fault_kind
dmarceval_json(const struct dmarceval_judged *j, json_t *o, struct fault *f)
{
	const char *kind = report_mail_kind(j->mail->message);
	bool failed = false;

	js_set(o, "envelope", spf_report_envelope(&j->ip, j->mail_from,
	    j->helo, j->source), &failed);
	js_set(o, "spf", spf_json(j, &failed), &failed);
	js_set(o, "dkim", dkim_json(j, &failed), &failed);
	js_set(o, "dmarc", dmarc_report_json(&j->dmarc), &failed);
	js_set(o, "key", js_str(j->key), &failed);
	js_set(o, "report", kind != NULL ? js_str(kind) : js_null(), &failed);
	js_set(o, "recipient", js_span(j->recipient), &failed);
	return failed ? fault_nomem(f) : FAULT_NONE;
}

enum fault_kind
dmarceval_nothing(json_t *o, enum reason reason, struct fault *f)
{
	const struct spf_result spf = { .result = VERDICT_TEMPERROR,
	    .reason = reason };
	const struct dkim_report dkim = { .result = VERDICT_TEMPERROR,
	    .reason = reason };
	const struct dmarc_result dmarc = { .result = VERDICT_TEMPERROR,
	    .reason = reason };
	json_t *list = json_array();
	bool failed = list == NULL;

	js_set(o, "envelope", js_null(), &failed);
	js_push(list, spf_report_json(&spf, NULL), &failed);
	js_set(o, "spf", list, &failed);
	js_set(o, "dkim", dkim_report_json(&dkim), &failed);
	js_set(o, "dmarc", dmarc_report_json(&dmarc), &failed);
	return failed ? fault_nomem(f) : FAULT_NONE;
}

enum fault_kind
dmarceval_report(const struct dmarceval_judged *j,
    struct cli_verdict *verdict, struct fault *f)
{
	verdict->result = j->dmarc.result;
	/* Whom to ask why, where the text does not say it. */
	if (j->dmarc.reason == REASON_DNS && j->dmarc.detail.len > 0 &&
	    verdict->json == NULL && !j->d->explain)
		cli_warn(j->d->cli, "%.*s", SPAN_ARG(j->dmarc.detail));
	if (j->d->summarise)
		dmarc_summary_note(&j->dmarc, &j->ip, &verdict->note);
	if (buf_check(&verdict->note, f) != FAULT_NONE)
		return f->kind;
	if (verdict->json != NULL)
		return dmarceval_json(j, verdict->json, f);
	if (report_text(j, &verdict->text, f) != FAULT_NONE)
		return f->kind;
	return report_field(j, verdict, f);
}

enum fault_kind
dmarceval_collect(void *state, struct span note, struct fault *f)
{
	struct dmarceval *d = state;

	if (dmarc_summary_add(&d->summary, note, f) != FAULT_NONE)
		d->miscounted = true;
	return f->kind;
}
