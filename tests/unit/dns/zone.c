/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "dns/wire.h"
#include "dns/zone.h"
#include "tap.h"

static const char example[] =
    "$ORIGIN example.com.\n"
    "$TTL 1h\n"
    "@ IN SOA ns hostmaster ( 1 ; serial (\n"
    "\t2h 1h30m\r\n"
    "    2w 5m )\n"
    "\tNS ns\n"
    "\n"
    "ns\tA 192.0.2.1\n"
    "   ; nothing\n"
    "\tIN 60 AAAA 2001:db8::1\n"
    "@ 300 IN TXT \"v=spf1 \" \"-all\" ; note\n"
    "www IN 60 CNAME www2\n"
    "www2 CNAME NS.example.com.\n"
    "loop CNAME loop\n"
    "out CNAME x.example.net.\n"
    "outdot CNAME a\\.b.example.net.\n"
    "*.wild TXT hello\\032world\\; \"a;b(\\\"c\\\\)\"\n"
    "*.alias CNAME ns\n"
    "foo.*.deep TXT x\n"
    "a.b.c TXT \"\"\n"
    "mx MX 10 mail\n"
    "   MX 0 .\n"
    "_x._tcp SRV 0 0 0 .\n"
    "_25._tcp.mx TLSA 3 1 1 0A0b ( 0c\n  0d )\n"
    "tl TLSA \\# 4 03000141\n"
    "sub DS 1234 13 2 AABB\n"
    "gen TYPE16 \\# 4 03 41 4243\n"
    "spf SPF \"v=spf1\"\n"
    "sub NS ns.sub\n"
    "e\\.f TXT dot\n"
    "\\101\\255 TXT bytes\n";

static struct arena arena;

/* A dns over these files (NULL ends the list). */
static struct dns *
open_zones(struct dns *next, const char *const *files)
{
	struct dns_zone *zone = dns_zone_new();
	struct fault f = { 0 };
	struct dns *dns = NULL;

	for (size_t i = 0; zone != NULL && files[i] != NULL; i++)
		if (dns_zone_add(zone, span_of(files[i]), "f", &f) !=
		    FAULT_NONE)
			printf("# %s\n", f.text);
	if (zone == NULL || f.kind != FAULT_NONE ||
	    dns_zone_open(zone, next, &dns, &f) != FAULT_NONE) {
		CHECKF(false, "a zone that loads");
		exit(1);
	}
	return dns;
}

static struct dns_answer
ask(struct dns *dns, struct span name, enum dns_type type)
{
	struct dns_answer answer;
	struct fault f = { 0 };

	arena_reset(&arena);
	CHECK(dns_query(dns, name, type, &arena, &answer, &f) == FAULT_NONE);
	return answer;
}

static bool
is(const struct dns_answer *a, const char *outcome, size_t count, uint32_t ttl)
{
	return strcmp(dns_outcome_word(a), outcome) == 0 &&
	    a->count == count && a->ttl == ttl;
}

