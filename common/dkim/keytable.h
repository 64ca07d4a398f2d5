/* SPDX-License-Identifier: ISC */
/*
 * Which key signs for which author (`dkimsign --key-table`): lines of
 *
 *	FROM DOMAIN SELECTOR KEYFILE
 *
 * parted by white space; "#" starts a comment line.  FROM is an address, a
 * domain, "*.domain" for all below it, or "*" for all.  Of these the most
 * exact one counts; its lines all sign, in order.  A relative KEYFILE is
 * sought in the folder of the table.
 */
#ifndef DKIM_KEYTABLE_H
#define DKIM_KEYTABLE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"

/* Lines in one table: a host with more domains has more tables. */
#define KEYTABLE_LINES ((size_t)100000)

struct keytable_line {
	struct span from;	/* lower case, A-labels; "*" may start it */
	struct span local;	/* of an address; p NULL: of all in from */
	struct span domain, selector;
	const char *path;
};

struct keytable {
	size_t count;
	struct keytable_line *lines;
};

/*
 * Read a table: FAULT_NOINPUT if that cannot be done, FAULT_CONFIG with
 * "FILE:LINE: text" if it is wrong.  It lives in the arena.
 */
enum fault_kind keytable_read(const char *path, struct arena *a,
    struct keytable *table, struct fault *f);

/*
 * The lines for an address, or for a domain alone, in the arena; *count 0 if
 * there are none.  Local parts are compared without case.
 */
enum fault_kind keytable_find(const struct keytable *table,
    struct span who, struct arena *a,
    const struct keytable_line ***lines, size_t *count, struct fault *f);

#endif
