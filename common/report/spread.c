/* SPDX-License-Identifier: ISC */
/* A report that is longer than a day, over its days. */
#include <string.h>

#include "report/store_read.h"

/* Up to ten minutes over a day are one day: clocks and lazy ends. */
#define SPREAD_OVER 600
/* The longest seen is 201 days; of a longer period the last ones count. */
#define SPREAD_DAYS 400

int64_t
report_day(int64_t time)
{
	return time >= 0 ? time / 86400 : (time - 86399) / 86400;
}

/* floor(count * part / whole) and the remainder, without overflow: part and
 * whole are below 2^26 (400 days of seconds), count at most 2^53. */
static uint64_t
share(uint64_t count, uint64_t part, uint64_t whole, uint64_t *rest)
{
	uint64_t high = count / whole, low = count % whole;

	*rest = low * part % whole;
	return high * part + low * part / whole;
}

enum fault_kind
report_spread(uint64_t count, int64_t begin, int64_t end,
    enum fault_kind (*each)(void *arg, int64_t day, uint64_t count,
    struct fault *f), void *arg, struct fault *f)
{
	uint64_t given[SPREAD_DAYS + 1] = { 0 }, rest[SPREAD_DAYS + 1];
	uint64_t whole, sum = 0;
	int64_t first;
	size_t n;

	if (end - begin <= 86400 + SPREAD_OVER)
		return each(arg, report_day(begin), count, f);
	if (end - begin > (int64_t)SPREAD_DAYS * 86400)
		begin = end - (int64_t)SPREAD_DAYS * 86400;
	/* The end that is a midnight is the start of no day of its own. */
	if (end % 86400 == 0)
		end--;
	first = report_day(begin);
	n = (size_t)(report_day(end) - first) + 1;
	if (n > SPREAD_DAYS + 1)
		n = SPREAD_DAYS + 1;
	whole = (uint64_t)(end - begin + 1);
	for (size_t i = 0; i < n; i++) {
		int64_t from = (first + (int64_t)i) * 86400;
		int64_t to = from + 86400;

		from = from < begin ? begin : from;
		to = to > end + 1 ? end + 1 : to;
		given[i] = share(count, (uint64_t)(to - from), whole,
		    &rest[i]);
		sum += given[i];
	}
	for (; sum < count; sum++) {
		size_t best = 0;

		for (size_t i = 1; i < n; i++)
			if (rest[i] > rest[best])
				best = i;
		given[best]++;
		rest[best] = 0;
	}
	for (size_t i = 0; i < n; i++)
		if (given[i] > 0 && each(arg, first + (int64_t)i, given[i],
		    f) != FAULT_NONE)
			return f->kind;
	return FAULT_NONE;
}