static void
test_lookup(struct dns *dns)
{
	static const struct {
		const char *name;
		enum dns_type type;
		const char *outcome;
		size_t count;
		uint32_t ttl;
		const char *text;
	} table[] = {
		{ "example.com", DNS_TXT, "NOERROR", 1, 300, "v=spf1 -all" },
		{ "EXAMPLE.com.", DNS_TXT, "NOERROR", 1, 300, "v=spf1 -all" },
		{ "example.com", DNS_A, "NODATA", 0, 300, NULL },
		{ "ns.example.com", DNS_AAAA, "NOERROR", 1, 60, NULL },
		{ "ns.example.com", DNS_A, "NOERROR", 1, 3600, NULL },
		{ "www.example.com", DNS_A, "NOERROR", 1, 60, NULL },
		{ "www.example.com", DNS_MX, "NODATA", 0, 60, NULL },
		{ "www.example.com", DNS_CNAME, "NOERROR", 1, 60,
		    "www2.example.com" },
		{ "loop.example.com", DNS_A, "LOOP", 0, 0, NULL },
		{ "out.example.com", DNS_A, "NXDOMAIN", 0, 0, NULL },
		{ "outdot.example.com", DNS_A, "JUNK", 0, 0, NULL },
		{ "q.wild.example.com", DNS_TXT, "NOERROR", 1, 3600,
		    "hello world;a;b(\"c\\)" },
		{ "a.q.wild.example.com", DNS_TXT, "NOERROR", 1, 3600, NULL },
		{ "q.wild.example.com", DNS_A, "NODATA", 0, 300, NULL },
		{ "wild.example.com", DNS_TXT, "NODATA", 0, 300, NULL },
		{ "q.alias.example.com", DNS_A, "NOERROR", 1, 3600, NULL },
		{ "q.deep.example.com", DNS_TXT, "NODATA", 0, 300, NULL },
		{ "a.b.c.example.com", DNS_TXT, "NOERROR", 1, 3600, "" },
		{ "b.c.example.com", DNS_TXT, "NODATA", 0, 300, NULL },
		{ "x.b.c.example.com", DNS_TXT, "NXDOMAIN", 0, 300, NULL },
		{ "mx.example.com", DNS_MX, "NOERROR", 2, 3600,
		    "mail.example.com" },
		{ "_x._tcp.example.com", DNS_TXT, "NODATA", 0, 300, NULL },
		{ "gen.example.com", DNS_TXT, "NOERROR", 1, 3600, "ABC" },
		{ "_25._tcp.mx.example.com", DNS_TLSA, "NOERROR", 1, 3600,
		    "\n\v\f\r" },
		{ "tl.example.com", DNS_TLSA, "NOERROR", 1, 3600, "A" },
		{ "sub.example.com", DNS_DS, "NOERROR", 1, 3600, NULL },
		{ "mx.example.com", DNS_TLSA, "NODATA", 0, 300, NULL },
		{ "spf.example.com", DNS_TXT, "NODATA", 0, 300, NULL },
		{ "x.sub.example.com", DNS_A, "NXDOMAIN", 0, 300, NULL },
		{ "e.f.example.com", DNS_TXT, "NXDOMAIN", 0, 300, NULL },
		{ "e\xff.example.com", DNS_TXT, "NOERROR", 1, 3600, "bytes" },
		{ "xexample.com", DNS_TXT, "NXDOMAIN", 0, 0, NULL },
		{ "com", DNS_TXT, "NXDOMAIN", 0, 0, NULL },
		{ "a..example.com", DNS_TXT, "BADNAME", 0, 0, NULL }
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct dns_answer a = ask(dns, span_of(table[i].name),
		    table[i].type);

		CHECKF(is(&a, table[i].outcome, table[i].count, table[i].ttl),
		    "%s %s: %s %zu %u", table[i].name,
		    dns_type_word(table[i].type), dns_outcome_word(&a),
		    a.count, (unsigned)a.ttl);
		if (table[i].text != NULL)
			CHECKF(span_eq(a.records[0].text,
			    span_of(table[i].text)), "text %zu", i);
	}
}

