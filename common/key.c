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
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "b64.h"
#include "bounds.h"
#include "key.h"
#include "taglist.h"

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
}

/* libcrypto's form of n and e, made once. */
static RSA *
rsa_object(struct key_public *key)
{
	const unsigned char *np = (const unsigned char *)key->n.p;
	const unsigned char *ep = (const unsigned char *)key->e.p;
	BIGNUM *n, *e;
	RSA *rsa;

	if (key->opaque != NULL)
		return key->opaque;
	/* Without this RSA_new() reads openssl.cnf, which has no say here. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
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

static enum fault_kind
rsa_verify(struct key_public *key, enum hash_kind hash,
    const unsigned char *digest, struct span signature, bool *good,
    struct fault *f)
{
	RSA *rsa;

	*good = false;
	/* The length is that of the modulus, RFC 8017 8.2.2. */
	if (signature.len != key->n.len)
		return FAULT_NONE;
	rsa = rsa_object(key);
	if (rsa == NULL)
		return fault_nomem(f);
	*good = RSA_verify(hash == HASH_SHA1 ? NID_sha1 : NID_sha256, digest,
	    (unsigned)hash_len(hash), (const unsigned char *)signature.p,
	    (unsigned)signature.len, rsa) == 1;
	return FAULT_NONE;
}

static enum fault_kind
ed25519_verify(struct key_public *key, enum hash_kind hash,
    const unsigned char *digest, struct span signature, bool *good,
    struct fault *f)
{
	EVP_MD_CTX *ctx = NULL;
	enum fault_kind rc = FAULT_NONE;

	*good = false;
	if (signature.len != KEY_ED25519_SIGNATURE)
		return FAULT_NONE;
	if (key->opaque == NULL) {
		(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
		key->opaque = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519,
		    NULL, key->point, sizeof(key->point));
	}
	ctx = EVP_MD_CTX_new();
	if (key->opaque == NULL || ctx == NULL ||
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->opaque) != 1)
		rc = fault_nomem(f);
	else
		*good = EVP_DigestVerify(ctx,
		    (const unsigned char *)signature.p, signature.len,
		    digest, hash_len(hash)) == 1;
	EVP_MD_CTX_free(ctx);
	return rc;
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
