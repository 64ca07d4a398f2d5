/* SPDX-License-Identifier: ISC */
/*
 * SHA-256 and SHA-1, streaming, without allocation and without the set-up of
 * libcrypto's providers, which costs more than verifying a mail.
 */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>

#include "base/span.h"

enum hash_kind {
	HASH_SHA256 = 0,
	HASH_SHA1
};

#define HASH_MAX 32

/* Large enough for libcrypto's states; hash.c asserts it. */
struct hash {
	enum hash_kind kind;
	union {
		unsigned long long align;
		unsigned char bytes[128];
	} state;
};

void hash_init(struct hash *h, enum hash_kind kind);
void hash_add(struct hash *h, const void *p, size_t len);
/* Write hash_len(kind) bytes; the state is used up. */
void hash_end(struct hash *h, unsigned char digest[HASH_MAX]);
/* 32 or 20. */
size_t hash_len(enum hash_kind kind);

/* HMAC-SHA-256 (RFC 2104), streaming.  End it in any case: that is where the
 * key is forgotten. */
struct hash_hmac {
	struct hash inner;
	struct hash outer;
};
void hash_hmac_init(struct hash_hmac *m, struct span key);
void hash_hmac_add(struct hash_hmac *m, struct span bytes);
void hash_hmac_end(struct hash_hmac *m, unsigned char mac[HASH_MAX]);

#endif
