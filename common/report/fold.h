/* SPDX-License-Identifier: ISC */
/*
 * From the spool into counters, each line exactly once.
 *
 * An hour that is over is renamed under its lock; each such file is folded in
 * one transaction that also remembers its name, and removed after the commit.
 * So a crash anywhere repeats without effect.
 */
#ifndef REPORT_FOLD_H
#define REPORT_FOLD_H

#include <stdint.h>

#include "base/fault.h"
#include "report/store.h"

struct report_folded {
	uint64_t files, lines, torn, duplicates;
};

/*
 * Rows of one configuration and day before new ones are merged: first without
 * failing signatures, above the second bound without the sender and any
 * signature too.  Counts stay exact.
 */
#define REPORT_ROWS_MERGE	50000
#define REPORT_ROWS_MERGE_MORE	60000

/* Fold all hours that are over at `now` in the spool of home. */
enum fault_kind report_fold(struct report_store *s, const char *home,
    int64_t now, struct report_folded *sum, struct fault *f);

#endif