static void
test_errors(void)
{
	static const char *const table[][2] = {
		{ "a TXT (", "1:8: the file ends inside parentheses" },
		{ "a TXT \"x\ny\"", "1:9: a quoted string has no end" },
		{ "a TXT \"x", "1:9: a quoted string has no end" },
		{ "@ A 1.2.3.4",
		    "1:1: a relative name, and no $ORIGIN, --origin=NAME" },
		{ "a A 1.2.3", "1:5: not an IPv4 address: \"1.2.3\"" },
		{ "a AAAA 1.2.3.4", "1:8: not an IPv6 address" },
		{ "$INCLUDE x", "1:10: no folder is known" },
		{ "$INCLUDE", "1:9: the file is missing" },
		{ "$FOO 1-2 a A 1.1.1.1", "1:1: not a directive" },
		{ "$GENERATE", "1:10: the range is missing" },
		{ "$GENERATE 2-1 a$ A 1.1.1.1", "1:11: the range is" },
		{ "\n$GENERATE 1-300 a A 1.1.1.$",
		    "2:$GENERATE:256:5: not an IPv4 address" },
		{ "$TTL x", "1:6: not a TTL: \"x\"" },
		{ "$TTL 1h 2", "1:9: nothing more belongs here" },
		{ "$ORIGIN", "1:8: the origin is missing" },
		{ "a CH A 1.2.3.4", "1:3: not a type, nor the class IN" },
		{ "\n\na B+A x", "3:3: not a type" },
		{ "a CLASS3 A 1.2.3.4", "1:3: not a type, nor the class" },
		{ "a LUA (", "1:8: the file ends inside" },
		{ " A 1.2.3.4", "1:2: the first record names no owner" },
		{ "a TXT )", "1:7: a parenthesis closes" },
		{ "a A 1.2.3.4 x", "1:13: nothing more belongs here: \"x\"" },
		{ "a..b A 1.2.3.4", "1:1: not a domain name: \"a..b\"" },
		{ "a TXT", "1:6: a string is missing" },
		{ "a 60", "1:5: the type is missing" },
		{ "a CNAME b\na TXT x", "2:3: a CNAME stands alone" },
		{ "a TXT x\na CNAME b", "2:3: a CNAME stands alone" },
		{ "a CNAME b\na CNAME c", "2:3: a CNAME stands alone" },
		{ "a TXT \\25", "1:7: a broken escape" },
		{ "a TXT \\256", "1:7: a broken escape" },
		{ "a TXT x\\", "1:7: a broken escape" },
		{ "a MX 70000 b", "1:6: not a number" },
		{ "a MX 10 \"b\"", "1:9: a name cannot be quoted" },
		{ "a TLSA 3 1 256 00", "1:12: not a number" },
		{ "a TLSA 3 1 1", "1:13: " },
		{ "a TLSA 3 1 1 0", "1:14: not pairs" },
		{ "a TLSA \\# 2 0301", "1:17: not the data of this type" },
		{ "a DS 70000 8 2 00", "1:6: not a number" },
		{ "a DS 1 8 2", "1:11: " },
		{ "a TYPE16 \\# 3 0341", "1:19: more or fewer bytes" },
		{ "a TYPE16 \\# 2 0341", "1:19: not the data of this type" },
		{ "a TYPE16 \\# 1 0", "1:15: not pairs" },
		{ "a TYPE5 \\# 1 00", "1:9: write this type in its own" },
		{ "a SOA b c 1 2 3 4", "1:18: minimum is missing" },
		{ "a. SOA b c 1 2 3 4 5\na. SOA b c 2 2 3 4 5",
		    "2:4: a second SOA" },
		{ "a 3000000000 A 1.2.3.4", "1:3: not a TTL" },
		{ "a A 1.2.3.4\\\n", "1:13: a byte that cannot" }
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct dns_zone *zone = dns_zone_new();
		struct fault f = { 0 };

		if (zone != NULL && table[i][0][0] != '@')
			dns_zone_set_origin(zone, ".");
		CHECKF(zone != NULL && dns_zone_add(zone, span_of(table[i][0]),
		    "z", &f) == FAULT_CONFIG &&
		    strncmp(f.text, "z:", 2) == 0 && strncmp(f.text + 2,
		    table[i][1], strlen(table[i][1])) == 0, "%.200s", f.text);
		dns_zone_free(zone);
	}
}

static void
note(void *state, const char *text)
{
	struct buf *b = state;

	buf_addf(b, "%s\n", text);
}

