/* SPDX-License-Identifier: ISC */
/* Which servers must have a key's record before anybody signs with it. */
#ifndef DKIM_KEY_SERVERS_H
#define DKIM_KEY_SERVERS_H

#include "base/arena.h"
#include "base/fault.h"
#include "base/ipaddr.h"
#include "base/span.h"
#include "dns/dns.h"

#define KEY_SERVERS 64	/* addresses; a zone has a handful */

struct key_server {
	struct span name;	/* of the NS record, in the arena */
	struct ipaddr addr;
};

/*
 * All addresses of all name servers of the zone that holds this name: the
 * nearest name above it that has NS records.  FAULT_TEMP if the DNS does not
 * say, FAULT_DATA if no name above has any, or they are more than KEY_SERVERS.
 */
enum fault_kind key_servers(struct dns *dns, struct span name,
    struct arena *a, struct key_server list[KEY_SERVERS], size_t *count,
    struct fault *f);

#endif
