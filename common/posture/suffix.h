/* SPDX-License-Identifier: ISC */
/* Where the public may register names. */
#ifndef POSTURE_SUFFIX_H
#define POSTURE_SUFFIX_H

#include <stdbool.h>

#include "base/span.h"

/*
 * May anybody register names directly below the domain?  By the list of public
 * suffixes of libpsl, private ones (hosting) too, where that was built in;
 * else by the form of the name.
 */
bool posture_suffix(struct span domain);

/* Which of the two it was, in a few words. */
const char *posture_suffix_by(void);

/* The part of a name that somebody registered: a public suffix and a label
 * more.  The name itself if it is a public suffix. */
struct span posture_registered(struct span name);

#endif