/* What dig axfr prints, and types that only some provider knows. */
static void
test_real(void)
{
	static const char *const text =
	    "t.example. 60 IN SOA a. b. 1 2 3 4 5\n"
	    "t.example. 60 CLASS1 TXT one\n"
	    "t.example. 60 IN ALIAS x.example.\n"
	    "l.t.example. 60 IN LUA A \"ifportup(443, {'192.0.2.1'})\"\n"
	    "m.t.example. 60 IN lua TXT \"x\"\n"
	    "n.t.example. 60 IN TYPE65534 \\# 2 0102\n"
	    "t.example. 60 IN TXT one\n"
	    "c.t.example. 60 IN CNAME x.example.\n"
	    "c.t.example. 60 IN CNAME x.example.\n"
	    "t.example. 60 IN SOA a. b. 1 2 3 4 5\n";
	struct dns_zone *zone = dns_zone_new();
	struct fault f = { 0 };
	struct dns *dns = NULL;
	struct buf b;

	buf_init(&b, 4096);
	dns_zone_set_warn(zone, note, &b);
	CHECKF(dns_zone_add(zone, span_of(text), "z", &f) == FAULT_NONE,
	    "%.200s", f.text);
	CHECK(span_eq(buf_span(&b),
	    SPAN("z:3:18: records of the type ALIAS are skipped\n"
	    "z:4:20: records of the type LUA are skipped\n")));
	buf_free(&b);
	CHECK(dns_zone_open(zone, NULL, &dns, &f) == FAULT_NONE);
	/* A record published twice is seen twice; other types are sets. */
	CHECK(ask(dns, SPAN("t.example"), DNS_TXT).count == 2);
	CHECK(ask(dns, SPAN("c.t.example"), DNS_CNAME).count == 1);
	CHECK(ask(dns, SPAN("n.t.example"), DNS_A).outcome == DNS_NODATA);
	dns_zone_close(dns);
}

/* NAME:FILE gives the origin that the file does not. */
static void
test_origin(void)
{
	static const char name[] = "origin.zone";
	struct dns_zone *zone = dns_zone_new();
	struct fault f = { 0 };
	struct dns *dns = NULL;
	FILE *file = fopen(name, "w");

	CHECK(file != NULL && fputs("@ SOA a b 1 2 3 4 5\nw TXT x\n",
	    file) >= 0 && fclose(file) == 0);
	CHECK(dns_zone_load(zone, name, &f) == FAULT_CONFIG);
	dns_zone_free(zone);
	zone = dns_zone_new();
	CHECK(dns_zone_load(zone, "O.example:origin.zone", &f) == FAULT_NONE &&
	    dns_zone_open(zone, NULL, &dns, &f) == FAULT_NONE);
	CHECK(ask(dns, SPAN("w.o.example"), DNS_TXT).count == 1);
	CHECK(ask(dns, SPAN("o.o.example"), DNS_TXT).outcome == DNS_NXDOMAIN);
	dns_zone_close(dns);
	zone = dns_zone_new();
	CHECK(dns_zone_load(zone, "a..b:origin.zone", &f) == FAULT_CONFIG);
	dns_zone_free(zone);
	(void)remove(name);
}

static void
test_files(void)
{
	struct dns_zone *zone = dns_zone_new();
	struct fault f = { 0 };

	CHECK(dns_zone_load(zone, "/nonexistent/zone", &f) == FAULT_NOINPUT);
	CHECK(dns_zone_load(zone, "/", &f) == FAULT_NOINPUT);
	CHECK(dns_zone_load(zone, "/dev/null", &f) == FAULT_NONE);
	CHECK(dns_zone_load(zone, "/dev/zero", &f) == FAULT_CONFIG);
	dns_zone_free(zone);
}

/* What the tests' next backend was asked, and what it answers. */
static char asked[64];

static enum fault_kind
next_query(struct dns *dns, const struct dns_question *q, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	(void)a;
	(void)f;
	(void)snprintf(asked, sizeof(asked), "%.*s", SPAN_ARG(q->name));
	*answer = (struct dns_answer){ .outcome = DNS_NODATA, .ttl = 7,
		.authentic = true, .canonical = q->name,
		.aliases = *(unsigned *)dns->state };
	return FAULT_NONE;
}

