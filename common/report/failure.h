/* SPDX-License-Identifier: ISC */
/*
 * Failure reports (RFC 9991 on 6591, 5965 and 6590): is one due, and what it
 * says.
 */
#ifndef REPORT_FAILURE_H
#define REPORT_FAILURE_H

#include <jansson.h>

#include "base/arena.h"
#include "dmarc/record.h"
#include "mail/message.h"
#include "report/redact.h"

/* Why none is due. */
enum report_not_due {
	REPORT_DUE = 0,
	REPORT_NOT_VERDICT,	/* no JSON of dmarceval with a record */
	REPORT_NOT_ASKED,	/* no ruf, or psd=y */
	REPORT_NOT_FAILED,	/* fo does not name what failed here */
	REPORT_NOT_LOOP		/* a null sender, a report, a list ...: a
				   report about it might go on for ever */
};
/* For people. */
const char *report_not_due_text(enum report_not_due why);

struct report_failing {
	/* who reports */
	struct span from, receiver;
	size_t nown;		/* our report addresses */
	const struct span *own;
	struct report_redact redact;
	bool drop_subject, body;
	const char *delivery;	/* delivered spam policy reject other; NULL */
	struct span envelope_id;	/* p NULL: none */
	uint64_t incidents;	/* alike since the last report; 1: this */
	/* after report_failure_due(): what failed; borrowed from the verdict
	 * and the arena */
	json_t *verdict;
	const struct dmarc_record *record;
	struct span policy_domain, author_domain;
	struct span ip, mail_from;	/* mail_from: p NULL if not known */
	bool pass, spf_aligned, dkim_aligned;
	const json_t *dkim;	/* the first aligned signature that failed */
	const json_t *spf;	/* the aligned SPF result that failed */
	char incident[65];	/* what alike ones have in common */
};

/* Is a report due about this message, by its verdict and its header? */
enum fault_kind report_failure_due(struct report_failing *r, json_t *verdict,
    const struct message *m, struct arena *a, enum report_not_due *why,
    struct fault *f);

/*
 * The mail, to these addresses: multipart/report, CRLF, ASCII.  body is the
 * message's own body, for r->body.
 */
struct report_failure_to {
	size_t n;
	const struct span *addresses;
	int64_t now;
	char id[33];		/* hexadecimal: of Message-ID and boundary */
};
enum fault_kind report_failure_format(const struct report_failing *r,
    const struct report_failure_to *to, const struct message *m,
    struct span body, struct buf *b, struct fault *f);

#endif
