/* SPDX-License-Identifier: ISC */
/*
 * The syntax of master files, RFC 1035 5.1: bytes in, a list of records out.
 * dns_zone gives the list its meaning.
 */
#ifndef DNS_ZONE_PARSE_H
#define DNS_ZONE_PARSE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "dns/zone.h"

/* One record of the file, in file order. */
struct dns_zone_entry {
	struct dns_zone_entry *next;
	const unsigned char *owner;	/* wire name, lower case */
	struct dns_zone_rr *rr;
	size_t line, column;	/* of its type, from 1 */
};

/* What to parse. */
struct dns_zone_source {
	struct span bytes;
	const char *file;	/* its name, for messages */
	const unsigned char *origin;	/* wire name, or NULL: none is given */
	const char *path;	/* of the file, for $INCLUDE; NULL: it has no
				   folder */
	dns_zone_warn *warn;	/* for what is left out; NULL: silently */
	void *warn_state;
};

/*
 * Parse all of bytes.  Owners and records go to the arena `keep`, the list
 * itself to `scratch`.  A syntax error is FAULT_CONFIG with
 * "FILE:LINE:COLUMN: text".
 */
enum fault_kind dns_zone_parse(const struct dns_zone_source *from,
    struct arena *keep, struct arena *scratch, struct dns_zone_entry **first,
    struct fault *f);

/*
 * An allocation in the arena failed, for what stands at that place: the zone
 * is too large (FAULT_CONFIG), or there is no memory (FAULT_SOFTWARE).
 */
enum fault_kind dns_zone_no_room(const struct arena *a, const char *file,
    size_t line, size_t column, struct fault *f);

#endif
