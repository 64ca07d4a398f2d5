/* SPDX-License-Identifier: ISC */
/*
 * Records and keys are read by hand: libcrypto's d2i functions build their
 * decoders first, which costs more than a whole verification, and they do
 * arithmetic on what a stranger sent before a bound could be checked.
 *
 * The low-level RSA functions are deprecated in OpenSSL 3; they are used
 * because EVP_PKEY loads providers first (see hash.c).  Ed25519 has no other
 * door than EVP.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <limits.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/bounds.h"
#include "dkim/key.h"
#include "mail/taglist.h"

/* The AlgorithmIdentifiers of rsaEncryption, with and without the NULL. */
static const char rsa_algorithm[] =
    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
static const char rsa_algorithm_bare[] =
    "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";

#define DER_INTEGER	0x02
#define DER_BIT_STRING	0x03
#define DER_SEQUENCE	0x30

/*
 * Read one element of that tag: definite length in its shortest form, all of
 * it there.  Sets bad and returns an empty span otherwise.
 */
static struct span
der_take(struct cursor *c, unsigned char tag)
{
	struct span none = { "", 0 }, content;
	size_t len, octets;

	cursor_need(c, (char)tag);
	len = (unsigned char)cursor_next(c);
	if (len >= 0x80) {
		octets = len & 0x7f;
		if (octets == 0 || octets > 3)
			c->bad = true;
		for (len = 0; !c->bad && octets > 0; octets--) {
			len = len << 8 | (unsigned char)cursor_next(c);
			if (len == 0)
				c->bad = true;
		}
		if (len < 0x80)
			c->bad = true;
	}
	if (c->bad || len > cursor_left(c)) {
		c->bad = true;
		return none;
	}
	content = (struct span){ c->p, len };
	c->p += len;
	return content;
}

/* A positive INTEGER without its sign octet. */
static struct span
der_positive(struct cursor *c)
{
	struct span s = der_take(c, DER_INTEGER);
	const unsigned char *p = (const unsigned char *)s.p;

	if (c->bad || s.len == 0 || (p[0] & 0x80) != 0 ||
	    (p[0] == 0 && (s.len == 1 || (p[1] & 0x80) == 0))) {
		c->bad = true;
		return (struct span){ "", 0 };
	}
	return p[0] == 0 ? span_sub(s, 1, s.len) : s;
}

/* SubjectPublicKeyInfo: the RSAPublicKey in it; der itself if it is none. */
static struct span
spki_inner(struct span der)
{
	struct cursor c = cursor_of(der);
	struct span with = { rsa_algorithm, sizeof(rsa_algorithm) - 1 };
	struct span bare = { rsa_algorithm_bare,
	    sizeof(rsa_algorithm_bare) - 1 };
	struct span body = der_take(&c, DER_SEQUENCE), bits;

	if (c.bad || !cursor_done(&c))
		return der;
	if (span_starts(body, with))
		body = span_sub(body, with.len, body.len);
	else if (span_starts(body, bare))
		body = span_sub(body, bare.len, body.len);
	else
		return der;
	c = cursor_of(body);
	bits = der_take(&c, DER_BIT_STRING);
	if (c.bad || !cursor_done(&c) || bits.len == 0 || bits.p[0] != 0)
		return der;
	return span_sub(bits, 1, bits.len);
}

static unsigned
bit_length(struct span number)
{
	unsigned char top = (unsigned char)number.p[0];
	unsigned bits = 0;

	for (; top != 0; top = (unsigned char)(top >> 1))
		bits++;
	/* Longer ones are refused by the caller before bits matter. */
	return number.len > UINT_MAX / 8 - 1 ? UINT_MAX :
	    (unsigned)(number.len - 1) * 8 + bits;
}

static const char *
rsa_parse(struct span der, struct key_public *key)
{
	struct cursor c = cursor_of(spki_inner(der));
	struct span body = der_take(&c, DER_SEQUENCE);

	if (c.bad || !cursor_done(&c))
		return "p= is no RSA public key";
	c = cursor_of(body);
	key->n = der_positive(&c);
	key->e = der_positive(&c);
	if (c.bad || !cursor_done(&c) || key->n.len == 0 || key->e.len == 0)
		return "p= is no RSA public key";
	key->bits = bit_length(key->n);
	if (key->bits > BOUND_RSA_BITS)
		return "the RSA key has over 8192 bits";
	if ((key->n.p[key->n.len - 1] & 1) == 0)
		return "the RSA modulus is even";
	if (key->e.len > 8)
		return "the RSA exponent is absurdly large";
	if ((key->e.p[key->e.len - 1] & 1) == 0 ||
	    (key->e.len == 1 && key->e.p[0] == 1))
		return "the RSA exponent is even or 1";
	return NULL;
}

