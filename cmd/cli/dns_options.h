/* SPDX-License-Identifier: ISC */
/*
 * --zone, --origin, --nameserver, --trust-ad, --offline and --timeout: parsed
 * here for every tool that asks the DNS, with one set of limits.
 *
 *	struct cli_dns_options dns = { 0 };
 *
 *	for each option:
 *		cli_dns_option(&dns, name, value, &taken, f)
 *	cli_dns_open(&dns, clock_system(), &resolver, f)
 *
 * "zone" and "nameserver" belong into the tool's list of repeatable options.
 */
#ifndef CLI_DNS_OPTIONS_H
#define CLI_DNS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/fault.h"
#include "dns/dns.h"
#include "dns/net.h"

#define CLI_SERVERS 3	/* --nameserver: as many as resolv.conf(5) takes */
#define CLI_ZONES 256	/* --zone: more is a mistake */

/* What the options say; all zero: none was given. */
struct cli_dns_options {
	const char *zones[CLI_ZONES];	/* paths, borrowed from argv */
	size_t nzones;
	struct dns_server servers[CLI_SERVERS];
	size_t nservers;
	const char *origin;	/* --origin; NULL: not given */
	bool offline, trust_ad;
	bool validate;		/* mailaudit's --validate and --anchor */
	const char *anchor;
	void (*warn)(void *state, const char *text);	/* what a zone holds
				   and we leave out; the caller sets it */
	void *warn_state;
	int64_t timeout_ms;	/* for one question; 0: the resolver's */
	bool gather;		/* see dns/resolver.h; the caller sets it */
	unsigned outstanding;	/* --outstanding; 0: not given */
	bool rated;		/* --rate was given */
	unsigned rate;
};

/*
 * Take one option, by its long name; *taken says whether it is one of the
 * six.  FAULT_USAGE.
 */
enum fault_kind cli_dns_option(struct cli_dns_options *o, const char *name,
    const char *value, bool *taken, struct fault *f);
/* Was any of them given? */
bool cli_dns_given(const struct cli_dns_options *o);
/* Open the DNS that they describe, with dns_open()'s faults; dns_close() it. */
enum fault_kind cli_dns_open(const struct cli_dns_options *o,
    struct clock clock, struct dns **dns, struct fault *f);

#endif
