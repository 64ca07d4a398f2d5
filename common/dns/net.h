/* SPDX-License-Identifier: ISC */
/*
 * The stub resolver over sockets: UDP with EDNS0, TCP on truncation, several
 * servers, one time limit for a question over all tries.
 */
#ifndef DNS_NET_H
#define DNS_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/ipaddr.h"
#include "dns/dns.h"

#define DNS_NET_SERVERS		3
#define DNS_NET_TIMEOUT_MS	5000

struct dns_server {
	struct ipaddr addr;
	uint16_t port;
};

/*
 * "IP", "IP:PORT", "[IPv6]", "[IPv6]:PORT"; the port is 53 if not given.
 * False if the text is none of these.
 */
bool dns_server_parse(struct span text, struct dns_server *out);

struct dns_net_config {
	const struct dns_server *servers;	/* copied */
	size_t server_count;	/* 0: those of resolv.conf, read when the
				   first question is asked; at most
				   DNS_NET_SERVERS are used */
	int64_t timeout_ms;	/* one question over all tries; 0: 5 s, and
				   resolv.conf's own timeout if shorter */
	bool trust_ad;		/* believe the AD bit of every server, not
				   only of loopback's (RFC 6840 5.7) */
	const struct clock *clock;	/* borrowed, for as long as the dns */
};

/*
 * A resolver; no socket is opened and no file read before the first question.
 * Fault: no memory.  Release it with dns_net_close (NULL is fine).
 */
enum fault_kind dns_net_open(const struct dns_net_config *config,
    struct dns **out, struct fault *f);
void dns_net_close(struct dns *dns);

#endif
