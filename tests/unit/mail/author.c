/* SPDX-License-Identifier: ISC */
/* Every row of the table of Author Domains, and what lies around it. */
#include "base/bounds.h"
#include "base/buf.h"
#include "mail/author.h"
#include "tap.h"

static struct arena arena;
static struct fault fault;

/* A constant expression, which SPAN is not. */
#define TEXT(lit) { (lit), sizeof(lit) - 1 }

#define LEGIT "legit.example"
#define ATTACK "attack.example"

static const struct {
	const char *name;
	struct span header;
	enum reason reason;
	const char *domain;	/* with REASON_NONE */
	bool parsed;
} rows[] = {
	{ "plain", TEXT("From: a@" LEGIT "\n"), REASON_NONE, LEGIT, true },
	{ "upper case", TEXT("FROM: A <a@LEGIT.Example>\n"), REASON_NONE,
	    LEGIT, true },
	{ "the obsolete colon", TEXT("From : a@" LEGIT "\n"), REASON_NONE,
	    LEGIT, true },
	{ "folded value", TEXT("From: A\n B\n <a@" LEGIT ">\n"), REASON_NONE,
	    LEGIT, true },
	{ "two From fields", TEXT("From: a@" LEGIT "\nFrom: a@" LEGIT "\n"),
	    REASON_MULTIPLE_FROM_FIELDS, NULL, false },
	{ "two, and malformed", TEXT(" x\nFrom: a@" LEGIT "\nFrom: b@" LEGIT
	    "\n"), REASON_MULTIPLE_FROM_FIELDS, NULL, false },
	{ "leading space", TEXT(" From: a@" ATTACK "\nFrom: b@" LEGIT "\n"),
	    REASON_MALFORMED, NULL, false },
	{ "no colon", TEXT("hello\nFrom: b@" LEGIT "\n"), REASON_MALFORMED,
	    NULL, false },
	{ "From and From :", TEXT("From: a@" ATTACK "\nFrom : b@" LEGIT "\n"),
	    REASON_MULTIPLE_FROM_FIELDS, NULL, false },
	{ "From and a folded one", TEXT("From: a@" ATTACK "\nFrom\n : b@"
	    LEGIT "\n"), REASON_MULTIPLE_FROM_FIELDS, NULL, false },
	{ "folded before the colon, with Sender", TEXT("From\n : a@" ATTACK
	    "\nSender: b@" LEGIT "\n"), REASON_NO_AUTHOR_DOMAIN, NULL,
	    false },
	{ "Sender alone", TEXT("Sender: b@" LEGIT "\n"),
	    REASON_NO_AUTHOR_DOMAIN, NULL, false },
	{ "Resent-From alone", TEXT("Resent-From: b@" LEGIT "\n"),
	    REASON_NO_AUTHOR_DOMAIN, NULL, false },
	{ "no field", TEXT(""), REASON_NO_AUTHOR_DOMAIN, NULL, false },
	{ "two domains", TEXT("From: <a@" ATTACK ">, <b@" LEGIT ">\n"),
	    REASON_MULTIPLE_AUTHOR_DOMAINS, NULL, true },
	{ "one domain twice", TEXT("From: <a@" LEGIT ">, <b@Legit.EXAMPLE>\n"),
	    REASON_NONE, LEGIT, true },
	{ "encoded-word and address", TEXT("From: =?utf-8?B?YUBi?=,<b@"
	    ATTACK ">\n"), REASON_ENCODED_WORD_AS_MAILBOX, NULL, false },
	{ "all an encoded-word", TEXT("From: =?utf-8?Q?b@" LEGIT "?=\n"),
	    REASON_ENCODED_WORD_AS_MAILBOX, NULL, false },
	{ "route", TEXT("From: <@" ATTACK ",@any.example:b@" LEGIT ">\n"),
	    REASON_NONE, LEGIT, true },
	{ "backslash between", TEXT("From: <b@" LEGIT ">\\,<a@" ATTACK ">\n"),
	    REASON_MALFORMED_FROM, NULL, false },
	{ "address and angle", TEXT("From: b@" LEGIT ",<a@" ATTACK ">\n"),
	    REASON_MULTIPLE_AUTHOR_DOMAINS, NULL, true },
	{ "angle and address", TEXT("From: <a@" ATTACK ">b@" LEGIT "\n"),
	    REASON_MALFORMED_FROM, NULL, false },
	{ "an address as name", TEXT("From: \"x@a.example\" <b@" LEGIT ">\n"),
	    REASON_NONE, LEGIT, true },
	{ "an address as comment", TEXT("From: b@" LEGIT " (a@" ATTACK ")\n"),
	    REASON_NONE, LEGIT, true },
	{ "an address as local part", TEXT("From: \"b@" ATTACK "\"@" LEGIT
	    "\n"), REASON_NONE, LEGIT, true },
	{ "group of one", TEXT("From: g: b@" LEGIT ";\n"), REASON_NONE,
	    LEGIT, true },
	{ "empty group", TEXT("From: g:;\n"), REASON_NO_AUTHOR_DOMAIN, NULL,
	    true },
	{ "group of two", TEXT("From: g: a@" ATTACK ", b@" LEGIT ";\n"),
	    REASON_MULTIPLE_AUTHOR_DOMAINS, NULL, true },
	{ "empty", TEXT("From:\n"), REASON_NO_AUTHOR_DOMAIN, NULL, false },
	{ "a name only", TEXT("From: nobody\n"), REASON_MALFORMED_FROM,
	    NULL, false },
	{ "U+200B", TEXT("From: b@le\xe2\x80\x8bgit.example\n"),
	    REASON_DOMAIN_INVALID, NULL, true },
	{ "U+00AD", TEXT("From: b@le\xc2\xadgit.example\n"),
	    REASON_DOMAIN_INVALID, NULL, true },
	{ "U+2000", TEXT("From: b@legit.example\xe2\x80\x80\n"),
	    REASON_DOMAIN_INVALID, NULL, true },
	{ "U+FEFF", TEXT("From: b@\xef\xbb\xbflegit.example\n"),
	    REASON_DOMAIN_INVALID, NULL, true },
	{ "U+3002 for a dot", TEXT("From: b@legit\xe3\x80\x82" "example\n"),
	    REASON_DOMAIN_INVALID, NULL, true },
	{ "not UTF-8", TEXT("From: b@legit\xe9.example\n"),
	    REASON_DOMAIN_INVALID, NULL, true },
	{ "NUL", TEXT("From: b@" LEGIT "\0." ATTACK "\n"),
	    REASON_DOMAIN_INVALID, NULL, false },
	{ "NUL elsewhere", TEXT("From: b@" LEGIT "\nX: \0\n"),
	    REASON_MALFORMED, NULL, false },
	{ "NUL in the name", TEXT("From: \"\0\" <b@" LEGIT ">\n"),
	    REASON_MALFORMED, NULL, false },
	{ "brackets", TEXT("From: b@" LEGIT "[" ATTACK "\n"),
	    REASON_DOMAIN_INVALID, NULL, false },
	{ "a literal", TEXT("From: b@[192.0.2.1]\n"), REASON_DOMAIN_INVALID,
	    NULL, true },
	{ "an address for a name", TEXT("From: b@192.0.2.1\n"),
	    REASON_DOMAIN_INVALID, NULL, true },
	{ "one label", TEXT("From: b@legit\n"), REASON_DOMAIN_INVALID, NULL,
	    true },
	{ "underscore", TEXT("From: b@a_b.example\n"), REASON_DOMAIN_INVALID,
	    NULL, true },
	{ "hyphen at an end", TEXT("From: b@a-.example\n"),
	    REASON_DOMAIN_INVALID, NULL, true },
	{ "quote in a domain", TEXT("From: b@legit'a.example\n"),
	    REASON_DOMAIN_INVALID, NULL, true },
	{ "one good, one bad", TEXT("From: b@" LEGIT ", b@[192.0.2.1]\n"),
	    REASON_DOMAIN_INVALID, NULL, true },
	{ "U-label", TEXT("From: b@b\xc3\xbc" "cher.example\n"), REASON_NONE,
	    "xn--bcher-kva.example", true },
	{ "U-label and its A-label", TEXT("From: b@b\xc3\xbc" "cher.example,"
	    " c@XN--bcher-kva.example\n"), REASON_NONE,
	    "xn--bcher-kva.example", true },
};

