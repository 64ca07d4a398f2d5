/* SPDX-License-Identifier: ISC */
/*
 * SPF records, RFC 7208 sections 4.5, 4.6.1 and 12.
 *
 * The whole record is checked before any term is evaluated, and then read a
 * second time term by term: that takes no memory, however many terms a record
 * of 64 KB holds.
 */
#ifndef SPF_RECORD_H
#define SPF_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ipaddr.h"
#include "base/span.h"
#include "mail/verdict.h"

enum spf_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_REDIRECT,
	SPF_EXP,
	SPF_UNKNOWN	/* another modifier: no meaning, RFC 7208 6 */
};

/* One term, borrowed from the record. */
struct spf_term {
	enum spf_kind kind;
	enum verdict verdict;	/* of the qualifier, if it matches */
	struct span text;	/* as written */
	struct span name;	/* "ip4", "redirect" */
	struct span domain;	/* domain-spec; empty: the current domain */
	struct ipaddr net;	/* ip4, ip6 */
	unsigned prefix4;	/* a, mx, ip4: 32 if not written */
	unsigned prefix6;	/* a, mx, ip6: 128 if not written */
	size_t column;		/* in the record, from 1 */
	const char *error;	/* NULL, or what is wrong with the term */
	size_t error_column;	/* and where */
};

/* A place in a record. */
struct spf_terms {
	struct span record;
	size_t at;
};

/* What the whole record says. */
struct spf_record {
	struct span text;
	bool has_all;
	struct spf_term redirect;	/* text.len is 0 if there is none */
	struct spf_term exp;
};

/* Is this TXT record an SPF record: "v=spf1", then SP or nothing? */
bool spf_record_is(struct span txt);

/* To the first term of an SPF record. */
struct spf_terms spf_terms_of(struct span record);
/*
 * The next term; false at the end.  A wrong term comes with error set, and
 * those after it can still be read.  Duplicates are not seen here.
 */
bool spf_terms_next(struct spf_terms *t, struct spf_term *term);

/*
 * Check the whole record.  If it is wrong, *wrong is its first wrong term
 * (redirect or exp given twice included) with error set.
 */
bool spf_record_parse(struct span record, struct spf_record *r,
    struct spf_term *wrong);

/* Does the term ask the DNS, so that RFC 7208 4.6.4 counts it? */
bool spf_term_asks(const struct spf_term *term);

#endif
