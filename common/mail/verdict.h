/* SPDX-License-Identifier: ISC */
/*
 * The results of RFC 8601 that SPF, DKIM and DMARC share, and the exit status
 * each becomes.  A verdict is a value; it is never a fault.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>

#include "base/span.h"

/* The zero value gives nothing away: it says "try again". */
enum verdict {
	VERDICT_TEMPERROR = 0,
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_SOFTFAIL,	/* SPF only */
	VERDICT_NEUTRAL,
	VERDICT_PERMERROR,
	VERDICT_POLICY,		/* DKIM only */
	VERDICT_NONE
};

/* "pass", "fail" ...: a string that lives for ever. */
const char *verdict_word(enum verdict v);
/* The verdict a word names, in exactly that spelling; false if none. */
bool verdict_parse(struct span word, enum verdict *out);
/* The exit status: 0 pass, 1 fail ... 75 temperror. */
int verdict_exit(enum verdict v);
/*
 * The worse of two exit statuses of the verifying tools, in the order 70, 78,
 * 77, 73, 74, 66, 65, 75, 1, 4, 5, 2, 3, 6, 0 (contract, "Exit status").
 */
int verdict_worse_exit(int a, int b);

/*
 * Why a verdict is what it is: one word of this closed list.  This table is
 * the only place where the words stand; vouchsafe(7) is checked against it.
 * X(NAME, "word", "what it means")
 */
#define REASONS(X) \
	X(NONE, "", "no reason was needed") \
	X(BODY, "body", "DKIM: the body was changed after it was signed") \
	X(HEADER, "header", \
	    "DKIM: a signed header field was changed, or the key is not the " \
	    "signer's") \
	X(KEY_NONE, "key-none", "DKIM: no key record at the selector") \
	X(KEY_REVOKED, "key-revoked", "DKIM: the key record's p= is empty") \
	X(KEY_INVALID, "key-invalid", \
	    "DKIM: the key record or its key cannot be used") \
	X(KEY_TYPE, "key-type", \
	    "DKIM: the key's type, hashes or services do not fit") \
	X(WEAK, "weak", "DKIM: SHA-1, or an RSA key that is too short") \
	X(EXPIRED, "expired", "DKIM: x= has passed") \
	X(NOT_YET, "not-yet", "DKIM: t= lies in the future") \
	X(TOO_MANY, "too-many", "DKIM: more signatures than are tried") \
	X(TOO_OLD, "too-old", "DKIM: older than --max-age allows") \
	X(UNSIGNED_DUPLICATE, "unsigned-duplicate", \
	    "DKIM: a field that may stand once stands twice, one unsigned") \
	X(BODY_LENGTH, "body-length", \
	    "DKIM: l= leaves a part of the body unsigned") \
	X(SYNTAX, "syntax", "the signature or record breaks its grammar") \
	X(MALFORMED, "malformed", "the message's header breaks RFC 5322") \
	X(LOOKUP_LIMIT, "lookup-limit", \
	    "SPF: more than ten terms that ask the DNS") \
	X(VOID_LIMIT, "void-limit", \
	    "SPF: more than two lookups without an answer") \
	X(TIME_LIMIT, "time-limit", "the time for one message ran out") \
	X(QUERY_LIMIT, "query-limit", "more DNS queries than are allowed") \
	X(INCLUDE_NONE, "include-none", \
	    "SPF: include or redirect names a domain without a record") \
	X(MULTIPLE_RECORDS, "multiple-records", \
	    "more than one record where one is allowed") \
	X(NO_ENVELOPE, "no-envelope", \
	    "neither options nor the message name the envelope") \
	X(INNER_HOP, "inner-hop", \
	    "the mail came from an inner address: no envelope is taken") \
	X(NO_AUTHOR_DOMAIN, "no-author-domain", \
	    "no From field, or no address in it") \
	X(MULTIPLE_FROM_FIELDS, "multiple-from-fields", \
	    "more than one From field") \
	X(MULTIPLE_AUTHOR_DOMAINS, "multiple-author-domains", \
	    "From names several domains") \
	X(MALFORMED_FROM, "malformed-from", "From is not an address list") \
	X(ENCODED_WORD_AS_MAILBOX, "encoded-word-as-mailbox", \
	    "From has an encoded-word where an address belongs") \
	X(DOMAIN_INVALID, "domain-invalid", "a domain is not a valid name") \
	X(NOT_ALIGNED, "not-aligned", \
	    "DMARC: what passed is not of the author's domain") \
	X(DNS, "dns", "the DNS did not answer: try again") \
	X(RECORD_INVALID, "record-invalid", "the published record is invalid") \
	X(WORKER_DIED, "worker-died", "the process that judged it crashed")

enum reason {
#define REASON_ENUM(name, word, text) REASON_##name,
	REASONS(REASON_ENUM)
#undef REASON_ENUM
	REASON_COUNT
};

/* The word ("" for REASON_NONE) and its sentence. */
const char *reason_word(enum reason r);
const char *reason_text(enum reason r);

#endif
