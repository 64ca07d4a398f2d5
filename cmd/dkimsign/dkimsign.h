/* SPDX-License-Identifier: ISC */
#ifndef DKIMSIGN_H
#define DKIMSIGN_H

#include "dkim/sign_file.h"

#define DKIMSIGN_NAMES 256	/* in --headers and --oversign */

struct dkimsign {
	struct signing_config config;
	size_t ndomains, nselectors, npaths;
	struct span domains[SIGNING_KEYS];
	struct span headers[DKIMSIGN_NAMES], oversign[DKIMSIGN_NAMES];
	bool filter, pass_through, quiet, verbose;
	/* --grant */
	const char *grant, *home;
	size_t nrecipients;
	struct span *recipients;
	int decision;		/* what jitgrant said no with: 1 to 8 */
};

/*
 * Ask jitgrant, which stands beside us, for one use of a grant for each key:
 * the leave() of the configuration.  arg is the struct dkimsign.
 */
enum fault_kind dkimsign_leave(void *arg, const struct signing_use *use,
    int64_t *until, struct fault *f);
/*
 * With --grant, take the recipients out of the operands; those from argv[rest]
 * on stood after "--".  What is left stays at argv[*first].
 */
enum fault_kind dkimsign_recipients(struct dkimsign *d, int argc,
    char **argv, int *first, int rest, struct fault *f);

/* What --help says of itself, and how each option is taken. */
struct plain_tool;
extern const struct plain_tool dkimsign_tool;
/* All options are read: do they go together? */
enum fault_kind dkimsign_ready(struct dkimsign *d, struct fault *f);

#endif
