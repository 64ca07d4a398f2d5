/* SPDX-License-Identifier: ISC */
/* BIND's $GENERATE: one line of a master file for each number of a range. */
#ifndef DNS_ZONE_GENERATE_H
#define DNS_ZONE_GENERATE_H

#include "base/buf.h"
#include "base/span.h"

/*
 * range is START-STOP or START-STOP/STEP; in line `$` is the number, or
 * ${OFFSET,WIDTH,BASE} with the last two left out at will (BASE d, o, x or X),
 * `\$` and `$$` are a `$`.  Append the lines.  NULL, or what is wrong, among
 * it more than BOUND_ZONE_GENERATE numbers.  Memory: buf_check().
 */
const char *zone_generate(struct span range, struct span line,
    struct buf *out);

#endif
