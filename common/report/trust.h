/* SPDX-License-Identifier: ISC */
/* How far a report that was read can be believed (spec: trust). */
#ifndef REPORT_TRUST_H
#define REPORT_TRUST_H

#include <stdbool.h>

#include "base/span.h"

/* The zero value believes nothing; more is more. */
enum report_trust {
	REPORT_UNVERIFIED = 0,	/* the mail does not pass DMARC */
	REPORT_UNCHECKED,	/* nobody looked */
	REPORT_LOCAL,		/* a bare file that the caller named */
	REPORT_AUTHENTIC,	/* it passes, but names another reporter */
	REPORT_VERIFIED
};

const char *report_trust_word(enum report_trust t);
bool report_trust_of(struct span word, enum report_trust *out);

/* Is name the domain top or a subdomain of it (ASCII case aside)? */
bool report_below(struct span name, struct span top);

#endif
