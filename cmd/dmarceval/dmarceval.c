/* SPDX-License-Identifier: ISC */
/* dmarceval(1): options and the way through them. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "dkim/key.h"
#include "dmarc/lint.h"
#include "dmarc/report.h"
#include "dmarceval/dmarceval.h"
#include "dmarceval/dmarceval_cli.h"
#include "dmarceval/dmarceval_options.h"

/*
 * RESULT[:DOMAIN[:SELECTOR]], the selector for DKIM alone.  The domain may be
 * anything that a stranger wrote, so it is no mistake of the caller's if it is
 * no name: such a one is aligned with nothing.
 */
static enum fault_kind
hand_over(struct handed *h, bool dkim, const char *name, const char *value,
    struct fault *f)
{
	struct stage_given *one = &h->at[h->n];
	struct span word, rest;

	if (h->n == DMARCEVAL_HANDED)
		return fault_set(f, FAULT_USAGE, "--%s: given too often",
		    name);
	h->n++;
	(void)span_cut(span_of(value), ':', &word, &one->identity);
	rest = one->identity;
	if (dkim)
		(void)span_cut(rest, ':', &one->identity, &one->selector);
	if (!verdict_parse(word, &one->result) ||
	    (dkim && one->result == VERDICT_SOFTFAIL))
		return fault_set(f, FAULT_USAGE, "--%s=%s: not a result",
		    name, value);
	return FAULT_NONE;
}

static enum fault_kind
dmarceval_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	static const char *const multi[] = { "permerror", "strictest", NULL };
	struct dmarceval *d = state;
	size_t word = 0;
	bool taken;

	if (cli_envelope_option(&d->asked, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	if (dmarceval_record_option(d, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	if (strcmp(name, "spf") == 0)
		return hand_over(&d->spf, false, name, value, f);
	if (strcmp(name, "dkim") == 0)
		return hand_over(&d->dkim, true, name, value, f);
	if (strcmp(name, "multi-author") == 0) {
		(void)cli_word(name, value, multi, &word, f);
		d->multi = (enum dmarc_multi)word;
	} else if (strcmp(name, "ignore") == 0) {
		d->filtered = true;
		return lint_filter_ignore(&d->filter, span_of(value), f);
	} else if (strcmp(name, "fail-on") == 0) {
		d->filtered = true;
		return lint_filter_fail_on(&d->filter, span_of(value), f);
	} else if (strcmp(name, "all-findings") == 0) {
		d->filtered = true;
		d->filter.all = true;
	} else if (strcmp(name, "baseline") == 0) {
		d->filtered = true;
		d->baseline = value;
	} else if (strcmp(name, "explain") == 0) {
		d->explain = true;
	} else if (strcmp(name, "summary") == 0) {
		d->summarise = true;
	} else if (strcmp(name, "lint") == 0) {
		d->lint = true;
	} else if (strcmp(name, "lookup") == 0) {
		d->lookup = true;
	} else {
		return cli_untaken(name, f);
	}
	return f->kind;
}

static enum fault_kind
dmarceval_finish(void *state, struct cli *cli, struct buf *b,
    struct fault *f)
{
	struct dmarceval *d = state;
	json_t *o;
	bool failed = false;
	enum fault_kind k;

	/* Nothing was judged, or not all was counted; why was reported. */
	if (d->miscounted || (d->summary.messages == 0 && cli->exit != 0))
		return FAULT_NONE;
	if (cli->format != CLI_JSON)
		return dmarc_summary_text(&d->summary, b, f);
	o = json_object();
	js_set(o, "schema", js_str("vouchsafe/1"), &failed);
	js_set(o, "tool", js_str("dmarceval"), &failed);
	js_set(o, "version", js_str(VOUCHSAFE_VERSION), &failed);
	js_set(o, "summary", dmarc_summary_json(&d->summary), &failed);
	k = o == NULL || failed ? fault_nomem(f) : js_line(o, b, f);
	json_decref(o);
	return k;
}

static enum fault_kind
dmarceval_ready(void *state, struct cli *cli, struct fault *f)
{
	struct dmarceval *d = state;
	bool domains = d->lint || d->lookup;
	bool field = cli->format == CLI_HEADER || cli->format == CLI_MESSAGE;

	bool envelope = d->asked.ip.family != 0 || d->asked.from_message ||
	    d->spf.n + d->dkim.n > 0 ||
	    cli->list || cli->only != 0;
	const struct cli_rule rules[] = {
		{ d->lint && d->lookup,
		    "--lint and --lookup do not go together" },
		{ domains && (field || d->summarise || d->explain),
		    "--lint and --lookup take domains: no output of "
		    "messages" },
		{ domains && envelope, "--lint and --lookup take domains: "
		    "no envelope, no results" },
		{ domains && cli->noperands == 0 && cli->files_from == NULL &&
		    cli->asked.nzones == 0, "no domain given" },
		{ domains && d->record, "--lint and --lookup take domains: "
		    "nothing to record" },
		{ d->recording != NULL && !d->record, "--act, --disposition, "
		    "--reason, --report-address and --envelope-to need "
		    "--record" },
		{ d->filtered && !d->lint,
		    "--baseline, --all-findings, --fail-on and --ignore "
		    "need --lint" },
		{ d->filter.all && d->baseline == NULL,
		    "--all-findings needs --baseline" },
		{ d->summarise && field,
		    "--summary does not go with this --output" },
	};

	if (cli_rules(rules, sizeof(rules) / sizeof(rules[0]), f) !=
	    FAULT_NONE)
		return f->kind;
	/* A result that is handed over needs no sender. */
	if (cli_envelope_ready(&d->asked, cli, d->spf.n > 0, f) !=
	    FAULT_NONE)
		return f->kind;
	d->explain |= cli->verbose;
	if (d->summarise) {
		d->tool.collect = dmarceval_collect;
		d->tool.finish = dmarceval_finish;
	}
	return FAULT_NONE;
}

static const char *const repeatable[] = { "spf", "dkim", "ignore",
	"relay", "reason", "report-address", NULL };

int
main(int argc, char **argv)
{
	struct dmarceval *d = calloc(1, sizeof(*d));
	struct cli cli;
	int status;

	if (d == NULL)
		return FAULT_SOFTWARE;
	d->tool = (struct cli_tool){ .name = "dmarceval", .method = "dmarc",
	    .options = dmarceval_options, .shorts = dmarceval_shorts,
	    .text = FRONT_TEXT(dmarceval),
	    .repeatable = repeatable, .lints = true,
	    .looks = "--lint or --lookup", .final = true, .explains = true,
	    .option = dmarceval_option, .ready = dmarceval_ready,
	    .judge = dmarceval_judge, .nothing = dmarceval_nothing };
	d->cli = &cli;
	lint_filter_init(&d->filter, dmarc_lint_code);
	if (cli_parse(&cli, &d->tool, d, argc, argv)) {
		if (d->lint || d->lookup)
			dmarceval_domains(d);
		else {
			/* Each worker fills its own; it can do without. */
			d->keys = key_cache_new();
			cli_run(&cli);
			key_cache_free(d->keys);
		}
	}
	status = cli_end(&cli);
	lint_filter_free(&d->filter);
	dmarc_summary_free(&d->summary);
	free(d);
	return status;
}
