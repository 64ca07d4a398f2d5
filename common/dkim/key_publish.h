/* SPDX-License-Identifier: ISC */
/*
 * What people do with keys beside signing: publish them, compare them with
 * the DNS, replace them.  The library behind dkimkey.
 */
#ifndef DKIM_KEYS_H
#define DKIM_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/span.h"
#include "dkim/dkim.h"
#include "dkim/key_private.h"
#include "dns/dns.h"

/* A name is SELECTOR._domainkey.DOMAIN; p NULL without memory. */
struct span key_name(struct span selector, struct span domain,
    struct arena *a);

struct key_publish {
	struct span name;	/* key_name, or empty for the text alone */
	uint32_t ttl;
	bool testing;		/* t=y */
	bool strict;		/* t=s */
	struct span notes;	/* n=, printable ASCII */
	bool revoked;		/* p= empty; the key may be NULL then */
};

/* Append the text of the record: `v=DKIM1; k=rsa; p=...`. */
enum fault_kind key_publish_text(const struct key_private *key,
    const struct key_publish *p, struct buf *b, struct fault *f);
/* Append a record as master-file text, RFC 1035 5: strings of at most 255
 * bytes, in parentheses if they are several. */
void key_publish_zone(struct span text, const struct key_publish *p,
    struct buf *b);
/* The same as JSON; NULL without memory. */
json_t *key_publish_json(struct span text, const struct key_publish *p);

/* A private key against the DNS, or what is in the DNS by itself. */
enum key_agreement {
	KEY_TRY_AGAIN = 0,	/* the DNS did not answer: 75 */
	KEY_AGREE,		/* 0 */
	KEY_DIFFER,		/* 1 */
	KEY_BROKEN,		/* revoked, invalid, too weak ...: 4 */
	KEY_NO_RECORD		/* 6 */
};

#define KEY_WARNINGS 6
#define KEY_GOOD_BITS 2048	/* RSA: signers are to use no less, RFC 8301 */

struct key_check {
	enum key_agreement result;
	struct span name;
	struct span detail;	/* a few words, may be empty */
	struct span record;	/* the text looked at; p NULL if none */
	struct span seen;	/* for people: the record that is broken, or
				   the first that is no key; p NULL if none */
	const char *seen_what;	/* why it is none; NULL: see detail */
	enum key_type type;
	unsigned bits;
	uint32_t ttl;
	bool testing, strict;
	bool local;		/* from a zone file: no DNSSEC to speak of */
	bool authentic;		/* DNSSEC, by the resolver's word */
	size_t records;		/* key records at the name */
	size_t nwarnings;
	const char *warnings[KEY_WARNINGS];
};

/*
 * Look up the record and compare it with key (NULL: only look whether it is
 * any good).  Spans live in the arena.
 */
enum fault_kind key_check(struct dns *dns, struct span domain,
    struct span selector, const struct key_private *key, struct arena *a,
    struct key_check *check, struct fault *f);
const char *key_agreement_word(enum key_agreement result);
int key_agreement_exit(enum key_agreement result);
/* What a signature's verdict says of its key. */
enum key_agreement key_agreement_of(const struct dkim_result *r);

void key_check_text(const struct key_check *check, struct buf *b);
json_t *key_check_json(const struct key_check *check);

/* How to replace a selector by the next one. */
struct key_rotation {
	struct span domain, selector;	/* now in use */
	struct span next;	/* empty: to be found */
	enum key_type type;	/* of the new key */
	unsigned bits;
	bool keep;		/* type and bits from the present record, if
				   there is a good one; RSA of 2048 at least */
	int64_t now;
	int64_t grace;		/* seconds for mail under way, and queues */
	/* Filled in: */
	uint32_t ttl;		/* of the present record, as far as known */
	uint32_t negative_ttl;	/* how long resolvers remember that the next
				   one was not there */
	bool ttl_known;
	int64_t switch_at, revoke_at, remove_at;
};

/* The selector after this one: s1 -> s2, mail -> mail2; after one that ends in
 * a date the next day or month: 20260930 -> 20261001, 2026-12 -> 2027-01.
 * In the arena; p NULL without memory. */
struct span key_next_selector(struct span selector, struct arena *a);

/*
 * Complete the plan: look at the DNS for time-to-live and for a selector that
 * is free.  FAULT_TEMP if the DNS does not answer, FAULT_DATA if no free
 * selector is found.
 */
enum fault_kind key_rotate(struct key_rotation *r, struct dns *dns,
    struct arena *a, struct fault *f);
void key_rotation_text(const struct key_rotation *r, struct buf *b);
json_t *key_rotation_json(const struct key_rotation *r);

#endif
