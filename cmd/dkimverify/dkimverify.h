/* SPDX-License-Identifier: ISC */
/* What the files of dkimverify(1) share. */
#ifndef DKIMVERIFY_H
#define DKIMVERIFY_H

#include "cli/cli.h"
#include "dkim/dkim.h"
#include "dkim/summary.h"

#define DKIMVERIFY_SIGNATURES 1000	/* --max-signatures at most */

struct dkimverify {
	struct dkim_options options;
	/* --summary */
	struct cli_tool tool;	/* with its functions, if it is asked for */
	bool summarise, miscounted;
	struct dkim_summary summary;
	/* --debug-canon */
	const char *folder;	/* NULL: not wanted */
	struct span name;	/* of the present message */
	bool begun[2][DKIMVERIFY_SIGNATURES + 1];
	struct fault fault;	/* the first failure to write there */
};

/* A new message: its files are written anew. */
void dkimverify_debug_start(struct dkimverify *d, struct span name);
/* The options' debug function; state is a struct dkimverify. */
void dkimverify_debug(void *state, size_t index, const char *what,
    struct span bytes);

#endif
