/* SPDX-License-Identifier: ISC */
/* What one word of a master file means, RFC 1035 5.1; for dns_zone_parse. */
#ifndef DNS_ZONE_WORD_H
#define DNS_ZONE_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* The next byte of a token, \X and \DDD resolved; *escaped says whether it
 * was one of these.  False if an escape is broken. */
bool zone_byte(struct cursor *c, unsigned char *out, bool *escaped);
/* The labels of a written name into wire form (BOUND_DNS_NAME bytes), without
 * the empty one at the end.  *absolute says if a dot ends it.  0 if it is no
 * name. */
size_t zone_labels(struct span raw, unsigned char *out, bool *absolute);
/* "3600", "1h30m": seconds up to 2^31 - 1 (RFC 2181 8). */
bool zone_time(struct span s, uint32_t *out);
/* The number of a type's word, TYPEnnn (RFC 3597 5) too; false if we know
 * none. */
bool zone_type(struct span word, unsigned *type);

#endif
