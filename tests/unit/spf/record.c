/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "spf/record.h"
#include "tap.h"

/* column 0: the record is right; else its first error stands there. */
static const struct {
	const char *record;
	size_t column;
} records[] = {
	{ "v=spf1", 0 },
	{ "V=SPF1   ", 0 },
	{ "v=spf1 a  -all ", 0 },
	{ "v=spf1 a:example.com/24//64 MX/0 ?PTR:%{d} ~exists:%{i}.x.org", 0 },
	{ "v=spf1 ip4:192.0.2.1/0 ip6:2001:db8::/32 ip6:::ffff:1.2.3.4", 0 },
	{ "v=spf1 Redirect=_spf.example.com", 0 },
	{ "v=spf1 EXP=e.example.com -all", 0 },
	{ "v=spf1 ra=postmaster rp=100 ra=x -all", 0 },
	{ "v=spf1 a=b -all", 0 },
	{ "v=spf1 moo.cow-far_out=man:dog/cat -all", 0 },
	{ "v=spf1 exists:%{d99999999999999999999}.example.com", 0 },
	{ "v=spf1 exists:%{L2R+-/_=}.example.com", 0 },
	{ "v=spf1 a:%{d}/24", 0 },
	{ "v=spf1 a:%{d}.com.", 0 },
	{ "v=spf1 a:foo:bar/baz.example.com", 0 },
	{ "v=spf1 a:x.xn--zckzah", 0 },
	{ "v=spf1 a:x.1-2", 0 },
	{ "v=spf1 a:mail.example...com", 0 },
	{ "v=spf1 a:%%", 0 },
	{ "v=spf1 -all moo", 13 },
	{ "v=spf1 a\t-all", 9 },
	{ "v=spf1 a:\x80.example.com", 10 },
	{ "v=spf1 a:x\x7f.example.com", 11 },
	{ "v=spf1 -all.", 9 },
	{ "v=spf1 -all:foo", 12 },
	{ "v=spf1 all/8", 11 },
	{ "v=spf1 --all", 9 },
	{ "v=spf1 -exp=a.b", 9 },
	{ "v=spf1 include", 15 },
	{ "v=spf1 include:", 16 },
	{ "v=spf1 include:a.example/24", 18 },
	{ "v=spf1 a:", 10 },
	{ "v=spf1 a:/24", 10 },
	{ "v=spf1 a:museum", 10 },
	{ "v=spf1 a:museum.", 10 },
	{ "v=spf1 a:abc.123", 14 },
	{ "v=spf1 a:1.2.3.4", 10 },
	{ "v=spf1 a:example.-com", 18 },
	{ "v=spf1 a:%{d}com", 14 },
	{ "v=spf1 a/33", 10 },
	{ "v=spf1 a/00", 10 },
	{ "v=spf1 a/", 9 },
	{ "v=spf1 a//129", 11 },
	{ "v=spf1 a/24/64", 13 },
	{ "v=spf1 ptr/0", 11 },
	{ "v=spf1 mx:a.b/032", 15 },
	{ "v=spf1 ip4", 11 },
	{ "v=spf1 ip4:", 12 },
	{ "v=spf1 ip4:1.2.3", 12 },
	{ "v=spf1 ip4:1.2.3.04", 12 },
	{ "v=spf1 ip4:1.2.3.4:80", 12 },
	{ "v=spf1 ip4:1.2.3.4//32", 20 },
	{ "v=spf1 ip4:1.2.3.4/33", 20 },
	{ "v=spf1 ip4:1.2.3.4/", 20 },
	{ "v=spf1 ip6:fe80::1%eth0", 12 },
	{ "v=spf1 ip6::1::2", 12 },
	{ "v=spf1 ip6:::1.1.1.1//33", 22 },
	{ "v=spf1 exists", 14 },
	{ "v=spf1 exists:%(ir).example.com", 15 },
	{ "v=spf1 exists:%{d0}.example.com", 19 },
	{ "v=spf1 exists:%{dr2}.example.com", 19 },
	{ "v=spf1 exists:%{x}.example.com", 17 },
	{ "v=spf1 exists:%{c}.example.com", 17 },
	{ "v=spf1 exists:%{r}.example.com", 17 },
	{ "v=spf1 exists:%{T}.example.com", 17 },
	{ "v=spf1 exists:%{d", 18 },
	{ "v=spf1 exists:a.example.com%", 28 },
	{ "v=spf1 foo=%abc", 12 },
	{ "v=spf1 foo=%{t}", 14 },
	{ "v=spf1 exp=%{r}.example.com", 14 },
	{ "v=spf1 1up=foo", 8 },
	{ "v=spf1 =all", 8 },
	{ "v=spf1 exp= -all", 12 },
	{ "v=spf1 redirect=-all ?all", 17 },
	{ "v=spf1 redirect:t2.example.com", 8 },
	{ "v=spf1 redirect=a.example redirect=a.example", 27 },
	{ "v=spf1 exp=a.example -all EXP=b.example", 27 },
};

static void
test_records(void)
{
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct span text = span_of(records[i].record);
		struct spf_record r;
		struct spf_term wrong = { .error_column = 0 };
		bool good = spf_record_parse(text, &r, &wrong);

		CHECKF(good == (records[i].column == 0) &&
		    wrong.error_column == records[i].column,
		    "%zu: %s (%zu)", i, records[i].record,
		    wrong.error_column);
	}
}

static void
test_nul(void)
{
	static const char text[] = "v=spf1 a:foo.example.com\0";
	struct spf_record r;
	struct spf_term wrong;

	CHECK(!spf_record_parse((struct span){ text, sizeof(text) - 1 }, &r,
	    &wrong));
	CHECK(wrong.error_column == 25);
}

static void
test_is(void)
{
	CHECK(spf_record_is(SPAN("v=spf1")));
	CHECK(spf_record_is(SPAN("v=SPF1 -all")));
	CHECK(!spf_record_is(SPAN("v=spf10")));
	CHECK(!spf_record_is(SPAN("v=spf1\t-all")));
	CHECK(!spf_record_is(SPAN("v=spf1-all")));
	CHECK(!spf_record_is(SPAN(" v=spf1 -all")));
	CHECK(!spf_record_is(SPAN("v=spf")));
	CHECK(!spf_record_is(SPAN("")));
}

static void
test_terms(void)
{
	struct spf_terms t = spf_terms_of(
	    SPAN("v=spf1 ~A:%{d}.example.com/24//64 bad ip4:10.0.0.0/8 "
	    "exp=e.x"));
	struct spf_term term;

	CHECK(spf_terms_next(&t, &term));
	CHECK(term.kind == SPF_A && term.verdict == VERDICT_SOFTFAIL);
	CHECK(span_eq(term.domain, SPAN("%{d}.example.com")));
	CHECK(term.prefix4 == 24 && term.prefix6 == 64 && term.column == 8);
	CHECK(spf_term_asks(&term));
	CHECK(spf_terms_next(&t, &term) && term.error != NULL);
	CHECK(spf_terms_next(&t, &term) && term.kind == SPF_IP4);
	CHECK(term.prefix4 == 8 && term.net.bytes[0] == 10);
	CHECK(!spf_term_asks(&term));
	CHECK(spf_terms_next(&t, &term) && term.kind == SPF_EXP);
	CHECK(!spf_terms_next(&t, &term));
}

int
main(void)
{
	test_records();
	test_nul();
	test_is();
	test_terms();
	return tap_done();
}
