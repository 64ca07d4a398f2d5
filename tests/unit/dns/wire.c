/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dns/wire.h"
#include "tap.h"

/* A message under construction. */
static unsigned char msg[BOUND_DNS_MESSAGE];
static size_t len;
static struct dns_wire_question question;
static struct arena arena;

static void
put(const void *p, size_t n)
{
	memcpy(msg + len, p, n);
	len += n;
}

static void
put16(unsigned value)
{
	msg[len++] = (unsigned char)(value >> 8);
	msg[len++] = (unsigned char)value;
}

static void
put_name(const char *name)
{
	len += dns_name_encode(span_of(name), msg + len);
}

/* A response to a question for name and type, flags as given. */
static void
begin(const char *name, unsigned type, unsigned flags)
{
	memset(&question, 0, sizeof(question));
	question.name_len = dns_name_encode(span_of(name), question.name);
	question.type = (uint16_t)type;
	question.id = 0x1234;
	len = 0;
	put16(0x1234);
	put16(flags);
	put16(1);
	put16(0);
	put16(0);
	put16(0);
	put_name(name);
	put16(type);
	put16(1);
}

/* One record in section 0 (answer), 1 (authority) or 2 (additional). */
static void
rr(unsigned section, const char *owner, unsigned type, uint32_t ttl,
    const void *data, size_t n)
{
	msg[7 + 2 * section]++;
	put_name(owner);
	put16(type);
	put16(1);
	put16(ttl >> 16);
	put16(ttl & 0xffff);
	put16((unsigned)n);
	put(data, n);
}

static void
rr_name(unsigned section, const char *owner, unsigned type, uint32_t ttl,
    const char *target)
{
	unsigned char wire[BOUND_DNS_NAME];
	size_t n = dns_name_encode(span_of(target), wire);

	rr(section, owner, type, ttl, wire, n);
}

static void
rr_soa(const char *owner, uint32_t ttl, unsigned minimum)
{
	unsigned char data[22] = { 0 };

	data[20] = (unsigned char)(minimum >> 8);
	data[21] = (unsigned char)minimum;
	rr(1, owner, DNS_SOA, ttl, data, sizeof(data));
}

static struct dns_reading
read_it(void)
{
	struct dns_reading r;
	struct fault f = { 0 };

	arena_reset(&arena);
	CHECK(dns_wire_read(&question, 0, msg, len, &arena, &r, &f) ==
	    FAULT_NONE);
	return r;
}

static void
test_names(void)
{
	unsigned char wire[BOUND_DNS_NAME], other[BOUND_DNS_NAME];
	char text[300];

	CHECK(dns_name_encode(SPAN("a.bc"), wire) == 6 &&
	    memcmp(wire, "\1a\2bc", 6) == 0);
	CHECK(dns_name_encode(SPAN("a.bc."), wire) == 6);
	CHECK(dns_name_encode(SPAN(""), wire) == 0);
	CHECK(dns_name_encode(SPAN("."), wire) == 0);
	CHECK(dns_name_encode(SPAN("a..b"), wire) == 0);
	CHECK(dns_name_encode(SPAN(".a"), wire) == 0);
	CHECK(dns_name_encode(SPAN("a.."), wire) == 0);
	CHECK(dns_name_encode(SPAN("\\046"), wire) == 6);
	CHECK(dns_name_encode(SPAN("a\0b"), wire) == 5);
	memset(text, 'x', sizeof(text));
	CHECK(dns_name_encode((struct span){ text, 63 }, wire) == 65);
	CHECK(dns_name_encode((struct span){ text, 64 }, wire) == 0);
	text[63] = text[127] = text[191] = '.';
	CHECK(dns_name_encode((struct span){ text, 253 }, wire) == 255);
	CHECK(dns_name_len(wire) == 255);
	CHECK(dns_name_encode((struct span){ text, 254 }, wire) == 0);
	(void)dns_name_encode(SPAN("Mail.Example.COM"), wire);
	(void)dns_name_encode(SPAN("example.com"), other);
	CHECK(dns_name_within(wire, other));
	CHECK(!dns_name_within(other, wire));
	CHECK(dns_name_within(other, other));
	(void)dns_name_encode(SPAN("xexample.com"), wire);
	CHECK(!dns_name_within(wire, other));
	CHECK(dns_name_within(wire, (const unsigned char *)""));
}

