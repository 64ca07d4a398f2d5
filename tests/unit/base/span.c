/* SPDX-License-Identifier: ISC */
#include "base/span.h"
#include "tap.h"

static void
test_compare(void)
{
	CHECK(span_eq(SPAN("a"), SPAN("a")));
	CHECK(!span_eq(SPAN("a"), SPAN("A")));
	CHECK(!span_eq(SPAN("a"), SPAN("ab")));
	CHECK(span_eq((struct span){ NULL, 0 }, SPAN("")));
	CHECK(span_eq_nocase(SPAN("From"), SPAN("fROM")));
	CHECK(!span_eq_nocase(SPAN("From"), SPAN("Frog")));
	/* Only ASCII letters fold: '[' is not '{', 0xC4 is not 0xE4. */
	CHECK(!span_eq_nocase(SPAN("["), SPAN("{")));
	CHECK(!span_eq_nocase(SPAN("\xc4"), SPAN("\xe4")));
	CHECK(span_starts(SPAN("v=spf1"), SPAN("v=")));
	CHECK(!span_starts(SPAN("v"), SPAN("v=")));
	CHECK(span_starts_nocase(SPAN("V=spf1"), SPAN("v=")));
	CHECK(span_ends_nocase(SPAN("a.EXAMPLE"), SPAN("example")));
	CHECK(!span_ends_nocase(SPAN("le"), SPAN("example")));
}

static void
test_cut(void)
{
	struct span head, tail;

	CHECK(span_find(SPAN("abcb"), 'b') == 1);
	CHECK(span_rfind(SPAN("abcb"), 'b') == 3);
	CHECK(span_find(SPAN("abc"), 'x') == 3);
	CHECK(span_rfind(SPAN("abc"), 'x') == 3);
	CHECK(span_find((struct span){ NULL, 0 }, 'x') == 0);
	CHECK(span_cut(SPAN("a=b=c"), '=', &head, &tail) &&
	    span_eq(head, SPAN("a")) && span_eq(tail, SPAN("b=c")));
	CHECK(!span_cut(SPAN("abc"), '=', &head, &tail) &&
	    span_eq(head, SPAN("abc")) && tail.len == 0);
	CHECK(span_cut(SPAN("="), '=', &head, &tail) && head.len == 0 &&
	    tail.len == 0);
	CHECK(span_eq(span_sub(SPAN("abc"), 1, 99), SPAN("bc")));
	CHECK(span_sub(SPAN("abc"), 9, 9).len == 0);
	CHECK(span_eq(span_trim_wsp(SPAN(" \ta\r ")), SPAN("a\r")));
	CHECK(span_eq(span_trim_fws(SPAN("\r\n a b \t\r\n")), SPAN("a b")));
	CHECK(span_trim_fws(SPAN(" \r\n")).len == 0);
	CHECK(span_is_print(SPAN("a ~")) && !span_is_print(SPAN("a\x7f")) &&
	    !span_is_print(SPAN("\t")) && !span_is_print(SPAN("\xc3\xa9")));
}

static void
test_cursor(void)
{
	struct cursor c = cursor_of(SPAN("12ab"));

	CHECK(span_eq(cursor_while(&c, ascii_is_digit), SPAN("12")));
	CHECK(cursor_peek(&c) == 'a' && !cursor_take(&c, 'x'));
	CHECK(cursor_take(&c, 'a') && cursor_left(&c) == 1);
	CHECK(span_eq(cursor_rest(&c), SPAN("b")));
	CHECK(cursor_next(&c) == 'b' && cursor_done(&c) && !c.bad);
	CHECK(cursor_peek(&c) == '\0' && !c.bad);
	CHECK(cursor_next(&c) == '\0' && c.bad);
	c = cursor_of(SPAN(""));
	cursor_need(&c, 'a');
	CHECK(c.bad);
}

static void
test_ascii(void)
{
	unsigned alnum = 0, wsp = 0, print = 0, hex = 0;

	for (int i = 0; i < 256; i++) {
		char c = (char)(unsigned char)i;

		alnum += ascii_is_alnum(c);
		wsp += ascii_is_wsp(c);
		print += ascii_is_print(c);
		hex += ascii_hex(c) >= 0;
	}
	CHECK(alnum == 62);
	CHECK(wsp == 2);
	CHECK(print == 95);
	CHECK(hex == 22);
	CHECK(ascii_hex('f') == 15 && ascii_hex('A') == 10 &&
	    ascii_hex('g') == -1);
}

int
main(void)
{
	test_compare();
	test_cut();
	test_cursor();
	test_ascii();
	return tap_done();
}
