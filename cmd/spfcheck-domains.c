/* SPDX-License-Identifier: ISC */
/* --lint and --networks: domains instead of messages. */
#include <string.h>

#include "bounds.h"
#include "pool.h"
#include "spf_lint.h"
#include "spfcheck.h"

struct domains {
	struct spfcheck *spfcheck;
	size_t next;		/* operand */
	size_t failures;	/* JUnit */
	struct buf out;		/* JUnit: all results */
	struct arena arena;
};

static enum fault_kind
domains_lint(struct domains *d, struct spf_lint *l, size_t n, struct buf *b,
    struct fault *f)
{
	struct cli *cli = d->spfcheck->cli;
	json_t *facts;

	switch (cli->format) {
	case CLI_TEXT:
		if (!cli->quiet) {
			lint_text(&l->lint, b);
			spf_lint_text(l, b);
		}
		break;
	case CLI_JSON:
		if ((facts = spf_lint_facts(l)) == NULL)
			return fault_nomem(f);
		return lint_json(&l->lint, "spfcheck",
		    clock_wall(&cli->clock), facts, b, f);
	case CLI_TAP:
		lint_tap(&l->lint, n, b);
		break;
	case CLI_JUNIT:
		lint_junit(&l->lint, "spfcheck", b);
		break;
	case CLI_HEADER:
	case CLI_MESSAGE:
		break;
	}
	return buf_check(b, f);
}

/* The list is whole unless something in the tree could not be read. */
static int
domains_whole(const struct cli *cli, const struct spf_lint *l)
{
	int status = 0;

	for (const struct lint_finding *g = l->lint.first; g != NULL;
	    g = g->next) {
		if (!spf_lint_hole(g))
			continue;
		cli_warn(cli, "%.*s: %s: %.*s", SPAN_ARG(g->domain),
		    g->rule->title, SPAN_ARG(g->message));
		if ((int)g->rule->effect > status)
			status = (int)g->rule->effect;
	}
	if (l->dynamic)
		cli_warn(cli, "%.*s: macros, exists or ptr: who else may "
		    "send depends on the mail", SPAN_ARG(l->lint.domain));
	return status;
}

static enum fault_kind
domains_networks(struct domains *d, const struct spf_lint *l, struct buf *b,
    struct fault *f)
{
	struct cli *cli = d->spfcheck->cli;

	if (cli->format == CLI_JSON)
		return spf_lint_networks_json(l, clock_wall(&cli->clock), b, f);
	spf_lint_networks(l, b);
	return buf_check(b, f);
}

/* A job is the number of an operand. */
static enum fault_kind
domains_next(void *ctx, struct buf *job, bool *more, struct fault *f)
{
	struct domains *d = ctx;

	*more = d->next < d->spfcheck->cli->noperands;
	buf_add(job, &d->next, sizeof(d->next));
	d->next++;
	return buf_check(job, f);
}

static int
domains_work(void *ctx, struct span job, struct buf *result)
{
	struct domains *d = ctx;
	struct spfcheck *s = d->spfcheck;
	struct spf_lint l;
	struct dns *dns;
	struct fault f = { 0 };
	size_t n;
	int status;

	memcpy(&n, job.p, sizeof(n));
	arena_reset(&d->arena);
	if (cli_dns(s->cli, &dns, &f) != FAULT_NONE)
		return (int)cli_fail(s->cli, &f);
	if (spf_lint(&l, span_of(s->cli->operands[n]), s->policy, dns,
	    &d->arena, &f) == FAULT_NONE) {
		lint_filter_apply(&s->filter, &l.lint);
		if (s->lint)
			(void)domains_lint(d, &l, n + 1, result, &f);
		else
			(void)domains_networks(d, &l, result, &f);
	}
	status = f.kind != FAULT_NONE ? (int)cli_fail(s->cli, &f) :
	    s->lint ? (int)lint_exit(&l.lint) : domains_whole(s->cli, &l);
	spf_lint_free(&l);
	return status;
}

static int
domains_died(void *ctx, struct span job, struct buf *result)
{
	struct domains *d = ctx;
	struct fault f = { 0 };
	size_t n;

	(void)result;
	memcpy(&n, job.p, sizeof(n));
	(void)fault_set(&f, FAULT_SOFTWARE, "%s: %s",
	    d->spfcheck->cli->operands[n], reason_text(REASON_WORKER_DIED));
	return (int)cli_fail(d->spfcheck->cli, &f);
}

static enum fault_kind
domains_emit(void *ctx, struct span job, struct span result, int status,
    struct fault *f)
{
	struct domains *d = ctx;
	struct cli *cli = d->spfcheck->cli;

	(void)job;
	cli_exit(cli, status);
	d->failures += status != 0;
	if (cli->format == CLI_JUNIT) {
		buf_addspan(&d->out, result);
		return buf_check(&d->out, f);
	}
	cli_print(cli, result);
	return (*f = cli->out.fault).kind;
}

/* What stands around all results. */
static void
domains_print(struct domains *d, bool before)
{
	struct cli *cli = d->spfcheck->cli;
	struct buf b;

	buf_init(&b, 4096);
	if (cli->format == CLI_TAP && before)
		buf_adds(&b, "TAP version 13\n");
	else if (cli->format == CLI_TAP)
		buf_addf(&b, "1..%zu\n", cli->noperands);
	else if (cli->format == CLI_JUNIT && !before) {
		lint_junit_open("spfcheck", cli->noperands, d->failures, &b);
		cli_print(cli, buf_span(&b));
		cli_print(cli, buf_span(&d->out));
		buf_reset(&b);
		lint_junit_close(&b);
	}
	cli_print(cli, buf_span(&b));
	buf_free(&b);
}

void
spfcheck_domains(struct spfcheck *s)
{
	const struct pool_ops ops = { .next = domains_next, .emit =
	    domains_emit, .work = domains_work, .died = domains_died };
	struct domains d = { .spfcheck = s };
	struct fault f = { 0 };
	struct dns *dns;

	arena_init(&d.arena, 4 * BOUND_MESSAGE_ARENA);
	buf_init(&d.out, SIZE_MAX / 2);
	if (spfcheck_baseline(s, &f) == FAULT_NONE &&
	    cli_dns(s->cli, &dns, &f) == FAULT_NONE) {
		domains_print(&d, true);
		if (pool_run(&ops, &d, s->cli->jobs, NULL, &f) == FAULT_NONE)
			domains_print(&d, false);
	}
	if (f.kind != FAULT_NONE && s->cli->out.fault.kind == FAULT_NONE)
		(void)cli_fail(s->cli, &f);
	buf_free(&d.out);
	arena_free(&d.arena);
}
