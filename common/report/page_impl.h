/* SPDX-License-Identifier: ISC */
/* Shared by the files of the page alone. */
#ifndef REPORT_PAGE_IMPL_H
#define REPORT_PAGE_IMPL_H

#include "report/forecast.h"
#include "report/page.h"

struct page {
	struct report_store *store;
	struct report_filter filter;
	struct arena arena;
	struct buf *b;
	struct table totals, days;
	struct forecast forecast;
};

/* Each a figure: an SVG with a title and a description, and below it the same
 * numbers as a table to be opened. */
void page_days(struct page *p);		/* messages a day, stacked */
void page_rate(struct page *p);		/* pass rate a day */
void page_square(struct page *p);	/* DKIM by SPF */
void page_senders(struct page *p, const struct table *senders);
void page_heat(struct page *p, const struct table *heat,
    const struct table *senders);

#endif
