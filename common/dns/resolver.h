/* SPDX-License-Identifier: ISC */
/*
 * All ways to answer a question put together: master files, cache, network.
 */
#ifndef DNS_OPEN_H
#define DNS_OPEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/fault.h"
#include "dns/dns.h"
#include "dns/net.h"
#include "dns/zone.h"

struct dns_config {
	const struct dns_server *servers;	/* --nameserver; copied */
	size_t server_count;	/* 0: the system's resolver configuration */
	const char *const *zones;	/* --zone: paths of master files */
	size_t zone_count;
	const char *origin;	/* of zones that name none; NULL: no origin */
	void (*warn)(void *state, const char *text);	/* about records in
				   zones that are left out; or NULL */
	void *warn_state;
	bool offline;		/* never ask the network: what no zone holds
				   is NXDOMAIN; without any zone every
				   lookup is DNS_WHY_OFFLINE */
	bool trust_ad;		/* believe the AD bit of every server */
	bool gather;		/* many at once: the network is a
				   dns/gather.h, and dns_gathering() */
	unsigned outstanding;	/* see dns/swarm.h */
	bool rated;
	unsigned rate;
	bool validate;		/* by dns/validate.h; no AD bit counts */
	const char *anchor;	/* for that; NULL: the root's */
	int64_t timeout_ms;	/* one question, over all tries; 0: 5 s */
	struct clock clock;	/* copied */
};

/*
 * Read the zones; the network waits for the first question that needs it.
 * The dns may be used in a forked child; each process has its own cache.
 * Faults: those of dns_zone_load; no memory.
 */
enum fault_kind dns_open(const struct dns_config *config, struct dns **out,
    struct fault *f);
/* The dns/gather.h of a dns from dns_open(); NULL: it has none. */
struct dns *dns_gathering(const struct dns *dns);
/* dns_zone_mail() of the zones of a dns from dns_open(); none: no name. */
enum fault_kind dns_mail_domains(struct dns *dns, struct arena *a,
    struct span **names, size_t *count, struct fault *f);
/* dns_zone_names() of the same. */
enum fault_kind dns_zone_owners(struct dns *dns, struct span second,
    struct arena *a, struct dns_zone_name **names, size_t *count,
    struct fault *f);
/* dns_zone_place() of the zones of such a dns, at a name. */
struct dns_place dns_text_place(struct dns *dns, struct span name,
    struct span start, size_t offset);
/* dns_zone_place_mx() of the same; an exchange that is empty stands for any. */
struct dns_place dns_mx_place(struct dns *dns, struct span name,
    struct span exchange);
/* NULL is fine. */
void dns_close(struct dns *dns);

#endif
