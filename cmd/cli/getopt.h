/* SPDX-License-Identifier: ISC */
/*
 * Options from argv, one after the other, over a table made from the .ggo.
 * gengetopt's own parser is not used: CONTRIBUTING.md says why.
 */
#ifndef CLI_GETOPT_H
#define CLI_GETOPT_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

/*
 * A closed descriptor 0, 1 or 2 would be taken by the next file opened.  This
 * fills it with one that can only fail.
 */
void cli_descriptors(void);
/*
 * A reader that went away, a file that may not grow: errors like a full disk,
 * with a status that a mail server understands, not deaths.
 */
void cli_signals(void);

struct cli_getopt {
	int argc;
	char **argv;
	const struct option *options;	/* X_options of gen/X_options.h */
	const char *shorts;		/* X_shorts */
	/* May be given more than once; NULL-terminated, or NULL. */
	const char *const *repeatable, *const *repeatable_too;
	/* Zero before the first call. */
	bool begun;
	uint64_t seen;		/* by their place in the table */
};

/*
 * The next option: its long name (NULL: there is none left, and argv[optind]
 * is the first operand) and its value (NULL for a flag).  FAULT_USAGE.
 */
enum fault_kind cli_getopt(struct cli_getopt *g, const char **name,
    const char **value, struct fault *f);

#endif
