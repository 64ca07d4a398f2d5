/* SPDX-License-Identifier: ISC */
/*
 * The DNS Tree Walk of RFC 9989 4.10: which records stand on the way from a
 * domain up to its top-level domain, and which name is its Organizational
 * Domain.  At most BOUND_DMARC_WALK questions a walk; the walks of one message
 * share what they learned.
 */
#ifndef DMARC_WALK_H
#define DMARC_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bounds.h"
#include "base/fault.h"
#include "base/span.h"
#include "dmarc/record.h"
#include "dns/dns.h"

/* Records kept of one name: two void each other, the rest is for people. */
#define DMARC_KEPT 4

/* What stands at _dmarc.<name>. */
struct dmarc_found {
	struct dmarc_found *next;	/* the memo's list */
	struct span name;	/* without `_dmarc.` */
	enum dns_outcome outcome;
	enum dns_why why;
	struct span said;	/* see dns_answer */
	size_t ntexts;		/* TXT records, of whatever kind */
	size_t nrecords;	/* those that are DMARC records */
	/* The first ones of both, for lint. */
	struct span texts[DMARC_KEPT];
	struct dmarc_record *records[DMARC_KEPT];
	struct dmarc_record *record;	/* the only one; NULL if there is
					   none or more than one */
};

/* What one message has learned; lives in the message's arena. */
struct dmarc_memo {
	struct dns *dns;
	struct arena *arena;
	struct dmarc_found *first;
};

struct dmarc_walk {
	struct span domain;	/* where it began */
	size_t count;
	struct dmarc_found *steps[BOUND_DMARC_WALK];
	bool failed;		/* the last step was DNS_TEMPERROR: nothing
				   below is known */
	struct span org;	/* the Organizational Domain */
	const char *rule;	/* why that one, for people */
	struct dmarc_found *org_found;	/* its record, or NULL */
	struct dmarc_found *psd_found;	/* the psd=y record above the domain
					   that ended the walk, or NULL */
};

void dmarc_memo_init(struct dmarc_memo *memo, struct dns *dns,
    struct arena *a);

/*
 * Ask for _dmarc.<name> unless this message already did.  name is lower case
 * without a trailing dot; *found lives in the arena.
 */
enum fault_kind dmarc_find(struct dmarc_memo *memo, struct span name,
    struct dmarc_found **found, struct fault *f);

/*
 * Walk up from domain (A-labels, lower case, no trailing dot).  A question
 * that fails ends the walk: walk->failed.
 */
enum fault_kind dmarc_walk(struct dmarc_memo *memo, struct span domain,
    struct dmarc_walk *walk, struct fault *f);

#endif
