/* SPDX-License-Identifier: ISC */
#include "base/bounds.h"
#include "dnstable.h"
#include "spf/spf.h"
#include "spf/trace.h"
#include "tap.h"

static struct arena arena;
static struct dnstable table;
static struct spf_result result;

struct envelope {
	const char *ip, *from, *helo;
};

/* One check against the table; the result stays until the next one. */
static enum verdict
check(const char *zone, struct envelope e, struct spf_trace *trace)
{
	struct dns dns = dnstable_dns(&table, zone);
	struct spf_request q = {
		.mail_from = span_of(e.from), .helo = span_of(e.helo),
		.trace = trace, .now = 1795446437,
	};
	struct fault f = { .kind = FAULT_NONE };

	arena_reset(&arena);
	if (trace != NULL)
		spf_trace_init(trace, &arena);
	if (!ipaddr_parse(span_of(e.ip), &q.ip) ||
	    spf_check(&q, &dns, &arena, &result, &f) != FAULT_NONE)
		printf("# %s\n", f.text);
	return result.result;
}

/* The same for a@example.com from 192.0.2.1 with this record there. */
static enum verdict
judge(const char *record, const char *zone)
{
	static char text[65536];

	(void)snprintf(text, sizeof(text), "example.com TXT %s\n%s", record,
	    zone);
	return check(text, (struct envelope){ "192.0.2.1", "a@example.com",
	    "mx.example.org" }, NULL);
}

static bool
reason_is(enum reason r)
{
	if (result.reason != r)
		printf("# reason %s: %.*s\n", reason_word(result.reason),
		    SPAN_ARG(result.detail));
	return result.reason == r;
}

/* Who is checked, and that nobody is asked about who cannot be. */
static void
test_sender(void)
{
	static const struct {
		const char *from, *helo, *sender;
		bool valid;
	} t[] = {
		{ "a@example.com", "h.example.org", "a@example.com", true },
		{ "<a@Example.COM.>", "h.example.org", "a@example.com", true },
		{ "@x.org,@y.org:a@example.com", "h", "a@example.com", true },
		{ "a@b@example.com", "h", "a@b@example.com", true },
		{ "\"a@b\"@example.com", "h", "\"a@b\"@example.com", true },
		{ "@example.com", "h", "postmaster@example.com", true },
		{ "example.com", "h", "postmaster@example.com", true },
		{ "", "example.com", "postmaster@example.com", true },
		{ "<>", "example.com", "postmaster@example.com", true },
		{ "", "", "postmaster@", false },
		{ "a@localhost", "example.com", "a@localhost", false },
		{ "a@[192.0.2.1]", "example.com", "a@[192.0.2.1]", false },
		{ "a@192.0.2.1", "example.com", "a@192.0.2.1", false },
		{ "a@x..example.com", "example.com", "a@x..example.com",
		    false },
		{ "user@legit(a.attack", "example.com",
		    "user@legit(a.attack", false },
		{ "a@example.com\r\nX: y", "example.com",
		    "a@example.com\r\nX: y", false },
		{ "a@", "example.com", "a@", false },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		enum verdict v = check("example.com TXT v=spf1 +all",
		    (struct envelope){ "192.0.2.1", t[i].from, t[i].helo },
		    NULL);

		CHECKF(v == (t[i].valid ? VERDICT_PASS : VERDICT_NONE) &&
		    (result.domain.p != NULL) == t[i].valid &&
		    table.count == (t[i].valid ? 1 : 0) &&
		    span_eq(result.sender, span_of(t[i].sender)),
		    "sender %zu", i);
	}
}

