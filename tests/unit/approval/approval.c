/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "approval/approval.h"
#include "fakedns.h"
#include "mail/date.h"
#include "tap.h"

static const struct fake_rr no_zone[] = { { NULL, NULL } };

static void
codes(void)
{
	unsigned char key[32];
	char a[APPROVAL_CODE], b[APPROVAL_CODE];
	struct span k = { (const char *)key, sizeof(key) };

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)i;
	approval_code(k, "g1", "bob", "ab", a);
	/* Computed by another implementation. */
	CHECK(strcmp(a, "jdn2gd76bvwn") == 0);
	/* Where one part ends and the next begins counts. */
	approval_code(k, "g1b", "ob", "ab", b);
	CHECK(!approval_code_eq(a, b));
	approval_code(k, "g1", "carol", "ab", b);
	CHECK(!approval_code_eq(a, b));
	CHECK(approval_code_eq(a, a));
	memset(b, 0, sizeof(b));
	CHECK(!approval_code_eq(b, b));
	CHECK(approval_code_read(SPAN("OIL0123ABCXY"), b) &&
	    strcmp(b, "0110123abcxy") == 0);
	CHECK(!approval_code_read(SPAN("OIL0123ABCXU"), b));
	CHECK(!approval_code_read(SPAN("OIL0123ABCX"), b));
	CHECK(!approval_code_read(SPAN("OIL0123ABCXYZ"), b));
	CHECK(!approval_code_read(SPAN("OIL0123ABCX\0"), b));
}

static void
lines(void)
{
	static const struct {
		const char *line;
		enum approval_verb verb;
	} rows[] = {
		{ "approve g1 000000000000", APPROVAL_APPROVE },
		{ "  APPROVE\tG1  000000000000 \r", APPROVAL_APPROVE },
		{ "approve\xc2\xa0g1 000000000000", APPROVAL_APPROVE },
		{ "deny g1 000000000000", APPROVAL_DENY },
		{ "approve g1 000000000000 shorten 30m", APPROVAL_APPROVE },
		{ "approve g1 000000000000 shorten 0m", APPROVAL_NONE },
		{ "approve g1 000000000000 shorten", APPROVAL_NONE },
		{ "approve g1 000000000000 longer 30m", APPROVAL_NONE },
		{ "deny g1 000000000000 shorten 30m", APPROVAL_NONE },
		{ "approve g1", APPROVAL_NONE },
		{ "approve g1 00000000000", APPROVAL_NONE },
		{ "approved g1 000000000000", APPROVAL_NONE },
		{ "> approve g1 000000000000", APPROVAL_NONE },
		{ "I approve g1 000000000000", APPROVAL_NONE },
		{ "request demo x 1h", APPROVAL_NONE },
		{ "", APPROVAL_NONE },
	};
	struct approval_command c;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		(void)approval_line(span_of(rows[i].line), false, &c);
		CHECKF(c.verb == rows[i].verb, "%s", rows[i].line);
	}
	CHECK(approval_command_read(SPAN("\n> a\n \nrequest demo x 1h uses 3 "
	    "limit a=b\n\nreason: why not\n"), true, &c) && c.limits == 1 &&
	    strcmp(c.uses, "3") == 0 && strcmp(c.reason, "why not") == 0);
	CHECK(!approval_command_read(SPAN("request demo x 1h uses 3 uses 4"),
	    true, &c));
	CHECK(!approval_command_read(SPAN("request demo x 1h limit =b"),
	    true, &c));
	CHECK(!approval_command_read(SPAN("hello\napprove g1 000000000000\n"),
	    false, &c));
	CHECK(approval_commands(SPAN("approve g1 000000000000\nx\n"
	    "deny g1 000000000000\n"), false, &c) == 2);
}

