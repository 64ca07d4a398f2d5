/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/num.h"
#include "tap.h"

static void
test_u64(void)
{
	uint64_t n = 99;

	CHECK(num_u64(SPAN("0"), 10, &n) && n == 0);
	CHECK(num_u64(SPAN("007"), 10, &n) && n == 7);
	CHECK(!num_u64(SPAN(""), 10, &n));
	CHECK(!num_u64(SPAN("11"), 10, &n));
	CHECK(!num_u64(SPAN("+1"), 10, &n));
	CHECK(!num_u64(SPAN(" 1"), 10, &n));
	CHECK(!num_u64(SPAN("1x"), 10, &n));
	CHECK(num_u64(SPAN("18446744073709551615"), UINT64_MAX, &n) &&
	    n == UINT64_MAX);
	CHECK(!num_u64(SPAN("18446744073709551616"), UINT64_MAX, &n));
	CHECK(!num_u64(SPAN("99999999999999999999999"), UINT64_MAX, &n));
	CHECK(num_canonical(SPAN("0"), 10, &n) && n == 0);
	CHECK(!num_canonical(SPAN("00"), 10, &n));
	CHECK(!num_canonical(SPAN("07"), 10, &n));
}

static void
test_duration(void)
{
	int64_t s = -1;

	CHECK(num_duration(SPAN("90s"), &s) && s == 90);
	CHECK(num_duration(SPAN("10m"), &s) && s == 600);
	CHECK(num_duration(SPAN("2h"), &s) && s == 7200);
	CHECK(num_duration(SPAN("3d"), &s) && s == 259200);
	CHECK(!num_duration(SPAN("3"), &s));
	CHECK(!num_duration(SPAN("d"), &s));
	CHECK(!num_duration(SPAN("1h30m"), &s));
	CHECK(!num_duration(SPAN("1w"), &s));
	CHECK(!num_duration(SPAN("99999999999d"), &s));
}

static void
test_time(void)
{
	char text[NUM_RFC3339_LEN];
	int64_t t = -1;

	CHECK(num_time(SPAN("1795446437"), &t) && t == 1795446437);
	CHECK(num_time(SPAN("1970-01-01T00:00:00Z"), &t) && t == 0);
	CHECK(num_time(SPAN("2000-02-29T12:00:00+01:00"), &t) &&
	    t == 951822000);
	CHECK(num_time(SPAN("2026-11-23 18:00:00.5Z"), &t) &&
	    t == 1795456800);
	CHECK(!num_time(SPAN("2026-02-29T00:00:00Z"), &t));
	CHECK(!num_time(SPAN("2026-11-23T24:00:00Z"), &t));
	CHECK(!num_time(SPAN("2026-11-23T18:00:00"), &t));
	CHECK(!num_time(SPAN("2026-11-23T18:00:00Zx"), &t));
	CHECK(!num_time(SPAN("1969-12-31T23:59:59Z"), &t));
	CHECK(!num_time(SPAN("-1"), &t));
	num_rfc3339(1795456800, text);
	CHECK(strcmp(text, "2026-11-23T18:00:00Z") == 0);
	num_rfc3339(NUM_TIME_MAX + 1, text);
	CHECK(strcmp(text, "9999-12-31T23:59:59Z") == 0);
	num_rfc3339(951825599, text);
	CHECK(strcmp(text, "2000-02-29T11:59:59Z") == 0);
}

/* Every day of 1970 to 2400 survives the way there and back. */
static void
test_days(void)
{
	bool same = true;

	for (int64_t day = 0; day < 157000 && same; day++) {
		char text[NUM_RFC3339_LEN];
		int64_t t = -1;

		num_rfc3339(day * 86400, text);
		same = num_time(span_of(text), &t) && t == day * 86400;
	}
	CHECK(same);
}

int
main(void)
{
	test_u64();
	test_duration();
	test_time();
	test_days();
	return tap_done();
}
