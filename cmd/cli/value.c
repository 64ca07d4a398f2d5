/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cli/value.h"

enum fault_kind
cli_number(const char *name, const char *value, uint64_t min, uint64_t max,
    uint64_t *out, struct fault *f)
{
	if (!num_u64(span_of(value), max, out) || *out < min)
		return fault_set(f, FAULT_USAGE,
		    "--%s=%s: not a number from %llu to %llu", name, value,
		    (unsigned long long)min, (unsigned long long)max);
	return FAULT_NONE;
}

enum fault_kind
cli_word(const char *name, const char *value, const char *const *words,
    size_t *out, struct fault *f)
{
	char list[256] = "";

	for (size_t i = 0; words[i] != NULL; i++) {
		size_t used = strlen(list);

		if (words[i][0] == '\0')
			continue;
		if (strcmp(words[i], value) == 0) {
			*out = i;
			return FAULT_NONE;
		}
		(void)snprintf(list + used, sizeof(list) - used, " %s",
		    words[i]);
	}
	return fault_set(f, FAULT_USAGE, "--%s=%s: not one of%s", name, value,
	    list);
}

enum fault_kind
cli_time(const char *name, const char *value, int64_t *out, struct fault *f)
{
	if (!num_time(span_of(value), out))
		return fault_set(f, FAULT_USAGE, "--%s=%s: not seconds since "
		    "1970 and no RFC 3339 time", name, value);
	return FAULT_NONE;
}

enum fault_kind
cli_untaken(const char *name, struct fault *f)
{
	return fault_set(f, FAULT_SOFTWARE,
	    "--%s: known, but nothing takes it", name);
}

enum fault_kind
cli_rules(const struct cli_rule *rules, size_t count, struct fault *f)
{
	for (size_t i = 0; i < count; i++)
		if (rules[i].broken)
			return fault_set(f, FAULT_USAGE, "%s", rules[i].text);
	return FAULT_NONE;
}

const char *
cli_tmpdir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir != NULL && *dir == '/' ? dir : "/tmp";
}
