/* SPDX-License-Identifier: ISC */
/* A view of the store as a table, and its forms. */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "report/store.h"
#include "report/trust.h"

enum table_kind {
	TABLE_TEXT = 0,
	TABLE_COUNT,
	TABLE_RATE,		/* per 10,000; -1: of nothing */
	TABLE_DAY,		/* since 1970 */
	TABLE_TIME
};

struct table_column {
	const char *key;	/* in JSON and CSV */
	const char *title;	/* for people */
	enum table_kind kind;
};

struct table_cell {
	struct span text;	/* p NULL: unknown */
	int64_t n;
};

#define TABLE_COLUMNS 16
#define TABLE_ROWS 20000	/* of a view; more is said to be cut */

struct table {
	const char *name, *title;
	size_t ncolumns, nrows, room;
	const struct table_column *columns;
	struct table_cell *cells;	/* row by row */
	bool cut;		/* there were more rows than the limit */
};

enum report_view {
	VIEW_DAYS = 0,
	VIEW_DOMAINS,
	VIEW_SOURCES,
	VIEW_SENDERS,
	VIEW_REPORTERS,
	VIEW_SELECTORS,
	VIEW_FAILING,
	VIEW_OVERRIDES,
	VIEW_POLICY,
	VIEW_FAILURES,
	VIEW_TLS,
	VIEW_REJECT,
	VIEW_FINDINGS,
	VIEW_HEAT,		/* senders by day, for the page */
	VIEW_TOTALS,		/* one row: everything */
	VIEW_REPORTS,		/* the reports themselves */
	VIEW_PRESENCE,		/* on how many days each reporter reported */
	VIEW_ROWS,		/* of the one report whose id is filter->id */
	VIEW_COUNT
};

/* What of the store is looked at. */
struct report_filter {
	struct span domain, from, reporter;	/* p NULL: all */
	int64_t since, until;			/* days since 1970 */
	bool has_net;
	unsigned char low[16], high[16];	/* --source, as a range */
	size_t net_len;				/* 4 or 16 */
	bool failed;
	enum report_trust trust;		/* the least */
	int64_t limit, id;
};

/* The view by its word; false for none. */
bool report_view_of(struct span word, enum report_view *out);
/* The table lives in the arena. */
enum fault_kind report_view_read(struct report_store *s,
    enum report_view view, const struct report_filter *filter,
    struct arena *a, struct table *t, struct fault *f);
const struct table_cell *table_at(const struct table *t, size_t row,
    size_t column);
/* The column of that key; ncolumns if there is none. */
size_t table_column(const struct table *t, const char *key);
void table_text(const struct table *t, struct buf *b);
void table_csv(const struct table *t, struct buf *b);
/* "[{...},...]" */
void table_json(const struct table *t, struct buf *b);
/* <table>...</table>, at most `most` rows. */
void table_html(const struct table *t, size_t most, struct buf *b);
/* Sort by the column of that key, largest first; false: there is none. */
bool table_sort(struct table *t, const char *key);
/* "99.5 %", "-" for a rate of nothing. */
void table_rate(struct buf *b, int64_t rate);

#endif
