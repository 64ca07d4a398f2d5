/* SPDX-License-Identifier: ISC */
/*
 * One DKIM-Signature field, RFC 6376 3.5, read and checked as far as that is
 * possible without the message's body, the DNS and the time.
 */
#ifndef DKIM_SIG_H
#define DKIM_SIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/span.h"
#include "dkim/dkim.h"
#include "mail/message.h"
#include "mail/verdict.h"

struct dkim_sig {
	const struct field *field;
	enum reason reason;	/* REASON_NONE: usable; else permerror */
	const char *what;	/* a few words for people, or "" */
	bool obsolete;		/* v= missing or 0.5, read with legacy */
	/* What could be read is set, whatever the reason; p NULL if not. */
	struct span domain;	/* d=, A-labels, lower case */
	struct span selector;	/* s=, the same */
	struct span identity;	/* i= decoded, or "@" and d= */
	struct span identity_local;	/* its part before the last "@" */
	struct span identity_domain;	/* A-labels, lower case */
	enum dkim_algorithm algorithm;
	struct span algorithm_text;	/* a= if it is printable */
	enum hash_kind hash;
	bool canon_known;
	enum dkim_canon header_canon, body_canon;
	struct span signature_text;	/* b= without white space */
	struct span signature;	/* b= decoded */
	struct span cut;	/* all bytes of b=, as canon_signature wants */
	size_t body_hash_len;
	unsigned char body_hash[HASH_MAX];
	size_t nheaders;
	struct span *headers;	/* h=, lower case */
	int64_t signed_at;	/* t= or -1 */
	int64_t expires_at;	/* x= or -1 */
	int64_t body_length;	/* l= or -1 */
};

/* How much to read: names alone cost next to nothing, so that thousands of
 * signatures can be counted. */
enum dkim_sig_depth {
	DKIM_SIG_NAMES,		/* d=, s=, a= */
	DKIM_SIG_ALL
};

/*
 * Read the field; what is wrong with it is a value.  Strings live in the
 * arena or borrow from the field.
 */
enum fault_kind dkim_sig_parse(const struct field *field, bool legacy,
    enum dkim_sig_depth depth, struct arena *a, struct dkim_sig *sig,
    struct fault *f);

/* Does the message have a signature field of this domain (d=)?  It is not
 * verified.  The domain is in A-labels and lower case. */
enum fault_kind dkim_sig_by(const struct message *m, struct span domain,
    struct arena *a, bool *yes, struct fault *f);

#endif