static void
test_rows(void)
{
	struct author author;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct message m = { .empty = false };

		arena_reset(&arena);
		CHECK(message_index(&m, rows[i].header, EOL_LF, &arena,
		    &fault) == FAULT_NONE);
		CHECK(author_read(&m, &arena, &author, &fault) ==
		    FAULT_NONE);
		CHECKF(author.reason == rows[i].reason &&
		    author.parsed == rows[i].parsed &&
		    (author.domain.p != NULL) == (rows[i].domain != NULL) &&
		    span_eq(author.domain, span_of(rows[i].domain)),
		    "%s: %s %.*s", rows[i].name, reason_word(author.reason),
		    SPAN_ARG(author.domain));
		CHECKF(author.reason != REASON_NONE || author.ndomains == 1,
		    "%s: one domain", rows[i].name);
		CHECKF(author.reason == REASON_NONE || author.reason ==
		    REASON_MULTIPLE_AUTHOR_DOMAINS || author.ndomains == 0,
		    "%s: no domain", rows[i].name);
	}
}

static void
test_many(void)
{
	struct author author;
	struct buf b;

	arena_reset(&arena);
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < BOUND_MAILBOXES; i++)
		buf_addf(&b, "a@d%zu.example,", i % 12);
	CHECK(author_from_value(buf_span(&b), &arena, &author, &fault) ==
	    FAULT_NONE);
	CHECK(author.reason == REASON_MULTIPLE_AUTHOR_DOMAINS &&
	    author.ndomains == 12);
	CHECK(span_eq(author.domains[11], SPAN("d11.example")));
	buf_adds(&b, "a@b.example");
	CHECK(author_from_value(buf_span(&b), &arena, &author, &fault) ==
	    FAULT_NONE);
	CHECK(author.reason == REASON_MALFORMED_FROM);
	buf_free(&b);
}

int
main(void)
{
	arena_init(&arena, BOUND_MESSAGE_ARENA);
	test_rows();
	test_many();
	arena_free(&arena);
	return tap_done();
}
