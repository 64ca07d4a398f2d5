/* SPDX-License-Identifier: ISC */
/* dmarcreport alert: shared by its files. */
#ifndef DMARCREPORT_ALERT_H
#define DMARCREPORT_ALERT_H

#include "dmarcreport/dmarcreport.h"
#include "report/alert.h"

#define ALERTING_ACKS 256

struct alerting {
	struct dmarcreport_common common;
	struct alert_config config;
	uint64_t window, base, min, drop, floor;
	bool json, nagios, has_floor;
	size_t nacks;
	const char *acks[ALERTING_ACKS];
	struct alerts alerts;
};

/* Take one --ack into the store. */
enum fault_kind alerting_ack(struct report_store *store, const char *text,
    int64_t now, struct fault *f);
/* One alert as text or JSON. */
void alerting_print(const struct alerting *s, const struct alert *x,
    struct buf *b);
/* The status line of a monitor's check; its exit status. */
int alerting_nagios(const struct alerting *s, struct buf *b);

#endif