/*
 * Points of small order verify signatures that nobody made.  These are the y
 * coordinates of all of them, in every encoding; the top bit is the sign of
 * x and does not matter.
 */
static const unsigned char low_order[][KEY_ED25519_LEN] = {
	{ 0 },
	{ 1 },
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
	  0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
	  0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
	  0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
	  0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
	{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	{ 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	{ 0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f }
};

static const char *
ed25519_parse(struct span der, struct key_public *key)
{
	unsigned char y[KEY_ED25519_LEN];

	if (der.len != KEY_ED25519_LEN)
		return "the Ed25519 key has not 32 bytes";
	memcpy(key->point, der.p, sizeof(key->point));
	memcpy(y, der.p, sizeof(y));
	y[31] &= 0x7f;
	for (size_t i = 0; i < sizeof(low_order) / sizeof(low_order[0]); i++)
		if (memcmp(y, low_order[i], sizeof(y)) == 0)
			return "the Ed25519 key is a point of low order";
	key->bits = 256;
	return NULL;
}

bool
key_public_parse(enum key_type type, struct span der, struct key_public *key,
    const char **what)
{
	const char *bad = "a key type that is not known";

	*key = (struct key_public){ .type = type };
	switch (type) {
	case KEY_UNKNOWN:
		break;
	case KEY_RSA:
		bad = rsa_parse(der, key);
		break;
	case KEY_ED25519:
		bad = ed25519_parse(der, key);
		break;
	}
	if (bad != NULL)
		*what = bad;
	return bad == NULL;
}

void
key_public_free(struct key_public *key)
{
	switch (key->type) {
	case KEY_UNKNOWN:
		break;
	case KEY_RSA:
		RSA_free(key->opaque);
		break;
	case KEY_ED25519:
		EVP_PKEY_free(key->opaque);
		break;
	}
	key->opaque = NULL;
	OSSL_LIB_CTX_free(key->library);
	key->library = NULL;
}

/* Without this libcrypto reads openssl.cnf, which has no say here. */
static bool
start_crypto(void)
{
	return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1;
}

/* libcrypto's form of n and e, made once. */
static RSA *
rsa_object(struct key_public *key)
{
	const unsigned char *np = (const unsigned char *)key->n.p;
	const unsigned char *ep = (const unsigned char *)key->e.p;
	BIGNUM *n, *e;
	RSA *rsa;

	if (key->opaque != NULL || !start_crypto())
		return key->opaque;
	n = BN_bin2bn(np, (int)key->n.len, NULL);
	e = BN_bin2bn(ep, (int)key->e.len, NULL);
	rsa = RSA_new();
	if (n == NULL || e == NULL || rsa == NULL ||
	    RSA_set0_key(rsa, n, e, NULL) != 1) {
		BN_free(n);
		BN_free(e);
		RSA_free(rsa);
		return NULL;
	}
	key->opaque = rsa;
	return rsa;
}

/*
 * The block that a good signature opens to (EMSA-PKCS1-v1_5, RFC 8017 9.2),
 * of len octets; false if len has no room for it.
 */
static bool
rsa_encode(enum hash_kind hash, const unsigned char *digest,
    unsigned char *block, size_t len)
{
	static const char sha1[] = "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02"
	    "\x1a\x05\x00\x04\x14";
	static const char sha256[] = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01"
	    "\x65\x03\x04\x02\x01\x05\x00\x04\x20";
	struct span info = hash == HASH_SHA1 ?
	    (struct span){ sha1, sizeof(sha1) - 1 } :
	    (struct span){ sha256, sizeof(sha256) - 1 };
	size_t tail = info.len + hash_len(hash);

	/* 00 01, at least eight FF, 00. */
	if (len < tail + 11)
		return false;
	memset(block, 0xff, len);
	block[0] = 0;
	block[1] = 1;
	block[len - tail - 1] = 0;
	memcpy(block + len - tail, info.p, info.len);
	memcpy(block + len - hash_len(hash), digest, hash_len(hash));
	return true;
}

/*
 * RFC 8017 8.2.2, by comparing what the signature opens to with what it should.
 * RSA_verify says the same of a bad signature and of an allocation that
 * failed; here all that can be wrong with the signature is looked at first,
 * so that a failure of libcrypto is never anything but ours.
 */
static enum fault_kind
rsa_verify(struct key_public *key, enum hash_kind hash,
    const unsigned char *digest, struct span signature, bool *good,
    struct fault *f)
{
	unsigned char want[BOUND_RSA_BITS / 8], got[BOUND_RSA_BITS / 8];
	RSA *rsa;

	*good = false;
	if (signature.len != key->n.len || signature.len > sizeof(want) ||
	    memcmp(signature.p, key->n.p, signature.len) >= 0 ||
	    !rsa_encode(hash, digest, want, signature.len))
		return FAULT_NONE;
	rsa = rsa_object(key);
	if (rsa == NULL)
		return fault_nomem(f);
	if (RSA_public_decrypt((int)signature.len,
	    (const unsigned char *)signature.p, got, rsa, RSA_NO_PADDING) !=
	    (int)signature.len)
		return fault_nomem(f);
	*good = memcmp(want, got, signature.len) == 0;
	return FAULT_NONE;
}

/*
 * The library context of this key.  Not libcrypto's default one: if memory
 * fails while 3.0 sets that up, later calls follow a NULL pointer, and nothing
 * says that it failed.  One of our own is there or not.
 */
static OSSL_LIB_CTX *
ed25519_library(struct key_public *key)
{
	void **library = key->shared != NULL ? key->shared : &key->library;

	if (*library == NULL && start_crypto())
		*library = OSSL_LIB_CTX_new();
	return *library;
}

/* One verification, with all that it needs made anew but the key. */
static enum fault_kind
ed25519_try(struct key_public *key, const unsigned char *digest, size_t len,
    struct span signature, bool *good, struct fault *f)
{
	OSSL_LIB_CTX *library = ed25519_library(key);
	enum fault_kind rc = FAULT_NONE;
	EVP_MD_CTX *ctx;

	if (library == NULL)
		return fault_nomem(f);
	if (key->opaque == NULL)
		key->opaque = EVP_PKEY_new_raw_public_key_ex(library,
		    "ED25519", NULL, key->point, sizeof(key->point));
	ctx = EVP_MD_CTX_new();
	ERR_clear_error();
	if (key->opaque == NULL || ctx == NULL || EVP_DigestVerifyInit_ex(ctx,
	    NULL, NULL, library, NULL, key->opaque, NULL) != 1)
		rc = fault_nomem(f);
	else
		*good = EVP_DigestVerify(ctx,
		    (const unsigned char *)signature.p, signature.len,
		    digest, len) == 1;
	/* A signature that is merely bad leaves no error. */
	if (rc == FAULT_NONE && !*good && ERR_peek_error() != 0)
		rc = fault_nomem(f);
	EVP_MD_CTX_free(ctx);
	return rc;
}

/*
 * EVP says 0 of a bad signature, and of one allocation that it makes without
 * leaving an error if that fails.  So "bad" needs two that agree: the second
 * makes the same allocation before, where the failure shows.
 */
static enum fault_kind
ed25519_verify(struct key_public *key, enum hash_kind hash,
    const unsigned char *digest, struct span signature, bool *good,
    struct fault *f)
{
	*good = false;
	if (signature.len != KEY_ED25519_SIGNATURE)
		return FAULT_NONE;
	for (int i = 0; i < 2 && !*good; i++)
		if (ed25519_try(key, digest, hash_len(hash), signature, good,
		    f) != FAULT_NONE)
			return f->kind;
	return FAULT_NONE;
}

enum fault_kind
key_verify(struct key_public *key, enum hash_kind hash,
    const unsigned char *digest, struct span signature, bool *good,
    struct fault *f)
{
	switch (key->type) {
	case KEY_UNKNOWN:
		break;
	case KEY_RSA:
		return rsa_verify(key, hash, digest, signature, good, f);
	case KEY_ED25519:
		return ed25519_verify(key, hash, digest, signature, good, f);
	}
	*good = false;
	return FAULT_NONE;
}

const char *
key_type_word(enum key_type type)
{
	switch (type) {
	case KEY_UNKNOWN:
		break;
	case KEY_RSA:
		return "rsa";
	case KEY_ED25519:
		return "ed25519";
	}
	return "unknown";
}
