/* SPDX-License-Identifier: ISC */
/* UTF-8 (RFC 3629), read in one place. */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/*
 * Bytes of the character that s begins with; 0 if it begins with none: no
 * longer form than needed, no surrogate, nothing over U+10FFFF, nothing cut
 * off (RFC 3629 3).  0 too if s is empty.
 */
size_t utf8_length(struct span s);

/* Take the character that *s begins with; UTF8_NONE if it begins with none, and
 * then *s stays. */
#define UTF8_NONE UINT32_MAX
uint32_t utf8_take(struct span *s);

#endif
