/* SPDX-License-Identifier: ISC */
/*
 * Answers from master files (RFC 1035 5).  A file with an SOA record is
 * authoritative for the SOA's owner and all below it: what is missing there is
 * NXDOMAIN or NODATA, empty non-terminals exist, wildcards work as in
 * RFC 4592.  Other records overlay their owner names, for all types.
 *
 * Names without a trailing dot are relative to $ORIGIN; without $ORIGIN to the
 * owner of the SOA, once it was read, else they are an error.
 */
#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "dns/dns.h"

struct dns_zone;

/* A line of text about what a file holds and the set leaves out. */
typedef void dns_zone_warn(void *state, const char *text);

/* Where the strings of a TXT record stand: `at` counts the bytes of all. */
struct dns_zone_piece {
	uint32_t line, column;
	size_t at;
};

/* One record: its data in wire form, names in it uncompressed. */
struct dns_zone_rr {
	struct dns_zone_rr *next;	/* of the same owner, in file order */
	const char *file;
	uint32_t line, column;	/* of its type's word */
	size_t npieces;
	const struct dns_zone_piece *pieces;	/* of a TXT; else none */
	uint32_t ttl;
	uint16_t type;
	uint16_t len;
	unsigned char data[];	/* empty for types that we do not read */
};

/* An empty set of zones; NULL without memory. */
struct dns_zone *dns_zone_new(void);
void dns_zone_free(struct dns_zone *zone);

/* Call warn, once a type and file, for records of types that have no known
 * name; they are left out.  By default nobody is called. */
void dns_zone_set_warn(struct dns_zone *zone, dns_zone_warn *warn,
    void *state);

/* The origin ("." is the root) of files that are loaded without one; NULL:
 * none.  Borrowed. */
void dns_zone_set_origin(struct dns_zone *zone, const char *origin);

/*
 * Read the master file at path; add it to the set.  "NAME:PATH" gives the file
 * the origin NAME (RFC 1035 5.1), if NAME holds no slash; "-" is the standard
 * input.  FAULT_NOINPUT if it cannot
 * be read, FAULT_CONFIG with "FILE:LINE:COLUMN: text" if it is wrong or too
 * large (BOUND_ZONE_BYTES, for the file and for the set).  After a fault the
 * set can only be released.
 */
enum fault_kind dns_zone_load(struct dns_zone *zone, const char *path,
    struct fault *f);
/* The same from bytes; file is the name for messages. */
enum fault_kind dns_zone_add(struct dns_zone *zone, struct span bytes,
    const char *file, struct fault *f);

/*
 * The domains that the set says something about mail of: owners of an MX or a
 * TXT that begins with "v=spf1", and NAME of _dmarc.NAME; each once, sorted,
 * no wildcards.  The names live in the arena.
 */
enum fault_kind dns_zone_mail(const struct dns_zone *zone, struct arena *a,
    struct span **names, size_t *count, struct fault *f);

/* An owner of records. */
struct dns_zone_name {
	struct span name;
	bool alias;		/* it has a CNAME */
	const struct dns_zone_rr *rr;	/* its records */
};

/*
 * The owners of records, sorted: all, or those whose second label is that (in
 * lower case); no wildcards, nor names of other bytes than letters, digits,
 * hyphens and underscores.  They live in the arena.
 */
enum fault_kind dns_zone_names(const struct dns_zone *zone,
    struct span second, struct arena *a, struct dns_zone_name **names,
    size_t *count, struct fault *f);

/* What the set says about one name, CNAMEs not followed. */
enum dns_zone_found {
	DNS_ZONE_ELSEWHERE = 0,	/* no zone is responsible for the name */
	DNS_ZONE_NXDOMAIN,
	DNS_ZONE_EXISTS		/* rr is its list of records, NULL if none */
};

struct dns_zone_hit {
	enum dns_zone_found found;
	const struct dns_zone_rr *rr;
	const struct dns_zone_rr *soa;	/* of the zone; NULL for an overlay */
	const unsigned char *apex;	/* wire name, or NULL */
};

/* Look up a wire name (any case). */
void dns_zone_find(const struct dns_zone *zone, const unsigned char *name,
    struct dns_zone_hit *hit);

/*
 * Where byte `offset` of the text stands that begins with `start`, of the TXT
 * records at a wire name; file is NULL if the set has no such record.
 */
struct dns_place dns_zone_place(const struct dns_zone *zone,
    const unsigned char *name, struct span start, size_t offset);
/* Where the MX record at a wire name stands that names that exchange (a wire
 * name too), or the first MX if it is NULL. */
struct dns_place dns_zone_place_mx(const struct dns_zone *zone,
    const unsigned char *name, const unsigned char *exchange);

/*
 * A dns that answers from the set, which it then owns, and sends all else, the
 * targets of CNAMEs too, to next.  A CNAME of next's that leads to a name of
 * the set is answered from the set.  next NULL: all else is NXDOMAIN.  next
 * stays the caller's.  On a fault the set stays the caller's.
 */
enum fault_kind dns_zone_open(struct dns_zone *zone, struct dns *next,
    struct dns **out, struct fault *f);
void dns_zone_close(struct dns *dns);
/* The set of such a dns; it stays its own. */
const struct dns_zone *dns_zone_of(const struct dns *dns);

#endif
