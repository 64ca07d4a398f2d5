/* SPDX-License-Identifier: ISC */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "mail/authres.h"
#include "pipe/seal.h"
#include "tap.h"

#define SECRET SPAN("0123456789abcdef0123456789ABCDEF")

static struct arena arena;

static void
test_secret(void)
{
	char text[200];

	memset(text, 'a', sizeof(text));
	CHECK(!seal_secret_ok((struct span){ text, 0 }));
	CHECK(!seal_secret_ok((struct span){ text, 31 }));
	CHECK(seal_secret_ok((struct span){ text, 32 }));
	CHECK(seal_secret_ok((struct span){ text, 128 }));
	CHECK(!seal_secret_ok((struct span){ text, 129 }));
	text[5] = 'g';
	CHECK(!seal_secret_ok((struct span){ text, 32 }));
	text[5] = '\n';
	CHECK(!seal_secret_ok((struct span){ text, 32 }));
}

/* Write a sealed field; its comment into *comment. */
static struct span
sealed(struct buf *b, struct span secret, struct span *comment)
{
	static struct authres_result r = { .method = "spf",
	    .result = VERDICT_PASS };
	struct authres ar = { .id = SPAN("mx.example.com"), .count = 1,
	    .results = &r }, back;
	struct seal_sum sum;
	struct seal seal;
	struct span field, value;

	seal_begin(&sum);
	seal_add(&sum, SPAN("abc"));
	seal_end(&sum, &seal);
	buf_reset(b);
	seal_write(&ar, EOL_LF, &seal, secret, b);
	field = buf_span(b);
	value = span_sub(field, sizeof("Authentication-Results:") - 1,
	    field.len);
	value.len--;
	CHECK(authres_parse(value, &back, &arena));
	*comment = back.seal;
	return field;
}

static void
test_known(void)
{
	unsigned char mac[SEAL_HASH];
	struct buf b, text, open;
	struct span comment, field;
	struct seal seal = { 0 };

	buf_init(&b, 4096);
	buf_init(&text, 4096);
	buf_init(&open, 4096);
	field = sealed(&b, SECRET, &comment);
	CHECK(span_starts(comment, SPAN("vs1 n=3 h=ba7816bf8f01cfea414140de5"
	    "dae2223b00361a396177a9cb410ff61f20015ad m=")));
	CHECK(seal_claimed(comment) && !seal_claimed(SPAN("vs12")));
	CHECK(seal_check(field, comment, SECRET, &seal) && seal.octets == 3);
	/* m is HMAC over the field without m's digits, by another hand. */
	buf_addspan(&open, field);
	for (size_t i = 0; i + 2 < open.len; i++) {
		if (memcmp(open.p + i, "m=", 2) != 0 ||
		    open.p[i - 1] != '\t')
			continue;
		memmove(open.p + i + 2, open.p + i + 66, open.len - i - 66);
		open.len -= 64;
		break;
	}
	CHECK(HMAC(EVP_sha256(), SECRET.p, (int)SECRET.len,
	    (const unsigned char *)open.p, open.len, mac, NULL) != NULL);
	buf_addhex(&text, mac, sizeof(mac));
	CHECK(span_ends_nocase(comment, buf_span(&text)));
	buf_free(&b);
	buf_free(&text);
	buf_free(&open);
}

/* Each changed byte of the field, and another secret, break it. */
static void
test_changes(void)
{
	struct buf b;
	struct span comment, field;
	struct seal seal;
	unsigned kept = 0;
	char words[512];

	buf_init(&b, 4096);
	field = sealed(&b, SECRET, &comment);
	CHECK(!seal_check(field, comment,
	    SPAN("0123456789abcdef0123456789ABCDEE"), &seal));
	CHECK(!seal_check(field, comment, SPAN(""), &seal));
	CHECK(!seal_check(field, SPAN("vs1"), SECRET, &seal));
	CHECK(!seal_check(SPAN(""), comment, SECRET, &seal));
	for (size_t i = 0; i < field.len; i++) {
		b.p[i] ^= 1;
		kept += seal_check(field, comment, SECRET, &seal);
		b.p[i] ^= 1;
	}
	CHECK(kept == 64);	/* m's digits, read from the comment here */
	kept = 0;
	for (size_t i = 0; i < comment.len; i++) {
		memcpy(words, comment.p, comment.len);
		words[i] ^= 1;
		kept += seal_check(field, (struct span){ words, comment.len },
		    SECRET, &seal);
	}
	/* n and h are covered in the field itself: the two always agree. */
	CHECK(kept <= 1 + 64);
	for (size_t i = comment.len - 64; i < comment.len; i++) {
		memcpy(words, comment.p, comment.len);
		words[i] ^= 1;
		CHECKF(!seal_check(field, (struct span){ words, comment.len },
		    SECRET, &seal), "digit %zu of m", i);
	}
	buf_free(&b);
}

static void
test_sum(void)
{
	struct seal_sum one, two;
	struct seal a, b;

	seal_begin(&one);
	seal_add(&one, SPAN("hello world"));
	seal_end(&one, &a);
	seal_begin(&two);
	seal_add(&two, SPAN("hello "));
	seal_add(&two, SPAN(""));
	seal_add(&two, SPAN("world"));
	seal_end(&two, &b);
	CHECK(seal_eq(&a, &b));
	b.octets++;
	CHECK(!seal_eq(&a, &b));
	b.octets--;
	b.hash[31] ^= 1;
	CHECK(!seal_eq(&a, &b));
}

int
main(void)
{
	arena_init(&arena, 1 << 20);
	test_secret();
	test_known();
	test_changes();
	test_sum();
	arena_free(&arena);
	return tap_done();
}
