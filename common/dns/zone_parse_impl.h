/* SPDX-License-Identifier: ISC */
/* A master file while it is read: shared by zone_parse.c (the lines) and
 * zone_data.c (the data of a record) alone. */
#ifndef ZONE_PARSE_IMPL_H
#define ZONE_PARSE_IMPL_H

#include "base/bounds.h"
#include "base/buf.h"
#include "dns/zone_lex.h"
#include "dns/zone_parse.h"

/* Unknown types that a file's warnings name; further ones stay unnamed. */
#define ZONE_SKIPPED 16

/* What goes on after an included file: RFC 1035 5.1 leaves origin and owner
 * as they were. */
struct zone_outer {
	struct zone_lex lex;
	const char *path;
	unsigned char origin[BOUND_DNS_NAME];
	bool origin_known, origin_given;
	const unsigned char *owner;
};

struct zone_parser {
	struct zone_lex lex;
	const char *path;	/* of the file at hand; NULL: no folder */
	struct zone_outer *outer;	/* BOUND_ZONE_INCLUDES */
	size_t depth;
	const struct dns_zone_source *from;
	struct arena *keep, *scratch;
	struct dns_zone_entry **tail;
	unsigned char origin[BOUND_DNS_NAME];
	bool origin_known;	/* by $ORIGIN or an SOA */
	bool origin_given;	/* by $ORIGIN */
	const unsigned char *owner;	/* of the last record, or NULL */
	uint32_t ttl;		/* for records without one */
	enum { TTL_NONE, TTL_SOA, TTL_LAST, TTL_GIVEN } ttl_from;
	struct span skipped[ZONE_SKIPPED];	/* types with a warning */
	size_t nskipped;
	struct buf data;	/* record data being built */
	struct buf pieces;	/* where its strings stand, if it is a TXT */
	const char *named, *kept;	/* the file's name, and in `keep` */
	struct fault *f;
};

/* One record while its fields are read. */
struct zone_record {
	unsigned type;
	bool has_ttl;
	uint32_t ttl;
	size_t line, column;
};

/* The token under the eye is wrong. */
enum fault_kind zone_bad(struct zone_parser *p, const char *text);
/* The token under the eye as a wire name in lower case. */
enum fault_kind zone_name(struct zone_parser *p,
    unsigned char name[BOUND_DNS_NAME]);
/* The data of one record; afterwards the eye is on its last token, or (types
 * with a list) on the end of the line. */
enum fault_kind zone_data(struct zone_parser *p, struct zone_record *r);

#endif
