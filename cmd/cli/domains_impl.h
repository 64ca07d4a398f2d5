/* SPDX-License-Identifier: ISC */
/* What the files of a run over domains share with each other alone. */
#ifndef CLI_DOMAINS_IMPL_H
#define CLI_DOMAINS_IMPL_H

#include "cli/cli_impl.h"
#include "cli/domains.h"

struct domains {
	struct cli *cli;
	const struct cli_domains *what;
	struct dns *gather;	/* NULL: one after the other */
	size_t next;		/* operand */
	size_t done;
	bool begun;		/* something was printed */
	struct lint_junit_counts counts;
	struct cli_names list;
	struct buf out;		/* JUnit, SARIF: all results */
	uint64_t left;		/* SARIF: findings without a place */
	struct arena arena;
};

/* One domain, by its number from 0: what is printed of it into result; its
 * exit status.  ctx is a struct domains. */
int domains_pass(void *ctx, size_t number, bool asks, struct buf *result);

#endif
