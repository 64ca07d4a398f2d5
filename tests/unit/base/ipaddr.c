/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/ipaddr.h"
#include "tap.h"

static void
same(const char *in, const char *want)
{
	struct ipaddr a;
	struct buf b;

	buf_init(&b, 100);
	if (ipaddr_parse(span_of(in), &a))
		ipaddr_format(&a, &b);
	CHECKF(strcmp(buf_str(&b), want) == 0, "%s is %s", in,
	    want[0] == '\0' ? "refused" : want);
	buf_free(&b);
}

static bool
within(const char *addr, const char *net, unsigned prefix)
{
	struct ipaddr a, n;

	return ipaddr_parse(span_of(addr), &a) &&
	    ipaddr_parse(span_of(net), &n) && ipaddr_in(&a, &n, prefix);
}

static void
test_parse(void)
{
	static const char *const bad[] = { "", "1.2.3", "1.2.3.4.5",
		"1.2.3.256", "01.2.3.4", "1.2.3.04", "1..3.4", "1.2.3.4 ",
		"1.2.3.-4", ":", ":::", "1::2::3", "1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
		"12345::", "fe80::1%eth0", "[::1]", "::1.2.3", "1.2.3.4::",
		"::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", ":1::", "1:::2",
		"::1:", "g::", "1:2:3:4:5:6:7:" };

	same("192.0.2.1", "192.0.2.1");
	same("0.0.0.0", "0.0.0.0");
	same("255.255.255.255", "255.255.255.255");
	same("::", "::");
	same("::1", "::1");
	same("1::", "1::");
	same("2001:DB8:0:0:0:0:0:1", "2001:db8::1");
	same("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
	same("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
	same("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
	same("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0");
	same("::ffff:192.0.2.1", "::ffff:192.0.2.1");
	same("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304");
	same("0001:0002:0003:0004:0005:0006:0007:0008", "1:2:3:4:5:6:7:8");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		same(bad[i], "");
}

int
main(void)
{
	struct ipaddr a, b;

	test_parse();
	CHECK(within("192.0.2.1", "192.0.2.0", 24));
	CHECK(!within("192.0.3.1", "192.0.2.0", 24));
	CHECK(within("192.0.2.129", "192.0.2.128", 25));
	CHECK(!within("192.0.2.127", "192.0.2.128", 25));
	CHECK(within("8.8.8.8", "1.2.3.4", 0));
	CHECK(within("1.2.3.4", "1.2.3.4", 32));
	CHECK(!within("1.2.3.4", "1.2.3.4", 33));
	CHECK(!within("::1", "0.0.0.0", 0));
	CHECK(within("2001:db8::1", "2001:db8::", 127));
	CHECK(!within("2001:db8::2", "2001:db8::", 127));
	CHECK(within("2001:db8::2", "2001:db8::2", 128));
	CHECK(!within("2001:db8::2", "2001:db8::2", 129));
	CHECK(ipaddr_parse(SPAN("::ffff:1.2.3.4"), &a) &&
	    ipaddr_parse(SPAN("1.2.3.4"), &b) && !ipaddr_eq(&a, &b));
	a = ipaddr_unmap(a);
	CHECK(ipaddr_eq(&a, &b));
	CHECK(ipaddr_parse(SPAN("::1.2.3.4"), &a) &&
	    ipaddr_unmap(a).family == 6);
	return tap_done();
}
