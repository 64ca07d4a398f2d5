/* SPDX-License-Identifier: ISC */
/*
 * Sets of client addresses as sorted ranges, neighbours joined: what an SPF
 * record decides term by term, where the first match wins (RFC 7208 4.6.2).
 */
#ifndef SPF_RANGES_H
#define SPF_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ipaddr.h"
#include "spf/nets.h"

/* The family, then the address; IPv4 is padded with 0 in lo, 0xff in hi. */
#define SPF_RANGE_KEY 17

struct spf_range {
	uint8_t lo[SPF_RANGE_KEY];
	uint8_t hi[SPF_RANGE_KEY];
};

struct spf_ranges {
	struct spf_range *ranges;	/* in order, never touching */
	size_t count;
	bool full;		/* something did not fit: not exact */
	struct buf bytes;	/* private: holds ranges */
};

/* Ranges of one set: each change moves at most that many. */
#define SPF_RANGES_MAX ((size_t)16384)

/* The addresses of a network (0 to 32 or 128 bits). */
struct spf_range spf_range_of(const struct ipaddr *addr, unsigned prefix);

/* An empty set; spf_ranges_free() releases it and leaves an empty one. */
void spf_ranges_init(struct spf_ranges *s);
void spf_ranges_free(struct spf_ranges *s);
/* All functions below return false without memory; the set is then void. */
bool spf_ranges_add(struct spf_ranges *s, const struct spf_range *r);
bool spf_ranges_remove(struct spf_ranges *s, const struct spf_range *r);
/* Every address of both families. */
bool spf_ranges_everything(struct spf_ranges *s);
/* Move what of r is in s into to (NULL: remove it). */
bool spf_ranges_take(struct spf_ranges *s, const struct spf_range *r,
    struct spf_ranges *to);
bool spf_ranges_union(struct spf_ranges *s, const struct spf_ranges *other);
bool spf_ranges_subtract(struct spf_ranges *s,
    const struct spf_ranges *other);

/* Is any address, is every address of the family (4, 6) in the set? */
bool spf_ranges_any(const struct spf_ranges *s, unsigned family);
bool spf_ranges_whole(const struct spf_ranges *s, unsigned family);

/* Append the fewest networks that hold exactly the set; false without memory
 * or when there are more than SPF_NETS_MAX (s and nets still hold others). */
bool spf_ranges_nets(const struct spf_ranges *s, struct spf_nets *nets);

#endif
