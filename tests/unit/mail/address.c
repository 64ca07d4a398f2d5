/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "mail/address.h"
#include "tap.h"

static struct arena arena;
static struct fault fault;

/* A constant expression, which SPAN is not. */
#define TEXT(lit) { (lit), sizeof(lit) - 1 }

/* want: "local|domain|display" for each mailbox, with a semicolon between. */
static const struct {
	struct span in;
	const char *want;
	size_t groups;
} good[] = {
	{ TEXT("a@b.example"), "a|b.example|", 0 },
	{ TEXT(" a@b.example \t"), "a|b.example|", 0 },
	{ TEXT("<a@b.example>"), "a|b.example|", 0 },
	{ TEXT("A B <a@b.example>"), "a|b.example|A B", 0 },
	{ TEXT("A  B\r\n C <a@b.example>"), "a|b.example|A B C", 0 },
	{ TEXT("A\n\tB <a@b>"), "a|b|A B", 0 },
	{ TEXT("J. R. Doe <a@b>"), "a|b|J. R. Doe", 0 },
	{ TEXT("J.Doe<a@b>"), "a|b|J.Doe", 0 },
	{ TEXT("\"x@a.example\" <b@legit>"), "b|legit|x@a.example", 0 },
	{ TEXT("\"a\"\"b\" <b@legit>"), "b|legit|a b", 0 },
	{ TEXT("\"q\\\"\\\\\" <b@legit>"), "b|legit|q\"\\", 0 },
	{ TEXT("\"a\r\n b\" <b@legit>"), "b|legit|a b", 0 },
	{ TEXT("b@legit (a@attack)"), "b|legit|", 0 },
	{ TEXT("(a@attack,) b@legit"), "b|legit|", 0 },
	{ TEXT("b (x) @ (y(z\\))) legit . (w) example"), "b|legit.example|",
	    0 },
	{ TEXT("a . b@c"), "a.b|c|", 0 },
	{ TEXT("a.\"b c\".d@e"), "a.b c.d|e|", 0 },
	{ TEXT("\"b@attack\"@legit"), "b@attack|legit|", 0 },
	{ TEXT("\".x\" <b@legit>"), "b|legit|.x", 0 },
	{ TEXT("\"\" <b@legit>"), "b|legit|", 0 },
	{ TEXT("\"\"@legit"), "|legit|", 0 },
	{ TEXT("<@attack,@any:b@legit>"), "b|legit|", 0 },
	{ TEXT("x <@a, , (c) @b.example : b@legit>"), "b|legit|x", 0 },
	{ TEXT("b@[192.0.2.1]"), "b|[192.0.2.1]|", 0 },
	{ TEXT("b@[IPv6: 2001:db8::1 ] (c)"), "b|[IPv6:2001:db8::1]|", 0 },
	{ TEXT("a@b, c@d"), "a|b|;c|d|", 0 },
	{ TEXT(",,a@b,,<c@d>,"), "a|b|;c|d|", 0 },
	{ TEXT("g: a@b;"), "a|b|", 1 },
	{ TEXT("g:;"), "", 1 },
	{ TEXT("Un disclosed: (x) ;(y)"), "", 1 },
	{ TEXT("g: a@b, ,X <c@d>;, e@f"), "a|b|;c|d|X;e|f|", 1 },
	{ TEXT("g:;,h:;"), "", 2 },
	{ TEXT("=?utf-8?Q?b=40legit?= <a@attack>"),
	    "a|attack|=?utf-8?Q?b=40legit?=", 0 },
	{ TEXT("=?x@b.example"), "=?x|b.example|", 0 },
	{ TEXT("\xc3\xa9 <\xc3\xa9@\xc3\xa9.example>"),
	    "\xc3\xa9|\xc3\xa9.example|\xc3\xa9", 0 },
	{ TEXT("!#$%&'*+-/=?^_`{|}~@b"), "!#$%&'*+-/=?^_`{|}~|b|", 0 },
};