static void
test_matching(void)
{
	CHECK(judge("v=spf1 ip4:192.0.2.0/24 -all", "") == VERDICT_PASS);
	CHECK(span_eq(result.mechanism, SPAN("ip4:192.0.2.0/24")));
	CHECK(result.queries == 1 && result.lookups == 0);
	CHECK(judge("v=spf1 ip4:198.51.100.0/24 ~all", "") ==
	    VERDICT_SOFTFAIL);
	CHECK(judge("v=spf1 ip4:198.51.100.0/24", "") == VERDICT_NEUTRAL);
	CHECK(result.mechanism.p == NULL);
	CHECK(judge("v=spf1 a -all", "example.com A 192.0.2.1") ==
	    VERDICT_PASS);
	CHECK(judge("v=spf1 a/24 -all", "example.com A 192.0.2.77") ==
	    VERDICT_PASS);
	CHECK(judge("v=spf1 mx -all", "example.com MX 10 mx.example.com\n"
	    "mx.example.com A 192.0.2.1") == VERDICT_PASS);
	CHECK(judge("v=spf1 exists:%{ir}.x.example -all",
	    "1.2.0.192.x.example A 127.0.0.2") == VERDICT_PASS);
	CHECK(strstr(table.asked, "A 1.2.0.192.x.example\n") != NULL);
	CHECK(judge("v=spf1 include:i.example -all",
	    "i.example TXT v=spf1 ip4:192.0.2.1 -all") == VERDICT_PASS);
	CHECK(span_eq(result.mechanism, SPAN("include:i.example")));
	CHECK(judge("v=spf1 redirect=r.example",
	    "r.example TXT v=spf1 -all") == VERDICT_FAIL);
	CHECK(result.lookups == 1);
	CHECK(judge("v=spf10", "") == VERDICT_NONE);
	CHECK(judge("v=spf1 -all", "example.com TXT v=spf1 -all") ==
	    VERDICT_PERMERROR && reason_is(REASON_MULTIPLE_RECORDS));
	CHECK(check("example.com TXT SERVFAIL", (struct envelope){
	    "192.0.2.1", "a@example.com", "" }, NULL) == VERDICT_TEMPERROR &&
	    reason_is(REASON_DNS));
	CHECK(check("", (struct envelope){ "192.0.2.1", "a@example.com", "" },
	    NULL) == VERDICT_NONE);
}

static void
test_mapped(void)
{
	const struct envelope e = { "::ffff:192.0.2.1", "a@example.com", "h" };

	CHECK(check("example.com TXT v=spf1 ip4:192.0.2.1 -all", e, NULL) ==
	    VERDICT_PASS);
	CHECK(check("example.com TXT v=spf1 ip6:::ffff:192.0.2.1 -all", e,
	    NULL) == VERDICT_FAIL);
	CHECK(check("example.com TXT v=spf1 a -all\nexample.com A 192.0.2.1",
	    e, NULL) == VERDICT_PASS);
	CHECK(strstr(table.asked, "AAAA") == NULL);
}

static void
test_errors(void)
{
	CHECK(judge("v=spf1 +all moo", "") == VERDICT_PERMERROR &&
	    reason_is(REASON_SYNTAX));
	CHECK(span_eq(result.detail, SPAN("term \"moo\" (column 13) of the "
	    "SPF record of example.com: syntax error at column 13: there is "
	    "no such mechanism")));
	CHECK(judge("v=spf1 include:none.example -all", "") ==
	    VERDICT_PERMERROR && reason_is(REASON_INCLUDE_NONE));
	CHECK(judge("v=spf1 redirect=none.example", "") ==
	    VERDICT_PERMERROR && reason_is(REASON_INCLUDE_NONE));
	CHECK(judge("v=spf1 include:i.example -all", "i.example TXT SERVFAIL")
	    == VERDICT_TEMPERROR && reason_is(REASON_DNS));
	CHECK(judge("v=spf1 include:i.example -all",
	    "i.example TXT v=spf1 a:x.example\nx.example A TIMEOUT") ==
	    VERDICT_TEMPERROR);
	CHECK(judge("v=spf1 include:i.example -all", "i.example TXT v=spf1 b")
	    == VERDICT_PERMERROR && reason_is(REASON_SYNTAX));
	CHECK(judge("v=spf1 a:x.example -all", "x.example A SERVFAIL") ==
	    VERDICT_TEMPERROR);
}

