/* SPDX-License-Identifier: ISC */
/*
 * Redaction of failure reports (RFC 6590): each local part becomes 12 letters
 * and digits that depend on it and on a key of this site, so that the same
 * address is the same in all reports and nobody can find out whose it is.
 */
#ifndef REPORT_REDACT_H
#define REPORT_REDACT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"

#define REPORT_REDACT_KEY 32	/* bytes */
#define REPORT_REDACT_TOKEN 12

struct report_redact {
	bool none;		/* --redact=none: everything stays */
	struct span key;
};

/* The token of a local part. */
void report_redact_token(const struct report_redact *r, struct span local,
    struct buf *b);
/* An address LOCAL@DOMAIN without angle brackets. */
void report_redact_address(const struct report_redact *r,
    struct span address, struct buf *b);
/*
 * Text in which any word may be an address: all that stands before an `@`,
 * quoted or with spaces between, is replaced; encoded-words too if any of them
 * holds one.  Lines are unfolded.
 */
void report_redact_text(const struct report_redact *r, struct span text,
    struct buf *b);
/*
 * The value of a header field, by its name: addresses without their names,
 * signatures without i='s local part and z=, all else as text.
 */
enum fault_kind report_redact_field(const struct report_redact *r,
    struct span name, struct span value, struct buf *b, struct fault *f);

/* May the field stand in a report at all? */
bool report_redact_allows(struct span name);

#endif
