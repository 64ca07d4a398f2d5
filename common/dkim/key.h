/* SPDX-License-Identifier: ISC */
/*
 * DKIM key records (RFC 6376 3.6.1, RFC 8463) and the public keys in them.
 */
#ifndef KEY_H
#define KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/hash.h"
#include "base/span.h"

enum key_type {
	KEY_UNKNOWN = 0,
	KEY_RSA,
	KEY_ED25519
};

/* What a TXT record at a selector turned out to be. */
enum key_state {
	KEY_FOREIGN = 0,	/* no DKIM key record: to be ignored */
	KEY_INVALID,		/* meant as one, but unusable: see what */
	KEY_REVOKED,		/* p= is empty */
	KEY_TYPE_UNKNOWN,	/* k= names nothing we know */
	KEY_GOOD
};

#define KEY_ED25519_LEN 32
#define KEY_ED25519_SIGNATURE 64

/* A public key, checked.  opaque is a libcrypto object made when first used,
 * and library what it lives in: its own, or one for all keys of a cache. */
struct key_public {
	enum key_type type;
	unsigned bits;		/* RSA: of the modulus; Ed25519: 256 */
	struct span n, e;	/* RSA: big-endian, no leading zero */
	unsigned char point[KEY_ED25519_LEN];
	void *opaque;
	void *library;
	void **shared;		/* the cache's library; NULL: no cache */
};

/* A key record.  Spans are borrowed from the text it was parsed from,
 * except public.n and public.e, which point into der. */
struct key_record {
	enum key_state state;
	const char *what;	/* why it is not good: a few words; else "" */
	bool testing;		/* t=y */
	bool strict;		/* t=s */
	bool sha1, sha256;	/* h= allows it */
	bool email;		/* s= allows it */
	struct span notes;	/* n= */
	bool has_granularity;	/* g=, of RFC 4871 */
	struct span granularity;
	struct key_public pub;
	unsigned char *der;	/* p= decoded; malloced */
};

/*
 * Parse the text of a TXT record.  Only a failed allocation is a fault; then
 * and else key_record_free must be called.  No arithmetic is done on the key.
 */
enum fault_kind key_record_parse(struct span text, struct key_record *key,
    struct fault *f);
void key_record_free(struct key_record *key);

/*
 * Read a public key as it stands in p=: a SubjectPublicKeyInfo or a bare
 * RSAPublicKey for KEY_RSA, 32 bytes for KEY_ED25519.  n and e borrow from
 * der.  False with *what set: RSA over BOUND_RSA_BITS, an exponent that is
 * even, below 3 or over 64 bits, an Ed25519 point of low order ...
 */
bool key_public_parse(enum key_type type, struct span der,
    struct key_public *key, const char **what);
void key_public_free(struct key_public *key);

/*
 * Verify a signature over a digest of hash_len(): PKCS#1 1.5 for RSA,
 * PureEdDSA over the digest for Ed25519 (RFC 8463 3).  A signature of another
 * length than the key's does not verify.  A fault is ours alone.
 */
enum fault_kind key_verify(struct key_public *key, enum hash_kind hash,
    const unsigned char *digest, struct span signature, bool *good,
    struct fault *f);

/*
 * Key records that were parsed, kept for many messages of one process.  They
 * are found by the record's text, so age and the DNS do not matter here.
 */
struct key_cache;
/* NULL without memory. */
struct key_cache *key_cache_new(void);
void key_cache_free(struct key_cache *cache);
/*
 * The record of that text: from the cache, or parsed and put there.  With a
 * NULL cache, or a text too long to keep, it is parsed into *own, which the
 * caller frees with key_record_free (harmless on a zeroed one).  *key is
 * valid until the next call with this cache.
 */
enum fault_kind key_cache_get(struct key_cache *cache, struct span text,
    struct key_record *own, struct key_record **key, struct fault *f);

/* "rsa" or "ed25519". */
const char *key_type_word(enum key_type type);

#endif
