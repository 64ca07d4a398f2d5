/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/markup.h"
#include "tap.h"

static bool
is(const char *text, const char *expected)
{
	struct buf b;
	bool same;

	buf_init(&b, 1024);
	markup_xml(span_of(text), &b);
	same = strcmp(buf_str(&b), expected) == 0;
	buf_free(&b);
	return same;
}

static void
test_entities(void)
{
	CHECK(is("<a b='\"&", "&lt;a b=&#39;&quot;&amp;"));
	CHECK(is("]]>", "]]&gt;"));
	CHECK(is("", ""));
	CHECK(markup_entity('a') == NULL && markup_entity('\0') == NULL);
}

static void
test_characters(void)
{
	/* XML 1.0 2.2. */
	CHECK(is("a\tb\nc\x7f", "a\tb\nc\x7f"));
	CHECK(is("\x01\x1f\x0b\r", "????"));
	CHECK(is("\xc3\xa9\xf0\x9f\x93\xa7", "\xc3\xa9\xf0\x9f\x93\xa7"));
	CHECK(is("\xef\xbf\xbd", "\xef\xbf\xbd"));
	CHECK(is("\xef\xbf\xbe\xef\xbf\xbf", "??"));
	/* No UTF-8: too short, too long a form, a surrogate. */
	CHECK(is("\xc3<", "?&lt;"));
	CHECK(is("\xc0\x80", "??"));
	CHECK(is("\xed\xa0\x80", "???"));
}

int
main(void)
{
	test_entities();
	test_characters();
	return tap_done();
}
