/* SPDX-License-Identifier: ISC */
/*
 * SHA256_Init and its like are deprecated in OpenSSL 3, but the replacement
 * (EVP) loads providers and name maps first: 0.5 ms a process, where the hash
 * of a mail takes a few microseconds.  The functions stay in the ABI and use
 * the same assembly.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/hash.h"

_Static_assert(sizeof(SHA256_CTX) <= 128 && sizeof(SHA_CTX) <= 128,
    "struct hash is too small for libcrypto's states");

static SHA256_CTX *
sha256(struct hash *h)
{
	return (void *)h->state.bytes;
}

static SHA_CTX *
sha1(struct hash *h)
{
	return (void *)h->state.bytes;
}

/* These functions cannot fail: they allocate and fetch nothing. */
void
hash_init(struct hash *h, enum hash_kind kind)
{
	h->kind = kind;
	switch (kind) {
	case HASH_SHA256:
		(void)SHA256_Init(sha256(h));
		break;
	case HASH_SHA1:
		(void)SHA1_Init(sha1(h));
		break;
	}
}

void
hash_add(struct hash *h, const void *p, size_t len)
{
	switch (h->kind) {
	case HASH_SHA256:
		(void)SHA256_Update(sha256(h), p, len);
		break;
	case HASH_SHA1:
		(void)SHA1_Update(sha1(h), p, len);
		break;
	}
}

void
hash_end(struct hash *h, unsigned char digest[HASH_MAX])
{
	switch (h->kind) {
	case HASH_SHA256:
		(void)SHA256_Final(digest, sha256(h));
		break;
	case HASH_SHA1:
		(void)SHA1_Final(digest, sha1(h));
		break;
	}
}

size_t
hash_len(enum hash_kind kind)
{
	return kind == HASH_SHA1 ? SHA_DIGEST_LENGTH : SHA256_DIGEST_LENGTH;
}

void
hash_hmac_init(struct hash_hmac *m, struct span key)
{
	unsigned char block[SHA256_CBLOCK] = { 0 };

	if (key.len > sizeof(block)) {
		hash_init(&m->inner, HASH_SHA256);
		hash_add(&m->inner, key.p, key.len);
		hash_end(&m->inner, block);
	} else if (key.len > 0) {
		memcpy(block, key.p, key.len);
	}
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36;
	hash_init(&m->inner, HASH_SHA256);
	hash_add(&m->inner, block, sizeof(block));
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36 ^ 0x5c;
	hash_init(&m->outer, HASH_SHA256);
	hash_add(&m->outer, block, sizeof(block));
	OPENSSL_cleanse(block, sizeof(block));
}

void
hash_hmac_add(struct hash_hmac *m, struct span bytes)
{
	hash_add(&m->inner, bytes.p, bytes.len);
}

void
hash_hmac_end(struct hash_hmac *m, unsigned char mac[HASH_MAX])
{
	hash_end(&m->inner, mac);
	hash_add(&m->outer, mac, SHA256_DIGEST_LENGTH);
	hash_end(&m->outer, mac);
	OPENSSL_cleanse(m, sizeof(*m));
}