static void
test_query(void)
{
	unsigned char out[DNS_WIRE_QUERY_MAX];

	begin("A.b", DNS_TXT, 0);
	CHECK(dns_wire_query(&question, out) == 21 &&
	    memcmp(out, "\x12\x34\1\0\0\1\0\0\0\0\0\0\1A\1b\0\0\x10\0\1",
	    21) == 0);
	question.edns = question.want_ad = true;
	CHECK(dns_wire_query(&question, out) == 32 &&
	    memcmp(out + 2, "\1\x20\0\1\0\0\0\0\0\1", 10) == 0 &&
	    memcmp(out + 21, "\0\0\x29\4\xd0\0\0\0\0\0\0", 11) == 0);
	question.unchecked = true;
	CHECK(dns_wire_query(&question, out) == 32 &&
	    memcmp(out + 2, "\1\x30", 2) == 0 &&
	    memcmp(out + 21, "\0\0\x29\4\xd0\0\0\x80\0\0\0", 11) == 0);
}

static void
test_match(void)
{
	unsigned rcode;

	begin("a.example", DNS_A, 0x8180);
	CHECK(dns_wire_match(&question, msg, len, &rcode) == DNS_MATCH_YES);
	CHECK(dns_wire_match(&question, msg, len - 1, &rcode) ==
	    DNS_MATCH_NOT);
	CHECK(dns_wire_match(&question, msg, 11, &rcode) == DNS_MATCH_NOT);
	msg[13] = 'A';
	CHECK(dns_wire_match(&question, msg, len, &rcode) == DNS_MATCH_YES);
	msg[13] = 'b';
	CHECK(dns_wire_match(&question, msg, len, &rcode) == DNS_MATCH_NOT);
	begin("a.example", DNS_A, 0x8180);
	question.id ^= 1;
	CHECK(dns_wire_match(&question, msg, len, &rcode) == DNS_MATCH_NOT);
	begin("a.example", DNS_A, 0x0100);
	CHECK(dns_wire_match(&question, msg, len, &rcode) == DNS_MATCH_NOT);
	begin("a.example", DNS_A, 0x8800);
	CHECK(dns_wire_match(&question, msg, len, &rcode) == DNS_MATCH_NOT);
	begin("a.example", DNS_A, 0x8380);
	CHECK(dns_wire_match(&question, msg, len, &rcode) ==
	    DNS_MATCH_TRUNCATED);
	begin("a.example", DNS_A, 0x8180);
	question.type = DNS_AAAA;
	CHECK(dns_wire_match(&question, msg, len, &rcode) == DNS_MATCH_NOT);
	begin("a.example", DNS_A, 0x8181);
	msg[5] = 0;
	CHECK(dns_wire_match(&question, msg, 12, &rcode) == DNS_MATCH_YES &&
	    rcode == DNS_RCODE_FORMERR);
	begin("a.example", DNS_A, 0x8180);
	msg[5] = 0;
	CHECK(dns_wire_match(&question, msg, 12, &rcode) == DNS_MATCH_NOT);
}

static void
test_answers(void)
{
	struct dns_reading r;

	begin("a.example", DNS_TXT, 0x81a0);
	rr(0, "A.EXAMPLE", DNS_TXT, 300, "\2ab\0\1c", 6);
	rr(0, "b.example", DNS_TXT, 1, "\1x", 2);
	rr(0, "a.example", DNS_TXT, 60, "\0", 1);
	r = read_it();
	CHECK(r.answer.outcome == DNS_ANSWER && r.answer.count == 2);
	CHECK(span_eq(r.answer.records[0].text, SPAN("abc")) &&
	    r.answer.records[0].strings == 3);
	CHECK(r.answer.records[1].text.len == 0);
	CHECK(r.answer.ttl == 60 && r.authentic);
	CHECK(span_eq(r.answer.canonical, SPAN("a.example")));

	begin("a.example", DNS_A, 0x8180);
	rr(0, "a.example", DNS_A, 0x80000001, "\1\2\3\4", 4);
	r = read_it();
	CHECK(r.answer.outcome == DNS_ANSWER && r.answer.ttl == 0 &&
	    r.answer.records[0].addr.family == 4 &&
	    r.answer.records[0].addr.bytes[3] == 4);

	begin("a.example", DNS_MX, 0x8180);
	rr(0, "a.example", DNS_MX, 9, "\0\12\4mail\300\14", 9);
	rr(0, "a.example", DNS_MX, 9, "\0\0\0", 3);
	rr(0, "a.example", DNS_MX, 9, "\0\1\3a.b\1c\0", 9);
	r = read_it();
	CHECK(r.answer.outcome == DNS_ANSWER && r.answer.count == 2 &&
	    r.answer.records[0].preference == 10 &&
	    span_eq(r.answer.records[0].text, SPAN("mail.a.example")) &&
	    r.answer.records[1].text.len == 0);
}

