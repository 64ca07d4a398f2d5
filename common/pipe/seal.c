/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <openssl/crypto.h>

#include "base/hex.h"
#include "base/num.h"
#include "pipe/seal.h"

#define SEAL_DIGITS (2 * SEAL_HASH)

bool
seal_secret_ok(struct span secret)
{
	if (secret.len < 32 || secret.len > 128)
		return false;
	for (size_t i = 0; i < secret.len; i++)
		if (ascii_hex(secret.p[i]) < 0)
			return false;
	return true;
}

void
seal_begin(struct seal_sum *sum)
{
	sum->octets = 0;
	hash_init(&sum->hash, HASH_SHA256);
}

void
seal_add(struct seal_sum *sum, struct span bytes)
{
	sum->octets += bytes.len;
	hash_add(&sum->hash, bytes.p, bytes.len);
}

void
seal_end(struct seal_sum *sum, struct seal *out)
{
	out->octets = sum->octets;
	hash_end(&sum->hash, out->hash);
}

bool
seal_eq(const struct seal *a, const struct seal *b)
{
	return a->octets == b->octets &&
	    CRYPTO_memcmp(a->hash, b->hash, SEAL_HASH) == 0;
}

bool
seal_claimed(struct span comment)
{
	return span_starts(comment, SPAN("vs1 "));
}

/* HMAC-SHA-256 (RFC 2104) over a and b. */
static void
seal_mac(struct span secret, struct span a, struct span b,
    unsigned char out[SEAL_HASH])
{
	struct hash_hmac mac;

	hash_hmac_init(&mac, secret);
	hash_hmac_add(&mac, a);
	hash_hmac_add(&mac, b);
	hash_hmac_end(&mac, out);
}

/*
 * Where the digits of m stand in the field: after the first " m=" (a fold may
 * stand for the space).  What is before it is the id and our own words.
 */
static bool
seal_find(struct span field, size_t *at)
{
	for (size_t i = 1; i + 3 + SEAL_DIGITS <= field.len; i++) {
		if (field.p[i] != 'm' || field.p[i + 1] != '=' ||
		    !ascii_is_wsp(field.p[i - 1]))
			continue;
		*at = i + 2;
		return field.p[*at + SEAL_DIGITS] == ')';
	}
	return false;
}

void
seal_write(const struct authres *ar, enum eol eol, const struct seal *what,
    struct span secret, struct buf *b)
{
	struct authres sealed = *ar;
	unsigned char mac[SEAL_HASH];
	char digits[SEAL_DIGITS + 1];
	struct buf text;
	struct span field;
	size_t start = b->len, at;

	buf_init(&text, 512);
	buf_addf(&text, "vs1 n=%llu h=", (unsigned long long)what->octets);
	buf_addhex(&text, what->hash, SEAL_HASH);
	buf_adds(&text, " m=");
	for (size_t i = 0; i < SEAL_DIGITS; i++)
		buf_addc(&text, '0');
	b->nomem |= text.nomem;
	sealed.seal = buf_span(&text);
	authres_format(&sealed, eol, b);
	buf_free(&text);
	field = span_sub(buf_span(b), start, b->len);
	if (b->nomem || b->full || !seal_find(field, &at))
		return;
	seal_mac(secret, span_sub(field, 0, at),
	    span_sub(field, at + SEAL_DIGITS, field.len), mac);
	hex_encode(mac, sizeof(mac), digits);
	memcpy(b->p + start + at, digits, SEAL_DIGITS);
}

/* Exactly 64 lower-case digits. */
static bool
seal_digits(struct span s, unsigned char out[SEAL_HASH])
{
	if (s.len != SEAL_DIGITS)
		return false;
	for (size_t i = 0; i < SEAL_HASH; i++) {
		int high = ascii_hex(s.p[2 * i]);
		int low = ascii_hex(s.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	for (size_t i = 0; i < SEAL_DIGITS; i++)
		if (s.p[i] != ascii_lower(s.p[i]))
			return false;
	return true;
}

bool
seal_check(struct span field, struct span comment, struct span secret,
    struct seal *out)
{
	unsigned char claimed[SEAL_HASH], mac[SEAL_HASH];
	struct span word, rest = comment;
	size_t at;

	if (!seal_secret_ok(secret) || !seal_claimed(comment))
		return false;
	(void)span_cut(rest, ' ', &word, &rest);
	(void)span_cut(rest, ' ', &word, &rest);
	if (!span_starts(word, SPAN("n=")) ||
	    !num_canonical(span_sub(word, 2, word.len), UINT64_MAX,
	    &out->octets))
		return false;
	(void)span_cut(rest, ' ', &word, &rest);
	if (!span_starts(word, SPAN("h=")) ||
	    !seal_digits(span_sub(word, 2, word.len), out->hash))
		return false;
	if (!span_starts(rest, SPAN("m=")) ||
	    !seal_digits(span_sub(rest, 2, rest.len), claimed) ||
	    !seal_find(field, &at))
		return false;
	seal_mac(secret, span_sub(field, 0, at),
	    span_sub(field, at + SEAL_DIGITS, field.len), mac);
	return CRYPTO_memcmp(mac, claimed, SEAL_HASH) == 0;
}