static const struct {
	struct span in;
	enum address_status want;
} bad[] = {
	{ TEXT(""), ADDRESS_NOTHING },
	{ TEXT(" \r\n "), ADDRESS_NOTHING },
	{ TEXT("(a@b)"), ADDRESS_NOTHING },
	{ TEXT(",,"), ADDRESS_NOTHING },
	{ TEXT("a"), ADDRESS_SYNTAX },
	{ TEXT("a@"), ADDRESS_SYNTAX },
	{ TEXT("@b"), ADDRESS_SYNTAX },
	{ TEXT("<>"), ADDRESS_SYNTAX },
	{ TEXT("<a@b"), ADDRESS_SYNTAX },
	{ TEXT("a@b>"), ADDRESS_SYNTAX },
	{ TEXT("<<a@b>>"), ADDRESS_SYNTAX },
	{ TEXT("a b@c"), ADDRESS_SYNTAX },
	{ TEXT(".a@c"), ADDRESS_SYNTAX },
	{ TEXT("a.@c"), ADDRESS_SYNTAX },
	{ TEXT("a..b@c"), ADDRESS_SYNTAX },
	{ TEXT("a@b."), ADDRESS_SYNTAX },
	{ TEXT("a@.b"), ADDRESS_SYNTAX },
	{ TEXT("a@b..c"), ADDRESS_SYNTAX },
	{ TEXT("a@b@c"), ADDRESS_SYNTAX },
	{ TEXT("a@b c"), ADDRESS_SYNTAX },
	{ TEXT("a@b c@d"), ADDRESS_SYNTAX },
	{ TEXT("a@\"b\""), ADDRESS_SYNTAX },
	{ TEXT(". <a@b>"), ADDRESS_SYNTAX },
	{ TEXT(".g: a@b;"), ADDRESS_SYNTAX },
	{ TEXT("a@b <c@d>"), ADDRESS_SYNTAX },
	{ TEXT("<a@attack>b@legit"), ADDRESS_SYNTAX },
	{ TEXT("<b@legit>\\,<a@attack>"), ADDRESS_SYNTAX },
	{ TEXT("<a@b> <c@d>"), ADDRESS_SYNTAX },
	{ TEXT("<@a b@c>"), ADDRESS_SYNTAX },
	{ TEXT("<@a:>"), ADDRESS_SYNTAX },
	{ TEXT("<,:b@c>"), ADDRESS_SYNTAX },
	{ TEXT("g: a@b"), ADDRESS_SYNTAX },
	{ TEXT("g: h: a@b;;"), ADDRESS_SYNTAX },
	{ TEXT(": a@b;"), ADDRESS_SYNTAX },
	{ TEXT("a@b;"), ADDRESS_SYNTAX },
	{ TEXT("g: a@b; c@d"), ADDRESS_SYNTAX },
	{ TEXT("\"a@b"), ADDRESS_SYNTAX },
	{ TEXT("\"a\\"), ADDRESS_SYNTAX },
	{ TEXT("(a@b"), ADDRESS_SYNTAX },
	{ TEXT("(\\"), ADDRESS_SYNTAX },
	{ TEXT("a@b)"), ADDRESS_SYNTAX },
	{ TEXT("a@b\r\nc@d"), ADDRESS_SYNTAX },
	{ TEXT("a\0b@c"), ADDRESS_SYNTAX },
	{ TEXT("\x01 <a@b>"), ADDRESS_SYNTAX },
	{ TEXT("a@b\0c"), ADDRESS_DOMAIN },
	{ TEXT("a@\0b"), ADDRESS_DOMAIN },
	{ TEXT("<a@b[c>"), ADDRESS_DOMAIN },
	{ TEXT("a@b]"), ADDRESS_DOMAIN },
	{ TEXT("a@b\\.c"), ADDRESS_DOMAIN },
	{ TEXT("a@[b].c"), ADDRESS_DOMAIN },
	{ TEXT("a@[b"), ADDRESS_SYNTAX },
	{ TEXT("a@[b[c]"), ADDRESS_SYNTAX },
	{ TEXT("=?utf-8?B?YUBi?="), ADDRESS_ENCODED_WORD },
	{ TEXT("=?utf-8?B?YUBi?=,<b@attack>"), ADDRESS_ENCODED_WORD },
	{ TEXT("<b@attack>, =?utf-8?B?YUBi?="), ADDRESS_ENCODED_WORD },
	{ TEXT("=?utf-8?Q?b@legit?="), ADDRESS_ENCODED_WORD },
	{ TEXT("=?utf-8?Q?b=40legit.example?="), ADDRESS_ENCODED_WORD },
	{ TEXT("<=?utf-8?B?YUBi?=>"), ADDRESS_ENCODED_WORD },
	{ TEXT("<=?utf-8?B?YUBi?=@legit>"), ADDRESS_ENCODED_WORD },
	{ TEXT("A =?utf-8?q?YUBi?="), ADDRESS_ENCODED_WORD },
	{ TEXT("g: =?utf-8?B?YUBi?=;"), ADDRESS_ENCODED_WORD },
};

