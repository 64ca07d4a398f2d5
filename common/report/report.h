/* SPDX-License-Identifier: ISC */
/*
 * What one DMARC aggregate report holds (RFC 9990), whoever wrote it: the
 * model that the reader fills, the store keeps and the maker writes.
 *
 * Spans are borrowed; who fills a struct says how long they live.  A span
 * whose p is NULL stands for what the report does not hold, an empty one for
 * what it holds empty.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ipaddr.h"
#include "base/span.h"

enum report_kind {
	REPORT_NONE = 0,
	REPORT_AGGREGATE,	/* RFC 9990 and 7489 */
	REPORT_FAILURE,		/* RFC 9991, 6591, 5965 */
	REPORT_TLS		/* RFC 8460 */
};

enum report_dialect {
	REPORT_RFC7489 = 0,
	REPORT_RFC9990
};

/* p=, sp=, np=; the zero value is "not said". */
enum report_ask {
	REPORT_ASK_UNSET = 0,
	REPORT_ASK_NONE,
	REPORT_ASK_QUARANTINE,
	REPORT_ASK_REJECT
};

/* What was done with the mail. */
enum report_disposition {
	REPORT_DONE_NONE = 0,
	REPORT_DONE_PASS,
	REPORT_DONE_QUARANTINE,
	REPORT_DONE_REJECT
};

/* The raw result of SPF or DKIM (RFC 8601 words). */
enum report_result {
	REPORT_RESULT_NONE = 0,
	REPORT_RESULT_PASS,
	REPORT_RESULT_FAIL,
	REPORT_RESULT_POLICY,
	REPORT_RESULT_NEUTRAL,
	REPORT_RESULT_TEMPERROR,
	REPORT_RESULT_PERMERROR,
	REPORT_RESULT_SOFTFAIL,		/* SPF alone */
	REPORT_RESULT_OTHER		/* a word that is none: see text */
};

/* Why the disposition is not the published policy. */
enum report_reason_type {
	REPORT_REASON_OTHER = 0,
	REPORT_REASON_LOCAL_POLICY,
	REPORT_REASON_MAILING_LIST,
	REPORT_REASON_POLICY_TEST_MODE,
	REPORT_REASON_TRUSTED_FORWARDER,
	REPORT_REASON_FORWARDED,	/* RFC 7489 */
	REPORT_REASON_SAMPLED_OUT	/* RFC 7489 */
};

/* Bounds of one row and one report (the reader's; makers stay below). */
#define REPORT_DKIM_MAX		100
#define REPORT_SPF_MAX		10
#define REPORT_REASONS_MAX	20
#define REPORT_ERRORS_MAX	20

struct report_reason {
	enum report_reason_type type;
	struct span comment;
};

/* One dkim or spf element of auth_results. */
struct report_auth {
	struct span domain;
	struct span selector;		/* DKIM; p NULL: none */
	struct span scope;		/* SPF: "mfrom", "helo"; p NULL */
	enum report_result result;
	struct span text;		/* with REPORT_RESULT_OTHER */
	struct span human;		/* human_result */
};

struct report_policy {
	struct span domain;		/* where the record was found */
	enum report_ask p, sp, np;
	char adkim, aspf;		/* 'r', 's' or 0 */
	char testing;			/* 'y', 'n' or 0 */
	struct span fo;
	struct span discovery;		/* "treewalk", "psl" */
	int pct;			/* RFC 7489; -1: not said */
};

struct report_row {
	struct ipaddr ip;
	uint64_t count;			/* messages */
	enum report_disposition disposition;
	bool dkim, spf;			/* aligned and passed */
	struct span header_from, envelope_from, envelope_to;
	size_t nreasons, ndkim, nspf;
	struct report_reason reasons[REPORT_REASONS_MAX];
	struct report_auth auth_dkim[REPORT_DKIM_MAX];
	struct report_auth auth_spf[REPORT_SPF_MAX];
	uint64_t codes;			/* of finding.h, one bit each: what was
					   odd in this row as it was read */
};

/* report_metadata and policy_published. */
struct report {
	enum report_dialect dialect;
	struct span version;
	struct span org_name, email, extra_contact_info, report_id;
	struct span generator;
	int64_t begin, end;		/* seconds since 1970; end is the last
					   second of the period */
	size_t nerrors;
	struct span errors[REPORT_ERRORS_MAX];
	struct report_policy policy;
};

/* The words of RFC 9990 ("none", "quarantine" ...); "" for UNSET. */
const char *report_kind_word(enum report_kind k);
const char *report_dialect_word(enum report_dialect d);
const char *report_ask_word(enum report_ask a);
const char *report_disposition_word(enum report_disposition d);
const char *report_result_word(enum report_result r);
const char *report_reason_word(enum report_reason_type t);

/*
 * The value of a word that is spelled exactly so (lower case); false, and
 * *out unchanged, for any other.
 */
bool report_ask_of(struct span word, enum report_ask *out);
bool report_disposition_of(struct span word, enum report_disposition *out);
bool report_result_of(struct span word, enum report_result *out);
bool report_reason_of(struct span word, enum report_reason_type *out);

#endif
