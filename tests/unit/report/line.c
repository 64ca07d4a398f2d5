/* SPDX-License-Identifier: ISC */
/* An event as a line of the spool, and what is cut of one that is too long. */
#include <stdlib.h>
#include <string.h>

#include "report/line.h"
#include "tap.h"

#define KEY "0123456789abcdef0123456789abcdef"

#define LIT(text) { (text), sizeof(text) - 1 }

static struct report_event e, back;
static char names[REPORT_DKIM_MAX][64];

static void
event(size_t signatures)
{
	memset(&e, 0, sizeof(e));
	e.time = 1795168800;
	memcpy(e.key, KEY, sizeof(KEY));
	e.uid = -1;
	e.policy_domain = SPAN("example.com");
	e.record = SPAN("v=DMARC1; p=reject; rua=mailto:r@example.com");
	e.row.count = 1;
	(void)ipaddr_parse(SPAN("2001:db8::1"), &e.row.ip);
	e.row.disposition = REPORT_DONE_REJECT;
	e.row.header_from = SPAN("example.com");
	e.row.envelope_from = SPAN("");
	e.row.nspf = 1;
	e.row.auth_spf[0] = (struct report_auth){ .domain = SPAN("h.example"),
	    .scope = SPAN("mfrom"), .result = REPORT_RESULT_SOFTFAIL,
	    .human = SPAN("a \"b\" \\ \x01\xc3\xa9") };
	e.row.ndkim = signatures;
	for (size_t i = 0; i < signatures; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "s%zu", i);
		e.row.auth_dkim[i] = (struct report_auth){
		    .domain = SPAN("signatures.mail.example.com"),
		    .selector = span_of(names[i]), .result = i % 2 == 0 ?
		    REPORT_RESULT_PASS : REPORT_RESULT_FAIL };
	}
}

static bool
written(struct buf *b)
{
	struct fault f = { .kind = FAULT_NONE };

	buf_reset(b);
	return report_line_format(&e, b, &f) == FAULT_NONE &&
	    b->len <= REPORT_LINE && b->p[b->len - 1] == '\n';
}

/* Without the LF; n bytes less of it. */
static bool
reads(struct arena *a, const struct buf *b, size_t n)
{
	arena_reset(a);
	memset(&back, 0xff, sizeof(back));
	return report_line_parse((struct span){ b->p, b->len - 1 - n }, a,
	    &back);
}

static void
test_whole(struct arena *a, struct buf *b)
{
	event(2);
	CHECK(written(b) && reads(a, b, 0));
	CHECK(back.time == e.time && back.uid == -1 && !back.optional &&
	    back.cut == 0 && strcmp(back.key, KEY) == 0);
	CHECK(span_eq(back.record, e.record) && span_eq(back.policy_domain,
	    e.policy_domain));
	CHECK(back.row.ndkim == 2 && back.row.nspf == 1 &&
	    back.row.nreasons == 0 && back.row.count == 1);
	CHECK(span_eq(back.row.auth_spf[0].human, e.row.auth_spf[0].human));
	CHECK(back.row.auth_spf[0].result == REPORT_RESULT_SOFTFAIL);
	CHECK(span_eq(back.row.auth_dkim[1].selector, SPAN("s1")));
	/* The null sender is there and empty; who is unknown is not. */
	CHECK(back.row.envelope_from.p != NULL &&
	    back.row.envelope_from.len == 0);
	CHECK(back.row.envelope_to.p == NULL);
}

static void
test_torn(struct arena *a, struct buf *b)
{
	bool all = true;

	event(1);
	CHECK(written(b));
	for (size_t n = 1; n < b->len; n++)
		all = all && !reads(a, b, n);
	CHECK(all);
	for (size_t i = 0; i + 1 < b->len; i++) {
		b->p[i] ^= 1;
		all = all && !reads(a, b, 0);
		b->p[i] ^= 1;
	}
	CHECK(all);
	CHECK(reads(a, b, 0));
}

/* Another account may write lines, with their right sum. */
static void
test_names(struct arena *a, struct buf *b)
{
	static const struct span bad[] = { LIT("a.example\r\nBcc: x"),
	    LIT("../x.example"), LIT(""), LIT("a b"),
	    LIT("x\xc3\xa9.example") };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		event(1);
		e.policy_domain = bad[i];
		CHECKF(written(b) && !reads(a, b, 0), "domain %zu", i);
		event(1);
		e.row.header_from = bad[i];
		CHECKF(written(b) && !reads(a, b, 0), "author %zu", i);
		event(1);
		e.row.auth_dkim[0].domain = bad[i];
		CHECKF(written(b) && !reads(a, b, 0), "d= %zu", i);
	}
	event(1);
	e.key[0] = 'x';
	CHECK(written(b) && !reads(a, b, 0));
	event(1);
	e.key[0] = '"';
	CHECK(written(b) && !reads(a, b, 0));
}

static void
test_cut(struct arena *a, struct buf *b)
{
	static char record[8192];
	size_t n;

	/* Failing signatures go first. */
	event(80);
	CHECK(written(b) && reads(a, b, 0));
	CHECK(back.row.ndkim == 40 && back.cut == 40);
	CHECK(span_eq(back.row.auth_dkim[39].selector, SPAN("s78")));
	/* Then all after the twentieth. */
	event(100);
	for (size_t i = 0; i < 100; i++) {
		e.row.auth_dkim[i].result = REPORT_RESULT_PASS;
		e.row.auth_dkim[i].domain =
		    SPAN("a-rather-long-name-of-a-domain.example.com");
	}
	CHECK(written(b) && reads(a, b, 0));
	CHECK(back.row.ndkim == 20 && back.cut == 80);
	/* A long record: what a report needs of it stays. */
	event(1);
	n = (size_t)snprintf(record, sizeof(record), "v=DMARC1; p=reject; "
	    "sp=none; np=quarantine; fo=1:d; t=y; adkim=s; "
	    "rua=mailto:r@example.com; ruf=mailto:f@example.com; x=");
	memset(record + n, 'x', 6000);
	e.record = (struct span){ record, n + 6000 };
	CHECK(written(b) && reads(a, b, 0));
	CHECK(span_eq(back.record, SPAN("v=DMARC1; p=reject; sp=none; "
	    "np=quarantine; fo=1:d; adkim=s; t=y; rua=mailto:r@example.com")));
	CHECK(e.record.len == n + 6000);
	/* One that names nobody in so few bytes does not fit. */
	memcpy(record, "v=DMARC1; p=none; rua=mailto:", 29);
	memset(record + 29, 'r', 6000);
	memcpy(record + 6029, "@example.com", 12);
	e.record = (struct span){ record, 6041 };
	CHECK(!written(b));
	CHECK(b->len == 0);
}

int
main(void)
{
	struct arena a;
	struct buf b;

	arena_init(&a, 1024 * 1024);
	buf_init(&b, 1024 * 1024);
	test_whole(&a, &b);
	test_torn(&a, &b);
	test_names(&a, &b);
	test_cut(&a, &b);
	buf_free(&b);
	arena_free(&a);
	return tap_done();
}
