/* SPDX-License-Identifier: ISC */
/*
 * Domain names with letters beyond ASCII (IDNA 2008, RFC 5891).  Capital
 * letters become small (RFC 5895 2, step 1); no other mapping, nothing folded
 * or dropped: what else is not valid as it stands is not valid.
 */
#ifndef IDNA_H
#define IDNA_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"

/*
 * The A-label form of a domain in UTF-8, lower case, in the arena.  A name of
 * ASCII alone only becomes lower case: of its labels only the lengths are
 * looked at.  *out has p NULL if the name is not valid: not UTF-8, refused by
 * IDNA, a label over 63 bytes or empty, more than 253 bytes in all.  A
 * trailing dot is not valid.
 * Fault: no memory.
 */
enum fault_kind idna_to_ascii(struct span domain, struct arena *a,
    struct span *out, struct fault *f);

/*
 * A name that a user gave, in the form that the DNS and d= and s= have:
 * A-labels of letters, digits, hyphens and underscores, in lower case.
 * FAULT_USAGE says that it is no `what` ("domain").
 */
enum fault_kind idna_name(struct span in, struct arena *a, struct span *out,
    const char *what, struct fault *f);

#endif
