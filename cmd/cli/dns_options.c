/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bounds.h"
#include "cli/dns_options.h"
#include "cli/value.h"
#include "dns/resolver.h"

enum fault_kind
cli_dns_option(struct cli_dns_options *o, const char *name,
    const char *value, bool *taken, struct fault *f)
{
	uint64_t n;

	*taken = true;
	if (strcmp(name, "zone") == 0) {
		if (o->nzones == CLI_ZONES)
			return fault_set(f, FAULT_USAGE,
			    "--zone: given too often");
		if (*value == '\0')
			return fault_set(f, FAULT_USAGE,
			    "--zone needs a file");
		o->zones[o->nzones++] = value;
	} else if (strcmp(name, "nameserver") == 0) {
		if (o->nservers == CLI_SERVERS)
			return fault_set(f, FAULT_USAGE,
			    "--nameserver: given too often");
		if (!dns_server_parse(span_of(value),
		    &o->servers[o->nservers++]))
			return fault_set(f, FAULT_USAGE, "--nameserver=%s: "
			    "not IP, IP:PORT or [IPv6]:PORT", value);
	} else if (strcmp(name, "offline") == 0) {
		o->offline = true;
	} else if (strcmp(name, "trust-ad") == 0) {
		o->trust_ad = true;
	} else if (strcmp(name, "origin") == 0) {
		unsigned char wire[BOUND_DNS_NAME];

		o->origin = value;
		if (strcmp(value, ".") != 0 &&
		    dns_name_encode(span_of(value), wire) == 0)
			return fault_set(f, FAULT_USAGE, "--origin=%s: not a "
			    "domain name", value);
	} else if (strcmp(name, "timeout") == 0) {
		if (cli_number(name, value, 1, 3600, &n, f) == FAULT_NONE)
			o->timeout_ms = (int64_t)n * 1000;
	} else if (strcmp(name, "outstanding") == 0) {
		if (cli_number(name, value, 1, 4096, &n, f) == FAULT_NONE)
			o->outstanding = (unsigned)n;
	} else if (strcmp(name, "rate") == 0) {
		o->rated = true;
		if (cli_number(name, value, 0, 1000000, &n, f) == FAULT_NONE)
			o->rate = (unsigned)n;
	} else {
		*taken = false;
	}
	return f->kind;
}

bool
cli_dns_given(const struct cli_dns_options *o)
{
	return o->nzones + o->nservers > 0 || o->offline || o->trust_ad ||
	    o->origin != NULL ||
	    o->timeout_ms != 0;
}

enum fault_kind
cli_dns_open(const struct cli_dns_options *o, struct clock clock,
    struct dns **dns, struct fault *f)
{
	const struct dns_config config = {
		.servers = o->servers, .server_count = o->nservers,
		.zones = o->zones, .zone_count = o->nzones,
		.origin = o->origin, .trust_ad = o->trust_ad,
		.validate = o->validate, .anchor = o->anchor,
		.warn = o->warn, .warn_state = o->warn_state,
		.offline = o->offline, .timeout_ms = o->timeout_ms,
		.gather = o->gather, .outstanding = o->outstanding,
		.rated = o->rated, .rate = o->rate, .clock = clock,
	};

	return dns_open(&config, dns, f);
}
