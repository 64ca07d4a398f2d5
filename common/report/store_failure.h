/* SPDX-License-Identifier: ISC */
/*
 * How many failure reports go out (RFC 9991: a MUST).  Of incidents alike the
 * first 10 are sent, then every 10th up to 100, then every 100th; a quiet day
 * resets.  Above that stand caps for a destination and for all.
 */
#ifndef REPORT_STORE_FAILURE_H
#define REPORT_STORE_FAILURE_H

#include <stdint.h>

#include "base/span.h"
#include "report/store.h"

#define REPORT_FAILURES_HOUR	20	/* to one destination */
#define REPORT_FAILURES_DAY	100
#define REPORT_FAILURES_ALL	500	/* a day, to all */

enum report_rate {
	REPORT_RATE_STEP = 0,	/* counted, for the next one of its kind */
	REPORT_RATE_SEND,
	REPORT_RATE_CAPPED	/* dropped, and counted as dropped */
};

/*
 * Count one incident for a destination, in a transaction of its own; *n: how
 * many were alike since the last one that was sent, this one included.
 */
enum fault_kind report_store_incident(struct report_store *s,
    struct span destination, struct span incident, int64_t now,
    enum report_rate *rate, uint64_t *n, struct fault *f);

/* How many were dropped because of the caps, ever. */
enum fault_kind report_store_capped(struct report_store *s, uint64_t *n,
    struct fault *f);

#endif
