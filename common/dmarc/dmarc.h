/* SPDX-License-Identifier: ISC */
/*
 * DMARC evaluation, RFC 9989: from the Author Domain and the results of SPF
 * and DKIM to a verdict and the policy that its Domain Owner asks for.
 *
 * It never says what to do with a message: RFC 9989 5.4 leaves that to who
 * receives it.
 */
#ifndef DMARC_H
#define DMARC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "dmarc/record.h"
#include "dmarc/walk.h"
#include "dns/dns.h"
#include "mail/verdict.h"

enum dmarc_method {
	DMARC_SPF,
	DMARC_DKIM
};

/*
 * An Authenticated Identifier, or one that might have been: the domain of
 * MAIL FROM (postmaster@HELO for a null sender; a HELO check never is one),
 * or d= of a signature.
 */
struct dmarc_identifier {
	enum dmarc_method method;
	enum verdict result;
	struct span domain;	/* A-labels; empty if unknown or not valid */
	/* For people; all may be empty. */
	struct span selector;	/* DKIM */
	enum reason reason;	/* why it is not a pass */
	struct span detail;	/* printable ASCII */
};

/* Author Domains, when From holds more than one. */
enum dmarc_multi {
	DMARC_MULTI_PERMERROR = 0,
	DMARC_MULTI_STRICTEST	/* RFC 9989 11.5, at most BOUND_DMARC_AUTHORS */
};

struct dmarc_request {
	/* Distinct, A-labels, lower case. None: author_reason says why. */
	size_t nauthors;
	const struct span *authors;
	enum reason author_reason;
	struct span author_detail;	/* for people; may be empty */
	enum dmarc_multi multi;
	size_t nidentifiers;
	const struct dmarc_identifier *identifiers;
	bool no_envelope;	/* SPF could not be asked: without an aligned
				   DKIM pass the verdict is permerror */
	bool want_org;		/* find the Organizational Domain even where
				   the verdict does not need it */
	bool want_alignment;	/* and the alignment of what did not pass */
};

enum dmarc_alignment {
	DMARC_UNKNOWN = 0,	/* a question failed, or was not asked */
	DMARC_ALIGNED,
	DMARC_UNALIGNED
};

/* One identifier as it was weighed. */
struct dmarc_judged {
	struct dmarc_identifier identifier;
	enum dmarc_alignment alignment;
	bool strict;		/* the mode that was asked of it */
	struct span org;	/* p NULL where it was not needed */
};

/* Where the policy came from. */
enum dmarc_source {
	DMARC_SOURCE_NONE = 0,
	DMARC_SOURCE_AUTHOR,	/* the Author Domain's own record */
	DMARC_SOURCE_ORG,	/* the Organizational Domain's */
	DMARC_SOURCE_PSD	/* the public suffix's */
};

#define DMARC_WARNINGS 40

struct dmarc_result {
	enum verdict result;	/* pass fail none temperror permerror */
	enum reason reason;
	struct span detail;	/* for people; printable ASCII; may be empty */
	struct span author_domain;	/* p NULL if there is not one */
	struct span org;	/* p NULL if unknown */
	struct span policy_domain;	/* where the record stands; p NULL */
	const struct dmarc_record *record;	/* NULL: none applies */
	enum dmarc_source source;
	const char *tag;	/* that gave the policy: "p", "sp", "np", or
				   "" where none could */
	bool nonexistent;	/* the Author Domain is NXDOMAIN; asked only
				   where np differs */
	enum dmarc_policy policy;	/* asked for; UNSET: unknown */
	enum dmarc_policy applied;	/* after t=y; UNSET for temperror and
					   permerror: nothing may be applied */
	bool test_mode;
	/* An identifier passed and is aligned; UNKNOWN without a record. */
	enum dmarc_alignment spf_aligned, dkim_aligned;
	size_t njudged;
	struct dmarc_judged *judged;	/* in the order of the request */
	const struct dmarc_walk *walk;	/* the Author Domain's, or NULL */
	size_t nwarnings;
	struct span warnings[DMARC_WARNINGS];	/* printable ASCII */
};

/*
 * Judge.  The result lives in the arena; spans of the request are borrowed.
 * Time limit: dns->deadline_ms.
 */
enum fault_kind dmarc_evaluate(const struct dmarc_request *request,
    struct dns *dns, struct arena *a, struct dmarc_result *result,
    struct fault *f);

#endif