/* A malformed record leaves its neighbours alone; alone, it is no answer. */
static void
test_neighbours(void)
{
	struct dns_reading r;

	begin("a.example", DNS_TXT, 0x8180);
	rr(0, "a.example", DNS_TXT, 1, "", 0);
	rr(0, "a.example", DNS_TXT, 1, "\2ok", 3);
	rr(0, "a.example", DNS_TXT, 1, "\3ab", 3);
	r = read_it();
	CHECK(r.answer.outcome == DNS_ANSWER && r.answer.count == 1 &&
	    span_eq(r.answer.records[0].text, SPAN("ok")));
	/* A message cut short is broken as a whole. */
	len--;
	CHECK(read_it().answer.why == DNS_WHY_JUNK);
}

static void
test_junk(void)
{
	static const struct {
		unsigned type;
		const char *data;
		size_t len;
	} bad[] = {
		{ DNS_A, "\1\2\3", 3 }, { DNS_A, "\1\2\3\4\5", 5 },
		{ DNS_AAAA, "\1\2\3\4", 4 }, { DNS_TXT, "", 0 },
		{ DNS_TXT, "\3ab", 3 }, { DNS_MX, "\0\1", 2 },
		{ DNS_MX, "\0\1\2a", 4 }, { DNS_PTR, "\1a\0x", 4 },
		{ DNS_PTR, "\300\377", 2 }, { DNS_NS, "\100a", 2 }
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct dns_reading r;

		begin("a.example", bad[i].type, 0x8180);
		rr(0, "a.example", bad[i].type, 1, bad[i].data, bad[i].len);
		r = read_it();
		CHECKF(r.answer.outcome == DNS_TEMPERROR &&
		    r.answer.why == DNS_WHY_JUNK, "bad data %zu", i);
	}
	begin("a.example", DNS_A, 0x8180);
	msg[7] = 1;
	CHECK(read_it().answer.why == DNS_WHY_JUNK);
	begin("a.example", DNS_A, 0x8180);
	msg[len++] = 0;
	CHECK(read_it().answer.why == DNS_WHY_JUNK);
}

static void
test_codes(void)
{
	struct dns_reading r;

	begin("a.example", DNS_A, 0x8182);
	CHECK(read_it().answer.why == DNS_WHY_SERVFAIL);
	begin("a.example", DNS_A, 0x8185);
	CHECK(read_it().answer.why == DNS_WHY_REFUSED);
	begin("a.example", DNS_A, 0x8189);
	CHECK(read_it().answer.why == DNS_WHY_RCODE);
	begin("a.example", DNS_A, 0x8180);
	rr(2, "o", 41, 0x01000000, "", 0);
	r = read_it();
	CHECK(r.rcode == DNS_RCODE_BADVERS &&
	    r.answer.outcome == DNS_TEMPERROR &&
	    r.answer.why == DNS_WHY_RCODE);
	begin("a.example", DNS_A, 0x8183);
	rr_soa("example", 500, 90);
	r = read_it();
	CHECK(r.answer.outcome == DNS_NXDOMAIN && r.answer.ttl == 90);
	begin("a.example", DNS_A, 0x8180);
	rr_soa("example", 50, 90);
	r = read_it();
	CHECK(r.answer.outcome == DNS_NODATA && r.answer.ttl == 50);
	begin("a.example", DNS_A, 0x8180);
	rr_soa("elsewhere", 50, 90);
	r = read_it();
	CHECK(r.answer.outcome == DNS_NODATA && r.answer.ttl == 0 &&
	    !r.referral);
	begin("a.example", DNS_A, 0x8100);
	rr_name(1, "example", DNS_NS, 50, "ns.example");
	CHECK(read_it().referral);
	begin("a.example", DNS_A, 0x8183);
	rr(0, "a.example", DNS_A, 1, "\1\2\3\4", 4);
	CHECK(read_it().answer.outcome == DNS_NXDOMAIN);
}

static void
test_chains(void)
{
	struct dns_reading r;

	begin("a.example", DNS_A, 0x8180);
	rr(0, "c.example", DNS_A, 300, "\1\2\3\4", 4);
	rr_name(0, "b.example", DNS_CNAME, 30, "c.example");
	rr_name(0, "A.example", DNS_CNAME, 90, "B.example");
	r = read_it();
	CHECK(r.answer.outcome == DNS_ANSWER && r.answer.aliases == 2 &&
	    r.answer.ttl == 30 &&
	    span_eq(r.answer.canonical, SPAN("c.example")));
	/* A record beside the chain is nobody's answer. */
	begin("a.example", DNS_A, 0x8180);
	rr_name(0, "a.example", DNS_CNAME, 30, "b.example");
	rr(0, "evil.example", DNS_A, 300, "\1\2\3\4", 4);
	r = read_it();
	CHECK(r.incomplete && r.answer.count == 0 && r.answer.ttl == 30);
	rr_soa("example", 50, 90);
	r = read_it();
	CHECK(!r.incomplete && r.answer.outcome == DNS_NODATA);
	/* Junk after an open chain is junk, no reason to ask on. */
	begin("a.example", DNS_A, 0x8180);
	rr_name(0, "a.example", DNS_CNAME, 30, "b.example");
	msg[9]++;
	put("\300\377\0\2\0\1\0\0\0\1\0\0", 12);
	r = read_it();
	CHECK(r.answer.why == DNS_WHY_JUNK && !r.incomplete);
	begin("a.example", DNS_A, 0x8183);
	rr_name(0, "a.example", DNS_CNAME, 30, "b.example");
	CHECK(read_it().answer.outcome == DNS_NXDOMAIN);
	begin("a.example", DNS_A, 0x8180);
	rr_name(0, "a.example", DNS_CNAME, 30, "a.example");
	CHECK(read_it().answer.why == DNS_WHY_LOOP);
	begin("a.example", DNS_CNAME, 0x8180);
	rr_name(0, "a.example", DNS_CNAME, 30, "b.example");
	r = read_it();
	CHECK(r.answer.outcome == DNS_ANSWER && r.answer.aliases == 0 &&
	    span_eq(r.answer.records[0].text, SPAN("b.example")));
}

