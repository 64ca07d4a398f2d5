/* SPDX-License-Identifier: ISC */
/* A set of IPv4 and IPv6 networks: what an SPF record authorises. */
#ifndef SPF_NETS_H
#define SPF_NETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ipaddr.h"

struct spf_net {
	struct ipaddr addr;	/* host bits are zero once in a set */
	unsigned prefix;
};

struct spf_nets {
	struct spf_net *nets;
	size_t count;
	struct buf bytes;	/* private: holds nets */
};

/* Networks that one set may hold. */
#define SPF_NETS_MAX ((size_t)65536)

void spf_nets_init(struct spf_nets *s);
void spf_nets_free(struct spf_nets *s);
/* Add a network; false without memory or when the set is full. */
bool spf_nets_add(struct spf_nets *s, const struct ipaddr *addr,
    unsigned prefix);
/* Sort: IPv4 first, by address; drop what lies inside another one. */
void spf_nets_flatten(struct spf_nets *s);

/* "192.0.2.0/24": always with the length. */
void spf_net_format(const struct spf_net *n, struct buf *b);
/* Are bits set after the prefix? */
bool spf_net_has_host_bits(const struct ipaddr *addr, unsigned prefix);

/*
 * The number of addresses of a family in a flattened set, in decimal (up to
 * 2^128), and its largest network, NULL if there is none.
 */
void spf_nets_total(const struct spf_nets *s, unsigned family,
    struct buf *b);
const struct spf_net *spf_nets_largest(const struct spf_nets *s,
    unsigned family);

#endif
