/* SPDX-License-Identifier: ISC */
/* Many domains at once, in one process: those at work, and the order. */
#ifndef CLI_GATHER_H
#define CLI_GATHER_H

#include "cli/cli.h"

#define CLI_WINDOW ((size_t)64)

struct cli_gather {
	const struct cli *cli;
	struct dns *dns;	/* dns/gather.h */
	size_t count;		/* of domains; their numbers are from 0 */
	size_t window;		/* at work at once */
	void *ctx;
	/* One pass over a domain; asks: what it finds is thrown away. */
	int (*pass)(void *ctx, size_t number, bool asks, struct buf *result);
	/* In the order of the numbers.  A fault ends the run. */
	enum fault_kind (*emit)(void *ctx, struct span result, int status,
	    struct fault *f);
};

/* All of them.  FAULT_CONFIG: the name server invents answers. */
enum fault_kind cli_gather_run(const struct cli_gather *g, struct fault *f);

#endif
