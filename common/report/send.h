/* SPDX-License-Identifier: ISC */
/*
 * Reports on their way: at least once, and a repeat has the same ids and the
 * same bytes.  `sending` is committed before a program starts, `sent` after
 * it ended well.
 */
#ifndef REPORT_SEND_H
#define REPORT_SEND_H

#include "dns/dns.h"
#include "report/store_send.h"

/* Given up so long after the period's end. */
#define REPORT_SEND_FOR INT64_C(172800)

struct report_sender {
	const char *home;
	int64_t now;
	struct dns *dns;
	uint64_t max_mail;	/* bytes */
	bool dry_run;
	void *arg;
	/*
	 * Give the mail to the programs that sign and send it; *status is the
	 * exit status of the one that failed, or 0.  A fault: it could not be
	 * started.
	 */
	enum fault_kind (*deliver)(void *arg, const struct report_made *made,
	    struct span address, struct span mail, int *status,
	    struct fault *f);
	/* Told of each delivery that was dealt with, and why. */
	void (*said)(void *arg, const struct report_made *made,
	    const struct report_delivery *d, const char *why);
};

struct report_send_sum {
	uint64_t sent, dropped, withdrawn, given_up, waiting;
};

/* Send what is due. */
enum fault_kind report_send(struct report_store *s,
    const struct report_sender *sender, struct report_send_sum *sum,
    struct fault *f);

/*
 * A bounce (the whole message): suppress the address whose report it brings
 * back, 30 days the first time, doubling to a year.  *address is it, in the
 * arena, or p NULL if the bounce is about nothing that we sent.
 */
enum fault_kind report_bounced(struct report_store *s, struct span message,
    int64_t now, struct arena *a, struct span *address, struct fault *f);

#endif
