/* SPDX-License-Identifier: ISC */
/*
 * The front end of tools that do one thing and end (dkimsign, the verbs of
 * dkimkey): options, help, one line for a fault.
 */
#ifndef CLI_PLAIN_H
#define CLI_PLAIN_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "cli/front.h"

struct plain_tool {
	const char *name;		/* "dkimkey new" */
	const struct option *options;	/* X_options of gen/X_options.h */
	const char *shorts;		/* X_shorts */
	struct front_text text;
	const char *const *repeatable;	/* NULL-terminated, or NULL */
	/* One option by its long name; value is NULL for a flag. */
	enum fault_kind (*option)(void *state, const char *name,
	    const char *value, struct fault *f);
};

/*
 * Read the options; argv[*first] is the first operand.  *done: help or the
 * version was printed, there is nothing left to do.  FAULT_USAGE, or FAULT_IO
 * if the help cannot be written.
 */
enum fault_kind plain_parse(const struct plain_tool *tool, void *state,
    int argc, char **argv, int *first, bool *done, struct fault *f);

struct plain_verbs {
	const char *name, *purpose;	/* "dkimkey"; a sentence */
	size_t count;
	const struct plain_verb {
		const char *name;
		int (*run)(int argc, char **argv);	/* argv[0]: the verb */
		const char *text;
	} *verbs;
};

/* Run the verb that argv[1] names, or list all; the exit status. */
int plain_verb(const struct plain_verbs *v, int argc, char **argv);

/* "NAME: text" on standard error; returns the exit status. */
int plain_fail(const char *name, const struct fault *f);

#endif
