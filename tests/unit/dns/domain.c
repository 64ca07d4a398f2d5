/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dns/domain.h"
#include "tap.h"

static void
test_valid(void)
{
	static const char label63[] = "a1234567890123456789012345678901234567"
	    "8901234567890123456789012";
	char name[300];

	CHECK(strlen(label63) == 63);
	CHECK(domain_fits(SPAN("a\xe4 (b).com")));
	CHECK(domain_fits(span_of(label63)));
	CHECK(!domain_fits(SPAN("")));
	CHECK(!domain_fits(SPAN("a..b")));
	CHECK(!domain_fits(SPAN("a.")));
	CHECK(domain_is_ldhu(SPAN("example.com")));
	CHECK(domain_is_ldhu(SPAN("_dmarc.example.com")));
	CHECK(domain_is_ldhu(SPAN("com")));
	CHECK(domain_is_ldhu(span_of(label63)));
	CHECK(!domain_is_ldhu(SPAN("")));
	CHECK(!domain_is_ldhu(SPAN("example.com.")));
	CHECK(!domain_is_ldhu(SPAN(".example.com")));
	CHECK(!domain_is_ldhu(SPAN("a..b")));
	CHECK(!domain_is_ldhu(SPAN("a b")));
	CHECK(!domain_is_ldhu(SPAN("a\0b")));
	CHECK(!domain_is_ldhu(SPAN("legit(.attack")));
	CHECK(!domain_is_ldhu(SPAN("legit'a.attack")));
	CHECK(!domain_is_ldhu(SPAN("a/b")));
	CHECK(!domain_is_ldhu(SPAN("b\xc3\xbc" "cher.example")));
	CHECK(domain_is_host(SPAN("a-b.example")));
	CHECK(!domain_is_host(SPAN("-a.example")));
	CHECK(!domain_is_host(SPAN("a-.example")));
	CHECK(!domain_is_host(SPAN("a_b.example")));
	memset(name, 'a', sizeof(name));
	CHECK(!domain_is_ldhu((struct span){ name, 64 }));
	for (size_t i = 63; i < sizeof(name); i += 64)
		name[i] = '.';
	CHECK(domain_is_ldhu((struct span){ name, 253 }));
	CHECK(!domain_is_ldhu((struct span){ name, 254 }));
}

int
main(void)
{
	test_valid();
	CHECK(domain_labels(SPAN("")) == 0);
	CHECK(domain_labels(SPAN("a")) == 1);
	CHECK(domain_labels(SPAN("a.b.c")) == 3);
	CHECK(span_eq(domain_tail(SPAN("a.b.c"), 2), SPAN("b.c")));
	CHECK(span_eq(domain_tail(SPAN("a.b.c"), 1), SPAN("c")));
	CHECK(span_eq(domain_tail(SPAN("a.b.c"), 3), SPAN("a.b.c")));
	CHECK(span_eq(domain_tail(SPAN("a.b.c"), 9), SPAN("a.b.c")));
	CHECK(domain_tail(SPAN("a.b.c"), 0).len == 0);
	CHECK(domain_within(SPAN("a.Example.org"), SPAN("example.ORG")));
	CHECK(domain_within(SPAN("example.org"), SPAN("example.org")));
	CHECK(!domain_within(SPAN("evilexample.org"), SPAN("example.org")));
	CHECK(!domain_within(SPAN("org"), SPAN("example.org")));
	CHECK(!domain_within(SPAN("a.example.org"), SPAN("")));
	CHECK(domain_shares(SPAN("a.example.org"), SPAN("b.Example.org"), 2));
	CHECK(domain_shares(SPAN("example.org"), SPAN("b.example.org"), 2));
	CHECK(!domain_shares(SPAN("other.org"), SPAN("b.example.org"), 2));
	CHECK(domain_shares(SPAN("other.org"), SPAN("b.example.org"), 1));
	CHECK(!domain_shares(SPAN("badexample.org"), SPAN("example.org"), 2));
	CHECK(span_eq(domain_undot(SPAN("a.b.")), SPAN("a.b")));
	CHECK(span_eq(domain_undot(SPAN("a.b")), SPAN("a.b")));
	return tap_done();
}
