/* SPDX-License-Identifier: ISC */
/*
 * Counts over many messages: verdicts, the reasons of signatures, signing
 * domains, keys that fail.  Workers write one note a message; the parent adds
 * them up.
 */
#ifndef DKIM_SUMMARY_H
#define DKIM_SUMMARY_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "dkim/dkim.h"
#include "mail/tally.h"
#include "mail/verdict.h"

#define DKIM_SUMMARY_RESULTS (VERDICT_NONE + 1)

struct dkim_summary {
	uint64_t messages, signatures;	/* signatures that counted */
	uint64_t results[DKIM_SUMMARY_RESULTS];	/* of messages */
	uint64_t reasons[REASON_COUNT];	/* of signatures, and of messages
					   without one */
	/* By d=, and by the name of the key's record.  What is not good for
	 * ever is a fail: fail, policy, permerror. */
	struct tally domains, keys;
};

/* The note of one message, for dkim_summary_add. */
void dkim_summary_note(const struct dkim_report *r, struct buf *b);
/* A zeroed summary is empty.  FAULT_SOFTWARE for what is no note. */
enum fault_kind dkim_summary_add(struct dkim_summary *s, struct span note,
    struct fault *f);
/* Tables of at most 80 columns. */
enum fault_kind dkim_summary_text(const struct dkim_summary *s,
    struct buf *b, struct fault *f);
/* One JSON object; NULL without memory. */
json_t *dkim_summary_json(const struct dkim_summary *s);
void dkim_summary_free(struct dkim_summary *s);

#endif
