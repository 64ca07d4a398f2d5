/* SPDX-License-Identifier: ISC */
/*
 * Unit tests in TAP: one program a module.
 *
 *	#include "tap.h"
 *	int main(void) { CHECK(1 + 1 == 2); return tap_done(); }
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stdio.h>

static unsigned tap_count, tap_failed;

/* One test point; the expression is its name. */
#define CHECK(expr) tap_check((expr), #expr, __FILE__, __LINE__)
/* The same with a printf-form name, for tests that run over a table. */
#define CHECKF(expr, ...) do { \
	char tap_name[256]; \
	(void)snprintf(tap_name, sizeof(tap_name), __VA_ARGS__); \
	tap_check((expr), tap_name, __FILE__, __LINE__); \
} while (0)

static inline void
tap_check(bool ok, const char *name, const char *file, int line)
{
	tap_count++;
	if (ok) {
		printf("ok %u - %s\n", tap_count, name);
		return;
	}
	tap_failed++;
	printf("not ok %u - %s\n# at %s:%d\n", tap_count, name, file, line);
}

/* Print the plan; main's return value. */
static inline int
tap_done(void)
{
	printf("1..%u\n", tap_count);
	return tap_failed == 0 ? 0 : 1;
}

#endif
