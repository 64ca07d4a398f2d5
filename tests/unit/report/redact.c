/* SPDX-License-Identifier: ISC */
/* No local part stays, however it is written (RFC 6590). */
#include <string.h>

#include "report/redact.h"
#include "tap.h"

static const struct report_redact key = {
	.key = { "0123456789abcdef0123456789abcdef", REPORT_REDACT_KEY } };
static const struct report_redact none = { .none = true };

static const char *
field(const struct report_redact *r, const char *name, const char *value,
    struct buf *b)
{
	struct fault f = { .kind = FAULT_NONE };

	buf_reset(b);
	(void)report_redact_field(r, span_of(name), span_of(value), b, &f);
	return buf_str(b);
}

/* "secret" is in none of them; the domain is, unless the text hid it. */
static void
test_hidden(struct buf *b)
{
	static const struct {
		const char *name, *value;
		bool domain;
	} cases[] = {
		{ "Subject", "to secret@x.example now", true },
		{ "Subject", "secret @x.example", true },
		{ "Subject", "secret (a (b) c)@x.example", true },
		{ "Subject", "\"secret one\"@x.example", true },
		{ "Subject", "\"secret \\\" one\"@x.example", true },
		{ "Subject", "\"\\\\\\\"secret\"@x.example", true },
		{ "Return-Path", "<secret=joe=b.example@x.example>", true },
		{ "Return-Path", "<b+1-secret=b.example@x.example>", true },
		{ "ARC-Authentication-Results", "i=1; a; spf=pass "
		    "smtp.mailfrom=secret@x.example", true },
		{ "ARC-Authentication-Results", "i=1; a; spf=pass "
		    "smtp.mailfrom=b=secret@x.example", true },
		{ "Received", "from a by b for <secret@x.example>; now", true },
		{ "Received", "from a by b\r\n\tfor\r\n secret@x.example",
		    true },
		{ "Subject", "=?utf-8?q?secret=40x=2Eexample?=", false },
		{ "Subject", "=?utf-8?b?c2VjcmV0QHguZXhhbXBsZQ==?=", false },
		{ "Subject", "=?utf-7?q?secret+AEA-x.example?=", false },
		{ "From", "secret <secret@x.example>", true },
		{ "To", "secret@x.example, (secret) b@x.example", true },
		{ "Cc", "undisclosed secret <", false },
		{ "DKIM-Signature", "v=1; d=x.example; i=secret@x.example",
		    true },
		{ "DKIM-Signature", "v=1; d=x.example; z=From:secret", true },
		{ "DKIM-Signature", "d=x.example; secret", true },
		{ "DKIM-Signature", "d=x.example; secret@y=1", true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *s = field(&key, cases[i].name, cases[i].value, b);

		CHECKF(strstr(s, "secret") == NULL, "%s: %s: %s",
		    cases[i].name, cases[i].value, s);
		CHECKF(!cases[i].domain || strstr(s, "x.example") != NULL,
		    "the domain of %s: %s", cases[i].value, s);
	}
}

static void
test_kept(struct buf *b)
{
	CHECK(strcmp(field(&key, "Subject", "no address, a=b", b),
	    "no address, a=b") == 0);
	CHECK(strcmp(field(&key, "Subject", "=?utf-8?q?h=C3=A9?=", b),
	    "=?utf-8?q?h=C3=A9?=") == 0);
	CHECK(strncmp(field(&key, "X", "smtp.mailfrom=a@b.example", b),
	    "smtp.mailfrom=", 14) == 0);
	CHECK(strcmp(field(&none, "From", "A <a@b.example>", b),
	    "A <a@b.example>") == 0);
}

/* The same for the same, in any field; another for another. */
static void
test_token(struct buf *b)
{
	char token[REPORT_REDACT_TOKEN + 1] = "";

	report_redact_token(&key, SPAN("joe"), b);
	buf_reset(b);
	report_redact_token(&key, SPAN("joe"), b);
	CHECK(b->len == REPORT_REDACT_TOKEN);
	memcpy(token, b->p, REPORT_REDACT_TOKEN);
	CHECK(strstr(field(&key, "From", "J <joe@a.example>", b), token) !=
	    NULL);
	CHECK(strstr(field(&key, "Subject", "joe@b.example", b), token) !=
	    NULL);
	CHECK(strstr(field(&key, "DKIM-Signature", "i=joe@a.example", b),
	    token) != NULL);
	CHECK(strstr(field(&key, "From", "<jo@a.example>", b), token) ==
	    NULL);
}

static void
test_allows(void)
{
	CHECK(report_redact_allows(SPAN("received")));
	CHECK(report_redact_allows(SPAN("List-Unsubscribe")));
	CHECK(report_redact_allows(SPAN("arc-seal")));
	CHECK(!report_redact_allows(SPAN("X-Mailer")));
	CHECK(!report_redact_allows(SPAN("Bcc")));
	CHECK(!report_redact_allows(SPAN("")));
}

int
main(void)
{
	struct buf b;

	buf_init(&b, 1024 * 1024);
	test_hidden(&b);
	test_kept(&b);
	test_token(&b);
	test_allows();
	buf_free(&b);
	return tap_done();
}
