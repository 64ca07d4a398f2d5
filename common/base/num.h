/* SPDX-License-Identifier: ISC */
/*
 * Strict numbers: the whole span or nothing; no sign, no space, no overflow.
 */
#ifndef NUM_H
#define NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* Last second of the year 9999, the latest time we deal with. */
#define NUM_TIME_MAX INT64_C(253402300799)

/* Digits only, leading zeros allowed ("007" is 7), at most max. */
bool num_u64(struct span s, uint64_t max, uint64_t *out);
/* As num_u64, but a leading zero is refused unless the number is "0". */
bool num_canonical(struct span s, uint64_t max, uint64_t *out);

/* "90s", "10m", "2h", "3d": one number and one unit, nothing else; seconds. */
bool num_duration(struct span s, int64_t *seconds);

/*
 * Seconds since 1970: digits, or RFC 3339 (`2026-11-23T18:00:00Z`, an offset,
 * a fraction that is dropped; a space for the T; leap second 60 counts as 59).
 */
bool num_time(struct span s, int64_t *out);

/* A calendar date and time (UTC) as seconds since 1970; false if not one. */
bool num_civil(int64_t year, unsigned month, unsigned day, unsigned hour,
    unsigned minute, unsigned second, int64_t *out);

/* "2026-11-23T18:00:00Z"; out holds 21 bytes.  Times outside 0 to
 * NUM_TIME_MAX are clamped. */
#define NUM_RFC3339_LEN 21
void num_rfc3339(int64_t time, char out[NUM_RFC3339_LEN]);

#endif
