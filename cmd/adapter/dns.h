/* SPDX-License-Identifier: ISC */
/*
 * A sender that is let in by records in the DNS: what nsupdate and zonefrag
 * share.
 *
 * The resource is the domain whose SPF record has the permanent term
 * exists:%{ir}.%{v}._jit.%{d} (or a selector's name below it).  Limits that
 * start with "ip" are its addresses, several joined by "+"; selector and key
 * are a DKIM selector and the public key, in base64.
 *
 * All data is this grant's alone: the A record's address is made from the
 * grant's id, the key record names it in n=.  So what others have at the same
 * name is never touched, and what is deleted can only be ours.
 */
#ifndef ADAPTER_DNS_H
#define ADAPTER_DNS_H

#include "adapter/main.h"
#include "base/buf.h"
#include "dns/net.h"

#define SENDER_ARENA ((size_t)1024 * 1024)	/* for a few answers */
#define SENDER_RECORDS 34
#define SENDER_SERVERS 16
#define SENDER_TTL 300		/* seconds, the most */
#define SENDER_NAME 254
#define SENDER_DATA 1400
#define SENDER_STALE 4
#define SENDER_WAIT 12		/* seconds, for all servers to show it */

struct sender_record {
	bool txt;		/* else an A record */
	char name[SENDER_NAME];
	char data[SENDER_DATA];	/* an address, or the text */
};

struct sender {
	char zone[SENDER_NAME];
	int64_t ttl;
	size_t count;
	struct sender_record records[SENDER_RECORDS];
	char gone[128];		/* what a revoked key's record says */
	/* Records of earlier grants at the key's name that say only this. */
	size_t nstale;
	char stale[SENDER_STALE][128];
	int64_t until;		/* revoked so long, then deleted; 0: not yet */
	size_t nservers;	/* those that must all answer */
	struct dns_server servers[SENDER_SERVERS];
};

/* What one server says; false: no answer to go by. */
bool sender_ask(const struct dns_server *server, const char *name,
    enum dns_type type, struct arena *a, struct dns_answer *answer);

/* Read the question's values; ADAPTER_DATA for what would be syntax there. */
int sender_read(struct adapter_task *t, struct sender *s);
/* The undo record as the answer to plan, and back.  It holds "lead":
 * withdrawn so long before the end. */
int sender_plan(struct adapter_task *t, const struct sender *s,
    const char *target);
int sender_undo(struct adapter_task *t, struct sender *s);
/*
 * The end of a grant, in two steps: withdraw() publishes the key as revoked
 * and takes the addresses away; a TTL after all servers have shown that, so
 * that no resolver has the key any more, wipe() deletes what is left.  Each
 * returns when it is to be seen.  Without a key there is nothing to hold, and
 * when nobody will ask again no time to.
 */
struct sender_end {
	int (*withdraw)(struct adapter_task *t, struct sender *s);
	int (*wipe)(struct adapter_task *t, struct sender *s);
};
int sender_revoke(struct adapter_task *t, struct sender *s,
    const struct sender_end *end);
/* Is this the text of a key that a grant, whichever, had published and that
 * was revoked? */
bool sender_is_gone(struct span text);

/* "ADDRESS" or "ADDRESS:PORT" (@ and # will do for the colon). */
bool sender_server(const char *text, struct dns_server *out);
/* servers= of the configuration, or the zone's own, asked of `primary`. */
int sender_servers(struct adapter_task *t, struct sender *s,
    const struct dns_server *primary);
enum sender_want {
	SENDER_THERE = 0,	/* all records */
	SENDER_REVOKED,		/* the key says so, no address */
	SENDER_AWAY		/* none of our own */
};
/* Do all servers answer so?  Asks again for up to `seconds`. */
int sender_seen(struct adapter_task *t, const struct sender *s,
    enum sender_want want, int seconds);
/* Does a server answer with our record, which lets the sender in? */
bool sender_live(const struct sender *s);
/* Is a text at the selector's name that is not ours?  DKIM can't have two.
 * Revoked keys of earlier grants are put into s->stale. */
int sender_alone(struct adapter_task *t, struct sender *s);

/* "A 192.0.2.1", or TXT and the text; gone: that of the revoked key. */
void sender_rdata(struct buf *b, const struct sender *s,
    const struct sender_record *r, bool gone);
/* A text in quotes, in strings of at most 255 octets. */
void sender_quote(struct buf *b, const char *text);

#endif
