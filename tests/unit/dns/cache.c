/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/bounds.h"
#include "dns/cache.h"
#include "tap.h"

static int64_t now_ms = 1000;
static unsigned asked;
static struct dns_answer canned;
static struct arena arena;

static int64_t
test_mono(const struct clock *c)
{
	(void)c;
	return now_ms;
}

static enum fault_kind
next_query(struct dns *dns, const struct dns_question *q, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	(void)dns;
	(void)a;
	(void)f;
	asked++;
	*answer = canned;
	if (answer->canonical.p == NULL)
		answer->canonical = q->name;
	return FAULT_NONE;
}

static const struct clock test_clock = { test_mono, test_mono, 0 };
static struct dns next = { .query = next_query };

static struct dns *
open_cache(size_t max)
{
	static const uint64_t seed[2] = { 1, 2 };
	struct fault f = { 0 };
	struct dns *dns = NULL;

	CHECK(dns_cache_open(&next, &test_clock, seed, max, &dns, &f) ==
	    FAULT_NONE);
	asked = 0;
	return dns;
}

static struct dns_answer
ask(struct dns *dns, const char *name, enum dns_type type)
{
	struct dns_answer answer;
	struct fault f = { 0 };

	if (dns_query(dns, span_of(name), type, &arena, &answer, &f) !=
	    FAULT_NONE)
		CHECKF(false, "a fault");
	return answer;
}

static void
test_positive(void)
{
	struct dns_record records[2] = {
		{ .text = SPAN("one"), .strings = 1 },
		{ .text = SPAN(""), .preference = 7 }
	};
	struct dns *dns = open_cache(1 << 20);
	struct dns_answer a;

	canned = (struct dns_answer){ .outcome = DNS_ANSWER, .ttl = 10,
		.authentic = true, .count = 2, .records = records };
	a = ask(dns, "a.example", DNS_TXT);
	CHECK(!a.cached && asked == 1);
	records[0].text = SPAN("two");
	now_ms += 9999;
	a = ask(dns, "A.Example.", DNS_TXT);
	CHECK(a.cached && asked == 1 && a.ttl == 1 && a.authentic);
	CHECK(a.count == 2 && span_eq(a.records[0].text, SPAN("one")) &&
	    a.records[1].preference == 7 && a.records[1].text.p != NULL);
	CHECK(span_eq(a.canonical, SPAN("A.Example")));
	a = ask(dns, "a.example", DNS_A);
	CHECK(!a.cached && asked == 2);
	a = ask(dns, "aa.example", DNS_TXT);
	CHECK(!a.cached && asked == 3);
	now_ms += 1;
	a = ask(dns, "a.example", DNS_TXT);
	CHECK(!a.cached && asked == 4 &&
	    span_eq(a.records[0].text, SPAN("two")));
	CHECK(dns->queries == 5);
	canned.aliases = 1;
	canned.canonical = SPAN("target.example");
	(void)ask(dns, "alias.example", DNS_TXT);
	a = ask(dns, "alias.example", DNS_TXT);
	CHECK(a.cached && span_eq(a.canonical, SPAN("target.example")));
	dns_cache_close(dns);
}

static void
test_negative(void)
{
	struct dns *dns = open_cache(1 << 20);

	canned = (struct dns_answer){ .outcome = DNS_NXDOMAIN, .ttl = 60 };
	(void)ask(dns, "a.example", DNS_TXT);
	CHECK(ask(dns, "a.example", DNS_TXT).outcome == DNS_NXDOMAIN);
	CHECK(asked == 1);
	canned = (struct dns_answer){ .outcome = DNS_TEMPERROR, .ttl = 60,
		.why = DNS_WHY_SERVFAIL };
	(void)ask(dns, "b.example", DNS_TXT);
	CHECK(!ask(dns, "b.example", DNS_TXT).cached && asked == 3);
	canned = (struct dns_answer){ .outcome = DNS_NODATA, .ttl = 0 };
	(void)ask(dns, "c.example", DNS_TXT);
	CHECK(!ask(dns, "c.example", DNS_TXT).cached && asked == 5);
	/* A TTL of years counts as a day. */
	canned = (struct dns_answer){ .outcome = DNS_NODATA,
		.ttl = INT32_MAX };
	(void)ask(dns, "d.example", DNS_TXT);
	now_ms += INT64_C(86399) * 1000;
	CHECK(ask(dns, "d.example", DNS_TXT).cached);
	now_ms += 1001;
	CHECK(!ask(dns, "d.example", DNS_TXT).cached);
	dns_cache_close(dns);
}

/* It never holds more than its bound, and forgets what was used least. */
static void
test_bound(void)
{
	static char long_text[4000];
	struct dns_record record = { .text = { long_text, 1000 } };
	const size_t max = 65536;
	struct dns *dns = open_cache(max);
	bool bounded = true;
	char name[32];

	memset(long_text, 'x', sizeof(long_text));
	canned = (struct dns_answer){ .outcome = DNS_ANSWER, .ttl = 60,
		.count = 1, .records = &record };
	(void)ask(dns, "keep.example", DNS_TXT);
	for (int i = 0; i < 2000; i++) {
		(void)snprintf(name, sizeof(name), "n%d.example", i);
		(void)ask(dns, name, DNS_TXT);
		(void)ask(dns, "keep.example", DNS_TXT);
		bounded = bounded && dns_cache_bytes(dns) <= max;
		if (i % 100 == 0)
			arena_reset(&arena);
	}
	CHECK(bounded && dns_cache_bytes(dns) > max / 2);
	CHECK(asked == 2001);
	CHECK(ask(dns, "keep.example", DNS_TXT).cached);
	CHECK(ask(dns, "n1999.example", DNS_TXT).cached);
	CHECK(!ask(dns, "n0.example", DNS_TXT).cached);
	record.text = (struct span){ long_text, sizeof(long_text) };
	dns_cache_close(dns);
	dns = open_cache(4096);
	(void)ask(dns, "large.example", DNS_TXT);
	CHECK(!ask(dns, "large.example", DNS_TXT).cached);
	CHECK(dns_cache_bytes(dns) <= 4096);
	dns_cache_close(dns);
}

int
main(void)
{
	arena_init(&arena, (size_t)64 << 20);
	test_positive();
	test_negative();
	test_bound();
	arena_free(&arena);
	return tap_done();
}
