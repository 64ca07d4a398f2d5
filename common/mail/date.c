/* SPDX-License-Identifier: ISC */
/* Date fields: `Mon, 23 Nov 2026 18:00:00 +0000 (UTC)`. */
#include <string.h>

#include "base/num.h"
#include "mail/date.h"

/* White space and comments. */
static void
date_blank(struct cursor *c)
{
	int depth = 0;

	while (!cursor_done(c)) {
		char ch = cursor_peek(c);

		if (ch == '(')
			depth++;
		else if (ch == ')' && depth > 0)
			depth--;
		else if (ch == '\\' && depth > 0)
			(void)cursor_next(c);
		else if (depth == 0 && !ascii_is_fws(ch))
			break;
		if (!cursor_done(c))
			(void)cursor_next(c);
	}
	c->bad = c->bad || depth != 0;
}

static unsigned
date_number(struct cursor *c, size_t least, size_t most)
{
	struct span s = cursor_while(c, ascii_is_digit);
	uint64_t n = 0;

	if (s.len < least || s.len > most || !num_u64(s, 9999, &n))
		c->bad = true;
	return (unsigned)n;
}

/* Which word of three letters, 0 if none. */
static unsigned
date_word(struct cursor *c, const char *words)
{
	struct span s = cursor_while(c, ascii_is_alpha);

	for (unsigned i = 0; s.len == 3 && words[i * 3] != '\0'; i++)
		if (span_eq_nocase(s, (struct span){ words + (size_t)i * 3,
		    3 }))
			return i + 1;
	return 0;
}

/* Seconds east of Greenwich. */
static int64_t
date_zone(struct cursor *c)
{
	static const char names[] = "ESTEDTCSTCDTMSTMDTPSTPDT";
	static const int hours[] = { -5, -4, -6, -5, -7, -6, -8, -7 };
	char sign = cursor_peek(c);
	struct cursor try;
	struct span name;
	unsigned n;

	if (sign == '+' || sign == '-') {
		(void)cursor_next(c);
		n = date_number(c, 4, 4);
		if (n % 100 > 59)
			c->bad = true;
		n = n / 100 * 3600 + n % 100 * 60;
		return sign == '-' ? -(int64_t)n : (int64_t)n;
	}
	try = *c;
	n = date_word(&try, names);
	if (n > 0) {
		*c = try;
		return (int64_t)hours[n - 1] * 3600;
	}
	/* Any other letters name no zone that is known: RFC 5322 4.3. */
	try = *c;
	name = cursor_while(&try, ascii_is_alpha);
	if (!span_eq_nocase(name, SPAN("GMT")) &&
	    !span_eq_nocase(name, SPAN("UT")) &&
	    !span_eq_nocase(name, SPAN("UTC")) &&
	    !span_eq_nocase(name, SPAN("Z")))
		try.bad = true;
	*c = try;
	return 0;
}

static void
date_day_name(struct cursor *c)
{
	date_blank(c);
	if (!ascii_is_alpha(cursor_peek(c)))
		return;
	if (date_word(c, "MonTueWedThuFriSatSun") == 0)
		c->bad = true;
	date_blank(c);
	cursor_need(c, ',');
	date_blank(c);
}

bool
date_parse(struct span value, int64_t *out)
{
	struct cursor c = cursor_of(value);
	unsigned day, month, year, hour, minute, second = 0;
	struct cursor before;
	int64_t t, zone;

	date_day_name(&c);
	day = date_number(&c, 1, 2);
	date_blank(&c);
	month = date_word(&c, "JanFebMarAprMayJunJulAugSepOctNovDec");
	date_blank(&c);
	before = c;
	year = date_number(&c, 2, 4);
	if (c.p - before.p == 2)
		year += year < 50 ? 2000 : 1900;
	else if (c.p - before.p == 3)
		year += 1900;
	date_blank(&c);
	hour = date_number(&c, 2, 2);
	date_blank(&c);
	cursor_need(&c, ':');
	date_blank(&c);
	minute = date_number(&c, 2, 2);
	date_blank(&c);
	if (cursor_take(&c, ':')) {
		date_blank(&c);
		second = date_number(&c, 2, 2);
		date_blank(&c);
	}
	zone = date_zone(&c);
	date_blank(&c);
	if (c.bad || !cursor_done(&c) || month == 0 || hour > 23 ||
	    minute > 59 || second > 60)
		return false;
	if (!num_civil(year, month, day, hour, minute, second == 60 ? 59 :
	    second, &t) || t - zone < 0)
		return false;
	*out = t - zone;
	return true;
}