static void
test_overlay(void)
{
	static const char key[] =
	    "s1._domainkey.example.com. IN TXT ( \"v=DKIM1; p=\"\n"
	    "    \"AAAA\" )\nns.example.com. TXT hides\n"
	    "*.example.com. TXT literal\n";
	static const char child[] =
	    "wild.example.com. SOA a b 1 1 1 1 1\nx TXT child\n";
	const char *const files[] = { example, key, child, NULL };
	unsigned aliases = 0;
	struct dns next = { .query = next_query, .state = &aliases };
	struct dns *dns = open_zones(&next, files);
	struct dns_answer a;

	a = ask(dns, SPAN("s1._domainkey.example.com"), DNS_TXT);
	CHECK(a.count == 1 &&
	    span_eq(a.records[0].text, SPAN("v=DKIM1; p=AAAA")));
	a = ask(dns, SPAN("ns.example.com"), DNS_A);
	CHECK(is(&a, "NODATA", 0, 0));
	a = ask(dns, SPAN("other.example.com"), DNS_TXT);
	CHECK(is(&a, "NXDOMAIN", 0, 300));
	a = ask(dns, SPAN("x.wild.example.com"), DNS_TXT);
	CHECK(a.count == 1 && span_eq(a.records[0].text, SPAN("child")));
	a = ask(dns, SPAN("y.wild.example.com"), DNS_TXT);
	CHECK(is(&a, "NXDOMAIN", 0, 1));
	CHECK(asked[0] == '\0');
	a = ask(dns, SPAN("x.example.net"), DNS_TXT);
	CHECK(is(&a, "NODATA", 0, 7) && a.authentic &&
	    strcmp(asked, "x.example.net") == 0);
	a = ask(dns, SPAN("out.example.com"), DNS_TXT);
	CHECK(is(&a, "NODATA", 0, 7) && !a.authentic && a.aliases == 1 &&
	    strcmp(asked, "x.example.net") == 0);
	aliases = 8;
	a = ask(dns, SPAN("out.example.com"), DNS_TXT);
	CHECK(is(&a, "LOOP", 0, 0));
	dns_zone_close(dns);
}

/* TTL: explicit, $TTL, the last, the SOA's minimum, an hour. */
static void
test_ttl(void)
{
	static const char *const files[][2] = {
		{ "a. 5 TXT x\nb. TXT y\n", NULL },
		{ "$TTL 1d\na. 5 TXT x\nb. TXT y\n", NULL },
		{ "b. SOA a c 1 1 1 1 77\nb. TXT y\n", NULL },
		{ "b. IN TXT y\n", NULL }, { "b. 1w2d3h4m5s TXT y\n", NULL },
		{ "b. in 9 txt y\n", NULL }, { "b. 9 In tXt y\n", NULL }
	};
	static const uint32_t ttl[] =
	    { 5, 86400, 77, 3600, 788645, 9, 9 };

	for (size_t i = 0; i < sizeof(ttl) / sizeof(ttl[0]); i++) {
		struct dns *dns = open_zones(NULL, files[i]);
		struct dns_answer a = ask(dns, SPAN("b"), DNS_TXT);

		CHECKF(is(&a, "NOERROR", 1, ttl[i]), "TTL %u", a.ttl);
		dns_zone_close(dns);
	}
}

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* What is printed as a name is read as the same name: 1,000 random ones. */
static void
test_random_names(void)
{
	uint64_t state = 88172645463325252u;
	bool same = true;

	for (int n = 0; n < 1000 && same; n++) {
		unsigned char wire[BOUND_DNS_NAME] = { 0 };
		struct dns_zone *zone = dns_zone_new();
		struct dns_zone_hit hit;
		struct fault f = { 0 };
		size_t len = 0;
		struct buf b;

		for (;;) {
			size_t label = next_random(&state) % 63 + 1;

			if (len + label + 2 > BOUND_DNS_NAME)
				break;
			wire[len++] = (unsigned char)label;
			while (label-- > 0)
				wire[len++] = (unsigned char)
				    next_random(&state);
			if (next_random(&state) % 3 == 0)
				break;
		}
		wire[len] = 0;
		buf_init(&b, 8192);
		dns_name_print(wire, &b);
		buf_adds(&b, ". TXT x\n");
		same = zone != NULL && dns_zone_add(zone, buf_span(&b), "r",
		    &f) == FAULT_NONE;
		if (same)
			dns_zone_find(zone, wire, &hit);
		same = same && hit.found == DNS_ZONE_EXISTS && hit.rr != NULL;
		if (!same)
			printf("# %s %s\n", f.text, buf_str(&b));
		buf_free(&b);
		dns_zone_free(zone);
	}
	CHECK(same);
}

