/* SPDX-License-Identifier: ISC */
/*
 * Time as it is handed to the library: nothing below asks the system itself.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

struct clock {
	/* Seconds since 1970, for verdicts. */
	int64_t (*wall)(const struct clock *);
	/* Milliseconds of a clock that never steps, for deadlines. */
	int64_t (*mono_ms)(const struct clock *);
	int64_t fixed;	/* what a fixed clock answers for wall */
};

/* The system's clocks. */
struct clock clock_system(void);
/* Wall time stands still at `now` (--now); deadlines still run. */
struct clock clock_fixed(int64_t now);

static inline int64_t
clock_wall(const struct clock *c)
{
	return c->wall(c);
}

static inline int64_t
clock_mono_ms(const struct clock *c)
{
	return c->mono_ms(c);
}

#endif
