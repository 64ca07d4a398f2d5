/* SPDX-License-Identifier: ISC */
/*
 * A dns that validates DNSSEC itself, by libunbound, which is loaded when it
 * is asked for.  What a server says of AD does not count.
 */
#ifndef DNS_VALIDATE_H
#define DNS_VALIDATE_H

#include "base/clock.h"
#include "base/fault.h"
#include "dns/dns.h"
#include "dns/net.h"

struct dns_validate_config {
	const struct dns_server *servers;	/* to forward to */
	size_t server_count;	/* 0: those of resolv.conf */
	const char *anchor;	/* a file of DS or DNSKEY records; NULL: the
				   root's keys of 2017 and 2024, built in */
	int64_t timeout_ms;	/* of a question; 0: DNS_NET_TIMEOUT_MS */
	const struct clock *clock;
	struct dns *plain;	/* for unchecked questions, which ask nobody
				   to validate; stays the caller's */
};

/*
 * FAULT_NOINPUT if the anchor cannot be read; FAULT_CONFIG if it was built
 * without libunbound, or that cannot be loaded; no memory.
 * dns_validate_close() releases it; NULL is fine.
 */
enum fault_kind dns_validate_open(const struct dns_validate_config *config,
    struct dns **out, struct fault *f);
void dns_validate_close(struct dns *dns);

#endif
