/* SPDX-License-Identifier: ISC */
/*
 * Counts over many messages: verdicts, reasons, Author Domains, sources that
 * fail.  Workers write one note a message; the parent adds them up.
 */
#ifndef DMARC_SUMMARY_H
#define DMARC_SUMMARY_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/ipaddr.h"
#include "base/span.h"
#include "dmarc/dmarc.h"
#include "mail/verdict.h"

/* Different names counted, of domains and of sources each; what comes beyond
 * is counted together. */
#define DMARC_SUMMARY_NAMES ((size_t)100000)
/* Rows of each table: of the text, of the JSON. */
#define DMARC_SUMMARY_ROWS 15
#define DMARC_SUMMARY_JSON 1000

#define DMARC_SUMMARY_RESULTS (VERDICT_NONE + 1)

struct dmarc_count {
	char *name;		/* NUL-terminated, printable ASCII */
	uint64_t messages, pass, fail;
};

struct dmarc_summary {
	uint64_t messages;
	uint64_t results[DMARC_SUMMARY_RESULTS];
	uint64_t reasons[REASON_COUNT];
	void *domains, *sources;	/* trees of struct dmarc_count */
	size_t ndomains, nsources;
	struct dmarc_count other_domains, other_sources;
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
