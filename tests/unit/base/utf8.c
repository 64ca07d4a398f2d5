/* SPDX-License-Identifier: ISC */
#include <iconv.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "tap.h"

static void
test_edges(void)
{
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {
		{ "", 0 }, { "a", 1 }, { "\x7f", 1 }, { "\x80", 0 },
		{ "\xbf", 0 }, { "\xc0\x80", 0 }, { "\xc1\xbf", 0 },
		{ "\xc2\x80", 2 }, { "\xdf\xbf", 2 }, { "\xdf\x7f", 0 },
		{ "\xe0\x9f\xbf", 0 }, { "\xe0\xa0\x80", 3 },
		{ "\xed\x9f\xbf", 3 }, { "\xed\xa0\x80", 0 },
		{ "\xef\xbf\xbf", 3 }, { "\xf0\x8f\xbf\xbf", 0 },
		{ "\xf0\x90\x80\x80", 4 }, { "\xf4\x8f\xbf\xbf", 4 },
		{ "\xf4\x90\x80\x80", 0 }, { "\xf5\x80\x80\x80", 0 },
		{ "\xff", 0 }, { "\xe2\x82", 0 }, { "\xc3", 0 },
		{ "\xe2\x82\xac" "euro", 3 }, { "\xf0\x9f\x92\xc0", 0 }
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK(utf8_length(span_of(cases[i].text)) ==
		    cases[i].length);
}

/* Every sequence of up to three bytes, and the four-byte ones by a step, as
 * the C library reads them. */
static void
test_as_iconv(void)
{
	iconv_t to = iconv_open("UTF-32LE", "UTF-8");
	unsigned differ = 0;

	CHECK(to != (iconv_t)-1);
	for (uint32_t n = 0; n < 1U << 24; n += 7) {
		char text[4] = { (char)(n >> 16), (char)(n >> 8), (char)n,
			(char)0x81 };
		char out[16], *in = text, *end = out;
		size_t left = sizeof(text), room = 4, length;

		(void)iconv(to, NULL, NULL, NULL, NULL);
		(void)iconv(to, &in, &left, &end, &room);
		length = utf8_length((struct span){ text, sizeof(text) });
		differ += length != sizeof(text) - left;
	}
	CHECK(differ == 0);
	(void)iconv_close(to);
}

static void
test_take(void)
{
	struct span s = SPAN("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x92\xa9\xff");

	CHECK(utf8_take(&s) == 'a');
	CHECK(utf8_take(&s) == 0xfc);
	CHECK(utf8_take(&s) == 0x20ac);
	CHECK(utf8_take(&s) == 0x1f4a9);
	CHECK(utf8_take(&s) == UTF8_NONE && s.len == 1);
}

int
main(void)
{
	test_edges();
	test_take();
	test_as_iconv();
	return tap_done();
}
