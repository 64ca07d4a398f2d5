/* SPDX-License-Identifier: ISC */
/*
 * One input (a mail, a bare report) to what it holds: found by content, read,
 * trusted as far as its mail can be, stored once.
 */
#ifndef REPORT_READER_H
#define REPORT_READER_H

#include "dns/dns.h"
#include "mail/input.h"
#include "report/arf.h"
#include "report/mail.h"
#include "report/store_read.h"
#include "report/tlsrpt.h"
#include "report/xml.h"

/* What is reported of an input: once for each report in it, or once for all of
 * it.  Everything is borrowed until item() returns. */
struct report_item {
	struct span file;
	enum report_outcome outcome;
	enum report_why why;
	enum report_kind kind;
	enum report_trust trust;
	bool mailed;			/* there is a mail around it */
	struct span author_domain, message_id;
	int64_t date;			/* of the mail, or -1 */
	const char *dmarc;		/* its verdict, or NULL */
	const struct report_read *read;		/* by kind, or NULL */
	const struct report_tls *tls;
	const struct report_failure *failure;
};

struct report_reader {
	int64_t now;
	const struct clock *clock;
	struct dns *dns;		/* NULL: trust is unchecked */
	int64_t dns_ms;			/* for the questions of one mail */
	/* Of the input's outermost mail; NULL or family 0: unknown. */
	const struct report_client *client;
	const char *tmp;
	struct report_store *store;	/* NULL: nothing is stored; else a
					   write transaction is open */
	enum report_trust require;
	bool replace;
	/* --reporter: AUTHOR=REPORTER, domains. */
	size_t npairs;
	const char *const *pairs;
	/* Who is called; rows come before the item they belong to.  row and
	 * begin may be NULL. */
	void *state;
	enum fault_kind (*begin)(void *state, struct fault *f);
	enum fault_kind (*row)(void *state, const struct report_row *row,
	    struct fault *f);
	/* The sample of a failure report, before its item: the message's
	 * bytes, or its header's; NULL: nobody wants it. */
	enum fault_kind (*sample)(void *state, const struct spool *bytes,
	    struct fault *f);
	enum fault_kind (*item)(void *state, const struct report_item *item,
	    struct fault *f);
};

/*
 * Read one input.  *worst is the outcome that decides what becomes of the
 * mail: retry before all others, then broken and its like, then stored.
 * A report that is no good is an outcome, not a fault.
 */
enum fault_kind report_read_input(const struct report_reader *r,
    struct span file, struct source *src, enum report_outcome *worst,
    struct fault *f);

#endif
