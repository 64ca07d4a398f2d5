/* SPDX-License-Identifier: ISC */
/*
 * Values of options, checked the same way by every tool: each function takes
 * the option's long name and its value, and returns FAULT_USAGE, with a text
 * that names the option, for what is no such value.
 */
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

/* A decimal number from min to max, without sign, blank or leading +. */
enum fault_kind cli_number(const char *name, const char *value, uint64_t min,
    uint64_t max, uint64_t *out, struct fault *f);
/* The index of value among the NULL-terminated words; no abbreviations. */
enum fault_kind cli_word(const char *name, const char *value,
    const char *const *words, size_t *out, struct fault *f);
/* --now and the like: seconds since 1970, or an RFC 3339 time. */
enum fault_kind cli_time(const char *name, const char *value, int64_t *out,
    struct fault *f);
/*
 * The last else of a function that takes options: the .ggo has an option that
 * no line takes.  FAULT_SOFTWARE: the user did nothing wrong.
 */
enum fault_kind cli_untaken(const char *name, struct fault *f);

/*
 * Which options go together, as a table: the text of the first rule that is
 * broken is the usage fault.
 */
struct cli_rule {
	bool broken;
	const char *text;
};
enum fault_kind cli_rules(const struct cli_rule *rules, size_t count,
    struct fault *f);

/* Where temporary files go: TMPDIR if it is an absolute path, else /tmp. */
const char *cli_tmpdir(void);

#endif
