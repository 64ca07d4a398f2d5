/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dkim/summary.h"
#include "tap.h"

static struct dkim_summary summary;
static struct fault fault;

static void
add(const struct dkim_report *r)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	dkim_summary_note(r, &b);
	CHECK(dkim_summary_add(&summary, buf_span(&b), &fault) ==
	    FAULT_NONE);
	buf_free(&b);
}

static long long
number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

int
main(void)
{
	struct dkim_result two[] = {
		{ .result = VERDICT_PASS, .counted = true,
		    .domain = SPAN("example.com"), .selector = SPAN("a") },
		{ .result = VERDICT_FAIL, .reason = REASON_BODY,
		    .counted = true, .domain = SPAN("b.example"),
		    .selector = SPAN("s\0\n") } };
	struct dkim_report r = { .result = VERDICT_PASS, .count = 2,
	    .results = two };
	json_t *o, *key;
	struct buf b;

	buf_init(&b, 1 << 20);
	CHECK(dkim_summary_text(&summary, &b, &fault) == FAULT_NONE);
	add(&r);
	/* What --domain or --index set aside is not counted. */
	two[1].counted = false;
	add(&r);
	/* The deciding signature's reason is not counted twice. */
	two[0].result = r.result = VERDICT_PERMERROR;
	two[0].reason = r.reason = REASON_KEY_NONE;
	add(&r);
	two[0].result = r.result = VERDICT_TEMPERROR;
	two[0].reason = r.reason = REASON_DNS;
	add(&r);
	r = (struct dkim_report){ .result = VERDICT_PERMERROR,
	    .reason = REASON_MALFORMED };
	add(&r);
	o = dkim_summary_json(&summary);
	CHECK(number(o, "messages") == 5 && number(o, "signatures") == 5);
	CHECK(number(json_object_get(o, "reasons"), "key-none") == 1);
	CHECK(number(json_object_get(o, "reasons"), "body") == 1);
	CHECK(number(json_object_get(o, "reasons"), "malformed") == 1);
	CHECK(number(o, "signing_domains") == 2);
	CHECK(json_array_size(json_object_get(o, "failing_keys")) == 2);
	key = json_array_get(json_object_get(o, "failing_keys"), 0);
	CHECK(strcmp(json_string_value(json_object_get(key, "key")),
	    "a._domainkey.example.com") == 0);
	/* A temperror is neither. */
	CHECK(number(key, "signatures") == 4 && number(key, "pass") == 2 &&
	    number(key, "fail") == 1);
	json_decref(o);
	buf_reset(&b);
	CHECK(dkim_summary_text(&summary, &b, &fault) == FAULT_NONE);
	CHECK(memchr(b.p, '\0', b.len) == NULL);
	CHECK(strstr(buf_str(&b), "keys that fail") != NULL);
	CHECK(dkim_summary_add(&summary, SPAN("x"), &fault) ==
	    FAULT_SOFTWARE);
	CHECK(dkim_summary_add(&summary, SPAN("pass\0none\0pass\0"),
	    &fault) == FAULT_SOFTWARE);
	CHECK(dkim_summary_add(&summary, SPAN("pass\0what\0"), &fault) ==
	    FAULT_SOFTWARE);
	dkim_summary_free(&summary);
	buf_free(&b);
	return tap_done();
}
