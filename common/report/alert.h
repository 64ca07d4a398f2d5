/* SPDX-License-Identifier: ISC */
/* What is new or worse than it was: ALR001 to ALR011. */
#ifndef REPORT_ALERT_H
#define REPORT_ALERT_H

#include "dns/dns.h"
#include "report/table.h"

struct alert_config {
	int64_t now;
	int64_t window, base;	/* days */
	int64_t min;		/* messages of a source that count */
	int64_t drop, floor;	/* percent; floor -1: none */
	struct span domain;	/* p NULL: all */
	enum report_trust trust;
	struct dns *dns;	/* for ALR006; NULL: not asked */
};

struct alert {
	const char *code;
	bool critical;
	bool fresh;		/* not reported before */
	bool acked;
	struct span object, text;	/* printable ASCII, in the arena */
};

#define ALERTS_MAX 500		/* more is one story, not many */

struct alerts {
	size_t count;
	struct alert list[ALERTS_MAX];
	bool data;		/* there was any report at all */
	int64_t messages, pass;	/* in the window */
};

/* Look; the objects live in the arena. */
enum fault_kind report_alerts(struct report_store *s,
    const struct alert_config *c, struct arena *a, struct alerts *out,
    struct fault *f);
/* Inside of a write transaction: mark those that were reported or acked,
 * remember the fresh ones, forget those that ended. */
enum fault_kind report_alerts_keep(struct report_store *s, int64_t now,
    struct alerts *out, struct fault *f);
/* --ack: quiet about that object until then. */
enum fault_kind report_alert_ack(struct report_store *s, struct span code,
    struct span object, int64_t until, struct fault *f);

/* For the store: newest report, and inputs of a day that were no good. */
enum fault_kind report_newest(struct report_store *s, int64_t *time,
    struct fault *f);
enum fault_kind report_bad_inputs(struct report_store *s, int64_t since,
    int64_t *n, struct fault *f);

#endif
