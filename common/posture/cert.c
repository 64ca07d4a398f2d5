/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "posture/cert.h"

/* DER of one certificate and of its key, into the arena. */
static enum fault_kind
cert_keep(X509 *x, struct arena *a, struct posture_cert *cert,
    struct fault *f)
{
	unsigned char *whole = NULL, *key = NULL;
	int nwhole = i2d_X509(x, &whole);
	int nkey = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &key);
	struct span *to[2] = { &cert->chain[cert->count].whole,
		&cert->chain[cert->count].key };

	if (nwhole > 0 && nkey > 0) {
		*to[0] = arena_span(a, (struct span){ (char *)whole,
		    (size_t)nwhole });
		*to[1] = arena_span(a, (struct span){ (char *)key,
		    (size_t)nkey });
		if (to[0]->p == NULL || to[1]->p == NULL)
			(void)fault_nomem(f);
		cert->count++;
	} else {
		(void)fault_set(f, FAULT_DATA,
		    "a certificate that cannot be read");
	}
	OPENSSL_free(whole);
	OPENSSL_free(key);
	return f->kind;
}

enum fault_kind
posture_cert_parse(struct span pem, struct arena *a,
    struct posture_cert *cert, struct fault *f)
{
	BIO *bio = pem.len > INT_MAX ? NULL :
	    BIO_new_mem_buf(pem.p, (int)pem.len);
	X509 *x;

	cert->count = 0;
	if (bio == NULL)
		return fault_nomem(f);
	while (f->kind == FAULT_NONE &&
	    (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		if (cert->count == POSTURE_CHAIN)
			(void)fault_set(f, FAULT_DATA,
			    "more than %zu certificates", POSTURE_CHAIN);
		else
			(void)cert_keep(x, a, cert, f);
		X509_free(x);
	}
	if (f->kind == FAULT_NONE && (cert->count == 0 ||
	    ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE))
		(void)fault_set(f, FAULT_DATA, cert->count == 0 ?
		    "no certificate in PEM form" :
		    "a certificate that cannot be read");
	ERR_clear_error();
	BIO_free(bio);
	return f->kind;
}

static bool
cert_is(struct span der, const struct dns_record *tlsa)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (tlsa->tlsa[2] == 0)
		return span_eq(der, tlsa->text);
	if (tlsa->tlsa[2] > 2 || EVP_Digest(der.p, der.len, digest, &len,
	    tlsa->tlsa[2] == 1 ? EVP_sha256() : EVP_sha512(), NULL) != 1)
		return false;
	return span_eq((struct span){ (char *)digest, len }, tlsa->text);
}

bool
posture_cert_matches(const struct posture_cert *cert,
    const struct dns_record *tlsa)
{
	size_t last = tlsa->tlsa[0] == 3 ? 1 : cert->count;

	if (tlsa->tlsa[0] != 2 && tlsa->tlsa[0] != 3)
		return false;
	for (size_t i = 0; i < last && i < cert->count; i++)
		if (tlsa->tlsa[1] <= 1 && cert_is(tlsa->tlsa[1] == 0 ?
		    cert->chain[i].whole : cert->chain[i].key, tlsa))
			return true;
	return false;
}
