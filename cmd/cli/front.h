/* SPDX-License-Identifier: ISC */
/* What every tool says in the same way: faults, its help, its version. */
#ifndef CLI_FRONT_H
#define CLI_FRONT_H

#include <stdarg.h>

#include "base/fault.h"
#include "base/out.h"

/* Of gen/TOOL_cli.h: X_args_usage, X_args_purpose, X_args_help. */
struct front_text {
	const char *const *usage, *const *purpose;
	const char *const *help;	/* NULL-terminated */
};
#define FRONT_TEXT(stem) { &stem##_args_usage, &stem##_args_purpose, \
    (const char *const *)stem##_args_help }

/*
 * "NAME: text" on standard error in one write, one line of printable ASCII.
 * Of "dkimkey new" the tool speaks, not its verb.
 */
void front_say(const char *name, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void front_vsay(const char *name, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* For --help and --version. */
void front_help(struct out *o, const struct front_text *text);
void front_version(struct out *o, const char *name);

#endif
