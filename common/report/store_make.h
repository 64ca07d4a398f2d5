/* SPDX-License-Identifier: ISC */
/* What the store keeps of reports that are to be made, and were made. */
#ifndef REPORT_STORE_MAKE_H
#define REPORT_STORE_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "report/report.h"
#include "report/store.h"

/* What became of a configuration of a day. */
enum report_config_state {
	REPORT_CONFIG_OPEN = 0,
	REPORT_CONFIG_MADE,
	REPORT_CONFIG_OPTIONAL,	/* all its rows are: loops end here */
	REPORT_CONFIG_LIMITED,	/* over --unknown-per-day */
	REPORT_CONFIG_NOBODY	/* no address that could get it */
};

struct report_due {
	int64_t id, day, messages, optional, merged;
	bool known;		/* an aligned message was ever seen */
	struct span policy_domain, hash, record;
};

struct report_made {
	int64_t id;		/* of the store */
	int64_t part, begin, end, bytes, made_at;
	struct span report_id, file;	/* file: in HOME/out */
	struct span policy_domain, record, org, sender, receiver;
};

/*
 * The ids of open configurations of days up to `last`, in the order in which
 * they are made: by day, those of known domains first, then the larger ones.
 * domain (p NULL: any) and day (-1: any) choose.  ids: int64_t after int64_t.
 */
enum fault_kind report_store_due(struct report_store *s, int64_t last,
    struct span domain, int64_t day, struct buf *ids, struct fault *f);
/* One of them; its spans live in the arena. */
enum fault_kind report_store_due_get(struct report_store *s, int64_t id,
    struct arena *a, struct report_due *due, struct fault *f);
/* How many unknown domains' configurations of the day were made. */
enum fault_kind report_store_unknown_made(struct report_store *s, int64_t day,
    int64_t *n, struct fault *f);
/* Each row of a configuration, sorted; reading ends with a fault of each(). */
enum fault_kind report_store_rows(struct report_store *s, int64_t config,
    enum fault_kind (*each)(void *arg, const struct report_row *row,
    struct fault *f), void *arg, struct fault *f);

/* Within a transaction: a report and where it goes; the configuration's end;
 * the days up to this one are over. */
enum fault_kind report_store_made(struct report_store *s, int64_t config,
    struct report_made *made, struct fault *f);
enum fault_kind report_store_destination(struct report_store *s,
    int64_t report, struct span uri, struct span address, struct span host,
    struct fault *f);
enum fault_kind report_store_config_end(struct report_store *s,
    int64_t config, enum report_config_state state, struct fault *f);
enum fault_kind report_store_day_end(struct report_store *s, int64_t day,
    struct fault *f);

#endif
