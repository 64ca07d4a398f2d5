/* SPDX-License-Identifier: ISC */
/*
 * Which header fields a list of names (h=) means, RFC 6376 5.4.2: each name
 * takes the lowest field of that name that was not yet taken; names beyond
 * them mean nothing.  Fields are found through one sorted index, so the cost
 * grows with the fields and the names, not with their product.
 */
#ifndef DKIM_SELECT_H
#define DKIM_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "mail/message.h"

/* A field in the index. */
struct select_entry {
	struct span name;
	size_t at;	/* in message->fields */
};

struct select_index {
	const struct message *m;
	size_t count;
	struct select_entry *entries;	/* by name, then from the top */
	size_t *taken;	/* for the first entry of a name: how many fields of
			   that name the last selection took */
};

/* Index the fields of m that are not hidden; lives in the arena. */
enum fault_kind select_index_make(struct select_index *x,
    const struct message *m, struct arena *a, struct fault *f);

/* The entries of a name: *first and how many. */
size_t select_find(const struct select_index *x, struct span name,
    size_t *first);

/*
 * Choose fields: out[i] is what names[i] means, or NULL for nothing.  The
 * field `self` (the signature that is being verified, or NULL) is passed over.
 */
void select_fields(struct select_index *x, const struct field *self,
    const struct span *names, size_t count, const struct field **out);

/*
 * After select_fields: the first name of a field that may stand only once in
 * a message, stands more than once, and was not taken each time; or an empty
 * span.
 */
struct span select_duplicate(const struct select_index *x);

#endif
