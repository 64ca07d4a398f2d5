/* SPDX-License-Identifier: ISC */
/*
 * The envelope of a delivered message, as our own border wrote it into
 * Received: and Return-Path:.
 *
 * The client chooses its HELO and its reverse DNS, and both stand in that
 * field.  So a field is usable only if it has one '[' in all, that one opens
 * the client's address in a form Postfix, Exim, Sendmail or OpenSMTPD writes,
 * and every other byte of the field is accounted for: what a client adds can
 * make the field unusable, never name another address.
 *
 * From the top: fields that a delivery agent wrote over LMTP, and hops whose
 * client is our own relay, are skipped.  Any other client that is loopback,
 * private or link-local ends the reading: a stranger behind a NAT or a
 * container's proxy looks just so, and then all fields below are his words.
 */
#ifndef RECEIVED_H
#define RECEIVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ipaddr.h"
#include "base/span.h"
#include "mail/message.h"
#include "mail/verdict.h"

/* A network of own relays. */
struct received_net {
	struct ipaddr ip;
	unsigned prefix;	/* bits */
};

struct received_options {
	size_t hops;		/* Received fields to skip from the top */
	const struct received_net *relays;	/* hops from here are skipped */
	size_t nrelays;
	struct span by;		/* the field's by host must be this one,
				   without case; empty: any */
};

struct received {
	bool usable;		/* false: no envelope in the message */
	struct ipaddr ip;	/* IPv4 where the text is a mapped address */
	struct span helo;	/* as the MTA wrote it; may be empty */
	struct span by;		/* the host that wrote the field */
	size_t field;		/* its place in the message's fields */
	struct span rcpt;	/* its `for` clause, without <>; or empty */
	bool has_mail_from;	/* a Return-Path stands above the field */
	struct span mail_from;	/* without <>; empty is the null sender */
	enum reason reason;	/* not usable: no-envelope or inner-hop */
	const char *why;	/* not usable, or a Return-Path that gives no
				   sender: one line for people; or NULL */
};

/* Read the envelope; spans are borrowed from the message. */
void received_read(const struct message *m, const struct received_options *o,
    struct received *out);

/*
 * When the message came: the time that ends the topmost Received field (RFC
 * 5322 3.6.7), which our own border or delivery agent wrote last.  False, and
 * *out as it was, if there is no such field or it ends in no date.
 */
bool received_time(const struct message *m, int64_t *out);

/* One Received value alone: ip, helo and by.  Returns out->usable. */
bool received_parse(struct span value, struct received *out);
/* Was this Received value written `with LMTP` (or LMTPA, LMTPS, LMTPSA, RFC
 * 3848)?  Only if every byte of it is accounted for. */
bool received_is_lmtp(struct span value);
/*
 * A Return-Path value: "<path>", or a path alone, with comments around it
 * (RFC 5321 4.4, RFC 5322 3.6.7).  *path is without <>; empty is the null
 * sender.  False: it is neither.
 */
bool received_return_path(struct span value, struct span *path);
/* "ADDRESS" or "ADDRESS/BITS", without bits set after the prefix. */
bool received_net_parse(struct span s, struct received_net *out);
/* Is the address loopback, private (RFC 1918, RFC 4193) or link-local? */
bool received_is_inner(const struct ipaddr *ip);

#endif