/* Eight aliases are followed, nine are not. */
static void
test_chain_length(void)
{
	for (unsigned n = 8; n <= 9; n++) {
		struct dns_reading r;
		char from[3] = "n0", to[3] = "n0";

		begin("n0", DNS_A, 0x8180);
		for (unsigned i = 0; i < n; i++) {
			from[1] = (char)('0' + i);
			to[1] = (char)('1' + i);
			rr_name(0, from, DNS_CNAME, 1, to);
		}
		rr(0, to, DNS_A, 1, "\1\2\3\4", 4);
		r = read_it();
		CHECKF(n == 8 ? r.answer.outcome == DNS_ANSWER :
		    r.answer.why == DNS_WHY_LOOP, "%u aliases", n);
	}
}

/* Every lack of memory is a fault, never half an answer. */
static void
test_memory(void)
{
	size_t max = 0;
	bool clean = true, answered = false;

	begin("a.example", DNS_TXT, 0x8180);
	rr(0, "a.example", DNS_TXT, 300, "\2ab", 3);
	for (; max < 4096 && !answered; max += 16) {
		struct dns_reading r;
		struct fault f = { 0 };
		struct arena a;

		arena_init(&a, max);
		if (dns_wire_read(&question, 0, msg, len, &a, &r, &f) ==
		    FAULT_NONE)
			answered = r.answer.outcome == DNS_ANSWER;
		else
			clean = clean && f.kind == FAULT_SOFTWARE;
		arena_free(&a);
	}
	CHECK(clean && answered && max > 16);
}

/* Signatures of an unchecked answer, and why a server failed. */
static void
test_signed(void)
{
	static const unsigned char late[20] = { 0, 16, 8, 2, 0, 0, 0, 60,
		0, 0, 2, 0, 0, 0, 1, 0 }, soon[20] = { 0, 16, 8, 2, 0, 0, 0,
		60, 0, 0, 1, 128, 0, 0, 0, 255 }, other[20] = { 0, 1, 8, 2, 0,
		0, 0, 60, 0, 0, 0, 9, 0, 0, 0, 1 };
	static const unsigned char ede[6] = { 0, 15, 0, 2, 0, 7 };
	struct dns_reading r;

	begin("a.example", DNS_TXT, 0x8180);
	rr(0, "a.example", DNS_TXT, 60, "\1x", 2);
	rr(0, "a.example", 46, 60, late, sizeof(late));
	rr(0, "a.example", 46, 60, soon, sizeof(soon));
	rr(0, "a.example", 46, 60, other, sizeof(other));
	rr(0, "b.example", 46, 60, other, sizeof(other));
	r = read_it();
	CHECK(r.answer.count == 1 && r.answer.signed_until == 0);
	question.unchecked = true;
	r = read_it();
	CHECK(r.answer.signed_until == 384 && r.answer.signed_at == 255);
	begin("a.example", DNS_TXT, 0x8182);
	msg[11]++;
	put("\0\0\x29\4\xd0\0\0\0\0\0\6", 11);
	put(ede, sizeof(ede));
	r = read_it();
	CHECK(r.answer.why == DNS_WHY_SERVFAIL && r.answer.has_ede &&
	    r.answer.ede == 7);
	/* An option longer than the record says nothing. */
	msg[len - 3] = 9;
	r = read_it();
	CHECK(r.answer.why == DNS_WHY_SERVFAIL && !r.answer.has_ede);
}

int
main(void)
{
	arena_init(&arena, (size_t)1 << 20);
	test_names();
	test_query();
	test_match();
	test_answers();
	test_neighbours();
	test_junk();
	test_codes();
	test_chains();
	test_chain_length();
	test_memory();
	test_signed();
	arena_free(&arena);
	return tap_done();
}
