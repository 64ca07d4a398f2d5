/* SPDX-License-Identifier: ISC */
/*
 * DKIM signing: one pass over the header and the body, any number of keys.
 *
 *	dkim_sign_open(&s, &message, &options, arena, fault);
 *	while (message_body(&message, &chunk, fault) ... chunk.len > 0)
 *		dkim_sign_body(s, chunk);
 *	dkim_sign_close(s, signers, count, &fields, fault);
 *
 * Keys are not needed before the end, so whoever must first ask for leave to
 * use one has read the message by then.
 */
#ifndef DKIM_SIGN_H
#define DKIM_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "dkim/canon.h"
#include "dkim/key_private.h"
#include "mail/message.h"

/* RSA: below the first nobody may sign, below the second only by force. */
#define DKIM_SIGN_BITS_LEAST 1024
#define DKIM_SIGN_BITS_GOOD 2048

struct dkim_sign_options {
	enum dkim_canon header_canon, body_canon;
	/* Names to sign: all fields that stand of each, and each name at least
	 * as often as it is here; NULL: the default, of what is there. */
	const struct span *headers;
	size_t nheaders;
	/* Names listed once more than they stand (twice if they are here
	 * twice), so that none can be added; NULL: From, To, Cc, Subject,
	 * Date, Reply-To (of `headers`). */
	const struct span *oversign;
	size_t noversign;
	bool timestamp;		/* t= */
	int64_t now;
	int64_t expire;		/* x= this many seconds later; 0: none */
	bool body_length;	/* l= of the whole body */
	bool copy_headers;	/* z= */
};

struct dkim_signer {
	struct span domain;	/* d=, A-labels, lower case */
	struct span selector;	/* s=, the same */
	struct span identity;	/* i= as an address; empty: none */
	const struct key_private *key;
};

struct dkim_sign;

/* Are these names such as can stand in h=?  FAULT_USAGE if not, or if From is
 * missing from headers. */
enum fault_kind dkim_sign_check(const struct dkim_sign_options *o,
    struct fault *f);

/*
 * Look at the header and choose the fields.  FAULT_DATA for what must not be
 * signed: an empty input, a malformed header, no From, two, or one that does
 * not parse.  The message, the options' names and the arena must last until
 * the end.
 */
enum fault_kind dkim_sign_open(struct dkim_sign **s, const struct message *m,
    const struct dkim_sign_options *options, struct arena *a,
    struct fault *f);
void dkim_sign_body(struct dkim_sign *s, struct span bytes);
/* x= is written, and is no later than this (seconds since 1970). */
void dkim_sign_until(struct dkim_sign *s, int64_t end);
/*
 * Append one DKIM-Signature field for each signer, with the message's line
 * ends, folded at 78.  On a fault nothing in `fields` is of use.
 */
enum fault_kind dkim_sign_close(struct dkim_sign *s,
    const struct dkim_signer *signers, size_t count, struct buf *fields,
    struct fault *f);

/* Is i= an address at the domain or below it? */
bool dkim_sign_identity_ok(struct span identity, struct span domain);

#endif
