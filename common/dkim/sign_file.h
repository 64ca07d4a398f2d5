/* SPDX-License-Identifier: ISC */
/*
 * A whole run of dkimsign: read a message, sign it, write it.  Nothing is
 * written before everything else succeeded.
 *
 *	signing_open(&s, &config, fault);
 *	signing_read(s, fault);		the message, whole; no key yet
 *	signing_sign(s, fault);		now keys are opened and used
 *	signing_write(s, &out, fault);
 *	signing_close(s);
 */
#ifndef DKIM_SIGNING_H
#define DKIM_SIGNING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "base/hash.h"
#include "base/out.h"
#include "base/span.h"
#include "dkim/sign.h"

/*
 * What is about to be signed, for whoever must give leave first.  Names are in
 * the form of d= and s=.
 */
struct signing_use {
	size_t nkeys;
	const struct signing_key *keys;
	struct span from;	/* local@domain, the domain in A-labels and
				   lower case; empty if there are several */
	uint64_t bytes;		/* of the whole message */
	unsigned char digest[HASH_MAX];	/* SHA-256 of the same */
};

/*
 * The key of this operation under a grant: SHA-256, as lower-case hexadecimal,
 * of the grant's id, the mail's digest, and the recipients in order, each
 * after its 4-byte length.  It sorts the recipients.
 */
void signing_use_key(const struct signing_use *use, struct span grant,
    struct span *recipients, size_t count, char out[2 * HASH_MAX + 1]);

/* Keys in one run; who needs more than RSA, Ed25519 and their successors? */
#define SIGNING_KEYS 16

struct signing_key {
	struct span domain, selector, identity;	/* as the user gave them */
	const char *path;
};

struct signing_config {
	const char *path;	/* the message; NULL is standard input */
	struct dkim_sign_options sign;
	size_t nkeys;
	struct signing_key keys[SIGNING_KEYS];
	const char *key_table;	/* instead of keys, or NULL */
	const char *sender;	/* whom the table is asked for; NULL: the
				   message's author */
	bool unless_signed;	/* leave out domains that signed before */
	bool insecure;		/* key files that others can read */
	bool force;		/* RSA under 2048 bits, and l= */
	const char *tmpdir;
	/*
	 * If not NULL: asked when the message was read to its end and before
	 * any key file is touched.  A fault: no key is.  *until, if set, is
	 * the latest x=.
	 */
	enum fault_kind (*leave)(void *arg, const struct signing_use *use,
	    int64_t *until, struct fault *f);
	void *leave_arg;
};

struct signing_warnings {
	bool long_line;		/* over 998 octets */
	bool no_date;
	bool no_message_id;
	/* After signing_sign: the Author Domain of DMARC, empty if there is
	 * not one, and each d= written, in A-labels; they live in s. */
	struct span author;
	size_t dropped;		/* keys left out: unless_signed */
	size_t ndomains;
	const struct span *domains;
};

struct signing;

/*
 * Check the configuration and read the key table; keys are not touched.  The
 * config is borrowed until signing_close().  FAULT_USAGE, FAULT_NOINPUT,
 * FAULT_CONFIG.
 */
enum fault_kind signing_open(struct signing **s,
    const struct signing_config *config, struct fault *f);
/*
 * Read the message to its end.  FAULT_DATA if it must not be signed; it can
 * still be written then, unsigned.  Other faults: it cannot be read.
 */
enum fault_kind signing_read(struct signing *s, struct fault *f);
/* FAULT_DATA also if the key table has nothing for its author, or sender. */
enum fault_kind signing_sign(struct signing *s, struct fault *f);
/* The message, with its new fields if signing_sign() succeeded. */
enum fault_kind signing_write(struct signing *s, struct out *o,
    struct fault *f);
void signing_close(struct signing *s);

/* After signing_read: is there anything that could be written? */
bool signing_empty(const struct signing *s);
/*
 * After FAULT_DATA: is the message itself what cannot be signed (two From
 * fields, no key for its author)?  Such mail may pass unsigned if the caller
 * wants that; a fault of keys, tables or this machine never lets mail pass.
 */
bool signing_refused(const struct signing *s);
void signing_warn(const struct signing *s, struct signing_warnings *w);
/* After signing_sign: what was added, for people who say -v. */
struct span signing_fields(const struct signing *s);

#endif
