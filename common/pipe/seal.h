/* SPDX-License-Identifier: ISC */
/*
 * The seal by which the stages of one pipe know each other's fields: a comment
 * after the authserv-id,
 *
 *	(vs1 n=OCTETS h=SHA256HEX m=MACHEX)
 *
 * n and h are over all bytes after the field; m is HMAC-SHA-256 over the
 * whole field, its last line end included, with the digits of m left out.  The
 * key is the text of VOUCHSAFE_SEAL as it stands.
 *
 * Only the low-level SHA-256 of libcrypto is used, which sets up nothing: a
 * run without a seal pays nothing, a run with one pays for the bytes alone.
 */
#ifndef SEAL_H
#define SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/span.h"
#include "mail/authres.h"

#define SEAL_HASH 32	/* octets of SHA-256 */

/* What a seal says of the bytes after it. */
struct seal {
	uint64_t octets;
	unsigned char hash[SEAL_HASH];
};

/* A running count and hash of bytes. */
struct seal_sum {
	uint64_t octets;
	struct hash hash;
};

/* Is it a secret: 32 to 128 hexadecimal digits and nothing else? */
bool seal_secret_ok(struct span secret);

void seal_begin(struct seal_sum *sum);
void seal_add(struct seal_sum *sum, struct span bytes);
/* The seal over what was added; the sum is spent. */
void seal_end(struct seal_sum *sum, struct seal *out);
/* Do two seals cover the same bytes? */
bool seal_eq(const struct seal *a, const struct seal *b);

/*
 * Does the text of the comment (struct authres' seal) begin as one of our own
 * does, whatever follows?
 */
bool seal_claimed(struct span comment);

/*
 * Append the field of ar with a seal that states `what` (ar->seal itself is
 * not looked at).  Failure is b's.
 */
void seal_write(const struct authres *ar, enum eol eol,
    const struct seal *what, struct span secret, struct buf *b);

/*
 * Is the field (from the name to its last line end) sealed with the secret?
 * `comment` is the seal that authres_parse found inside it.  True fills out;
 * whether the bytes after agree with it is the caller's to see.
 */
bool seal_check(struct span field, struct span comment, struct span secret,
    struct seal *out);

#endif
