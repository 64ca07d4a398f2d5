/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/bounds.h"
#include "dns/cache.h"
#include "dns/gather.h"
#include "dns/resolver.h"
#include "dns/validate.h"
#include "dns/zone.h"

/*
 * The front is what callers hold; it hands every question to `first`: the
 * zones, else the cache.  After the zones comes the cache, after that the
 * network.
 */
struct opened {
	struct dns dns;
	struct clock clock;
	struct dns *first;
	struct dns *zone, *cache, *net, *gather, *validate;
};

static enum fault_kind
opened_query(struct dns *dns, const struct dns_question *q, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	struct opened *o = dns->state;

	if (o->first == NULL) {
		*answer = (struct dns_answer){ .why = DNS_WHY_OFFLINE };
		return FAULT_NONE;
	}
	return o->first->query(o->first, q, a, answer, f);
}

static enum fault_kind
opened_net(struct opened *o, const struct dns_config *config, struct fault *f)
{
	struct dns_net_config net = { .servers = config->servers,
		.server_count = config->server_count,
		.timeout_ms = config->timeout_ms,
		.trust_ad = config->trust_ad, .clock = &o->clock };
	uint64_t seed[2];

	if (getrandom(seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		return fault_errno(f, FAULT_SOFTWARE, errno, "getrandom");
	if (config->gather && !config->validate) {
		const struct dns_gather_config gather = { .swarm = {
		    .net = net, .outstanding = config->outstanding,
		    .rated = config->rated, .rate = config->rate },
		    .seed = { seed[0], seed[1] }, .max = BOUND_DNS_GATHER };

		if (dns_gather_open(&gather, &o->gather, f) == FAULT_NONE)
			o->first = o->gather;
		return f->kind;
	}
	if (dns_net_open(&net, &o->net, f) != FAULT_NONE)
		return f->kind;
	o->first = o->net;
	if (config->validate) {
		const struct dns_validate_config validate = {
			.servers = config->servers,
			.server_count = config->server_count,
			.anchor = config->anchor,
			.timeout_ms = config->timeout_ms,
			.clock = &o->clock, .plain = o->net };

		if (dns_validate_open(&validate, &o->validate, f) !=
		    FAULT_NONE)
			return f->kind;
		o->first = o->validate;
	}
	if (dns_cache_open(o->first, &o->clock, seed, BOUND_DNS_CACHE,
	    &o->cache, f) != FAULT_NONE)
		return f->kind;
	o->first = o->cache;
	return FAULT_NONE;
}

static enum fault_kind
opened_zones(struct opened *o, const struct dns_config *config,
    struct fault *f)
{
	struct dns_zone *zone = dns_zone_new();

	if (zone == NULL)
		return fault_nomem(f);
	dns_zone_set_warn(zone, config->warn, config->warn_state);
	dns_zone_set_origin(zone, config->origin);
	for (size_t i = 0; i < config->zone_count; i++)
		if (dns_zone_load(zone, config->zones[i], f) != FAULT_NONE)
			goto fail;
	if (dns_zone_open(zone, o->first, &o->zone, f) != FAULT_NONE)
		goto fail;
	o->first = o->zone;
	return FAULT_NONE;
fail:
	dns_zone_free(zone);
	return f->kind;
}

enum fault_kind
dns_open(const struct dns_config *config, struct dns **out, struct fault *f)
{
	struct opened *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return fault_nomem(f);
	o->clock = config->clock;
	o->dns.query = opened_query;
	o->dns.state = o;
	o->dns.clock = &o->clock;
	o->dns.offline = config->offline;
	if (!config->offline && opened_net(o, config, f) != FAULT_NONE)
		goto fail;
	if (config->zone_count > 0 && opened_zones(o, config, f) != FAULT_NONE)
		goto fail;
	*out = &o->dns;
	return FAULT_NONE;
fail:
	dns_close(&o->dns);
	return f->kind;
}

struct dns *
dns_gathering(const struct dns *dns)
{
	const struct opened *o = dns->state;

	return o->gather;
}

enum fault_kind
dns_mail_domains(struct dns *dns, struct arena *a, struct span **names,
    size_t *count, struct fault *f)
{
	const struct opened *o = dns->state;

	*count = 0;
	if (o->zone == NULL)
		return FAULT_NONE;
	return dns_zone_mail(dns_zone_of(o->zone), a, names, count, f);
}

enum fault_kind
dns_zone_owners(struct dns *dns, struct span second, struct arena *a,
    struct dns_zone_name **names, size_t *count, struct fault *f)
{
	const struct opened *o = dns->state;

	*count = 0;
	if (o->zone == NULL)
		return FAULT_NONE;
	return dns_zone_names(dns_zone_of(o->zone), second, a, names, count,
	    f);
}

struct dns_place
dns_text_place(struct dns *dns, struct span name, struct span start,
    size_t offset)
{
	const struct opened *o = dns->state;
	unsigned char wire[BOUND_DNS_NAME];

	if (o->zone == NULL || dns_name_encode(name, wire) == 0)
		return (struct dns_place){ .file = NULL };
	return dns_zone_place(dns_zone_of(o->zone), wire, start, offset);
}

struct dns_place
dns_mx_place(struct dns *dns, struct span name, struct span exchange)
{
	const struct opened *o = dns->state;
	unsigned char wire[BOUND_DNS_NAME], to[BOUND_DNS_NAME];

	if (o->zone == NULL || dns_name_encode(name, wire) == 0 ||
	    (exchange.len > 0 && dns_name_encode(exchange, to) == 0))
		return (struct dns_place){ .file = NULL };
	return dns_zone_place_mx(dns_zone_of(o->zone), wire,
	    exchange.len > 0 ? to : NULL);
}

void
dns_close(struct dns *dns)
{
	struct opened *o = dns == NULL ? NULL : dns->state;

	if (o == NULL)
		return;
	dns_zone_close(o->zone);
	dns_cache_close(o->cache);
	dns_gather_close(o->gather);
	dns_validate_close(o->validate);
	dns_net_close(o->net);
	free(o);
}
