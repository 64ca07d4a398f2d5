/* SPDX-License-Identifier: ISC */
/* The page: one HTML file, no script, nothing loaded. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report/table.h"

/* Most bytes of the page, and lines of a table in it. */
#define PAGE_BYTES ((size_t)512 << 10)
#define PAGE_LINES 100

/* All that filter shows, as of now; messages of forecasts by min. */
enum fault_kind report_page(struct report_store *s,
    const struct report_filter *filter, int64_t now, int64_t min,
    struct buf *b, struct fault *f);

#endif
