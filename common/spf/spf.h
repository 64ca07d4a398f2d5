/* SPDX-License-Identifier: ISC */
/*
 * SPF evaluation: check_host() of RFC 7208, with 8616.
 */
#ifndef SPF_H
#define SPF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/ipaddr.h"
#include "dns/dns.h"
#include "mail/verdict.h"

struct spf_trace;	/* spf_trace.h */

enum spf_identity {
	SPF_MAILFROM,
	SPF_HELO
};

struct spf_request {
	struct ipaddr ip;	/* the client; a mapped address is IPv4 */
	struct span mail_from;	/* as the envelope has it, <> optional; empty
				   is the null sender */
	struct span helo;
	enum spf_identity identity;
	struct span receiver;	/* %{r} in explanations; empty: "unknown" */
	int64_t now;		/* %{t} */
	struct span policy;	/* --policy: this record instead of the first
				   lookup; p NULL to look it up */
	bool anonymous;		/* with policy: nobody says who sends; a term
				   that needs it is FAULT_USAGE */
	size_t max_queries;	/* 0: BOUND_SPF_QUERIES */
	struct spf_trace *trace;	/* NULL, or shown every step */
};

/* An SPF record that was evaluated. */
struct spf_used {
	struct span name;	/* where it stands */
	struct span text;
};
#define SPF_USED 12		/* one for each lookup, and the first */

struct spf_result {
	enum spf_identity identity;
	enum verdict result;
	enum reason reason;
	struct span detail;	/* for people: which term of which record and
				   why; printable ASCII; may be empty */
	struct span domain;	/* checked; A-labels, lower case; p NULL if it
				   was no valid domain */
	struct span sender;	/* local-part@domain as it was evaluated:
				   postmaster@HELO for a null sender */
	struct span mechanism;	/* the term that matched, as written, or NULL */
	struct span explanation;	/* on fail only; UTF-8, control bytes
				   written \xHH; or NULL */
	size_t lookups;		/* terms that asked, RFC 7208 4.6.4 */
	size_t void_lookups;	/* terms with a question without answer */
	size_t queries;		/* questions to the DNS, the cache included */
	size_t nused;
	struct spf_used used[SPF_USED];	/* in the order of their reading */
};

/*
 * Judge one identity.  The result lives in the arena.  Time limit: the
 * caller's dns->deadline_ms.
 */
enum fault_kind spf_check(const struct spf_request *request, struct dns *dns,
    struct arena *a, struct spf_result *result, struct fault *f);

#endif