/* Targets that can be no name: no match, and no question. */
static void
test_no_name(void)
{
	CHECK(judge("v=spf1 a:a..b.example -all", "") == VERDICT_FAIL);
	CHECK(table.count == 1);
	CHECK(judge("v=spf1 include:a..b.example -all", "") == VERDICT_FAIL);
	CHECK(judge("v=spf1 redirect=a..b.example", "") ==
	    VERDICT_PERMERROR && reason_is(REASON_DOMAIN_INVALID));
	CHECK(check("example.com TXT v=spf1 a:%{h} exists:%{h}.x.org -all",
	    (struct envelope){ "192.0.2.1", "a@example.com", "" }, NULL) ==
	    VERDICT_FAIL && table.count == 1);
	CHECK(check("example.com TXT v=spf1 exists:%{l}.x.org +all",
	    (struct envelope){ "192.0.2.1", "\xc3\xb6@example.com", "" },
	    NULL) == VERDICT_PASS && table.count == 1);
}

static void
test_lookup_limit(void)
{
	static const char hosts[] = "x.example A 192.0.2.9\n"
	    "i.example TXT v=spf1 a:x.example a:x.example a:x.example "
	    "a:x.example a:x.example a:x.example a:x.example";

	/* 10: one include, seven inside, two after it. */
	CHECK(judge("v=spf1 include:i.example a:x.example a:x.example -all",
	    hosts) == VERDICT_FAIL && result.lookups == 10);
	/* The last term of all may be the one too many. */
	CHECK(judge("v=spf1 include:i.example a:x.example a:x.example "
	    "a:x.example", hosts) == VERDICT_PERMERROR &&
	    reason_is(REASON_LOOKUP_LIMIT));
	CHECK(judge("v=spf1 include:i.example a:x.example a:x.example "
	    "redirect=i.example", hosts) == VERDICT_PERMERROR &&
	    reason_is(REASON_LOOKUP_LIMIT));
	/* A redirect beside all is no term. */
	CHECK(judge("v=spf1 include:i.example a:x.example a:x.example "
	    "redirect=i.example ?all", hosts) == VERDICT_NEUTRAL);
	CHECK(judge("v=spf1 include:example.com", "") == VERDICT_PERMERROR &&
	    reason_is(REASON_LOOKUP_LIMIT) && table.count == 11);
	CHECK(judge("v=spf1 redirect=example.com", "") == VERDICT_PERMERROR
	    && reason_is(REASON_LOOKUP_LIMIT) && table.count == 11);
}

static void
test_void_limit(void)
{
	CHECK(judge("v=spf1 a:n1.example a:n2.example -all", "") ==
	    VERDICT_FAIL && result.void_lookups == 2);
	CHECK(judge("v=spf1 a:n1.example a:n2.example a:n3.example", "") ==
	    VERDICT_PERMERROR && reason_is(REASON_VOID_LIMIT));
	CHECK(judge("v=spf1 include:i.example a:n3.example -all",
	    "i.example TXT v=spf1 a:n1.example exists:n2.example") ==
	    VERDICT_PERMERROR && reason_is(REASON_VOID_LIMIT));
	/* By term: one mx with five dead exchanges is one. */
	CHECK(judge("v=spf1 mx -all", "example.com MX 1 n1.example\n"
	    "example.com MX 2 n2.example\nexample.com MX 3 n3.example\n"
	    "example.com MX 4 n4.example\nexample.com MX 5 n5.example") ==
	    VERDICT_FAIL && result.void_lookups == 1);
	/* The explanation counts for nothing. */
	CHECK(judge("v=spf1 a:n1.example a:n2.example exp=n3.example -all",
	    "") == VERDICT_FAIL && result.void_lookups == 2);
}

static void
test_mx(void)
{
	static char zone[4096];
	size_t len = 0;

	CHECK(judge("v=spf1 mx -all", "example.com MX 20 bad.example\n"
	    "example.com MX 10 good.example\nbad.example A SERVFAIL\n"
	    "good.example A 192.0.2.1") == VERDICT_PASS);
	CHECK(judge("v=spf1 mx -all", "example.com MX 10 bad.example\n"
	    "example.com MX 20 good.example\nbad.example A SERVFAIL\n"
	    "good.example A 192.0.2.1") == VERDICT_TEMPERROR);
	CHECK(judge("v=spf1 mx -all", "example.com MX 0 ") == VERDICT_FAIL);
	CHECK(judge("v=spf1 mx -all", "example.com A 192.0.2.1") ==
	    VERDICT_FAIL);
	for (int i = 0; i < 11; i++)
		len += (size_t)snprintf(zone + len, sizeof(zone) - len,
		    "example.com MX %d m%d.example\nm%d.example A 192.0.2.%d\n",
		    i, i, i, 11 - i);
	/* m10 is 192.0.2.1; the eleventh would be needed. */
	CHECK(judge("v=spf1 mx -all", zone) == VERDICT_PERMERROR &&
	    reason_is(REASON_LOOKUP_LIMIT) && table.count == 12);
	len = 0;
	for (int i = 0; i < 11; i++)
		len += (size_t)snprintf(zone + len, sizeof(zone) - len,
		    "example.com MX %d m%d.example\nm%d.example A 192.0.2.%d\n",
		    i, i, i, i);
	CHECK(judge("v=spf1 mx -all", zone) == VERDICT_PASS);
}