/* No bytes crash the parser: the example with random ones put in. */
static void
test_random_bytes(void)
{
	static const char likely[] = "\"\\();$@.\n \t0aA";
	uint64_t state = 362436069;
	size_t loaded = 0;

	for (int n = 0; n < 2000; n++) {
		char copy[sizeof(example)];
		struct dns_zone *zone = dns_zone_new();
		struct fault f = { 0 };

		memcpy(copy, example, sizeof(example));
		for (int k = 0; k < 1 + n % 5; k++) {
			uint64_t r = next_random(&state);

			copy[r % sizeof(copy)] = (r & 1) != 0 ?
			    likely[r / 2 % (sizeof(likely) - 1)] :
			    (char)(r >> 40);
		}
		if (zone != NULL && dns_zone_add(zone,
		    (struct span){ copy, sizeof(copy) - 1 }, "r", &f) ==
		    FAULT_NONE)
			loaded++;
		dns_zone_free(zone);
	}
	CHECK(loaded > 0 && loaded < 2000);
}

/* 100,000 names, and 20,000 records at one name. */
static void
test_large(void)
{
	struct dns_zone *zone = dns_zone_new();
	struct fault f = { 0 };
	struct dns *dns = NULL;
	struct dns_answer a;
	bool found = true;
	struct buf b;

	buf_init(&b, (size_t)16 << 20);
	buf_adds(&b, "$ORIGIN big.example.\n@ SOA a b 1 1 1 1 60\n");
	for (int i = 0; i < 100000; i++)
		buf_addf(&b, "n%d A 10.%d.%d.%d\n", i, i >> 16, i >> 8 & 255,
		    i & 255);
	for (int i = 0; i < 20000; i++)
		buf_addf(&b, "many TXT %d\n", i);
	CHECK(dns_zone_add(zone, buf_span(&b), "big", &f) == FAULT_NONE &&
	    dns_zone_open(zone, NULL, &dns, &f) == FAULT_NONE);
	buf_free(&b);
	for (int i = 0; i < 100000 && found; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "n%d.big.example", i);
		arena_reset(&arena);
		found = dns_query(dns, span_of(name), DNS_A, &arena, &a, &f) ==
		    FAULT_NONE && a.count == 1 &&
		    a.records[0].addr.bytes[3] == (i & 255);
	}
	CHECK(found);
	a = ask(dns, SPAN("many.big.example"), DNS_TXT);
	CHECK(a.count == 20000 || a.outcome == DNS_TEMPERROR);
	dns_zone_close(dns);
}

static void
test_memory(struct dns *dns)
{
	bool clean = true, answered = false;
	size_t max = 0;

	for (; max < 65536 && !answered; max += 16) {
		struct dns_answer answer;
		struct fault f = { 0 };
		struct arena a;

		arena_init(&a, max);
		if (dns_query(dns, SPAN("www.example.com"), DNS_A, &a, &answer,
		    &f) == FAULT_NONE)
			answered = answer.outcome == DNS_ANSWER;
		else
			clean = clean && f.kind == FAULT_SOFTWARE;
		arena_free(&a);
	}
	CHECK(clean && answered && max > 16);
}

int
main(void)
{
	const char *const files[] = { example, NULL };
	struct dns *dns = open_zones(NULL, files);

	arena_init(&arena, (size_t)16 << 20);
	test_lookup(dns);
	test_memory(dns);
	dns_zone_close(dns);
	test_errors();
	test_files();
	test_real();
	test_origin();
	test_overlay();
	test_ttl();
	test_random_names();
	test_random_bytes();
	test_large();
	arena_free(&arena);
	return tap_done();
}
