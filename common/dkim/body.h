/* SPDX-License-Identifier: ISC */
/*
 * The body hashes of one message: one canonicalisation each kind, one hash
 * each {canon, hash, l=}, however many signatures ask for them.
 */
#ifndef DKIM_BODY_H
#define DKIM_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/span.h"
#include "dkim/canon.h"
#include "mail/message.h"

/* One hash over the canonical body, or its first `limit` octets. */
struct body_hash {
	struct body_hash *next;
	enum hash_kind kind;
	int64_t limit;		/* l=, or -1 for all */
	struct hash hash;
	unsigned char digest[HASH_MAX];	/* after dkim_body_end */
};

/* One canonicalisation and the hashes it feeds. */
struct body_lane {
	struct canon_body *canon;	/* NULL: not asked for */
	struct body_hash *hashes;
	uint64_t total;		/* octets of the canonical body so far */
	/* Told every canonical byte; may be NULL. */
	void (*tap)(void *state, enum dkim_canon canon, struct span bytes,
	    uint64_t at);
	void *tap_state;
	enum dkim_canon kind;
};

struct dkim_body {
	enum eol eol;
	uint64_t bytes;		/* octets as they arrived */
	struct body_lane lanes[2];	/* by enum dkim_canon */
};

void dkim_body_init(struct dkim_body *b, enum eol eol);
/*
 * Ask for a hash, before the first byte.  *out is shared by all who ask for
 * the same; it lives in the arena.
 */
enum fault_kind dkim_body_want(struct dkim_body *b, enum dkim_canon canon,
    enum hash_kind kind, int64_t limit, struct arena *a,
    struct body_hash **out, struct fault *f);
void dkim_body_add(struct dkim_body *b, struct span bytes);
/* The body is over: digests and totals are there. */
void dkim_body_end(struct dkim_body *b);

#endif
