/* SPDX-License-Identifier: ISC */
/*
 * Whose is a field?  A pure judgement of one header field: may some reader
 * take it for an Authentication-Results field with an id of our own?
 *
 * MUST: up to the first `;` outside of quotes and comments, what is not plainly
 *	another's id counts as ours.  Readers decode RFC 2047 words, strip what
 *	they hold for white space, map U-labels, and do not agree how.
 * MUST: the same for the field's name: bytes that are no letter of a name,
 *	before it or after it, do not make it another.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* The ids that are ours, all borrowed: --authserv-id and each --strip-id. */
struct claim_ids {
	struct span id;
	const struct span *strip;
	size_t nstrip;
};

/* Bytes from the start of a line that some reader strips from a name: control
 * bytes and all beyond ASCII, and white space after such a one. */
size_t claim_lead(struct span line);

/*
 * Must the field, from its name to its line end, be removed unless its seal
 * holds?  whole: all of it is here; of a longer one what cannot be decided
 * counts as ours.  room has space for field.len bytes.
 */
bool claim_is_ours(const struct claim_ids *ids, struct span field, bool whole,
    char *room);

/* The value of a field: after the colon, without the last line end. */
struct span claim_value(struct span field);

#endif
