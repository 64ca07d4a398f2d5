/* SPDX-License-Identifier: ISC */
/*
 * Findings that somebody decided to live with, until a day and for a reason:
 *
 *	CODE[:DOMAIN] [until DATE] [# why]
 *
 * DATE is 2027-03-01, to its end in UTC, or an RFC 3339 time.
 */
#ifndef POSTURE_IGNORE_H
#define POSTURE_IGNORE_H

#include "dns/finding.h"

/*
 * Add the lines of `text` to the filter.  An entry that is past its date at
 * `now` counts no more: note() is called with its line.  FAULT_CONFIG for a
 * line that is none of this; the text begins with the line's number.
 */
enum fault_kind posture_ignore(struct lint_filter *filter, struct span text,
    int64_t now, void (*note)(void *state, size_t line, const char *what),
    void *state, struct fault *f);

/* A date, to its end, or a time; false if it is neither. */
bool posture_until(struct span text, int64_t *out);

#endif
