/* SPDX-License-Identifier: ISC */
/* What the store keeps of reports on their way, and of who gets none. */
#ifndef REPORT_STORE_SEND_H
#define REPORT_STORE_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "report/store_make.h"

enum report_delivery_state {
	REPORT_WAIT = 0,
	REPORT_SENDING,		/* the program was started */
	REPORT_SENT,
	REPORT_DROPPED,		/* suppressed, no consent, too large ... */
	REPORT_GAVE_UP,
	REPORT_WITHDRAWN	/* the record is gone, or asks no more */
};
/* "wait", "sending" ... */
const char *report_delivery_word(enum report_delivery_state s);

struct report_delivery {
	int64_t report;
	struct span uri, address, host;
	struct span consent, last_reply;	/* p NULL: none yet */
	enum report_delivery_state state;
	int64_t tries, next_try;
};

/* Reports with a delivery that is due at `now`, shuffled; as report ids
 * (int64_t after int64_t). */
enum fault_kind report_store_to_send(struct report_store *s, int64_t now,
    struct buf *ids, struct fault *f);
/* A report; its spans live in the arena. */
enum fault_kind report_store_report(struct report_store *s, int64_t id,
    struct arena *a, struct report_made *made, struct fault *f);
/* The report of that domain and day (begin) alone; *n says how many parts. */
enum fault_kind report_store_report_of(struct report_store *s,
    struct span domain, int64_t begin, int64_t *id, int64_t *n,
    struct fault *f);
/* Its deliveries, in the arena, in the order of their URIs. */
enum fault_kind report_store_deliveries(struct report_store *s,
    int64_t report, struct arena *a, struct report_delivery **list,
    size_t *n, struct fault *f);
/* All that is not sent, for people; each() gets them in order. */
enum fault_kind report_store_queue(struct report_store *s, struct arena *a,
    void (*each)(void *arg, const struct report_made *made,
    const struct report_delivery *d), void *arg, struct fault *f);
/* In a transaction of its own: what became of a delivery. */
enum fault_kind report_store_delivery(struct report_store *s,
    const struct report_delivery *d, struct fault *f);

/* Who gets nothing: an address, @HOST or a policy domain, lower case. */
struct report_suppressed {
	struct span name, why;
	int64_t until;
};
enum fault_kind report_store_suppress(struct report_store *s,
    struct span name, int64_t until, int64_t days, struct span why,
    struct fault *f);
/* *days it was suppressed for last time; 0: never. */
enum fault_kind report_store_suppressed_days(struct report_store *s,
    struct span name, int64_t *days, struct fault *f);
enum fault_kind report_store_unsuppress(struct report_store *s,
    struct span name, bool *was, struct fault *f);
enum fault_kind report_store_is_suppressed(struct report_store *s,
    struct span name, int64_t now, bool *yes, struct fault *f);
enum fault_kind report_store_suppressed(struct report_store *s,
    enum fault_kind (*each)(void *arg, const struct report_suppressed *one,
    struct fault *f), void *arg, struct fault *f);
/* Was the report of that id ever given to a program for that address? p NULL:
 * any, and *address is the only one. */
enum fault_kind report_store_was_sent(struct report_store *s,
    struct span report_id, struct span address, struct arena *a,
    struct span *found, struct fault *f);

#endif