static void
dates(void)
{
	static const struct {
		const char *text;
		int64_t time;	/* -1: none */
	} rows[] = {
		{ "Mon, 23 Nov 2026 18:00:00 +0000", 1795456800 },
		{ " 23 Nov 2026 18:00 GMT", 1795456800 },
		{ "Mon, 23 Nov 2026 19:00:00 +0100 (CET)", 1795456800 },
		{ "Mon, 23 Nov 26 13:00:00 EST", 1795456800 },
		{ "Mon (a(b)c), 23 Nov 2026 18:00:00 Z", 1795456800 },
		{ "Mon, 23 Nov 2026 18:00:00", -1 },
		{ "Mon, 31 Feb 2026 18:00:00 +0000", -1 },
		{ "Mon, 23 Nov 2026 24:00:00 +0000", -1 },
		{ "Mon, 23 Nov 2026 18:00:00 +0099", -1 },
		{ "Mon, 23 Nov 2026 18:00:00 Q", -1 },
		{ "Mon, 23 Nov 2026 18:00:00 +0000 x", -1 },
		{ "Mon, 23 Nov 2026 18:00:00 +0000 (x", -1 },
		{ "Mom, 23 Nov 2026 18:00:00 +0000", -1 },
		{ "", -1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t t = -1;

		CHECKF(date_parse(span_of(rows[i].text), &t) ==
		    (rows[i].time >= 0) && t == rows[i].time, "%s",
		    rows[i].text);
	}
}

static void
addresses(void)
{
	CHECK(approval_address(SPAN("a.b+c@example.org")));
	CHECK(!approval_address(SPAN("-oX@example.org")));
	CHECK(!approval_address(SPAN("a b@example.org")));
	CHECK(!approval_address(SPAN("a@b@example.org")));
	CHECK(!approval_address(SPAN("a@example.org\nBcc: x@y")));
	CHECK(!approval_address(SPAN("a@b, c@d")));
	CHECK(!approval_address(SPAN("@example.org")));
	CHECK(!approval_address(SPAN("a@")));
}

static bool
dies(void *arg, const char *address)
{
	(void)arg;
	(void)address;
	_Exit(0);
}

static bool
may(void *arg, const char *address)
{
	*(int *)arg += 1;
	return strcmp(address, "bob@example.org") == 0;
}

#define MAIL(from) SPAN("From: " from "\nTo: a@b\nSubject: x\n" \
    "Date: Mon, 23 Nov 2026 18:00:00 +0000\nMessage-ID: <a@b>\n\nhi\n")

static void
apart(void)
{
	struct fake fake = { .zone = no_zone };
	struct approval_options o = { .now = 1795456800,
	    .mail_from = "bob@example.org", .may = dies };
	static struct approval a;
	struct fault f = { .kind = FAULT_NONE };
	int asked = 0;

	fake.dns.query = fake_query;
	fake.dns.state = &fake;
	o.dns = &fake.dns;
	buf_init(&fake.log, 4096);
	/* A reader that dies, even with a good exit status, says no. */
	CHECK(approval_judge_apart(MAIL("bob@example.org"), &o, &a, &f) ==
	    FAULT_NONE && a.why == APPROVAL_NO_CRASHED && !a.proven);
	o.may = may;
	o.may_arg = &asked;
	CHECK(approval_judge(MAIL("Bob <bob@Example.org>"), &o, &a, &f) ==
	    FAULT_NONE && a.why == APPROVAL_NO_DMARC && asked == 1);
	CHECK(fake.log.len > 0);
	buf_reset(&fake.log);
	CHECK(approval_judge(MAIL("eve@example.org"), &o, &a, &f) ==
	    FAULT_NONE && a.why == APPROVAL_NO_STRANGER);
	CHECK(fake.log.len == 0);
	CHECK(approval_judge_apart(MAIL("eve@example.org"), &o, &a, &f) ==
	    FAULT_NONE && a.why == APPROVAL_NO_STRANGER);
	buf_free(&fake.log);
}

static void
cleaned(void)
{
	static struct approval a;

	memset(&a, 0xff, sizeof(a));
	a.proven = true;
	approval_clean(&a);
	CHECK(a.why == APPROVAL_NO_CRASHED && !a.proven && a.times == 0);
	CHECK(strlen(a.from) == 0 && a.command.limits == 0 && a.marks == 0);
	memset(&a, 0, sizeof(a));
	a.why = APPROVAL_YES;
	approval_clean(&a);
	CHECK(a.why == APPROVAL_NO_CRASHED);
}

int
main(void)
{
	codes();
	lines();
	dates();
	addresses();
	apart();
	cleaned();
	return tap_done();
}
