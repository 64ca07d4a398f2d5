/* SPDX-License-Identifier: ISC */
/* One domain of a run. */
#include <string.h>

#include "cli/domains_impl.h"
#include "dns/gather.h"
#include "dns/resolver.h"

/* A line of --files-from that is no name: a finding, like any other. */
static enum fault_kind
domains_bad(const struct domains *d, const struct cli_domain *one,
    int *status, struct fault *f)
{
	static const struct lint_rule rule = { "LIST001", LINT_ERROR,
	    LINT_FINDINGS, "not a domain name",
	    "Correct the line, or remove it." };
	struct lint lint;

	if (lint_init(&lint, one->name, one->arena, f) != FAULT_NONE ||
	    lint_add(&lint, &rule, one->name, (struct span){ "", 0 }, 0, f,
	    "%s:%zu", d->cli->files_from,
	    d->list.lines[one->number - 1]) != FAULT_NONE)
		return f->kind;
	lint.newest->place = (struct dns_place){ d->cli->files_from,
	    d->list.lines[one->number - 1], 1 };
	lint_filter_apply(d->what->filter, &lint);
	*status = (int)lint_exit(&lint);
	return cli_findings(d->cli, one, &lint, d->cli->format == CLI_JSON ?
	    json_null() : NULL, f);
}

int
domains_pass(void *ctx, size_t number, bool asks, struct buf *result)
{
	struct domains *d = ctx;
	struct cli_domain one = { .arena = &d->arena, .out = result,
	    .number = number + 1, .asks = asks };
	struct fault f = { 0 };
	int status = 0;
	bool bad = d->list.bad[number];

	one.name = d->list.names[number];
	if (d->list.lines[number] > 0 &&
	    strcmp(d->cli->files_from, "-") != 0)
		one.listed = (struct dns_place){ d->cli->files_from,
		    d->list.lines[number], 1 };
	arena_reset(&d->arena);
	if (bad && domains_bad(d, &one, &status, &f) == FAULT_NONE)
		return status;
	if (f.kind == FAULT_NONE &&
	    cli_dns(d->cli, &one.dns, &f) == FAULT_NONE) {
		/* A domain among many has its own. */
		if (d->gather != NULL)
			one.dns->deadline_ms = 0;
		if (d->what->judge(d->cli->state, &one, &status, &f) ==
		    FAULT_NONE && buf_check(result, &f) == FAULT_NONE)
			return status;
	}
	/* Half of it is nothing; and it fails again when it counts. */
	buf_reset(result);
	return cli_domain_asks(&one) ? 0 : (int)cli_fail(d->cli, &f);
}

bool
cli_domain_asks(const struct cli_domain *one)
{
	const struct dns *gather = one->dns == NULL ? NULL :
	    dns_gathering(one->dns);

	return one->asks || (gather != NULL && dns_gather_noted(gather));
}
