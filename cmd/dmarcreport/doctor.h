/* SPDX-License-Identifier: ISC */
/* dmarcreport doctor: shared by its files. */
#ifndef DMARCREPORT_DOCTOR_H
#define DMARCREPORT_DOCTOR_H

#include "dmarcreport/dmarcreport.h"

struct doctor {
	struct dmarcreport_common common;
	const char *from, *signer, *home;
	size_t bad;
};

/* One thing that would break, on standard error; it is counted. */
void doctor_say(struct doctor *d, const char *text, const char *what);

/*
 * Would a report that d->signer signs pass DMARC for d->from?  A mail is
 * signed and judged as a reader would, now.  What is wrong is said; a fault
 * is our own.
 */
enum fault_kind doctor_signer(struct doctor *d, struct fault *f);

#endif
