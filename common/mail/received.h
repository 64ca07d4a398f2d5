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
 */
#ifndef RECEIVED_H
#define RECEIVED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ipaddr.h"
#include "base/span.h"
#include "mail/message.h"

struct received_options {
	size_t hops;		/* Received fields to skip from the top */
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
	const char *why;	/* not usable: one line for people; or NULL */
};

/* Read the envelope; spans are borrowed from the message. */
void received_read(const struct message *m, const struct received_options *o,
    struct received *out);

/* One Received value alone: ip, helo and by.  Returns out->usable. */
bool received_parse(struct span value, struct received *out);

#endif
