/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dns/net_conf.h"
#include "tap.h"

static struct dns_conf
read_conf(const char *text)
{
	struct dns_conf c;

	dns_conf_read(span_of(text), &c);
	return c;
}

static void
test_servers(void)
{
	struct dns_conf c = read_conf("# x\n;nameserver 192.0.2.9\n"
	    "search a.example\nnameserver 192.0.2.1\r\n"
	    "  nameserver\t2001:db8::1 trailing\nnameserver host\n"
	    "nameserver\nnameserver fe80::1%eth0\nnameserver 192.0.2.4");

	CHECK(c.count == 3);
	CHECK(c.servers[0].family == 4 && c.servers[0].bytes[3] == 1);
	CHECK(c.servers[1].family == 6 && c.scopes[1].len == 0);
	CHECK(span_eq(c.scopes[2], SPAN("eth0")));
	c = read_conf("");
	CHECK(c.count == 0 && c.timeout == 5 && c.attempts == 2);
	CHECK(!c.rotate && !c.use_vc);
}

static void
test_options(void)
{
	struct dns_conf c = read_conf("options timeout:1 attempts:3 rotate\n"
	    "options use-vc trust-ad edns0 no-aaaa ndots:15 new\n");

	CHECK(c.timeout == 1 && c.attempts == 3 && c.rotate && c.use_vc);
	c = read_conf("options timeout:0 attempts:0");
	CHECK(c.timeout == 1 && c.attempts == 1);
	c = read_conf("options timeout:31 attempts:99999999999999999999");
	CHECK(c.timeout == 30 && c.attempts == 5);
	c = read_conf("options timeout: attempts:x timeout:-1 rotates");
	CHECK(c.timeout == 5 && c.attempts == 2 && !c.rotate);
}

int
main(void)
{
	test_servers();
	test_options();
	return tap_done();
}
