/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/file.h"
#include "dkim/key_private.h"

/* A PEM of 8192 bits has 6,400 bytes; people put notes around it. */
#define KEY_FILE_MAX ((size_t)64 * 1024)

struct key_private {
	EVP_PKEY *pkey;
	enum key_type type;
	unsigned bits;
};

/* The system's openssl.cnf has no say in what we sign. */
static void
start_crypto(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

/* Takes pkey, also on failure. */
static enum fault_kind
key_wrap(EVP_PKEY *pkey, struct key_private **out, struct fault *f)
{
	struct key_private *key = malloc(sizeof(*key));
	int id = EVP_PKEY_get_base_id(pkey);

	if (key == NULL) {
		EVP_PKEY_free(pkey);
		return fault_nomem(f);
	}
	key->pkey = pkey;
	key->type = id == EVP_PKEY_RSA ? KEY_RSA :
	    id == EVP_PKEY_ED25519 ? KEY_ED25519 : KEY_UNKNOWN;
	key->bits = key->type == KEY_ED25519 ? 256 :
	    (unsigned)EVP_PKEY_get_bits(pkey);
	if (key->type == KEY_UNKNOWN || key->bits > BOUND_RSA_BITS) {
		key_private_free(key);
		return fault_set(f, FAULT_CONFIG,
		    "neither an Ed25519 key nor an RSA key of 8192 bits or "
		    "less");
	}
	*out = key;
	return FAULT_NONE;
}

/* A key under a passphrase is no key: a filter has nobody to ask. */
static int
no_passphrase(char *buf, int size, int rwflag, void *u)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)u;
	return -1;
}

static enum fault_kind
key_parse(struct span pem, struct key_private **out, struct fault *f)
{
	EVP_PKEY *pkey;
	BIO *bio;

	start_crypto();
	bio = BIO_new_mem_buf(pem.p, (int)pem.len);
	if (bio == NULL)
		return fault_nomem(f);
	pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	if (pkey == NULL)
		return fault_set(f, FAULT_CONFIG,
		    "no private key in PEM without a passphrase");
	return key_wrap(pkey, out, f);
}

static enum fault_kind
check_mode(int fd, struct fault *f)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fault_errno(f, FAULT_IO, errno, "cannot look at it");
	if ((st.st_mode & (S_IRWXO | S_IWGRP)) != 0)
		return fault_set(f, FAULT_NOPERM,
		    "mode %04o lets others at the key (chmod 600, or 640)",
		    (unsigned)st.st_mode & 07777);
	return FAULT_NONE;
}

enum fault_kind
key_private_read(const char *path, bool insecure, struct key_private **key,
    struct fault *f)
{
	struct buf b;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fault_errno(f, FAULT_NOINPUT, errno, "%s", path);
	buf_init(&b, KEY_FILE_MAX);
	/* All room at once: no stale copy is left behind by realloc. */
	if (buf_room(&b, KEY_FILE_MAX) == NULL)
		(void)buf_check(&b, f);
	else if ((insecure || check_mode(fd, f) == FAULT_NONE) &&
	    file_read_fd(fd, &b, f) == FAULT_NONE)
		(void)key_parse(buf_span(&b), key, f);
	buf_cleanse(&b);
	(void)close(fd);
	return fault_context(f, "%s", path);
}

enum fault_kind
key_private_new(enum key_type type, unsigned bits, struct key_private **key,
    struct fault *f)
{
	EVP_PKEY *pkey = NULL;

	start_crypto();
	switch (type) {
	case KEY_UNKNOWN:
		break;
	case KEY_RSA:
		pkey = EVP_RSA_gen(bits);
		break;
	case KEY_ED25519:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	}
	if (pkey == NULL)
		return fault_set(f, FAULT_SOFTWARE, "cannot make a key");
	return key_wrap(pkey, key, f);
}

void
key_private_free(struct key_private *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

enum key_type
key_private_type(const struct key_private *key)
{
	return key->type;
}

unsigned
key_private_bits(const struct key_private *key)
{
	return key->bits;
}

enum fault_kind
key_private_pem(const struct key_private *key, struct buf *b,
    struct fault *f)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *p;
	long len;

	if (bio == NULL)
		return fault_nomem(f);
	if (PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL,
	    NULL) != 1) {
		BIO_free(bio);
		return fault_nomem(f);
	}
	len = BIO_get_mem_data(bio, &p);
	buf_add(b, p, (size_t)len);
	BIO_free(bio);
	return buf_check(b, f);
}

enum fault_kind
key_private_public(const struct key_private *key, struct buf *b,
    struct fault *f)
{
	unsigned char point[KEY_ED25519_LEN], *der = NULL;
	size_t len = sizeof(point);
	int n;

	if (key->type == KEY_ED25519) {
		if (EVP_PKEY_get_raw_public_key(key->pkey, point, &len) != 1)
			return fault_nomem(f);
		buf_add(b, point, len);
		return buf_check(b, f);
	}
	n = i2d_PUBKEY(key->pkey, &der);
	if (n <= 0)
		return fault_nomem(f);
	buf_add(b, der, (size_t)n);
	OPENSSL_free(der);
	return buf_check(b, f);
}

static bool
sign_rsa(EVP_PKEY *pkey, const unsigned char *digest, unsigned char *out,
    size_t *len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	bool ok;

	ok = ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
	    EVP_PKEY_sign(ctx, out, len, digest, 32) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static bool
sign_ed25519(EVP_PKEY *pkey, const unsigned char *digest, unsigned char *out,
    size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	ok = ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestSign(ctx, out, len, digest, 32) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

enum fault_kind
key_private_sign(const struct key_private *key,
    const unsigned char digest[32], struct buf *b, struct fault *f)
{
	unsigned char out[BOUND_RSA_BITS / 8];
	size_t len = sizeof(out);
	bool ok;

	ok = key->type == KEY_ED25519 ?
	    sign_ed25519(key->pkey, digest, out, &len) :
	    sign_rsa(key->pkey, digest, out, &len);
	if (!ok)
		return fault_set(f, FAULT_SOFTWARE, "cannot sign");
	buf_add(b, out, len);
	return buf_check(b, f);
}

static enum fault_kind
write_all(int fd, struct span s, struct fault *f)
{
	ssize_t n;

	while (s.len > 0) {
		n = write(fd, s.p, s.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, FAULT_IO, errno, "cannot write");
		s = span_sub(s, (size_t)n, s.len);
	}
	if (fsync(fd) != 0)
		return fault_errno(f, FAULT_IO, errno, "cannot write");
	return FAULT_NONE;
}

enum fault_kind
key_private_write(const struct key_private *key, const char *path,
    struct fault *f)
{
	struct buf b;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd < 0)
		return fault_errno(f, FAULT_CANTCREAT, errno, "%s", path);
	buf_init(&b, KEY_FILE_MAX);
	if (buf_room(&b, KEY_FILE_MAX) == NULL)
		(void)buf_check(&b, f);
	else if (key_private_pem(key, &b, f) == FAULT_NONE)
		(void)write_all(fd, buf_span(&b), f);
	buf_cleanse(&b);
	if (close(fd) != 0 && f->kind == FAULT_NONE)
		(void)fault_errno(f, FAULT_IO, errno, "cannot write");
	/* Half a key is worse than none. */
	if (f->kind != FAULT_NONE)
		(void)unlink(path);
	return fault_context(f, "%s", path);
}
