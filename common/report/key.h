/* SPDX-License-Identifier: ISC */
/*
 * What a message is to the counters: the key by which one SMTP transaction
 * counts once, and whether it is itself a report.
 */
#ifndef REPORT_KEY_H
#define REPORT_KEY_H

#include "base/hash.h"
#include "mail/message.h"

#define REPORT_KEY 16		/* bytes: the start of a SHA-256 */
#define REPORT_KEY_HEX 33	/* as text, with its NUL */

/*
 * SHA-256 over the message from the Received field that gave the envelope to
 * its end, as the bytes stand.  What stands above that field (Return-Path,
 * Delivered-To, fields of later hops) differs between the recipients and the
 * retries of one transaction; nothing below it does.
 */
struct report_key {
	struct hash hash;
};

/*
 * field is that field's place.  If no field gave the envelope
 * (REPORT_KEY_TOP), it is the topmost Received field, or all of the message
 * if there is none.
 */
#define REPORT_KEY_TOP ((size_t)-1)
void report_key_begin(struct report_key *k, const struct message *m,
    size_t field);
void report_key_body(struct report_key *k, struct span bytes);
void report_key_end(struct report_key *k, char hex[REPORT_KEY_HEX]);

/*
 * "aggregate", "failure", "tls" or "dsn": what the message says that it is in
 * its header; NULL for other mail.
 */
const char *report_mail_kind(const struct message *m);

/* Is it such a key: 32 hexadecimal digits in lower case? */
bool report_key_good(struct span s);

#endif
