/* SPDX-License-Identifier: ISC */
/*
 * SHA-256 without the start-up cost of OpenSSL's providers: a grant is used
 * in a process of a few milliseconds, and its log line needs one small hash.
 */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>

#include "span.h"

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
