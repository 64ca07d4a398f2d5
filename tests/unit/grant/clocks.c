/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "grant/clocks.h"
#include "tap.h"

#define BOOT_A "00000000-0000-0000-0000-00000000000a"
#define BOOT_B "00000000-0000-0000-0000-00000000000b"

static struct jit_now
at(int64_t wall, int64_t boot, const char *id)
{
	struct jit_now now = { .wall = wall, .boot = boot };

	memcpy(now.boot_id, id, sizeof(now.boot_id));
	return now;
}

static void
test_judge(void)
{
	struct jit_mark m = { 0 };
	struct jit_now now = at(1000000, 100, BOOT_A);

	CHECK(jit_clock_judge(&m, &now) == JIT_TRUST_OK);
	jit_clock_raise(&m, &now);
	CHECK(m.seen_max == 1000000 && m.boot == 100);
	now = at(999995, 100, BOOT_A);
	CHECK(jit_clock_judge(&m, &now) == JIT_TRUST_OK);
	now = at(999994, 100, BOOT_A);
	CHECK(jit_clock_judge(&m, &now) == JIT_TRUST_BEHIND);
	now = at(0, 5, BOOT_B);
	CHECK(jit_clock_judge(&m, &now) == JIT_TRUST_BEHIND);
	now = at(1003700, 200, BOOT_A);
	CHECK(jit_clock_step(&m, &now) == 3600);
	CHECK(jit_clock_judge(&m, &now) == JIT_TRUST_OK);
	now = at(1003701, 200, BOOT_A);
	CHECK(jit_clock_judge(&m, &now) == JIT_TRUST_AHEAD);
	jit_clock_raise(&m, &now);
	CHECK(m.seen_max == 1000000);
	/* A suspended host: both clocks went on. */
	now = at(1086400, 86500, BOOT_A);
	CHECK(jit_clock_judge(&m, &now) == JIT_TRUST_OK);
	/* Across boots any forward time is taken. */
	now = at(9000000, 5, BOOT_B);
	CHECK(jit_clock_judge(&m, &now) == JIT_TRUST_OK);
	now = at(1003701, 200, BOOT_A);
	jit_clock_accept(&m, &now);
	CHECK(jit_clock_judge(&m, &now) == JIT_TRUST_OK);
	CHECK(m.seen_max == 1003701);
	now = at(500, 210, BOOT_A);
	jit_clock_accept(&m, &now);
	CHECK(m.seen_max == 500);
	CHECK(jit_clock_judge(&m, &now) == JIT_TRUST_OK);
}

static void
test_over(void)
{
	struct jit_now now = at(1000, 50, BOOT_A);

	CHECK(!jit_clock_over(&now, 1001, 51, BOOT_A));
	CHECK(jit_clock_over(&now, 1000, 51, BOOT_A));
	CHECK(jit_clock_over(&now, 1001, 50, BOOT_A));
	CHECK(!jit_clock_over(&now, 1001, 50, BOOT_B));
	CHECK(!jit_clock_over(&now, 1001, 50, ""));
}

static void
test_system(void)
{
	struct jit_clock c = jit_clock_system();
	struct jit_now now, fixed = at(7, 8, BOOT_B);
	struct fault f = { .kind = FAULT_NONE };

	CHECK(c.sample(&c, &now, &f) == FAULT_NONE);
	CHECK(now.wall > 1000000000 && now.boot > 0);
	CHECK(strlen(now.boot_id) == JIT_BOOT_ID - 1);
	c = jit_clock_fixed(&fixed);
	CHECK(c.sample(&c, &now, &f) == FAULT_NONE);
	CHECK(now.wall == 7 && now.boot == 8);
}

int
main(void)
{
	test_judge();
	test_over();
	test_system();
	return tap_done();
}
