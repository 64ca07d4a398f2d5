/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "mail/verdict.h"
#include "tap.h"

int
main(void)
{
	static const int order[] =
	    { 70, 78, 77, 73, 74, 66, 65, 75, 1, 4, 5, 2, 3, 6, 0 };
	size_t n = sizeof(order) / sizeof(order[0]);
	enum verdict zero = { 0 }, v;
	bool right = true;

	CHECK(zero == VERDICT_TEMPERROR && verdict_exit(zero) == 75);
	CHECK(verdict_parse(SPAN("pass"), &v) && v == VERDICT_PASS);
	CHECK(!verdict_parse(SPAN("Pass"), &v));
	CHECK(!verdict_parse(SPAN(""), &v));
	for (enum verdict i = VERDICT_TEMPERROR; i <= VERDICT_NONE; i++)
		CHECKF(verdict_parse(span_of(verdict_word(i)), &v) && v == i,
		    "%s there and back", verdict_word(i));
	CHECK(verdict_exit(VERDICT_PASS) == 0);
	CHECK(verdict_exit(VERDICT_FAIL) == 1);
	CHECK(verdict_exit(VERDICT_SOFTFAIL) == 2);
	CHECK(verdict_exit(VERDICT_NEUTRAL) == 3);
	CHECK(verdict_exit(VERDICT_PERMERROR) == 4);
	CHECK(verdict_exit(VERDICT_POLICY) == 5);
	CHECK(verdict_exit(VERDICT_NONE) == 6);
	CHECK(verdict_exit((enum verdict)99) == 70);
	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < n; b++)
			right = right && verdict_worse_exit(order[a],
			    order[b]) == order[a < b ? a : b];
	CHECK(right);
	CHECK(verdict_worse_exit(99, 98) == 70);
	right = true;
	for (int r = REASON_BODY; r < REASON_COUNT; r++)
		right = right && reason_word((enum reason)r)[0] != '\0' &&
		    reason_text((enum reason)r)[0] != '\0';
	CHECK(right);
	CHECK(strcmp(reason_word(REASON_NONE), "") == 0);
	return tap_done();
}
