/* SPDX-License-Identifier: ISC */
/* Base64, RFC 4648 section 4. */
#ifndef B64_H
#define B64_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/span.h"

/* Bytes that b64_decode may write for len characters. */
#define B64_DECODED_MAX(len) ((len) / 4 * 3 + 3)

/*
 * Decode s into out (room for B64_DECODED_MAX(s.len) bytes).  SP, HTAB, CR
 * and LF are skipped anywhere; padding may be missing, but nothing may follow
 * it.  Any other byte, or a lone last character, is an error.
 */
bool b64_decode(struct span s, unsigned char *out, size_t *len);

/* Append the padded base64 of the bytes. */
void b64_encode(struct buf *b, const void *p, size_t len);

#endif
