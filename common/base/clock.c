/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "base/clock.h"

static int64_t
clock_system_wall(const struct clock *c)
{
	struct timespec ts = { 0 };

	(void)c;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec;
}

static int64_t
clock_system_mono(const struct clock *c)
{
	struct timespec ts = { 0 };

	(void)c;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
clock_fixed_wall(const struct clock *c)
{
	return c->fixed;
}

struct clock
clock_system(void)
{
	return (struct clock){ clock_system_wall, clock_system_mono, 0 };
}

struct clock
clock_fixed(int64_t now)
{
	return (struct clock){ clock_fixed_wall, clock_system_mono, now };
}
