/* SPDX-License-Identifier: ISC */
/*
 * Counts over many messages: verdicts, reasons, Author Domains, sources that
 * fail.  Workers write one note a message; the parent adds them up.
 */
#ifndef DMARC_SUMMARY_H
#define DMARC_SUMMARY_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/ipaddr.h"
#include "base/span.h"
#include "dmarc/dmarc.h"
#include "mail/tally.h"
#include "mail/verdict.h"

#define DMARC_SUMMARY_RESULTS (VERDICT_NONE + 1)

struct dmarc_summary {
	uint64_t messages;
	uint64_t results[DMARC_SUMMARY_RESULTS];
	uint64_t reasons[REASON_COUNT];
	struct tally domains, sources;
};

/* The note of one message, for dmarc_summary_add: its verdict and where it
 * came from (family 0: unknown). */
void dmarc_summary_note(const struct dmarc_result *r,
    const struct ipaddr *source, struct buf *b);

/* A zeroed summary is empty.  FAULT_SOFTWARE for what is no note. */
enum fault_kind dmarc_summary_add(struct dmarc_summary *s, struct span note,
    struct fault *f);
/* Tables of at most 80 columns. */
enum fault_kind dmarc_summary_text(const struct dmarc_summary *s,
    struct buf *b, struct fault *f);
/* One JSON object; NULL without memory. */
json_t *dmarc_summary_json(const struct dmarc_summary *s);
void dmarc_summary_free(struct dmarc_summary *s);

#endif
