/* SPDX-License-Identifier: ISC */
/*
 * DKIM verification (RFC 6376, 8301, 8463, 8616).  One pass over the body
 * feeds every signature.
 *
 *	dkim_verify_open(&v, &message, &options, arena, fault);
 *	while (message_body(&message, &chunk, fault) ... chunk.len > 0)
 *		dkim_verify_body(v, chunk);
 *	dkim_verify_close(v, dns, now, &report, fault);
 */
#ifndef DKIM_H
#define DKIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "dkim/canon.h"
#include "dns/dns.h"
#include "mail/message.h"
#include "mail/verdict.h"

enum dkim_algorithm {
	DKIM_ALGORITHM_UNKNOWN = 0,
	DKIM_RSA_SHA1,
	DKIM_RSA_SHA256,
	DKIM_ED25519_SHA256
};

/* Known only after it was looked at. */
enum dkim_known {
	DKIM_UNKNOWN = 0,
	DKIM_YES,
	DKIM_NO
};

/* What to do with a body longer than l= says. */
enum dkim_body_length {
	DKIM_LENGTH_POLICY = 0,
	DKIM_LENGTH_ACCEPT,
	DKIM_LENGTH_FAIL
};

struct key_cache;

struct dkim_options {
	struct key_cache *keys;	/* parsed keys, see key.h; the caller's, kept
				   over many messages; NULL is none */
	bool legacy;		/* judge as of old: sha1, RSA >= 512 ... */
	unsigned min_bits;	/* RSA; 0 is 1024 */
	size_t max_signatures;	/* tried; 0 is BOUND_DKIM_TRIED */
	int64_t max_age;	/* seconds since t=; 0 is no limit */
	enum dkim_body_length body_length;
	struct span domain;	/* count only signatures of this d= */
	size_t index;		/* count only this one; 0 is all */
	bool all;		/* the message passes only if all do */
	/* --debug-canon: shown every canonicalised byte that is hashed.
	 * what is "header" or "body", index the signature's. */
	void (*debug)(void *state, size_t index, const char *what,
	    struct span bytes);
	void *debug_state;
};

/*
 * One signature and what became of it.  Spans are borrowed from the message
 * or the arena; p is NULL where nothing is known.  domain and selector are
 * set only if they are valid names, in A-labels, lower case.
 */
struct dkim_result {
	size_t index;		/* 1 is the topmost DKIM-Signature */
	enum verdict result;
	enum reason reason;
	struct span detail;	/* a few words for people, printable ASCII:
				   which tag, what length; may be empty */
	struct span domain;	/* d= */
	struct span selector;	/* s= */
	struct span identity;	/* i=, or "@" and d= */
	struct span signature;	/* b= without white space, as it stood */
	enum dkim_algorithm algorithm;
	struct span algorithm_text;	/* "rsa-sha256"; as it stood if it is
				   printable and unknown */
	unsigned key_bits;	/* 0: unknown */
	bool canon_known;
	enum dkim_canon header_canon, body_canon;
	size_t nheaders;
	struct span *headers;	/* names in h=, lower case */
	int64_t signed_at;	/* t=, or -1 */
	int64_t expires_at;	/* x=, or -1 */
	int64_t body_length;	/* l=, or -1 */
	enum dkim_known body_ok, header_ok;
	bool testing;		/* key has t=y */
	bool strict;		/* key has t=s */
	bool legacy;		/* good only because of --legacy */
	bool authentic;		/* the key's DNS answer had the AD bit */
	bool counted;		/* not set aside by --domain or --index */
};

struct dkim_report {
	enum verdict result;	/* first of pass temperror policy fail
				   permerror; none without signatures */
	enum reason reason;	/* of the deciding one, or malformed */
	const char *detail;	/* what is malformed, for people; or NULL */
	size_t count;
	struct dkim_result *results;
	uint64_t body_bytes;	/* octets of the body as they arrived */
};

struct dkim_verify;

/*
 * Look at the header: parse the signatures, set up the hashes.  The verifier
 * lives in the arena; options are copied.
 */
enum fault_kind dkim_verify_open(struct dkim_verify **v,
    const struct message *m, const struct dkim_options *options,
    struct arena *a, struct fault *f);

/* The next bytes of the body, cut anywhere. */
void dkim_verify_body(struct dkim_verify *v, struct span bytes);

/*
 * The body is over: fetch the keys, judge.  The report lives in the arena.
 * A verifier that is not closed holds nothing but its arena.
 */
enum fault_kind dkim_verify_close(struct dkim_verify *v, struct dns *dns,
    int64_t now, struct dkim_report *report, struct fault *f);

/* "rsa-sha256" ...; "relaxed" or "simple". */
const char *dkim_algorithm_word(enum dkim_algorithm algorithm);
const char *dkim_canon_word(enum dkim_canon canon);

#endif
