/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dns/zone_generate.h"
#include "tap.h"

static void
gives(const char *range, const char *line, const char *want)
{
	struct buf b;
	const char *why;

	buf_init(&b, 1024 * 1024);
	why = zone_generate(span_of(range), span_of(line), &b);
	CHECKF(why == NULL && strcmp(buf_str(&b), want) == 0, "%s %s",
	    range, line);
	buf_free(&b);
}

static void
refuses(const char *range, const char *line, const char *text)
{
	struct buf b;
	const char *why;

	buf_init(&b, 1024 * 1024);
	why = zone_generate(span_of(range), span_of(line), &b);
	CHECKF(why != NULL && strstr(why, text) != NULL, "%s %s: refused: %s",
	    range, line, text);
	buf_free(&b);
}

int
main(void)
{
	struct buf b;

	gives("1-3", "h$ A 192.0.2.$", "h1 A 192.0.2.1\nh2 A 192.0.2.2\n"
	    "h3 A 192.0.2.3\n");
	gives("0-5/3", "h$", "h0\nh3\n");
	gives("7-7", "h$", "h7\n");
	gives("8-8", "${0,3} ${2} ${-8} ${0,2,x} ${7,1,X} ${0,4,o}",
	    "008 10 0 08 F 0010\n");
	gives("1-1", "a TXT \"\\$ $$ \\x\"", "a TXT \"$ $ \\x\"\n");
	refuses("1", "h$", "START-STOP");
	refuses("a-b", "h$", "two numbers");
	refuses("3-1", "h$", "two numbers");
	refuses("1-3/0", "h$", "step");
	refuses("1-3/x", "h$", "step");
	refuses("1-3", "h${", "OFFSET");
	refuses("1-3", "h${x}", "OFFSET");
	refuses("1-3", "h${-2}", "OFFSET");
	refuses("1-3", "h${0,64}", "OFFSET");
	refuses("1-3", "h${0,1,n}", "OFFSET");
	refuses("1-3", "\\$GENERATE 1-3 h A", "escape");
	refuses("1-3", "$$INCLUDE x", "escape");
	refuses("0-65536", "h$", "more numbers");
	refuses("0-2147483648", "h$", "two numbers");
	gives("0-131070/65535", "h$", "h0\nh65535\nh131070\n");
	buf_init(&b, 100);
	CHECK(zone_generate(SPAN("0-65535"), SPAN("h$"), &b) != NULL);
	buf_free(&b);
	return tap_done();
}
