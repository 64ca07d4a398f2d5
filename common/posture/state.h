/* SPDX-License-Identifier: ISC */
/*
 * What earlier runs found: a file of JSON lines, a header and one line a
 * domain.
 *
 * - A check that could not be made neither adds nor removes: the findings and
 *   facts of its family, and of those that rest on it, stay as they were.
 * - The file is the old one or the new one, never half: it is written beside,
 *   synced and renamed, and only by posture_state_save().
 * - A domain that was not reached keeps its line.
 * - The header holds the SHA-256 of the file before, so that a chain of copies
 *   shows a missing day.
 */
#ifndef POSTURE_STATE_H
#define POSTURE_STATE_H

#include "posture/posture.h"

struct posture_state;

struct posture_state_config {
	const char *path;
	bool init;		/* begin one; it must not be there */
	struct span options;	/* that shape results: must be as before */
	int64_t now;		/* seconds since 1970 */
	int64_t wait_ms;	/* for another run's lock */
	const struct clock *clock;
};

/*
 * Take the lock (PATH.lock) and read the file.  FAULT_NOINPUT: there is none;
 * FAULT_CANTCREAT: there is one, and init; FAULT_CONFIG: made with other
 * options; FAULT_DATA: not a state; FAULT_TEMP: another run holds the lock.
 */
enum fault_kind posture_state_open(const struct posture_state_config *config,
    struct posture_state **out, struct fault *f);
/* Let go of the lock; NULL is fine. */
void posture_state_close(struct posture_state *s);

/*
 * Compare one audit with what was known of its domain: findings known before
 * are marked so and have their `since`, what is gone and what changed is
 * added (in the arena of p's lint), and the new line is kept.  The filter was
 * applied before: what it knows is not kept, so that it comes back as new when
 * the filter ends.  facts: posture_facts(p), borrowed.
 */
enum fault_kind posture_state_compare(struct posture_state *s,
    struct posture *p, json_t *facts, struct fault *f);

/* Write the new file in place of the old one. */
enum fault_kind posture_state_save(struct posture_state *s, struct fault *f);

#endif
