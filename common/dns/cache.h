/* SPDX-License-Identifier: ISC */
/*
 * A bounded cache of answers in front of another dns.  Positive answers stay
 * for their TTL, negative ones as their SOA says, at most BOUND_DNS_TTL; a
 * temperror never stays.  When it is full the least recently used goes.
 */
#ifndef DNS_CACHE_H
#define DNS_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/fault.h"
#include "dns/dns.h"

/*
 * seed: two random numbers, the key of the hash, so that nobody can choose
 * names that collide.  max: bytes of memory it may hold.  next and clock are
 * borrowed.  Fault: no memory.
 */
enum fault_kind dns_cache_open(struct dns *next, const struct clock *clock,
    const uint64_t seed[2], size_t max, struct dns **out, struct fault *f);
/* NULL is fine.  next stays open. */
void dns_cache_close(struct dns *dns);
/* Of a wire name (len octets) in lower case, with its type: SipHash-2-4 under
 * the seed. */
uint64_t dns_cache_hash(const uint64_t seed[2], const unsigned char *name,
    size_t len, unsigned type);
/* Bytes held now; for tests and reports. */
size_t dns_cache_bytes(const struct dns *dns);

#endif
