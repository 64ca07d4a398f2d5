/* SPDX-License-Identifier: ISC */
#include "base/hash.h"
#include "base/hex.h"
#include "base/sha256.h"

_Static_assert(SHA256_BYTES == HASH_MAX, "SHA-256 is the longest hash here");

void
sha256(struct span s, unsigned char out[SHA256_BYTES])
{
	struct hash h;

	hash_init(&h, HASH_SHA256);
	hash_add(&h, s.p, s.len);
	hash_end(&h, out);
}

void
sha256_hex(struct span s, char out[SHA256_HEX])
{
	unsigned char md[SHA256_BYTES];

	sha256(s, md);
	hex_encode(md, sizeof(md), out);
}

void
sha256_hmac(struct span key, struct span data, unsigned char out[SHA256_BYTES])
{
	struct hash_hmac m;

	hash_hmac_init(&m, key);
	hash_hmac_add(&m, data);
	hash_hmac_end(&m, out);
}
