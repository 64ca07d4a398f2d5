/* SPDX-License-Identifier: ISC */
/* What the files of the set of zones share with each other alone. */
#ifndef DNS_ZONE_IMPL_H
#define DNS_ZONE_IMPL_H

#include "dns/zone.h"

struct zone_node {
	struct zone_node *chain;
	const unsigned char *name;	/* wire name, lower case */
	uint32_t zone;
	uint32_t number;		/* of an apex: its zone's number */
	const struct dns_zone_rr *soa;	/* of an apex */
	bool cname;			/* it has one */
	bool other;			/* has what cannot stand beside it */
	struct dns_zone_rr *first, *last;
};

struct dns_zone {
	struct arena arena;
	struct zone_node **buckets;
	size_t bucket_count;	/* a power of two */
	size_t nodes;
	uint32_t zones;
	dns_zone_warn *warn;
	void *warn_state;
	const char *origin;	/* of files that name none, or NULL */
};

#endif
