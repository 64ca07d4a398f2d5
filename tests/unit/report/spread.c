/* SPDX-License-Identifier: ISC */
/* A report longer than a day, over its days: sums are exact. */
#include "report/cause.h"
#include "report/store_read.h"
#include "report/text.h"
#include "tap.h"

#define DAY INT64_C(86400)
#define START (INT64_C(20000) * DAY)

struct sum {
	uint64_t count, most;
	int64_t first, last;
	size_t days;
};

static enum fault_kind
add(void *arg, int64_t day, uint64_t count, struct fault *f)
{
	struct sum *s = arg;

	(void)f;
	s->first = s->days == 0 ? day : s->first;
	s->last = day;
	s->days++;
	s->count += count;
	s->most = count > s->most ? count : s->most;
	return FAULT_NONE;
}

static struct sum
spread(uint64_t count, int64_t begin, int64_t end)
{
	struct sum s = { 0, 0, 0, 0, 0 };
	struct fault f = { .kind = FAULT_NONE };

	CHECK(report_spread(count, begin, end, add, &s, &f) == FAULT_NONE);
	return s;
}

static void
test_spread(void)
{
	struct sum s = spread(7, START, START + DAY - 1);

	CHECK(s.days == 1 && s.count == 7 && s.first == 20000);
	/* Ten minutes over are one day; eleven are not. */
	s = spread(7, START, START + DAY + 600);
	CHECK(s.days == 1 && s.count == 7);
	s = spread(7000, START, START + DAY + 660);
	CHECK(s.days == 2 && s.count == 7000 && s.last == 20001);
	/* A week to its midnight is seven days, a count each. */
	s = spread(7, START, START + 7 * DAY);
	CHECK(s.days == 7 && s.count == 7 && s.most == 1);
	/* Few messages in many days, and the largest count there may be. */
	s = spread(3, START, START + 201 * DAY - 1);
	CHECK(s.count == 3 && s.days == 3);
	s = spread(UINT64_C(1) << 53, START, START + 201 * DAY - 1);
	CHECK(s.count == UINT64_C(1) << 53 && s.days == 201);
	/* Longer than any real one. */
	s = spread(1000, START, START + 5000 * DAY);
	CHECK(s.count == 1000 && s.days <= 401);
}

static struct report_auth
auth(const char *domain, enum report_result result)
{
	return (struct report_auth){ .domain = span_of(domain),
	    .result = result };
}

static void
test_cause(void)
{
	static struct report_row r;
	const struct span ours = SPAN("example.com");

	r.nspf = r.ndkim = 1;
	r.auth_spf[0] = auth("spam.example", REPORT_RESULT_FAIL);
	r.auth_dkim[0] = auth("example.org", REPORT_RESULT_FAIL);
	CHECK(report_cause(&r, ours) == REPORT_UNAUTHENTICATED);
	CHECK(report_identity(&r, ours).len == 0);
	r.auth_dkim[0] = auth("esp.example", REPORT_RESULT_PASS);
	CHECK(report_cause(&r, ours) == REPORT_THIRD_PARTY);
	CHECK(span_eq(report_identity(&r, ours), SPAN("esp.example")));
	r.auth_dkim[0] = auth("mail.example.com", REPORT_RESULT_FAIL);
	CHECK(report_cause(&r, ours) == REPORT_OURS_BROKEN);
	r.auth_spf[0] = auth("lists.example", REPORT_RESULT_PASS);
	CHECK(report_cause(&r, ours) == REPORT_FORWARDED);
	r.ndkim = 0;
	CHECK(report_cause(&r, ours) == REPORT_THIRD_PARTY);
	r.nreasons = 1;
	r.reasons[0].type = REPORT_REASON_MAILING_LIST;
	CHECK(report_cause(&r, ours) == REPORT_FORWARDED);
	r.spf = true;
	CHECK(report_cause(&r, ours) == REPORT_PASSES);
}

static void
test_text(void)
{
	struct buf b;

	buf_init(&b, 1024);
	text_html(&b, SPAN("<a b='\"'>&\xe2\x80\xae\xff"));
	CHECK(span_eq(buf_span(&b), SPAN("&lt;a b=&#39;&quot;&#39;&gt;&amp;"
	    "U+202EU+FFFD")));
	buf_reset(&b);
	text_csv(&b, SPAN("=1+\"x\""));
	CHECK(span_eq(buf_span(&b), SPAN("\"'=1+\"\"x\"\"\"")));
	buf_reset(&b);
	text_json(&b, SPAN("\"\\\n\xf0\x9f\x98\x80\xc0"));
	CHECK(span_eq(buf_span(&b), SPAN("\"\\\"\\\\\\u000a\\ud83d\\ude00"
	    "\\ufffd\"")));
	buf_free(&b);
}

int
main(void)
{
	test_spread();
	test_cause();
	test_text();
	return tap_done();
}
