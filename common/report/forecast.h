/* SPDX-License-Identifier: ISC */
/* Is a domain ready for p=reject, and if not, what is missing? */
#ifndef REPORT_FORECAST_H
#define REPORT_FORECAST_H

#include "report/table.h"

#define FORECAST_MISSING 8

struct forecast {
	bool ready;
	size_t nmissing;
	struct span missing[FORECAST_MISSING];	/* sentences, in the arena */
	struct table causes;			/* VIEW_REJECT */
	int64_t messages, reporters, days;
};

/* Least number of reporters and days of data. */
#define FORECAST_REPORTERS 3
#define FORECAST_DAYS 21

/* min: messages of a sender that count; one in a thousand must be reached
 * too. */
enum fault_kind report_forecast(struct report_store *s,
    const struct report_filter *filter, int64_t min, struct arena *a,
    struct forecast *out, struct fault *f);

#endif
