/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bounds.h"
#include "dkim/report.h"
#include "tap.h"

static struct arena arena;

static struct dkim_result
good(size_t index, const char *b)
{
	return (struct dkim_result){ .index = index, .result = VERDICT_PASS,
	    .domain = SPAN("example.com"), .selector = SPAN("s1"),
	    .algorithm_text = SPAN("rsa-sha256"), .signature = span_of(b),
	    .signed_at = -1, .expires_at = -1, .body_length = -1,
	    .counted = true };
}

static bool
text_is(const struct dkim_report *r, const char *want)
{
	struct buf b;
	bool same;

	buf_init(&b, 65536);
	dkim_report_text(r, &b);
	same = strcmp(buf_str(&b), want) == 0;
	if (!same)
		printf("# %s", buf_str(&b));
	buf_free(&b);
	return same;
}

static void
test_text(void)
{
	struct dkim_result x[3] = { good(1, "abcdefghij"),
	    good(2, "abcdefghik"), good(3, "zz") };
	struct dkim_report r = { .result = VERDICT_PASS, .count = 1,
	    .results = x };

	CHECK(text_is(&r, "dkim=pass header.d=example.com header.s=s1 "
	    "header.a=rsa-sha256 header.b=abcdefgh\n"));
	/* As much of b= as tells them apart. */
	r.count = 2;
	CHECK(text_is(&r, "dkim=pass header.d=example.com header.s=s1 "
	    "header.a=rsa-sha256 header.b=abcdefghij\n"
	    "dkim=pass header.d=example.com header.s=s1 "
	    "header.a=rsa-sha256 header.b=abcdefghik\n"));
	x[0].counted = false;
	x[1].result = VERDICT_FAIL;
	x[1].reason = REASON_BODY;
	x[1].detail = SPAN("a (b) \\ \xff");
	x[1].testing = true;
	r.result = VERDICT_FAIL;
	CHECK(text_is(&r, "dkim=fail reason=\"body\" header.d=example.com "
	    "header.s=s1 header.a=rsa-sha256 header.b=abcdefghik "
	    "(a _b_ _ _; testing)\n"));
	x[1].counted = false;
	r.result = VERDICT_NONE;
	CHECK(text_is(&r, "dkim=none\n"));
	r.count = 0;
	r.result = VERDICT_PERMERROR;
	r.reason = REASON_MALFORMED;
	CHECK(text_is(&r, "dkim=permerror reason=\"malformed\"\n"));
}

/* Never more results than one field may hold; those that passed come first. */
static void
test_many(void)
{
	static struct dkim_result x[300];
	struct dkim_report r = { .result = VERDICT_PASS, .count = 300,
	    .results = x };
	struct authres_result *out;
	struct fault f = { 0 };
	size_t n;

	for (size_t i = 0; i < 300; i++) {
		x[i] = good(i + 1, "abcdefgh");
		x[i].result = i == 299 ? VERDICT_PASS : VERDICT_POLICY;
	}
	CHECK(dkim_report_results(&r, &arena, &out, &n, &f) == FAULT_NONE);
	CHECK(n <= BOUND_AUTHRES_RESULTS && out[0].result == VERDICT_PASS &&
	    out[1].result == VERDICT_POLICY);
}

/* The contract's keys, in its order, null where nothing is known. */
static void
test_json(void)
{
	struct dkim_result x = { .index = 1, .result = VERDICT_PERMERROR,
	    .reason = REASON_SYNTAX, .signed_at = -1, .expires_at = -1,
	    .body_length = -1, .counted = true };
	struct dkim_report r = { .result = VERDICT_PERMERROR, .count = 1,
	    .results = &x };
	json_t *list = dkim_report_json(&r);
	struct fault f = { 0 };
	struct buf b;

	buf_init(&b, 65536);
	CHECK(js_line(list, &b, &f) == FAULT_NONE && strcmp(buf_str(&b),
	    "[{\"index\":1,\"result\":\"permerror\",\"reason\":\"syntax\","
	    "\"domain\":null,\"selector\":null,\"identity\":null,"
	    "\"algorithm\":null,\"key_bits\":null,\"canonicalization\":null,"
	    "\"headers\":null,\"signed_at\":null,\"expires_at\":null,"
	    "\"body_length\":null,\"body_ok\":null,\"header_ok\":null,"
	    "\"testing\":false}]\n") == 0);
	json_decref(list);
	buf_free(&b);
}

int
main(void)
{
	arena_init(&arena, 1 << 24);
	test_text();
	test_many();
	test_json();
	arena_free(&arena);
	return tap_done();
}