/* Ten mx of ten hosts: 111 questions and not one more. */
static void
test_query_limit(void)
{
	static char zone[65536], record[512] = "v=spf1";
	size_t len = 0;

	for (int i = 0; i < 10; i++) {
		(void)snprintf(record + strlen(record),
		    sizeof(record) - strlen(record), " mx:d%d.example", i);
		for (int k = 0; k < 10; k++)
			len += (size_t)snprintf(zone + len,
			    sizeof(zone) - len, "d%d.example MX %d h%d-%d.ex"
			    "ample\nh%d-%d.example A 203.0.113.1\n", i, k, i,
			    k, i, k);
	}
	CHECK(judge(record, zone) == VERDICT_NEUTRAL && table.count == 111);
	CHECK(result.queries == 111 && result.lookups == 10);
	(void)snprintf(record + strlen(record),
	    sizeof(record) - strlen(record), " exp=e.example -all");
	CHECK(judge(record, zone) == VERDICT_FAIL && table.count == 111);
	CHECK(result.explanation.p == NULL);
}

static void
test_ptr(void)
{
	static const char rev[] = "1.2.0.192.in-addr.arpa PTR ";
	static char zone[4096];

	(void)snprintf(zone, sizeof(zone), "%smail.example.com\n"
	    "mail.example.com A 192.0.2.1", rev);
	CHECK(judge("v=spf1 ptr -all", zone) == VERDICT_PASS);
	(void)snprintf(zone, sizeof(zone), "%smail.example.com\n"
	    "mail.example.com A 203.0.113.9", rev);
	CHECK(judge("v=spf1 ptr -all", zone) == VERDICT_FAIL);
	(void)snprintf(zone, sizeof(zone), "%sevilexample.com\n"
	    "evilexample.com A 192.0.2.1", rev);
	CHECK(judge("v=spf1 ptr -all", zone) == VERDICT_FAIL);
	(void)snprintf(zone, sizeof(zone), "%sSERVFAIL", rev);
	CHECK(judge("v=spf1 ptr -all", zone) == VERDICT_FAIL);
	(void)snprintf(zone, sizeof(zone), "%sa.example.com\n"
	    "%sb.example.com\na.example.com A SERVFAIL\n"
	    "b.example.com A 192.0.2.1", rev, rev);
	CHECK(judge("v=spf1 ptr -all", zone) == VERDICT_PASS);
	(void)snprintf(zone, sizeof(zone), "%sx.org\n%sm.example.com\n"
	    "x.org A 192.0.2.1\nm.example.com A 192.0.2.1\n"
	    "m.example.com.y.org A 127.0.0.1", rev, rev);
	CHECK(judge("v=spf1 exists:%{p}.y.org -all", zone) == VERDICT_PASS);
	CHECK(judge("v=spf1 exists:%{p}.y.org -all",
	    "unknown.y.org A 127.0.0.1") == VERDICT_PASS);
}