static void
test_good(void)
{
	struct address_list list;
	struct buf b;

	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		buf_reset(&b);
		buf_adds(&b, "");
		CHECK(address_list_parse(good[i].in, &arena, &list, &fault) ==
		    FAULT_NONE);
		for (size_t j = 0; j < list.count; j++) {
			const struct mailbox *m = &list.mailboxes[j];

			if (j > 0)
				buf_addc(&b, ';');
			buf_addspan(&b, m->local);
			buf_addc(&b, '|');
			buf_addspan(&b, m->domain);
			buf_addc(&b, '|');
			buf_addspan(&b, m->display);
			if (m->literal != (m->domain.p[0] == '['))
				buf_adds(&b, "!");
		}
		CHECKF(list.status == ADDRESS_OK &&
		    list.groups == good[i].groups &&
		    span_eq(buf_span(&b), span_of(good[i].want)),
		    "%zu: got %d %.100s", i, (int)list.status, buf_str(&b));
	}
	buf_free(&b);
}

static void
test_bad(void)
{
	struct address_list list;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(address_list_parse(bad[i].in, &arena, &list, &fault) ==
		    FAULT_NONE);
		CHECKF(list.status == bad[i].want, "bad %zu: got %d", i,
		    (int)list.status);
	}
}

/* n times a text, then another. */
static enum address_status
repeat(const char *text, size_t n, const char *end)
{
	struct address_list list = { .status = ADDRESS_SYNTAX };
	struct buf b;

	arena_reset(&arena);
	buf_init(&b, (size_t)4 << 20);
	for (size_t i = 0; i < n; i++)
		buf_adds(&b, text);
	buf_adds(&b, end);
	if (address_list_parse(buf_span(&b), &arena, &list, &fault) !=
	    FAULT_NONE)
		CHECKF(false, "a fault");
	buf_free(&b);
	return list.status;
}

static void
test_bounds(void)
{
	CHECK(repeat("(", BOUND_COMMENT_DEPTH, "a@b") == ADDRESS_SYNTAX);
	CHECK(repeat("(", BOUND_COMMENT_DEPTH + 1, "") == ADDRESS_TOO_DEEP);
	CHECK(repeat("(", 1000000, "") == ADDRESS_TOO_DEEP);
	CHECK(repeat("()", 1000000, "a@b") == ADDRESS_OK);
	CHECK(repeat(",", 1000000, "a@b") == ADDRESS_OK);
	CHECK(repeat("=?", 1000000, "") == ADDRESS_SYNTAX);
	CHECK(repeat("=?a?b? ", 300000, "") == ADDRESS_SYNTAX);
	CHECK(repeat("\"\\\"\" ", 400000, "<a@b>") == ADDRESS_OK);
	CHECK(repeat("a.", 1000000, "b@c") == ADDRESS_OK);
	CHECK(repeat("a@b,", BOUND_MAILBOXES, "") == ADDRESS_OK);
	CHECK(repeat("a@b,", BOUND_MAILBOXES + 1, "") == ADDRESS_TOO_MANY);
	CHECK(repeat("g:;,", 200000, "") == ADDRESS_OK);
}

static void
test_memory(void)
{
	struct address_list list;
	struct arena small;

	for (size_t max = 0; max < 20000; max += 1000) {
		enum fault_kind kind;

		arena_init(&small, max);
		kind = address_list_parse(SPAN("a@b,c@d,e@f,g@h,i@j"), &small,
		    &list, &fault);
		CHECK(kind == FAULT_SOFTWARE || list.count == 5);
		arena_free(&small);
	}
}

int
main(void)
{
	arena_init(&arena, BOUND_MESSAGE_ARENA);
	test_good();
	test_bad();
	test_bounds();
	test_memory();
	arena_free(&arena);
	return tap_done();
}
