/* SPDX-License-Identifier: ISC */
/*
 * Failure reports: RFC 9991 on 6591 and 5965, and two plain texts that are
 * sent in their place.
 */
#ifndef REPORT_ARF_H
#define REPORT_ARF_H

#include "base/arena.h"
#include "base/fault.h"
#include "base/ipaddr.h"
#include "report/finding.h"

struct report_failure {
	bool report;			/* it is about DMARC, DKIM or SPF */
	struct span domain;		/* Reported-Domain, lower case */
	struct ipaddr ip;
	int64_t arrival;		/* -1: unknown */
	struct span auth_failure, alignment, dkim_domain, dkim_selector;
	struct span mail_from_domain, delivery;	/* p NULL: not said */
	uint64_t incidents;
	struct report_findings findings;
};

/* The machine's part; date: the mail's, where Arrival-Date is missing. */
enum fault_kind report_arf_read(struct span bytes, int64_t date,
    struct arena *a, struct report_failure *out, struct fault *f);
/* A text part: report is false unless it has one of the known forms. */
enum fault_kind report_arf_text(struct span bytes, int64_t date,
    struct arena *a, struct report_failure *out, struct fault *f);

#endif
