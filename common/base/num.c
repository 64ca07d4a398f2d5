/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/num.h"

bool
num_u64(struct span s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint64_t digit;

		if (!ascii_is_digit(s.p[i]))
			return false;
		digit = (uint64_t)(s.p[i] - '0');
		if (value > max / 10 || digit > max - value * 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

bool
num_canonical(struct span s, uint64_t max, uint64_t *out)
{
	if (s.len > 1 && s.p[0] == '0')
		return false;
	return num_u64(s, max, out);
}

bool
num_duration(struct span s, int64_t *seconds)
{
	uint64_t count, unit;

	if (s.len < 2)
		return false;
	switch (s.p[s.len - 1]) {
	case 's':
		unit = 1;
		break;
	case 'm':
		unit = 60;
		break;
	case 'h':
		unit = 3600;
		break;
	case 'd':
		unit = 86400;
		break;
	default:
		return false;
	}
	if (!num_u64(span_sub(s, 0, s.len - 1),
	    (uint64_t)NUM_TIME_MAX / unit, &count))
		return false;
	*seconds = (int64_t)(count * unit);
	return true;
}

/* Days from 1970-01-01 to the first of March of `year` and back: the era of
 * 400 years makes leap years regular. */
static int64_t
num_days(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2)
	    / 5 + (int64_t)day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

bool
num_civil(int64_t year, unsigned month, unsigned day, unsigned hour,
    unsigned minute, unsigned second, int64_t *out)
{
	static const unsigned char days[] =
	    { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
	    day > days[month - 1] || (month == 2 && day == 29 && !leap) ||
	    hour > 23 || minute > 59 || second > 60)
		return false;
	if (second == 60)
		second = 59;
	*out = num_days(year, month, day) * 86400 + (int64_t)hour * 3600 +
	    (int64_t)minute * 60 + (int64_t)second;
	return true;
}

/* Exactly n digits, then the byte `then` unless that is '\0'. */
static unsigned
num_field(struct cursor *c, size_t n, char then)
{
	unsigned value = 0;

	for (size_t i = 0; i < n; i++) {
		char digit = cursor_next(c);

		if (!ascii_is_digit(digit))
			c->bad = true;
		else
			value = value * 10 + (unsigned)(digit - '0');
	}
	if (then != '\0')
		cursor_need(c, then);
	return value;
}

/* "Z" or "+hh:mm", in seconds east of Greenwich. */
static int64_t
num_offset(struct cursor *c)
{
	char sign = cursor_next(c);
	unsigned hour, minute;
	int64_t east;

	if (sign == 'Z' || sign == 'z')
		return 0;
	hour = num_field(c, 2, ':');
	minute = num_field(c, 2, '\0');
	if ((sign != '+' && sign != '-') || hour > 23 || minute > 59)
		c->bad = true;
	east = (int64_t)hour * 3600 + (int64_t)minute * 60;
	return sign == '-' ? -east : east;
}

bool
num_time(struct span s, int64_t *out)
{
	struct cursor c = cursor_of(s);
	unsigned year, month, day, hour, minute, second;
	uint64_t epoch;
	int64_t time = 0, east;
	char t;

	if (num_u64(s, (uint64_t)NUM_TIME_MAX, &epoch)) {
		*out = (int64_t)epoch;
		return true;
	}
	year = num_field(&c, 4, '-');
	month = num_field(&c, 2, '-');
	day = num_field(&c, 2, '\0');
	t = cursor_next(&c);
	hour = num_field(&c, 2, ':');
	minute = num_field(&c, 2, ':');
	second = num_field(&c, 2, '\0');
	if (cursor_take(&c, '.') &&
	    cursor_while(&c, ascii_is_digit).len == 0)
		return false;
	east = num_offset(&c);
	if (c.bad || !cursor_done(&c) || (t != 'T' && t != 't' && t != ' ') ||
	    !num_civil(year, month, day, hour, minute, second, &time))
		return false;
	time -= east;
	if (time < 0 || time > NUM_TIME_MAX)
		return false;
	*out = time;
	return true;
}

void
num_rfc3339(int64_t time, char out[NUM_RFC3339_LEN])
{
	int64_t days, of_day, z, era, of_era, year_of_era, of_year, year;
	unsigned month, day;

	if (time < 0)
		time = 0;
	if (time > NUM_TIME_MAX)
		time = NUM_TIME_MAX;
	days = time / 86400;
	of_day = time % 86400;
	z = days + 719468;
	era = z / 146097;
	of_era = z % 146097;
	year_of_era = (of_era - of_era / 1460 + of_era / 36524 -
	    of_era / 146096) / 365;
	of_year = of_era - (365 * year_of_era + year_of_era / 4 -
	    year_of_era / 100);
	month = (unsigned)((5 * of_year + 2) / 153);
	day = (unsigned)(of_year - (153 * (int64_t)month + 2) / 5 + 1);
	month = month < 10 ? month + 3 : month - 9;
	year = era * 400 + year_of_era + (month <= 2);
	(void)snprintf(out, NUM_RFC3339_LEN, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    (unsigned)year % 10000, month % 100, day % 100,
	    (unsigned)(of_day / 3600) % 100, (unsigned)(of_day / 60 % 60) % 100,
	    (unsigned)(of_day % 60) % 100);
}
