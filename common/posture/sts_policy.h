/* SPDX-License-Identifier: ISC */
/* An MTA-STS policy as a file (RFC 8461 3.2). */
#ifndef POSTURE_STS_POLICY_H
#define POSTURE_STS_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* Bytes of a policy, RFC 8461 3.3; lines of mx that are kept. */
#define STS_POLICY_BYTES ((size_t)64 * 1024)
#define STS_POLICY_MX ((size_t)100)
/* Seconds of a year: max_age is not to be more. */
#define STS_POLICY_YEAR 31557600U

enum sts_mode {
	STS_MODE_UNKNOWN = 0,	/* there is no usable policy */
	STS_MODE_NONE,
	STS_MODE_TESTING,
	STS_MODE_ENFORCE
};

struct sts_policy {
	enum sts_mode mode;
	uint32_t max_age;	/* seconds */
	size_t nmx;		/* at most STS_POLICY_MX are kept */
	struct span mx[STS_POLICY_MX];
	struct span twice;	/* a key that stands twice; len 0: none */
	struct span unknown;	/* a key that RFC 8461 does not know */
};

/*
 * Read a policy by lines; the ends may be LF and CRLF mixed, the last may be
 * missing, empty lines mean nothing.  Of a key that stands twice the first
 * counts.  NULL, or in a few words why it cannot be used: *p has then no mode.
 * Spans are borrowed from text.
 */
const char *sts_policy_parse(struct span text, struct sts_policy *p);

/* Does a line of mx match the exchange (RFC 8461 4.1)?  "*." stands for
 * exactly one label. */
bool sts_policy_matches(struct span pattern, struct span exchange);

/* "none", "testing", "enforce"; NULL for STS_MODE_UNKNOWN. */
const char *sts_mode_word(enum sts_mode mode);

#endif
