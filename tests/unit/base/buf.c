/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "tap.h"

static void
test_grow(void)
{
	struct fault f = { 0 };
	struct buf b;

	buf_init(&b, 100000);
	CHECK(strcmp(buf_str(&b), "") == 0 && buf_span(&b).len == 0);
	for (int i = 0; i < 10000; i++)
		buf_addf(&b, "%d,", i % 10);
	CHECK(b.len == 20000 && buf_check(&b, &f) == FAULT_NONE);
	CHECK(strlen(buf_str(&b)) == 20000);
	buf_reset(&b);
	buf_add(&b, NULL, 0);
	buf_adds(&b, "x");
	CHECK(strcmp(buf_str(&b), "x") == 0);
	buf_cleanse(&b);
	CHECK(b.p == NULL && b.max == 100000);
	buf_free(&b);
}

static void
test_cap(void)
{
	struct fault f = { 0 };
	struct buf b;

	buf_init(&b, 4);
	buf_adds(&b, "1234");
	CHECK(buf_check(&b, &f) == FAULT_NONE);
	buf_addc(&b, '5');
	CHECK(buf_check(&b, &f) == FAULT_DATA && f.text[0] != '\0');
	/* Sticky: what fits by itself is refused too, nothing is half in. */
	buf_add(&b, "", 0);
	CHECK(b.len == 4 && strcmp(buf_str(&b), "1234") == 0);
	CHECK(buf_room(&b, 0) == NULL);
	buf_reset(&b);
	buf_add(&b, "12345", 5);
	CHECK(b.len == 0 && b.full);
	buf_free(&b);
}

static void
test_forms(void)
{
	struct buf b;

	buf_init(&b, 1000);
	buf_addprint(&b, SPAN("a\\b\r\n\x1b[m\x7f\xff ~"));
	CHECK(strcmp(buf_str(&b),
	    "a\\\\b\\x0d\\x0a\\x1b[m\\x7f\\xff ~") == 0);
	buf_reset(&b);
	buf_addlower(&b, SPAN("ExAmple\xc4"));
	CHECK(strcmp(buf_str(&b), "example\xc4") == 0);
	buf_reset(&b);
	buf_addhex(&b, "\x00\xab\xff", 3);
	CHECK(strcmp(buf_str(&b), "00abff") == 0);
	buf_free(&b);
}

int
main(void)
{
	test_grow();
	test_cap();
	test_forms();
	return tap_done();
}
