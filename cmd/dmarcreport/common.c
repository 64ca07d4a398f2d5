/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "dmarcreport/dmarcreport.h"

#define HOME_MAX ((size_t)4096)

enum fault_kind
dmarcreport_number(const char *name, const char *value, uint64_t min,
    uint64_t max, uint64_t *out, struct fault *f)
{
	if (!num_u64(span_of(value), max, out) || *out < min)
		return fault_set(f, FAULT_USAGE,
		    "--%s=%s: not a number from %llu to %llu", name, value,
		    (unsigned long long)min, (unsigned long long)max);
	return FAULT_NONE;
}

static enum fault_kind
dns_option(struct dmarcreport_common *c, const char *name, const char *value,
    bool *taken, struct fault *f)
{
	uint64_t n;

	if (strcmp(name, "zone") == 0) {
		if (c->nzones == DMARCREPORT_ZONES)
			return fault_set(f, FAULT_USAGE,
			    "--zone: given too often");
		c->zones[c->nzones++] = value;
	} else if (strcmp(name, "nameserver") == 0) {
		if (c->nservers == DMARCREPORT_SERVERS)
			return fault_set(f, FAULT_USAGE,
			    "--nameserver: given too often");
		if (!dns_server_parse(span_of(value),
		    &c->servers[c->nservers++]))
			return fault_set(f, FAULT_USAGE, "--nameserver=%s: "
			    "not IP, IP:PORT or [IPv6]:PORT", value);
	} else if (strcmp(name, "offline") == 0) {
		c->offline = true;
	} else if (strcmp(name, "timeout") == 0) {
		if (dmarcreport_number(name, value, 1, 3600, &n, f) ==
		    FAULT_NONE)
			c->timeout_ms = (int64_t)n * 1000;
	} else {
		*taken = false;
	}
	return f->kind;
}

enum fault_kind
dmarcreport_option(struct dmarcreport_common *c, const char *name,
    const char *value, bool *taken, struct fault *f)
{
	*taken = true;
	if (strcmp(name, "home") == 0) {
		c->home = value;
	} else if (strcmp(name, "store") == 0) {
		c->store = value;
	} else if (strcmp(name, "quiet") == 0) {
		c->quiet = true;
	} else if (strcmp(name, "verbose") == 0) {
		c->verbose = true;
	} else if (strcmp(name, "now") == 0) {
		if (!num_time(span_of(value), &c->now))
			return fault_set(f, FAULT_USAGE, "--now=%s: not "
			    "seconds since 1970 and no RFC 3339 time", value);
	} else {
		return dns_option(c, name, value, taken, f);
	}
	return FAULT_NONE;
}

int64_t
dmarcreport_now(const struct dmarcreport_common *c)
{
	struct clock clock = clock_system();

	return c->now >= 0 ? c->now : clock_wall(&clock);
}

enum fault_kind
dmarcreport_dns(const struct dmarcreport_common *c, struct dns **dns,
    struct fault *f)
{
	const struct dns_config config = { .servers = c->servers,
	    .server_count = c->nservers, .zones = c->zones,
	    .zone_count = c->nzones, .offline = c->offline,
	    .timeout_ms = c->timeout_ms, .clock = clock_system() };

	return dns_open(&config, dns, f);
}

enum fault_kind
dmarcreport_home(struct dmarcreport_common *c, const char **home,
    struct fault *f)
{
	const char *personal = getenv("HOME");
	const char *state = getenv("XDG_STATE_HOME");

	buf_free(&c->home_path);
	buf_init(&c->home_path, HOME_MAX);
	if (c->home != NULL)
		buf_adds(&c->home_path, c->home);
	else if (geteuid() == 0 || access(STATEDIR "/report", W_OK) == 0 ||
	    personal == NULL || personal[0] != '/')
		buf_adds(&c->home_path, STATEDIR "/report");
	else if (state != NULL && state[0] == '/')
		buf_addf(&c->home_path, "%s/vouchsafe/report", state);
	else
		buf_addf(&c->home_path, "%s/.local/state/vouchsafe/report",
		    personal);
	*home = buf_str(&c->home_path);
	if (c->home != NULL && c->home[0] == '\0')
		return fault_set(f, FAULT_USAGE, "--home: empty");
	return buf_check(&c->home_path, f);
}

enum fault_kind
dmarcreport_store(struct dmarcreport_common *c, bool create,
    struct report_store **store, struct fault *f)
{
	const char *home;

	if (dmarcreport_home(c, &home, f) != FAULT_NONE)
		return f->kind;
	return report_store_open(home, c->store, create, store, f);
}

void
dmarcreport_free(struct dmarcreport_common *c)
{
	buf_free(&c->home_path);
}
