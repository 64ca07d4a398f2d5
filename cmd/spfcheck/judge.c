/* SPDX-License-Identifier: ISC */
/* One envelope: its identities, and their results in all formats. */
#include "base/json.h"
#include "spf/report.h"
#include "spf/trace.h"
#include "spfcheck/spfcheck.h"

#define SPFCHECK_RESULTS 2

/* The results of one envelope. */
struct spfcheck_results {
	struct spf_request request;	/* without the identity */
	struct spf_result all[SPFCHECK_RESULTS];
	struct spf_trace traces[SPFCHECK_RESULTS];
	size_t count;
};

/* Neither options nor message say who sent it. */
static void
judge_none(const struct spfcheck *s, const struct spfcheck_envelope *e,
    struct spfcheck_results *r, struct cli_verdict *v)
{
	struct spf_result *result = &r->all[0];

	r->count = 1;
	*result = (struct spf_result){
		.identity = s->identity == SPFCHECK_HELO ? SPF_HELO :
		    SPF_MAILFROM,
		.result = e->malformed ? VERDICT_PERMERROR : VERDICT_NONE,
		.reason = e->malformed ? REASON_MALFORMED : e->reason,
		.detail = span_of(e->why == NULL ?
		    "the message names no envelope" : e->why),
		.sender = { "", 0 },
	};
	if (!e->malformed)
		v->exit = FAULT_DATA;
}

/*
 * A message that does not name its sender has only the HELO identity: to call
 * it a null sender would let DMARC believe the HELO as a MAIL FROM.
 */
static enum fault_kind
judge_all(const struct spfcheck_run *run, const struct spfcheck_envelope *e,
    struct spfcheck_results *r, struct fault *f)
{
	const struct spfcheck *s = run->spfcheck;
	enum spfcheck_identity asked = e->no_mail_from ? SPFCHECK_HELO :
	    s->identity;

	r->count = asked == SPFCHECK_BOTH ? 2 : 1;
	for (size_t i = 0; i < r->count; i++) {
		/* With both, mailfrom stands first. */
		r->request.identity = asked == SPFCHECK_HELO || i > 0 ?
		    SPF_HELO : SPF_MAILFROM;
		if (s->trace) {
			spf_trace_init(&r->traces[i], run->arena);
			r->request.trace = &r->traces[i];
		}
		if (spf_check(&r->request, run->dns, run->arena, &r->all[i],
		    f) != FAULT_NONE)
			return f->kind;
		if (r->traces[i].nomem)
			return fault_nomem(f);
	}
	return FAULT_NONE;
}

/* A line a result; the envelope that a message named; the steps. */
static void
judge_text(const struct spfcheck *s, const struct spfcheck_envelope *e,
    struct spfcheck_results *r, struct buf *b)
{
	bool told = e->source != NULL && *e->source == 'm';

	for (size_t i = 0; i < r->count; i++) {
		struct authres_result a = spf_report_authres(&r->all[i]);
		struct buf ip;

		if (r->all[i].sender.len == 0)
			a.nproperties = 0;
		buf_init(&ip, 64);
		ipaddr_format(&e->ip, &ip);
		if (told) {
			a.properties[a.nproperties++] =
			    (struct authres_property){ "smtp", "remote-ip",
			    buf_span(&ip) };
			if (r->all[i].identity == SPF_MAILFROM)
				a.properties[a.nproperties++] =
				    (struct authres_property){ "smtp",
				    "helo", e->helo };
		}
		authres_format_result(&a, b);
		buf_addc(b, '\n');
		b->nomem = b->nomem || ip.nomem;
		buf_free(&ip);
		if (s->trace)
			spf_trace_text(&r->traces[i], b);
	}
}

static enum fault_kind
judge_json(const struct spfcheck *s, const struct spfcheck_envelope *e,
    struct spfcheck_results *r, json_t *o, struct fault *f)
{
	json_t *list = json_array();
	bool failed = list == NULL;

	js_set(o, "envelope", spf_report_envelope(&e->ip, e->mail_from,
	    e->helo, e->source), &failed);
	for (size_t i = 0; i < r->count; i++)
		js_push(list, spf_report_json(&r->all[i], s->trace &&
		    r->traces[i].arena != NULL ? &r->traces[i] : NULL),
		    &failed);
	js_set(o, "spf", list, &failed);
	return failed ? fault_nomem(f) : FAULT_NONE;
}

static enum fault_kind
judge_fields(const struct spfcheck_run *run,
    const struct spfcheck_envelope *e, struct spfcheck_results *r,
    struct cli_verdict *v, struct fault *f)
{
	v->results = arena_array(run->arena, r->count, sizeof(*v->results));
	if (v->results == NULL)
		return fault_nomem(f);
	v->nresults = r->count;
	for (size_t i = 0; i < r->count; i++) {
		v->results[i] = spf_report_authres(&r->all[i]);
		if (r->all[i].sender.len == 0)
			v->results[i].nproperties = 0;
		if (run->spfcheck->received_spf)
			spf_report_received(&r->all[i], &r->request, e->eol,
			    &v->fields);
	}
	return buf_check(&v->fields, f);
}

enum fault_kind
spfcheck_nothing(json_t *o, enum reason reason, struct fault *f)
{
	const struct spf_result one = { .result = VERDICT_TEMPERROR,
	    .reason = reason };
	json_t *list = json_array();
	bool failed = list == NULL;

	js_set(o, "envelope", js_null(), &failed);
	js_push(list, spf_report_json(&one, NULL), &failed);
	js_set(o, "spf", list, &failed);
	return failed ? fault_nomem(f) : FAULT_NONE;
}

/* Is there something to fix? */
static bool
judge_tells(const struct spf_result *r)
{
	return r->detail.len > 0 && (r->result == VERDICT_PERMERROR ||
	    r->result == VERDICT_TEMPERROR ||
	    r->reason == REASON_NO_ENVELOPE ||
	    r->reason == REASON_INNER_HOP);
}

enum fault_kind
spfcheck_judge(const struct spfcheck_run *run,
    const struct spfcheck_envelope *e, struct cli_verdict *v,
    struct fault *f)
{
	const struct spfcheck *s = run->spfcheck;
	const struct cli *cli = s->cli;
	struct spfcheck_results r = { .request = {
		.ip = e->ip, .helo = e->helo, .mail_from = e->mail_from,
		.receiver = cli->authserv_id, .now = run->now,
		.policy = s->policy,
		.anonymous = s->policy.p != NULL && s->asked.ip.family != 0 &&
		    s->asked.mail_from.p == NULL && s->asked.helo.p == NULL,
	} };

	if (e->ip.family == 0)
		judge_none(s, e, &r, v);
	else if (judge_all(run, e, &r, f) != FAULT_NONE)
		return f->kind;
	v->result = r.all[0].result;
	if (e->ip.family != 0 && e->why != NULL)
		cli_warn(cli, "%s", e->why);
	for (size_t i = 0; i < r.count && !s->trace; i++)
		if (judge_tells(&r.all[i]) && cli->format != CLI_JSON)
			cli_warn(cli, "%.*s", SPAN_ARG(r.all[i].detail));
	if (v->json != NULL && judge_json(s, e, &r, v->json, f) != FAULT_NONE)
		return f->kind;
	if (cli->format == CLI_HEADER || cli->format == CLI_MESSAGE) {
		if (judge_fields(run, e, &r, v, f) != FAULT_NONE)
			return f->kind;
	}
	if (!cli->quiet || cli->syslog != NULL)
		judge_text(s, e, &r, &v->text);
	return buf_check(&v->text, f);
}
