/* SPDX-License-Identifier: ISC */
/* What was read, as JSON, CSV and text. */
#ifndef REPORT_PRINT_H
#define REPORT_PRINT_H

#include "base/buf.h"
#include "report/reader.h"

/* The object of the contract, up to the start of its rows and after them. */
void print_json_head(struct buf *b, const struct report_item *item,
    const char *version, int64_t now);
void print_json_tail(struct buf *b, const struct report_item *item);
/* One row, as an element of rows. */
void print_json_row(struct buf *b, const struct report_row *row);

/* --rows: one line a row.  The start of the line is the same for all of a
 * report, and known only when all its rows are. */
void print_flat_json_head(struct buf *b, const struct report_item *item);
void print_flat_json_row(struct buf *b, const struct report_row *row);
extern const char print_csv_header[];
void print_csv_head(struct buf *b, const struct report_item *item);
void print_csv_row(struct buf *b, const struct report_row *row);

/* One line for people. */
void print_text(struct buf *b, const struct report_item *item);

/* "CODE count text" of each finding, with the severity that counts. */
void print_findings_json(struct buf *b,
    const struct report_findings *findings);

#endif
