/* SPDX-License-Identifier: ISC */
/*
 * The Authentication-Results field (RFC 8601), in one canonical form on the
 * way out, so that authres_parse(authres_format(x)) is x and formatting what
 * was parsed gives the same bytes.
 */
#ifndef AUTHRES_H
#define AUTHRES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "mail/message.h"
#include "mail/verdict.h"

/* One ptype.property=value; the value is any bytes, quoted as needed. */
struct authres_property {
	const char *type;	/* "smtp", "header", "policy" */
	const char *name;	/* "mailfrom", "d" */
	struct span value;
};

#define AUTHRES_PROPERTIES 8

/* One resinfo: method=result [reason="..."] properties. */
struct authres_result {
	const char *method;	/* "spf", "dkim", "dmarc" */
	enum verdict result;
	struct span reason;	/* empty: none */
	size_t nproperties;
	struct authres_property properties[AUTHRES_PROPERTIES];
};

struct authres {
	struct span id;		/* authserv-id */
	struct span seal;	/* the comment after it, without parentheses;
				   empty: none (see seal.h) */
	size_t count;		/* 0 is written "none" */
	struct authres_result *results;
	bool nomem;		/* authres_parse failed for want of memory */
};

/*
 * Append the field with its name and final line end, folded at 78 where white
 * space is allowed.  Values become tokens, addresses or quoted-strings; bytes
 * that are not printable ASCII are written \xHH inside the quotes, so nothing
 * can leave the field.
 */
void authres_format(const struct authres *ar, enum eol eol, struct buf *b);

/* One result as text for the terminal and pipes: `dkim=pass header.d=...`. */
void authres_format_result(const struct authres_result *r, struct buf *b);

/* Can this value be written whole?  A longer one is cut, and names nobody. */
bool authres_fits(struct span value);

/*
 * Parse the value of a field (after the colon).  Only the canonical form
 * that authres_format writes is understood: false for everything else, and
 * (with ar->nomem set) without memory.
 */
bool authres_parse(struct span value, struct authres *ar, struct arena *a);

/*
 * The authserv-id of a field's value read as liberally as RFC 8601 and its
 * obsolete forms allow (comments, folding, quoted-string, any case): what the
 * removal of forged fields compares.  False if there is none, or a comment or
 * quoted-string has no end.  The id is unquoted into room, which has space for
 * value.len bytes.
 */
bool authres_id(struct span value, struct span *id, char *room);

#endif
