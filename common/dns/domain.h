/* SPDX-License-Identifier: ISC */
/*
 * Domain names as mail writes them: labels between dots, compared without
 * case, no escapes, no trailing dot.
 */
#ifndef DOMAIN_H
#define DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* Labels of 1 to 63 bytes, at most 253 in all (RFC 1035 2.3.4), whatever the
 * bytes are. */
bool domain_fits(struct span d);
/*
 * Only letters, digits, hyphens and underscores in labels of 1 to 63 bytes, at
 * most 253 in all, no dot at either end.
 */
bool domain_is_ldhu(struct span d);
/* As domain_is_ldhu without underscores, no label with a hyphen at an end:
 * a host name (RFC 1123 2.1). */
bool domain_is_host(struct span d);
/* Number of labels: 0 for the empty name, else one more than the dots. */
size_t domain_labels(struct span d);
/* The rightmost n labels of d (all of d if it has fewer). */
struct span domain_tail(struct span d, size_t n);
/* Is d the name `top`, or below it (at a label boundary)? Without case. */
bool domain_within(struct span d, struct span top);
/* Do d and other have the rightmost n labels of other (all, if it has fewer)
 * in common?  Names that do not have no name of n labels above both. */
bool domain_shares(struct span d, struct span other, size_t n);
/* Without one trailing dot. */
struct span domain_undot(struct span d);

/*
 * Is it by its form a place where a country lets the public register, as
 * "co.uk" and "com.au" are?  For hints alone: nothing in the DNS says so.
 */
bool domain_is_registry(struct span domain);

#endif
