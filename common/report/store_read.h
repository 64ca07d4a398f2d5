/* SPDX-License-Identifier: ISC */
/*
 * What the reading side keeps: inputs, reports, their rows, and the sums of a
 * day that are kept in the same transaction.
 */
#ifndef REPORT_STORE_READ_H
#define REPORT_STORE_READ_H

#include "report/arf.h"
#include "report/outcome.h"
#include "report/store.h"
#include "report/tlsrpt.h"
#include "report/trust.h"
#include "report/xml.h"

/* Where a report came from. */
struct report_origin {
	struct span file, message_id, from_domain;	/* p NULL: unknown */
	struct span digest;		/* of the input's bytes, hex */
	int64_t received;
	enum report_trust trust;
	bool replace;			/* a conflict takes the first's place */
};

/*
 * One aggregate report, inside of a write transaction: begin, its rows, end
 * (or drop).  begin sets a mark; end keeps or undoes it: *outcome is stored,
 * duplicate, conflict (kept, not counted) or superseded's successor (stored).
 * AGG040 is added to the findings where periods overlap.
 */
enum fault_kind report_put_begin(struct report_store *s, int64_t *id,
    struct fault *f);
enum fault_kind report_put_row(struct report_store *s, int64_t id,
    struct span ours, const struct report_row *row, struct fault *f);
enum fault_kind report_put_end(struct report_store *s, int64_t id,
    const struct report_origin *from, struct report_read *read,
    enum report_outcome *outcome, struct fault *f);
enum fault_kind report_put_drop(struct report_store *s, struct fault *f);

enum fault_kind report_put_tls(struct report_store *s,
    const struct report_origin *from, const struct report_tls *tls,
    enum report_outcome *outcome, struct fault *f);
enum fault_kind report_put_failure(struct report_store *s,
    const struct report_origin *from, const struct report_failure *failure,
    enum report_outcome *outcome, struct fault *f);
/* An input that gave nothing: broken, too big, refused, no report. */
enum fault_kind report_put_input(struct report_store *s,
    const struct report_origin *from, enum report_outcome outcome,
    enum report_why why, int64_t *id, struct fault *f);

/* Names for addresses: lines `CIDR name` were read by the caller. */
enum fault_kind report_put_name(struct report_store *s,
    const struct ipaddr *net, unsigned prefix, struct span name,
    struct fault *f);

/* Delete what is older; the sums of days stay.  *n: reports deleted. */
enum fault_kind report_prune(struct report_store *s, int64_t before,
    int64_t *n, struct fault *f);

/* The day a time lies in: days since 1970. */
int64_t report_day(int64_t time);
/*
 * Share count among the days of a period by their seconds, largest remainder:
 * the sums are exact.  Calls each() for every day that gets some.
 */
enum fault_kind report_spread(uint64_t count, int64_t begin, int64_t end,
    enum fault_kind (*each)(void *arg, int64_t day, uint64_t count,
    struct fault *f), void *arg, struct fault *f);

#endif