static void
test_explanation(void)
{
	static const char rec[] = "v=spf1 exp=e.example -all";
	const struct envelope evil = { "192.0.2.1",
	    "a\r\nb\x7f\xc3\xb6@example.com", "h" };

	CHECK(judge(rec, "e.example TXT %{l} from %{c} is no %{d}") ==
	    VERDICT_FAIL);
	CHECK(span_eq(result.explanation,
	    SPAN("a from 192.0.2.1 is no example.com")));
	CHECK(judge(rec, "e.example TXT a\ne.example TXT b") == VERDICT_FAIL
	    && result.explanation.p == NULL);
	CHECK(judge(rec, "e.example TXT SERVFAIL") == VERDICT_FAIL &&
	    result.explanation.p == NULL);
	CHECK(judge(rec, "e.example TXT a\x1b[31m") == VERDICT_FAIL &&
	    result.explanation.p == NULL);
	CHECK(judge(rec, "e.example TXT %{x}") == VERDICT_FAIL &&
	    result.explanation.p == NULL);
	CHECK(judge("v=spf1 exp=e.example +all", "e.example TXT a") ==
	    VERDICT_PASS && result.explanation.p == NULL);
	CHECK(judge("v=spf1 exp=e.example redirect=r.example",
	    "e.example TXT no\nf.example TXT yes\n"
	    "r.example TXT v=spf1 exp=f.example -all") == VERDICT_FAIL &&
	    span_eq(result.explanation, SPAN("yes")));
	CHECK(check("example.com TXT v=spf1 exp=e.example -all\n"
	    "e.example TXT %{l}", evil, NULL) == VERDICT_FAIL);
	CHECK(span_eq(result.explanation,
	    SPAN("a\\x0D\\x0Ab\\x7F\xc3\xb6")));
}

static void
test_policy(void)
{
	struct dns dns = dnstable_dns(&table, "");
	struct spf_request q = {
		.mail_from = SPAN("a@example.com"), .helo = SPAN("h"),
		.policy = SPAN("v=spf1 ip4:192.0.2.1 -all"),
	};
	struct fault f;

	arena_reset(&arena);
	(void)ipaddr_parse(SPAN("192.0.2.1"), &q.ip);
	CHECK(spf_check(&q, &dns, &arena, &result, &f) == FAULT_NONE &&
	    result.result == VERDICT_PASS && table.count == 0);
	q.policy = SPAN("spf1 -all");
	CHECK(spf_check(&q, &dns, &arena, &result, &f) == FAULT_NONE &&
	    result.result == VERDICT_NONE && table.count == 0);
}

static void
test_trace(void)
{
	struct spf_trace t;
	struct buf b;
	json_t *json;

	CHECK(check("example.com TXT v=spf1 include:i.example -all\n"
	    "i.example TXT v=spf1 a:x.example ?all\nx.example A 192.0.2.7",
	    (struct envelope){ "192.0.2.1", "a@example.com", "h" }, &t) ==
	    VERDICT_FAIL);
	buf_init(&b, 1 << 16);
	spf_trace_text(&t, &b);
	CHECK(strcmp(buf_str(&b),
	    "|  ? TXT example.com -> NOERROR "
	    "\"v=spf1 include:i.example -all\"\n"
	    "example.com: v=spf1 include:i.example -all\n"
	    "|- include:i.example asks\n"
	    "|  ? TXT i.example -> NOERROR \"v=spf1 a:x.example ?all\"\n"
	    "|  i.example: v=spf1 a:x.example ?all\n"
	    "|  |  ? A x.example -> NOERROR 192.0.2.7\n"
	    "|  |- a:x.example: no match (the client is none of the "
	    "addresses) [lookups 2, void 0, queries 3]\n"
	    "|  |- ?all: match, neutral [lookups 2, void 0, queries 3]\n"
	    "|  `- neutral [lookups 2, void 0, queries 3]\n"
	    "|- include:i.example: no match (what it includes does not "
	    "pass) [lookups 2, void 0, queries 3]\n"
	    "|- -all: match, fail [lookups 2, void 0, queries 3]\n"
	    "`- fail [lookups 2, void 0, queries 3]\n") == 0);
	json = spf_trace_json(&t);
	CHECK(json_array_size(json) == t.count);
	json_decref(json);
	buf_free(&b);
}

int
main(void)
{
	arena_init(&arena, BOUND_MESSAGE_ARENA);
	test_sender();
	test_matching();
	test_mapped();
	test_errors();
	test_no_name();
	test_lookup_limit();
	test_void_limit();
	test_mx();
	test_query_limit();
	test_ptr();
	test_explanation();
	test_policy();
	test_trace();
	arena_free(&arena);
	return tap_done();
}
