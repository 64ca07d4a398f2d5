/* SPDX-License-Identifier: ISC */
/*
 * The parts of a mail, one after the other, each without its transfer
 * encoding; and whether the mail itself can be believed.
 */
#ifndef REPORT_MAIL_H
#define REPORT_MAIL_H

#include "base/arena.h"
#include "base/fault.h"
#include "base/ipaddr.h"
#include "dmarc/dmarc.h"
#include "dns/dns.h"
#include "mail/author.h"
#include "mail/message.h"
#include "report/outcome.h"
#include "report/part.h"

/* Who handed the mail in, as our border saw it: nothing in the mail says so. */
struct report_client {
	struct ipaddr ip;	/* family 0: unknown, SPF is not asked */
	struct span mail_from;	/* empty: the null sender */
	struct span helo;
};

/* A mail whose body was read into a spool. */
struct report_mail {
	struct message message;
	struct spool body;
	struct part top;
	enum report_why why;	/* NONE: it can be walked */
	int64_t date;		/* its Date field, or -1 */
	struct span message_id, subject;	/* as they stand; p NULL */
	struct span author_domain;	/* p NULL: there is not one */
	struct author author;
	/* after report_mail_verify() */
	bool verified;		/* it was asked */
	enum verdict dmarc;
	struct span org;	/* Organizational Domain, or p NULL */
	bool dkim_whole;	/* an aligned passing signature without l= */
};

/* Read all of src; arena: the header and what is found in it. */
enum fault_kind report_mail_open(struct report_mail *m, struct source *src,
    char *chunk, struct arena *a, const char *tmp, struct fault *f);
void report_mail_close(struct report_mail *m);

/*
 * Does it pass DMARC by a DKIM signature, or, if the client is known, by SPF?
 * Asks the DNS; at most once.  client may be NULL; now is in seconds since
 * 1970.  What is found lives in the arena.  FAULT_NONE whatever the verdict
 * is.
 */
enum fault_kind report_mail_verify(struct report_mail *m,
    const struct report_client *client, struct dns *dns, int64_t now,
    struct arena *a, struct fault *f);

struct report_parts {
	void *state;
	/* A leaf with its decoded bytes, which the next part overwrites.
	 * parent is the multipart around it, or NULL. */
	enum fault_kind (*leaf)(void *state, const struct part *part,
	    const struct part *parent, const struct spool *bytes,
	    struct fault *f);
	const char *tmp;
};

/* Walk the parts; *why is the limit that ended it, or NONE. */
enum fault_kind report_mail_walk(const struct report_mail *m,
    const struct report_parts *to, enum report_why *why, struct fault *f);

#endif
