/* SPDX-License-Identifier: ISC */
/* --lint and --networks: domains instead of messages. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bounds.h"
#include "js.h"
#include "pool.h"
#include "spf_lint.h"
#include "spfcheck.h"

struct domains {
	struct spfcheck *spfcheck;
	size_t next;		/* operand */
	size_t failures;	/* JUnit */
	struct arena arena;
	struct buf out;		/* JUnit: all results */
};

/* All of a file, at most LINT_FILTER_BYTES. */
static enum fault_kind
domains_read(const char *path, struct buf *b, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	if (fd < 0)
		return fault_errno(f, FAULT_NOINPUT, errno, "%s", path);
	while (n != 0 && f->kind == FAULT_NONE) {
		char *p = buf_room(b, 65536);

		if (p == NULL) {
			(void)buf_check(b, f);
			break;
		}
		n = read(fd, p, 65536);
		if (n < 0 && errno != EINTR)
			(void)fault_errno(f, FAULT_IO, errno, "%s", path);
		else if (n > 0)
			buf_grew(b, (size_t)n);
	}
	(void)close(fd);
	return f->kind;
}

static enum fault_kind
domains_baseline(struct spfcheck *s, struct fault *f)
{
	struct buf b;

	if (s->baseline == NULL)
		return FAULT_NONE;
	buf_init(&b, LINT_FILTER_BYTES);
	if (domains_read(s->baseline, &b, f) == FAULT_NONE &&
	    lint_filter_baseline(&s->filter, buf_span(&b), f) != FAULT_NONE)
		(void)fault_context(f, "%s", s->baseline);
	buf_free(&b);
	return f->kind;
}

static enum fault_kind
domains_lint(struct domains *d, struct spf_lint *l, size_t n, struct buf *b,
    struct fault *f)
{
	struct cli *cli = d->spfcheck->cli;

	switch (cli->format) {
	case CLI_TEXT:
		if (!cli->quiet) {
			lint_text(&l->lint, b);
			spf_lint_text(l, b);
		}
		break;
	case CLI_JSON:
		return lint_json(&l->lint, "spfcheck",
		    clock_wall(&cli->clock), spf_lint_facts(l), b, f);
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
	enum lint_effect e = LINT_CLEAN;

	for (const struct lint_finding *g = l->lint.first; g != NULL;
	    g = g->next) {
		const struct lint_rule *r = g->rule;
		bool hole = r->effect > LINT_FINDINGS ||
		    r == spf_lint_rule(SPF_RULE_DANGLING) ||
		    r == spf_lint_rule(SPF_RULE_TARGET_NONE) ||
		    r == spf_lint_rule(SPF_RULE_TARGET_BROKEN) ||
		    r == spf_lint_rule(SPF_RULE_LOOP) ||
		    r == spf_lint_rule(SPF_RULE_TOO_LARGE);

		if (!hole)
			continue;
		cli_warn(cli, "%.*s: %s: %.*s", SPAN_ARG(g->domain),
		    r->title, SPAN_ARG(g->message));
		if (r->effect > e)
			e = r->effect;
	}
	if (l->dynamic)
		cli_warn(cli, "%.*s: macros, exists or ptr: who else may "
		    "send depends on the mail", SPAN_ARG(l->lint.domain));
	return (int)e;
}

static enum fault_kind
domains_networks(struct domains *d, const struct spf_lint *l, struct buf *b,
    struct fault *f)
{
	struct cli *cli = d->spfcheck->cli;
	json_t *o, *list;
	struct span line, rest;
	struct buf nets;
	bool failed = false;

	if (cli->format != CLI_JSON) {
		spf_lint_networks(l, b);
		return buf_check(b, f);
	}
	buf_init(&nets, SIZE_MAX / 2);
	spf_lint_networks(l, &nets);
	o = json_object();
	list = json_array();
	for (rest = buf_span(&nets); rest.len > 0;) {
		(void)span_cut(rest, '\n', &line, &rest);
		js_push(list, js_span(line), &failed);
	}
	js_set(o, "schema", js_str("vouchsafe/1"), &failed);
	js_set(o, "tool", js_str("spfcheck"), &failed);
	js_set(o, "version", js_str(VOUCHSAFE_VERSION), &failed);
	js_set(o, "time", js_int(clock_wall(&cli->clock)), &failed);
	js_set(o, "domain", js_span(l->lint.domain), &failed);
	js_set(o, "record", js_span(l->lint.record), &failed);
	js_set(o, "networks", list, &failed);
	js_set(o, "complete", js_bool(!l->dynamic), &failed);
	if (failed || nets.nomem)
		(void)fault_nomem(f);
	else
		(void)js_line(o, b, f);
	json_decref(o);
	buf_free(&nets);
	return f->kind;
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
	if (cli->out.fault.kind != FAULT_NONE)
		*f = cli->out.fault;
	return f->kind;
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
	const struct pool_ops ops = { .next = domains_next,
	    .work = domains_work, .died = domains_died,
	    .emit = domains_emit };
	struct domains d = { .spfcheck = s };
	struct fault f = { 0 };
	struct dns *dns;

	arena_init(&d.arena, 4 * BOUND_MESSAGE_ARENA);
	buf_init(&d.out, SIZE_MAX / 2);
	if (domains_baseline(s, &f) == FAULT_NONE &&
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
