/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dns/idna.h"
#include "tap.h"

/* Does `from` become `to` (NULL: is it refused)? */
static bool
becomes(struct span from, const char *to)
{
	struct fault f = { 0 };
	struct arena a;
	struct span out;
	bool ok;

	arena_init(&a, 65536);
	ok = idna_to_ascii(from, &a, &out, &f) == FAULT_NONE;
	ok = ok && (to == NULL ? out.p == NULL :
	    out.p != NULL && span_eq(out, span_of(to)));
	arena_free(&a);
	return ok;
}

int
main(void)
{
	char text[1100];

	CHECK(becomes(SPAN("Example.COM"), "example.com"));
	CHECK(becomes(SPAN("xn--not-checked-.example"),
	    "xn--not-checked-.example"));
	CHECK(becomes(SPAN("_dmarc.a(b"), "_dmarc.a(b"));
	CHECK(becomes(SPAN("b\xc3\xbc" "cher.Example"),
	    "xn--bcher-kva.example"));
	CHECK(becomes(SPAN("_dmarc.b\xc3\xbc" "cher.example"),
	    "_dmarc.xn--bcher-kva.example"));
	CHECK(becomes(SPAN("fa\xc3\x9f.example"), "xn--fa-hia.example"));
	/* Decomposed u-umlaut: the same name after NFC. */
	CHECK(becomes(SPAN("bu\xcc\x88" "cher.example"),
	    "xn--bcher-kva.example"));
	CHECK(becomes(SPAN(""), NULL));
	CHECK(becomes(SPAN("a..b"), NULL));
	CHECK(becomes(SPAN("a.b."), NULL));
	CHECK(becomes(SPAN("b\xc3\xbc" "cher..example"), NULL));
	CHECK(becomes(SPAN("b\xc3\xbc" "cher.example."), NULL));
	/* Capital letters, as UTS 46 has them. */
	CHECK(becomes(SPAN("B\xc3\x9c" "CHER.Example"),
	    "xn--bcher-kva.example"));
	CHECK(becomes(SPAN("\xc3\x9c" "bersetzer.example"),
	    "xn--bersetzer-p9a.example"));
	CHECK(becomes(SPAN("\xd0\x9f\xd0\xa0.example"), "xn--o1ac.example"));
	CHECK(becomes(SPAN("\xce\xa3\xce\x91.example"), "xn--mxa9a.example"));
	/* Never mapped: full-width letters, ideographic full stop, a character
	 * that mappings drop; nor the ligature fi, long s, the Kelvin sign, a
	 * variant of beta, dotted capital i, beside a capital or not. */
	CHECK(becomes(SPAN("\xef\xac\x81.example"), NULL));
	CHECK(becomes(SPAN("\xc3\x9c\xef\xac\x81.example"), NULL));
	CHECK(becomes(SPAN("\xc5\xbf.example"), NULL));
	CHECK(becomes(SPAN("\xc3\x9c\xc5\xbf.example"), NULL));
	CHECK(becomes(SPAN("\xe2\x84\xaa.example"), NULL));
	CHECK(becomes(SPAN("\xcf\x90.example"), NULL));
	CHECK(becomes(SPAN("\xc4\xb0.example"), NULL));
	CHECK(becomes(SPAN("\xc3\x9c\xc2\xad" "b.example"), NULL));
	CHECK(becomes(SPAN("\xc3\x9c\xe3\x80\x82" "example"), NULL));
	CHECK(becomes(SPAN("\xef\xbd\x81.example"), NULL));
	CHECK(becomes(SPAN("a\xe3\x80\x82" "example"), NULL));
	CHECK(becomes(SPAN("a\xc2\xad" "b.example"), NULL));
	CHECK(becomes(SPAN("a\xe2\x80\x8b" "b.example"), NULL));
	CHECK(becomes(SPAN("\xe2\x80\xae" "abc.example"), NULL));
	CHECK(becomes(SPAN("\xff\xfe.example"), NULL));
	CHECK(becomes(SPAN("b\xc3\xbc\0cher.example"), NULL));
	CHECK(becomes(SPAN("b\xc3\xbc" "cher.a(b"), NULL));
	CHECK(becomes(SPAN("b\xc3\xbc" "cher.a b"), NULL));
	memset(text, 'x', sizeof(text));
	CHECK(becomes((struct span){ text, 63 }, NULL) == false);
	CHECK(becomes((struct span){ text, 64 }, NULL));
	text[63] = text[127] = text[191] = '.';
	CHECK(becomes((struct span){ text, 254 }, NULL));
	memcpy(text + 192, "\xc3\xbc", 2);
	CHECK(becomes((struct span){ text, 253 }, NULL));
	memset(text, '\xc3', sizeof(text));
	CHECK(becomes((struct span){ text, sizeof(text) }, NULL));
	return tap_done();
}
