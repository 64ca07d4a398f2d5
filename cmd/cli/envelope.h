/* SPDX-License-Identifier: ISC */
/*
 * --ip, --mail-from, --helo, --hops, --received-by and --relay: the envelope,
 * parsed and read here for every tool that judges one.
 *
 * "relay" belongs into the tool's list of repeatable options.
 */
#ifndef CLI_ENVELOPE_H
#define CLI_ENVELOPE_H

#include "base/ipaddr.h"
#include "cli/cli.h"
#include "mail/received.h"

#define CLI_RELAYS 256	/* --relay: more is a mistake */

/* What the options say; all zero: none was given. */
struct cli_envelope {
	struct ipaddr ip;	/* family 0: not given */
	struct span mail_from, helo;	/* p NULL: not given */
	struct span by;		/* --received-by; p NULL: not given */
	size_t hops;
	struct received_net relays[CLI_RELAYS];
	size_t nrelays;
	bool from_message;	/* one that reads the message was given */
};

/* Take one option, by its long name; *taken says whether it is one of the
 * six.  FAULT_USAGE. */
enum fault_kind cli_envelope_option(struct cli_envelope *e, const char *name,
    const char *value, bool *taken, struct fault *f);
/*
 * Do they go together?  alone: --ip needs no sender.  The name of
 * --received-by becomes one of the DNS.  FAULT_USAGE.
 */
enum fault_kind cli_envelope_ready(struct cli_envelope *e, struct cli *cli,
    bool alone, struct fault *f);
/* What the message says; spans are borrowed from it. */
void cli_envelope_read(const struct cli_envelope *e, const struct message *m,
    struct received *out);

#endif
