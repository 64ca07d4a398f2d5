/* SPDX-License-Identifier: ISC */
/* Who sent the mail of a row, and why it fails. */
#ifndef REPORT_CAUSE_H
#define REPORT_CAUSE_H

#include "report/report.h"

enum report_cause {
	REPORT_PASSES = 0,
	REPORT_OURS_BROKEN,	/* a signature or SPF of our domain was there
				   and failed */
	REPORT_THIRD_PARTY,	/* passes as itself, not as us */
	REPORT_FORWARDED,	/* our d= fails while a foreign SPF passes, or
				   an override says so */
	REPORT_UNAUTHENTICATED	/* nothing passes: most likely forged */
};

/*
 * The sender that a row authenticated as: a passing d= that is not ours, else
 * a passing SPF domain that is not ours, else "ours", else empty.  ours is the
 * policy domain.  Borrowed from the row.
 */
struct span report_identity(const struct report_row *row, struct span ours);
enum report_cause report_cause(const struct report_row *row,
    struct span ours);

/* "ours-broken" ...; what to do about it, a sentence. */
const char *report_cause_word(enum report_cause c);
const char *report_cause_remedy(enum report_cause c);

#endif
