/* SPDX-License-Identifier: ISC */
/* dkimverify(1): options, one call of the library, its report. */
#include <string.h>

#include "base/bounds.h"
#include "base/json.h"
#include "base/num.h"
#include "dkim/key.h"
#include "dkim/report.h"
#include "dkimverify/dkimverify.h"
#include "dkimverify/dkimverify_cli.h"
#include "dkimverify/dkimverify_options.h"

/* Seconds, or a number and a unit. */
static enum fault_kind
option_age(const char *name, const char *value, int64_t *out, struct fault *f)
{
	uint64_t seconds;

	if (num_duration(span_of(value), out))
		return FAULT_NONE;
	if (!num_u64(span_of(value), (uint64_t)NUM_TIME_MAX, &seconds))
		return fault_set(f, FAULT_USAGE,
		    "--%s=%s: not a duration such as 90s, 12h or 30d", name,
		    value);
	*out = (int64_t)seconds;
	return FAULT_NONE;
}

static enum fault_kind
dkimverify_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	static const char *const lengths[] =
	    { "policy", "accept", "fail", NULL };
	struct dkimverify *d = state;
	struct dkim_options *o = &d->options;
	uint64_t n = 0;
	size_t word = 0;

	if (strcmp(name, "legacy") == 0) {
		o->legacy = true;
	} else if (strcmp(name, "all") == 0) {
		o->all = true;
	} else if (strcmp(name, "domain") == 0) {
		o->domain = span_of(value);
	} else if (strcmp(name, "index") == 0) {
		(void)cli_number(name, value, 1, 1000000, &n, f);
		o->index = (size_t)n;
	} else if (strcmp(name, "min-bits") == 0) {
		(void)cli_number(name, value, 512, BOUND_RSA_BITS, &n, f);
		o->min_bits = (unsigned)n;
	} else if (strcmp(name, "max-signatures") == 0) {
		(void)cli_number(name, value, 1, DKIMVERIFY_SIGNATURES, &n,
		    f);
		o->max_signatures = (size_t)n;
	} else if (strcmp(name, "max-age") == 0) {
		return option_age(name, value, &o->max_age, f);
	} else if (strcmp(name, "summary") == 0) {
		d->summarise = true;
	} else if (strcmp(name, "body-length") == 0) {
		(void)cli_word(name, value, lengths, &word, f);
		o->body_length = (enum dkim_body_length)word;
	} else if (strcmp(name, "debug-canon") == 0) {
		if (*value == '\0')
			return fault_set(f, FAULT_USAGE,
			    "--debug-canon needs a folder");
		d->folder = value;
		o->debug = dkimverify_debug;
		o->debug_state = d;
	} else {
		return cli_untaken(name, f);
	}
	return f->kind;
}

static enum fault_kind
dkimverify_collect(void *state, struct span note, struct fault *f)
{
	struct dkimverify *d = state;

	if (dkim_summary_add(&d->summary, note, f) != FAULT_NONE)
		d->miscounted = true;
	return f->kind;
}

static enum fault_kind
dkimverify_finish(void *state, struct cli *cli, struct buf *b,
    struct fault *f)
{
	struct dkimverify *d = state;
	json_t *o;
	bool failed = false;
	enum fault_kind k;

	/* Nothing was judged, or not all was counted; why was reported. */
	if (d->miscounted || (d->summary.messages == 0 && cli->exit != 0))
		return FAULT_NONE;
	if (cli->format != CLI_JSON)
		return dkim_summary_text(&d->summary, b, f);
	o = json_object();
	js_set(o, "schema", js_str("vouchsafe/1"), &failed);
	js_set(o, "tool", js_str("dkimverify"), &failed);
	js_set(o, "version", js_str(VOUCHSAFE_VERSION), &failed);
	js_set(o, "summary", dkim_summary_json(&d->summary), &failed);
	k = o == NULL || failed ? fault_nomem(f) : js_line(o, b, f);
	json_decref(o);
	return k;
}

static enum fault_kind
dkimverify_ready(void *state, struct cli *cli, struct fault *f)
{
	struct dkimverify *d = state;

	if (d->summarise && (cli->format == CLI_HEADER ||
	    cli->format == CLI_MESSAGE))
		return fault_set(f, FAULT_USAGE,
		    "--summary does not go with this --output");
	if (d->summarise) {
		d->tool.collect = dkimverify_collect;
		d->tool.finish = dkimverify_finish;
	}
	if (d->options.domain.p != NULL)
		return cli_name(cli, "domain", &d->options.domain, f);
	return FAULT_NONE;
}

/* The library's verdict on one message. */
static enum fault_kind
verify(struct dkimverify *d, struct cli_mail *mail,
    struct dkim_report *report, struct fault *f)
{
	struct dkim_verify *v;
	struct span bytes;

	if (d->folder != NULL)
		dkimverify_debug_start(d, mail->name);
	if (dkim_verify_open(&v, mail->message, &d->options, mail->arena, f)
	    != FAULT_NONE)
		return f->kind;
	do {
		if (message_body(mail->message, &bytes, f) != FAULT_NONE)
			return f->kind;
		dkim_verify_body(v, bytes);
	} while (bytes.len > 0);
	if (dkim_verify_close(v, mail->dns, mail->now, report, f) ==
	    FAULT_NONE && d->fault.kind != FAULT_NONE)
		*f = d->fault;
	return f->kind;
}

static enum fault_kind
dkimverify_judge(void *state, struct cli_mail *mail,
    struct cli_verdict *verdict, struct fault *f)
{
	struct dkim_report report = { 0 };
	struct dkimverify *d = state;
	bool failed = false;

	if (verify(d, mail, &report, f) != FAULT_NONE)
		return f->kind;
	verdict->result = report.result;
	if (d->summarise)
		dkim_summary_note(&report, &verdict->note);
	if (buf_check(&verdict->note, f) != FAULT_NONE)
		return f->kind;
	dkim_report_text(&report, &verdict->text);
	if (verdict->json != NULL) {
		js_set(verdict->json, "dkim", dkim_report_json(&report),
		    &failed);
		if (failed)
			return fault_nomem(f);
	}
	return dkim_report_results(&report, mail->arena, &verdict->results,
	    &verdict->nresults, f);
}

static enum fault_kind
dkimverify_nothing(json_t *o, enum reason reason, struct fault *f)
{
	const struct dkim_report report = { .result = VERDICT_TEMPERROR,
	    .reason = reason };
	bool failed = false;

	js_set(o, "dkim", dkim_report_json(&report), &failed);
	return failed ? fault_nomem(f) : FAULT_NONE;
}

static const struct cli_tool tool = {
	.name = "dkimverify",
	.method = "dkim",
	.options = dkimverify_options,
	.shorts = dkimverify_shorts,
	.text = FRONT_TEXT(dkimverify),
	.looks = "dkimkey check, or mailaudit",
	.option = dkimverify_option,
	.ready = dkimverify_ready,
	.judge = dkimverify_judge,
	.nothing = dkimverify_nothing,
};

int
main(int argc, char **argv)
{
	struct dkimverify dkimverify = { .tool = tool };
	struct cli cli;
	int status;

	if (cli_parse(&cli, &dkimverify.tool, &dkimverify, argc, argv)) {
		/* Each worker fills its own; without memory there is none. */
		dkimverify.options.keys = key_cache_new();
		cli_run(&cli);
		key_cache_free(dkimverify.options.keys);
	}
	status = cli_end(&cli);
	dkim_summary_free(&dkimverify.summary);
	return status;
}
