/* SPDX-License-Identifier: ISC */
/*
 * The spool: one file an hour (UTC) in HOME/spool, one line an event, any
 * number of writers.
 *
 * A writer MUST hold the file's lock, and MUST have seen under it that the
 * name still stands for the file it opened: fold renames an hour that is over
 * under the same lock, so that nothing is ever written to a file that is being
 * folded.  A line is written by one write(2); a torn one, of a writer that was
 * killed, is ended by the next writer and never counts.
 */
#ifndef REPORT_HOUR_H
#define REPORT_HOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/span.h"

#define REPORT_HOUR_LEN 12	/* "20261123T18" and its NUL */
#define REPORT_LOCK_MS 5000	/* a lock is waited for so long */
#define REPORT_CLOSED ".closed"

struct report_spool {
	int dir;		/* HOME/spool */
	int fd;			/* the hour's file; -1: none */
	bool sync;		/* fdatasync(2) after each line */
	char hour[REPORT_HOUR_LEN];
};

/* Open the folder, made if it is missing.  Faults as report_folder_open(). */
enum fault_kind report_spool_open(struct report_spool *s, const char *home,
    struct fault *f);
void report_spool_close(struct report_spool *s);

/*
 * Append one line, which ends in LF, to the hour of `now`.  FAULT_TEMP: the
 * lock was not had in time, or the disk is full; then nothing of the line
 * stays.
 */
enum fault_kind report_spool_add(struct report_spool *s, int64_t now,
    struct span line, struct fault *f);

/*
 * Close each hour that is over for REPORT_HOUR_GRACE seconds: rename it to
 * HOUR.RANDOM.closed.
 */
#define REPORT_HOUR_GRACE 120
enum fault_kind report_spool_close_hours(struct report_spool *s, int64_t now,
    struct fault *f);

/*
 * The names of the closed files in the spool, sorted, each ended by NUL, in
 * names; *waiting (may be NULL) is the oldest hour that is not closed yet, as
 * seconds since 1970, or -1.
 */
struct buf;
enum fault_kind report_spool_list(struct report_spool *s, struct buf *names,
    int64_t *waiting, struct fault *f);

#endif
