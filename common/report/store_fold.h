/* SPDX-License-Identifier: ISC */
/* What the store keeps of the spool: counters, and what was counted. */
#ifndef REPORT_STORE_FOLD_H
#define REPORT_STORE_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "report/event.h"
#include "report/store.h"

/* One folded file of the spool. */
struct report_segment {
	struct span name;
	uint64_t lines, torn, duplicates, cut;
	int64_t folded_at;
};

/* A policy configuration of a day. */
struct report_config {
	int64_t id;
	int64_t rows;		/* different ones so far */
	bool open;		/* false: it was made already */
};

/* All within a transaction of report_store_begin(). */
enum fault_kind report_store_segment(struct report_store *s,
    const struct report_segment *segment, bool *known, struct fault *f);
enum fault_kind report_store_segment_done(struct report_store *s,
    const struct report_segment *segment, struct fault *f);
/* Count a key; *first is false if it was counted before. */
enum fault_kind report_store_seen(struct report_store *s, const char *key,
    int64_t day, bool *first, struct fault *f);
/* Forget keys of days before this one. */
enum fault_kind report_store_seen_prune(struct report_store *s, int64_t day,
    struct fault *f);
/* The last day of which all was made; -1: none. */
enum fault_kind report_store_day_made(struct report_store *s, int64_t *day,
    struct fault *f);
/*
 * The configuration of (policy domain, day) with that hash, made if it is
 * new; if there are REPORT_CONFIGS of that day already, the last of them.
 */
#define REPORT_CONFIGS 8
enum fault_kind report_store_config(struct report_store *s,
    const struct report_event *event, int64_t day, struct span hash,
    struct report_config *config, struct fault *f);
/* Add n messages to a row that is there; *found says whether it is. */
enum fault_kind report_store_count(struct report_store *s, int64_t config,
    struct span hash, uint64_t n, bool *found, struct fault *f);
/* A new row; reasons and auth as in the spool's lines. */
enum fault_kind report_store_row(struct report_store *s, int64_t config,
    struct span hash, const struct report_row *row, struct fault *f);
/* What a configuration gained: messages, optional ones, rows, merged ones;
 * and the record that counts, the last that was seen. */
struct report_gain {
	int64_t config, last_seen;
	uint64_t messages, optional, rows, merged;
	struct span record;
};
enum fault_kind report_store_gain(struct report_store *s,
    const struct report_gain *gain, struct fault *f);
/* An aligned message of this policy domain was seen. */
enum fault_kind report_store_know(struct report_store *s,
    struct span policy_domain, int64_t time, struct fault *f);

#endif
