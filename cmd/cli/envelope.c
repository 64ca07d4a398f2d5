/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "cli/envelope.h"
#include "cli/value.h"

static enum fault_kind
envelope_relay(struct cli_envelope *e, const char *value, struct fault *f)
{
	if (e->nrelays == CLI_RELAYS)
		return fault_set(f, FAULT_USAGE, "--relay: given too often");
	if (!received_net_parse(span_of(value), &e->relays[e->nrelays++]))
		return fault_set(f, FAULT_USAGE, "--relay=%s: not an address "
		    "or a network, ADDRESS/BITS without further bits", value);
	return FAULT_NONE;
}

enum fault_kind
cli_envelope_option(struct cli_envelope *e, const char *name,
    const char *value, bool *taken, struct fault *f)
{
	uint64_t n = 0;

	*taken = true;
	if (strcmp(name, "ip") == 0) {
		if (!ipaddr_parse(span_of(value), &e->ip))
			return fault_set(f, FAULT_USAGE,
			    "--ip=%s: not an IPv4 or IPv6 address", value);
	} else if (strcmp(name, "mail-from") == 0) {
		e->mail_from = span_of(value);
	} else if (strcmp(name, "helo") == 0) {
		e->helo = span_of(value);
	} else if (strcmp(name, "hops") == 0) {
		e->from_message = true;
		(void)cli_number(name, value, 0, 1000, &n, f);
		e->hops = (size_t)n;
	} else if (strcmp(name, "received-by") == 0) {
		e->from_message = true;
		e->by = span_of(value);
	} else if (strcmp(name, "relay") == 0) {
		e->from_message = true;
		return envelope_relay(e, value, f);
	} else {
		*taken = false;
	}
	return f->kind;
}

enum fault_kind
cli_envelope_ready(struct cli_envelope *e, struct cli *cli, bool alone,
    struct fault *f)
{
	bool ip = e->ip.family != 0;
	bool sender = e->mail_from.p != NULL || e->helo.p != NULL;
	const struct cli_rule rules[] = {
		{ !ip && sender, "--mail-from and --helo need --ip" },
		{ ip && !sender && !alone,
		    "--ip needs --mail-from or --helo" },
		{ ip && e->from_message, "--hops, --received-by and --relay "
		    "are for the message's envelope, not with --ip" },
	};

	if (cli_rules(rules, sizeof(rules) / sizeof(rules[0]), f) !=
	    FAULT_NONE)
		return f->kind;
	if (e->by.p != NULL)
		return cli_name(cli, "host name", &e->by, f);
	return FAULT_NONE;
}

void
cli_envelope_read(const struct cli_envelope *e, const struct message *m,
    struct received *out)
{
	const struct received_options o = { .hops = e->hops,
	    .relays = e->relays, .nrelays = e->nrelays, .by = e->by };

	received_read(m, &o, out);
}
