/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "spf/macro.h"
#include "tap.h"

static struct spf_macro_vars vars = {
	.local = { "strong-bad", 10 },
	.sender_domain = { "email.example.com", 17 },
	.domain = { "email.example.com", 17 },
	.validated = { "mx.example.org", 14 },
	.helo = { "mail.example.com", 16 },
	.now = 1795446437,
};

/* RFC 7208 7.4, and what it leaves out; NULL: no name. */
static const struct {
	const char *text, *want;
} names[] = {
	{ "%{s}", "strong-bad@email.example.com" },
	{ "%{o}", "email.example.com" },
	{ "%{d4}", "email.example.com" },
	{ "%{d2}", "example.com" },
	{ "%{d1}", "com" },
	{ "%{dr}", "com.example.email" },
	{ "%{d2r}", "example.email" },
	{ "%{d99999999999999999999}", "email.example.com" },
	{ "%{l}", "strong-bad" },
	{ "%{l-}", "strong.bad" },
	{ "%{lr}", "strong-bad" },
	{ "%{lr-}", "bad.strong" },
	{ "%{l1r-}", "strong" },
	{ "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com" },
	{ "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com" },
	{ "%{p}.x.org.", "mx.example.org.x.org" },
	{ "%{h1}", "com" },
	{ "%{L}.%{H}", "strong-bad.mail.example.com" },
	{ "%{S}", "strong-bad%40email.example.com" },
	{ "a%%b%_c%-d.x.org", "a%b c%20d.x.org" },
	{ "a..b.org", NULL },
	{ ".b.org", NULL },
	{ ".", NULL },
};

static bool
expand(const char *text, struct buf *b)
{
	buf_reset(b);
	return spf_macro_expand(span_of(text), SPF_MACRO_NAME, &vars, 0, b);
}

static void
test_names(struct buf *b)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool good = expand(names[i].text, b);

		CHECKF(good == (names[i].want != NULL) && (!good ||
		    strcmp(buf_str(b), names[i].want) == 0), "%s -> %s",
		    names[i].text, good ? buf_str(b) : "no name");
	}
}

static void
test_ipv6(struct buf *b)
{
	struct ipaddr v4 = vars.ip;

	CHECK(ipaddr_parse(SPAN("2001:db8::cb01"), &vars.ip));
	CHECK(expand("%{ir}.%{v}._spf.%{d2}", b));
	CHECK(strcmp(buf_str(b), "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "0.0.8.B.D.0.1.0.0.2.ip6._spf.example.com") == 0);
	vars.ip = v4;
}

/* Labels fall off on the left until 253 bytes are left, and none is cut. */
static void
test_truncation(struct buf *b)
{
	static char text[4096];
	size_t len = 0;

	while (len < 2000)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%%{o}.");
	(void)snprintf(text + len, sizeof(text) - len, "end.org");
	CHECK(expand(text, b));
	CHECK(b->len <= 253 && b->len > 253 - 8);
	CHECK(strncmp(buf_str(b), "example.com.email.", 18) == 0);
	CHECK(span_ends_nocase(buf_span(b),
	    SPAN(".email.example.com.end.org")));
}

/* What is left after labels fell off is what is judged: an empty label that
 * fell off is no fault, and one that stays is. */
static void
test_truncated_labels(struct buf *b)
{
	static char text[1024];

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < 320; i += 8)
		text[i + 7] = '.';
	(void)snprintf(text + 320, sizeof(text) - 320, "example.com");
	memcpy(text, "a..b", 4);
	CHECK(expand(text, b) && b->len <= 253);
	memcpy(text + 200, "a..b", 4);
	CHECK(!expand(text, b));
}

static void
test_utf8(struct buf *b)
{
	struct span local = vars.local;

	vars.local = SPAN("j\xc3\xb6rg");
	CHECK(!expand("%{l}.example.com", b));
	CHECK(!expand("%{S}.example.com", b));
	CHECK(expand("%{d}.example.com", b));
	buf_reset(b);
	CHECK(spf_macro_expand(SPAN("no %{l}"), SPF_MACRO_EXPLANATION, &vars,
	    512, b));
	CHECK(strcmp(buf_str(b), "no j\xc3\xb6rg") == 0);
	buf_reset(b);
	CHECK(spf_macro_expand(SPAN("%{L}"), SPF_MACRO_EXPLANATION, &vars,
	    512, b));
	CHECK(strcmp(buf_str(b), "j%C3%B6rg") == 0);
	vars.local = local;
}

static void
test_empty_values(struct buf *b)
{
	struct span helo = vars.helo;

	vars.helo = SPAN("");
	CHECK(!expand("%{h}", b));
	CHECK(!expand("%{h}.example.com", b));
	vars.helo = helo;
}

/* Sixty %{S} in an explanation of 4 KB: cut at the limit, in little memory. */
static void
test_explanation(struct buf *b)
{
	static char text[4096];
	size_t len = 0;

	for (size_t i = 0; i < 60; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%%{S} and %%{c} ");
	buf_reset(b);
	CHECK(spf_macro_expand((struct span){ text, len },
	    SPF_MACRO_EXPLANATION, &vars, 512, b));
	CHECK(b->len == 512);
	buf_reset(b);
	CHECK(spf_macro_expand(SPAN("%{c} %{r} %{t}"), SPF_MACRO_EXPLANATION,
	    &vars, 512, b));
	CHECK(strcmp(buf_str(b), "192.0.2.3 unknown 1795446437") == 0);
}

/* The slide that bounds memory must not change what comes out. */
static void
test_slide(struct buf *b)
{
	static char text[65536];
	size_t len = 0;

	while (len < sizeof(text) - 64)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%%{s}");
	(void)snprintf(text + len, sizeof(text) - len, ".%%{d}");
	CHECK(expand(text, b));
	CHECK(b->len <= 253);
	CHECK(b->cap <= 65536);
}

static void
test_last(void)
{
	CHECK(spf_macro_last(SPAN("a.b")) == 0);
	CHECK(spf_macro_last(SPAN("%{d}.b")) == 4);
	CHECK(spf_macro_last(SPAN("a%%")) == 3);
	CHECK(spf_macro_uses(SPAN("x%{P}"), 'p'));
	CHECK(!spf_macro_uses(SPAN("x%%{p}"), 'p'));
	CHECK(!spf_macro_uses(SPAN("%{d}"), 'p'));
}

int
main(void)
{
	struct buf b;

	(void)ipaddr_parse(SPAN("192.0.2.3"), &vars.ip);
	buf_init(&b, SPF_MACRO_NAME_BYTES);
	test_names(&b);
	test_ipv6(&b);
	test_truncation(&b);
	test_truncated_labels(&b);
	test_utf8(&b);
	test_empty_values(&b);
	test_explanation(&b);
	test_slide(&b);
	test_last();
	buf_free(&b);
	return tap_done();
}
