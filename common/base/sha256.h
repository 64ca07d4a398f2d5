/* SPDX-License-Identifier: ISC */
/*
 * SHA-256 of bytes that are all there, in the forms that logs and records want
 * it in; hash.h has the one that streams.
 */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>

#include "base/span.h"

#define SHA256_BYTES 32
/* As lower-case hexadecimal with its NUL. */
#define SHA256_HEX 65

/* The digest of the bytes of s. */
void sha256(struct span s, unsigned char out[SHA256_BYTES]);
void sha256_hex(struct span s, char out[SHA256_HEX]);
/* HMAC-SHA-256 (RFC 2104) of data under key. */
void sha256_hmac(struct span key, struct span data,
    unsigned char out[SHA256_BYTES]);

#endif
