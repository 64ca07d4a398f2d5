/* SPDX-License-Identifier: ISC */
#ifndef DKIMSIGN_H
#define DKIMSIGN_H

#include "dkim_signing.h"

#define DKIMSIGN_NAMES 256	/* in --headers and --oversign */

struct dkimsign {
	struct signing_config config;
	size_t ndomains, nselectors, npaths;
	struct span domains[SIGNING_KEYS];
	struct span headers[DKIMSIGN_NAMES], oversign[DKIMSIGN_NAMES];
	bool filter, pass_through, quiet, verbose;
};

/* What --help says of itself, and how each option is taken. */
struct plain_tool;
extern const struct plain_tool dkimsign_tool;
/* All options are read: do they go together? */
enum fault_kind dkimsign_ready(struct dkimsign *d, struct fault *f);

#endif
