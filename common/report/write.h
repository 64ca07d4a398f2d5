/* SPDX-License-Identifier: ISC */
/*
 * An aggregate report as XML: RFC 9990, or for readers that cannot take a
 * namespace the older shape of RFC 7489.  The same input gives the same bytes.
 */
#ifndef REPORT_WRITE_H
#define REPORT_WRITE_H

#include "base/buf.h"
#include "report/report.h"

/*
 * Append the head of a report (metadata and policy_published; r->dialect
 * chooses), one row, the end.  Characters that XML 1.0 or UTF-8 does not have
 * become `?`.
 */
void report_write_begin(const struct report *r, struct buf *b);
void report_write_row(const struct report *r, const struct report_row *row,
    struct buf *b);
void report_write_end(struct buf *b);

#endif
