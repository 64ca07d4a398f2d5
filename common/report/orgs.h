/* SPDX-License-Identifier: ISC */
/*
 * Are two domains of a report of one organization?  By the DNS Tree Walk of
 * RFC 9989 4.10, if there is a DNS to ask: the names are a stranger's, so
 * their number and the time for them are bounded (report/limits.h).
 */
#ifndef REPORT_ORGS_H
#define REPORT_ORGS_H

#include "base/clock.h"
#include "dmarc/walk.h"
#include "report/limits.h"

struct report_org {
	struct span name, org;	/* org p NULL: the walk had no answer */
	bool record;		/* a DMARC record stands on the way */
};

/* What one report has learned. */
struct report_orgs {
	struct dns *dns;	/* NULL: nobody to ask */
	const struct clock *clock;
	int64_t ms;		/* for all questions of the report */
	struct arena arena;
	struct dmarc_memo memo;
	int64_t deadline;	/* 0: no question yet */
	bool failed;		/* one had no answer: no more are asked */
	size_t n;
	struct report_org known[REPORT_ORGS];
};

/*
 * Begin a report.  dns and clock are borrowed, dns may be NULL; ms is the time
 * for all its questions, at most REPORT_ORGS_MS of it are used.
 */
void report_orgs_init(struct report_orgs *o, struct dns *dns,
    const struct clock *clock, int64_t ms);
void report_orgs_free(struct report_orgs *o);

/*
 * The author's domain `from` and another are not of one Organizational Domain,
 * so that even relaxed alignment between them cannot be (RFC 9989 3.2.2).
 * False wherever that is not certain: without a DNS, after a question without
 * an answer, beyond the bounds or the memory, or where no record of `from`
 * stands, only names whose last two labels differ are strangers.  Both are as
 * a report has them.  Sets dns->deadline_ms.
 */
bool report_orgs_strangers(struct report_orgs *o, struct span from,
    struct span other);

#endif
