/* SPDX-License-Identifier: ISC */
/* IPv4 and IPv6 addresses and networks. */
#ifndef IPADDR_H
#define IPADDR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

struct ipaddr {
	unsigned family;	/* 4 or 6; 0 is no address */
	uint8_t bytes[16];	/* network order; IPv4 uses the first four */
};

/*
 * Strict: IPv4 as four decimal octets without leading zeros; IPv6 by RFC 4291
 * 2.2, the IPv4 tail included, no zone id, no brackets.  Addresses stay what
 * they are written as: see ipaddr_unmap.
 */
bool ipaddr_parse(struct span s, struct ipaddr *out);
bool ipaddr_parse4(struct span s, struct ipaddr *out);
bool ipaddr_parse6(struct span s, struct ipaddr *out);

/* ::ffff:a.b.c.d becomes a.b.c.d (RFC 7208 5); all others are unchanged. */
struct ipaddr ipaddr_unmap(struct ipaddr a);

/* Same family and same first `prefix` bits (0 to 32 or 128). */
bool ipaddr_in(const struct ipaddr *a, const struct ipaddr *net,
    unsigned prefix);
bool ipaddr_eq(const struct ipaddr *a, const struct ipaddr *b);

/* Append the text: dotted quad, or RFC 5952. */
void ipaddr_format(const struct ipaddr *a, struct buf *b);

/* Append the name that has its names, under in-addr.arpa or ip6.arpa (RFC 1035
 * 3.5, 3596 2.5). */
void ipaddr_reverse(const struct ipaddr *a, struct buf *b);

#endif
