/* SPDX-License-Identifier: ISC */
/* Domains instead of messages: --lint and the like. */
#include <stdio.h>
#include <string.h>

#include "base/bounds.h"
#include "base/file.h"
#include "base/pool.h"
#include "cli/domains_impl.h"
#include "cli/gather.h"
#include "dns/resolver.h"

/* --baseline has at most so many bytes. */
#define BASELINE_MAX ((size_t)64 * 1024 * 1024)

/* A job is the number of an operand. */
static enum fault_kind
domains_next(void *ctx, struct buf *job, bool *more, struct fault *f)
{
	struct domains *d = ctx;

	*more = d->next < d->list.count;
	buf_add(job, &d->next, sizeof(d->next));
	d->next++;
	return buf_check(job, f);
}

static int
domains_work(void *ctx, struct span job, struct buf *result)
{
	size_t number;

	memcpy(&number, job.p, sizeof(number));
	return domains_pass(ctx, number, false, result);
}

static int
domains_died(void *ctx, struct span job, struct buf *result)
{
	struct domains *d = ctx;
	struct fault f = { 0 };
	size_t n;

	(void)result;
	memcpy(&n, job.p, sizeof(n));
	(void)fault_set(&f, FAULT_SOFTWARE, "%.*s: %s",
	    SPAN_ARG(d->list.names[n]), reason_text(REASON_WORKER_DIED));
	return (int)cli_fail(d->cli, &f);
}

static enum fault_kind
domains_print(void *ctx, struct span result, int status, struct fault *f)
{
	struct domains *d = ctx;

	cli_exit(d->cli, status);
	if (d->cli->progress)
		cli_progress(d->cli, ++d->done, false);
	if (d->cli->format == CLI_TAP && !d->begun && result.len > 0)
		cli_print(d->cli, SPAN("TAP version 13\n"));
	d->begun |= result.len > 0;
	if (d->cli->format == CLI_SARIF && result.len > 0) {
		uint64_t left;

		memcpy(&left, result.p, sizeof(left));
		d->left += left;
		buf_addspan(&d->out, span_sub(result, sizeof(left),
		    result.len));
		return buf_check(&d->out, f);
	}
	if (d->cli->format == CLI_JUNIT) {
		lint_junit_count(result, &d->counts);
		buf_addspan(&d->out, result);
		return buf_check(&d->out, f);
	}
	cli_print(d->cli, result);
	*f = d->cli->out.fault;
	return f->kind;
}

static enum fault_kind
domains_emit(void *ctx, struct span job, struct span result, int status,
    struct fault *f)
{
	(void)job;
	return domains_print(ctx, result, status, f);
}

/* What stands around the results. */
static void
domains_around(const struct domains *d, struct buf *b)
{
	const struct cli *cli = d->cli;
	const struct lint_filter *filter = d->what->filter;
	struct span all = buf_span(&d->out);

	if (cli->format == CLI_JUNIT) {
		lint_junit_open(cli->tool->name, &d->counts, b);
		buf_addspan(b, all);
		lint_junit_close(b);
	} else if (cli->format == CLI_SARIF) {
		/* -q: a run without results only where there is no baseline
		 * that says what is new. */
		if (cli->quiet && all.len == 0 && filter->baseline &&
		    !filter->all)
			return;
		lint_sarif_open(cli->tool->name, b);
		/* Each result has a comma before it. */
		buf_addspan(b, span_sub(all, 1, all.len));
		lint_sarif_close(b);
		if (d->left > 0)
			cli_warn(cli, "%llu findings stand in no zone file "
			    "and are left out", (unsigned long long)d->left);
	}
}

/* Once the results are all there. */
static enum fault_kind
domains_close(struct domains *d, struct fault *f)
{
	struct cli *cli = d->cli;
	char plan[32];
	struct buf b;
	int n;

	if (cli->progress)
		cli_progress(cli, d->done, true);
	buf_init(&b, SIZE_MAX / 2);
	/* Nothing at all, if none could be looked at. */
	if (d->begun)
		domains_around(d, &b);
	/* The results are out: from here on nothing may fail. */
	n = snprintf(plan, sizeof(plan), "1..%zu\n", d->list.count);
	if (d->begun && cli->format == CLI_TAP && n > 0)
		cli_print(cli, (struct span){ plan, (size_t)n });
	if (d->what->finish != NULL)
		(void)d->what->finish(cli->state, &b, f);
	if (f->kind == FAULT_NONE && buf_check(&b, f) == FAULT_NONE)
		cli_print(cli, buf_span(&b));
	buf_free(&b);
	return f->kind;
}

/* All operands are looked at before anything else is done. */
static enum fault_kind
domains_start(struct domains *d, struct fault *f)
{
	const char *path = d->what->baseline;
	struct buf b;

	if (cli_names(d->cli, &d->list, f) != FAULT_NONE)
		return f->kind;
	if (path == NULL)
		return FAULT_NONE;
	buf_init(&b, BASELINE_MAX);
	if (file_read(path, &b, f) == FAULT_NONE &&
	    lint_filter_baseline(d->what->filter, buf_span(&b), f) !=
	    FAULT_NONE)
		(void)fault_context(f, "%s", path);
	buf_free(&b);
	return f->kind;
}

/* All of them: many at once where the network is asked, else by workers. */
static enum fault_kind
domains_run(struct domains *d, struct fault *f)
{
	const struct pool_ops ops = { .next = domains_next, .emit =
	    domains_emit, .work = domains_work, .died = domains_died };
	const struct cli_gather many = { .cli = d->cli, .dns = d->gather,
	    .count = d->list.count, .window = d->what->window > 0 ?
	    d->what->window : CLI_WINDOW, .ctx = d, .pass = domains_pass,
	    .emit = domains_print };

	return d->gather != NULL ? cli_gather_run(&many, f) :
	    pool_run(&ops, d, d->cli->jobs, NULL, f);
}

void
cli_domains(struct cli *cli, const struct cli_domains *what)
{
	struct domains d = { .cli = cli, .what = what };
	struct fault f = { 0 };
	struct dns *dns;

	arena_init(&d.arena, 4 * BOUND_MESSAGE_ARENA);
	buf_init(&d.out, SIZE_MAX / 2);
	/* -v shows the questions of one after the other; workers have a DNS
	 * of their own. */
	cli->asked.gather = !cli->verbose && cli->jobs == 1;
	if (domains_start(&d, &f) == FAULT_NONE &&
	    cli_dns(cli, &dns, &f) == FAULT_NONE) {
		cli->total = d.list.count;
		d.gather = dns_gathering(dns);
		if (domains_run(&d, &f) == FAULT_NONE)
			(void)domains_close(&d, &f);
	}
	if (f.kind != FAULT_NONE && cli->out.fault.kind == FAULT_NONE)
		(void)cli_fail(cli, &f);
	buf_free(&d.out);
	arena_free(&d.arena);
}
