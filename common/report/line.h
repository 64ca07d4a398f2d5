/* SPDX-License-Identifier: ISC */
/*
 * An event as one line of the spool: JSON with its keys in one order and a
 * CRC-32 (of zlib) at its end, at most REPORT_LINE bytes.  A line counts only
 * if it ends in LF, parses and its sum is right.
 */
#ifndef REPORT_LINE_H
#define REPORT_LINE_H

#include "base/arena.h"
#include "base/buf.h"
#include "report/event.h"

#define REPORT_LINE ((size_t)4096)	/* with its LF: one write(2) */

/*
 * Append the line with its LF.  What is too long loses failing signatures
 * first, then all after the twentieth, then what people alone would read, and
 * of the record what is neither policy nor where reports go; event->cut counts
 * the signatures.  FAULT_DATA if it is too long even so.
 */
enum fault_kind report_line_format(struct report_event *event, struct buf *b,
    struct fault *f);

/*
 * Read a line without its LF; false if it is torn or was changed.  Spans are
 * borrowed from the line and the arena.
 */
bool report_line_parse(struct span line, struct arena *a,
    struct report_event *event);

/*
 * Parts of a line that the store keeps as text: reasons, and the results of
 * DKIM and SPF.  Reading fills the row's arrays; false if it is no such text.
 */
void report_line_reasons(const struct report_row *row, struct buf *b);
void report_line_auth(const struct report_row *row, struct buf *b);
bool report_line_read_reasons(struct span text, struct arena *a,
    struct report_row *row);
bool report_line_read_auth(struct span text, struct arena *a,
    struct report_row *row);

#endif
