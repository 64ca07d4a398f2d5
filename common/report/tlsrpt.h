/* SPDX-License-Identifier: ISC */
/* SMTP TLS reports, RFC 8460 4.4. */
#ifndef REPORT_TLSRPT_H
#define REPORT_TLSRPT_H

#include "base/arena.h"
#include "report/container.h"
#include "report/finding.h"

struct report_tls_detail {
	struct span result_type, sending, mx, code;	/* p NULL: not said */
	uint64_t count;
};

struct report_tls_policy {
	struct span type, domain;	/* "sts", "tlsa", "no-policy-found" */
	uint64_t ok, failed;		/* sessions */
	size_t ndetails;
	struct report_tls_detail *details;
};

struct report_tls {
	bool report;			/* it looks like one at all */
	enum report_why why;
	struct span org_name, contact, report_id;
	int64_t begin, end;
	size_t npolicies;
	struct report_tls_policy *policies;
	uint64_t ok, failed;
	struct report_findings findings;
	struct span digest;		/* hex */
};

/* All in the arena. */
enum fault_kind report_tls_read(struct report_leaf *leaf, int64_t now,
    struct arena *a, struct report_tls *out, struct fault *f);

#endif
