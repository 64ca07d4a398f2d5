/* SPDX-License-Identifier: ISC */
/*
 * Private keys for DKIM: making, reading, writing, signing.
 */
#ifndef KEY_PRIVATE_H
#define KEY_PRIVATE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/fault.h"
#include "dkim/key.h"

/* A private key. */
struct key_private;

/*
 * Read a PEM file (PKCS#8 or PKCS#1, RSA or Ed25519, no passphrase).  A file
 * that others may read or write or run, or its group may write, is
 * FAULT_NOPERM unless insecure; that is asked of the open descriptor.
 */
enum fault_kind key_private_read(const char *path, bool insecure,
    struct key_private **key, struct fault *f);
/* A new one: RSA of that many bits (2048 to 8192), or Ed25519 (bits 0). */
enum fault_kind key_private_new(enum key_type type, unsigned bits,
    struct key_private **key, struct fault *f);
void key_private_free(struct key_private *key);

enum key_type key_private_type(const struct key_private *key);
unsigned key_private_bits(const struct key_private *key);
/* Append the PKCS#8 PEM.  The caller cleanses the buffer. */
enum fault_kind key_private_pem(const struct key_private *key, struct buf *b,
    struct fault *f);
/* Append the public half as it stands in p= (before base64): an RSA
 * SubjectPublicKeyInfo, or the 32 bytes. */
enum fault_kind key_private_public(const struct key_private *key,
    struct buf *b, struct fault *f);
/* Sign a SHA-256 digest; append the signature. */
enum fault_kind key_private_sign(const struct key_private *key,
    const unsigned char digest[32], struct buf *b, struct fault *f);

/*
 * The private key file is written to path: mode 0600, never over something
 * that is there (FAULT_CANTCREAT), flushed to the disk.
 */
enum fault_kind key_private_write(const struct key_private *key,
    const char *path, struct fault *f);

#endif
