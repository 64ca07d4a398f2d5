/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "mail/taglist.h"
#include "tap.h"

static bool
good(const char *s, size_t count)
{
	struct taglist list;
	const char *what = NULL;

	return taglist_parse(span_of(s), &list, &what) && list.count == count;
}

static bool
bad(const char *s, const char *want)
{
	struct taglist list;
	const char *what = "";

	if (taglist_parse(span_of(s), &list, &what))
		return false;
	return strcmp(what, want) == 0;
}

static void
test_strict(void)
{
	CHECK(good("", 0));
	CHECK(good(" \t ", 0));
	CHECK(good("a=1", 1));
	CHECK(good("a=1;", 1));
	CHECK(good("a=1; ", 1));
	CHECK(good(" a = 1 ;\r\n\tb_2\r\n =\r\n 2\r\n 3", 2));
	CHECK(good("a=1;\n b=2", 2));
	CHECK(good("a=;b=", 2));
	CHECK(good("a=x=y==", 1));
	CHECK(good("a=1;A=2", 2));
	CHECK(good("d=b\xc3\xbc" "cher", 1));
	CHECK(bad("a=1;;b=2", "an empty tag"));
	CHECK(bad(";a=1", "an empty tag"));
	CHECK(bad("a=1; ;", "an empty tag"));
	CHECK(bad("a", "a tag without \"=\""));
	CHECK(bad("a=1;b", "a tag without \"=\""));
	CHECK(bad("a=1;a=2", "a tag that stands twice"));
	CHECK(bad("=1", "a bad tag name"));
	CHECK(bad("1a=1", "a bad tag name"));
	CHECK(bad("a-b=1", "a bad tag name"));
	CHECK(bad("a b=1", "a bad tag name"));
	CHECK(bad("a=x\001", "a bad byte in a tag"));
	CHECK(bad("a=x\x7fy", "a bad byte in a tag"));
	CHECK(bad("a=x\ny", "a bad byte in a tag"));
	CHECK(bad("a=x\ry", "a bad byte in a tag"));
	CHECK(bad("a=\xff", "a bad byte in a tag"));
	CHECK(bad("a=\xed\xa0\x80", "a bad byte in a tag"));
	CHECK(bad("a=\xc0\xaf", "a bad byte in a tag"));
	CHECK(bad("a=\xe2\x82", "a bad byte in a tag"));
}

static void
test_bound(void)
{
	static char text[BOUND_TAGS * 8 + 64];
	size_t n = 0;

	for (int i = 0; i < BOUND_TAGS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "t%d=1;", i);
	CHECK(good(text, BOUND_TAGS));
	(void)snprintf(text + n, sizeof(text) - n, "last=1");
	CHECK(bad(text, "too many tags"));
}

static void
test_walk(void)
{
	struct span rest = SPAN("v=DMARC1; bad; ;p=none ; p=reject;1=2;x=\x01");
	struct tag tag;

	CHECK(taglist_next(&rest, &tag) == TAGLIST_TAG);
	CHECK(span_eq(tag.value, SPAN("DMARC1")));
	CHECK(taglist_next(&rest, &tag) == TAGLIST_NO_EQUALS);
	CHECK(taglist_next(&rest, &tag) == TAGLIST_EMPTY);
	CHECK(taglist_next(&rest, &tag) == TAGLIST_TAG);
	CHECK(span_eq(tag.value, SPAN("none")));
	CHECK(span_eq(tag.raw, SPAN("none ")));
	CHECK(taglist_next(&rest, &tag) == TAGLIST_TAG);
	CHECK(taglist_next(&rest, &tag) == TAGLIST_BAD_NAME);
	CHECK(taglist_next(&rest, &tag) == TAGLIST_BAD_VALUE);
	CHECK(taglist_next(&rest, &tag) == TAGLIST_END);
	CHECK(taglist_next(&rest, &tag) == TAGLIST_END);
}

static void
test_elements(void)
{
	struct span rest = SPAN(" a :b::c "), e;

	CHECK(taglist_element(&rest, ':', &e) && span_eq(e, SPAN("a")));
	CHECK(taglist_element(&rest, ':', &e) && span_eq(e, SPAN("b")));
	CHECK(taglist_element(&rest, ':', &e) && e.len == 0);
	CHECK(taglist_element(&rest, ':', &e) && span_eq(e, SPAN("c")));
	CHECK(!taglist_element(&rest, ':', &e));
	CHECK(taglist_has(SPAN("y : s"), ':', "s"));
	CHECK(!taglist_has(SPAN("y:ss"), ':', "s"));
}

int
main(void)
{
	test_strict();
	test_bound();
	test_walk();
	test_elements();
	return tap_done();
}
