/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "dns/cache.h"
#include "dns/domain.h"
#include "dns/wire.h"

#define CACHE_BUCKETS_MIN	64
/* One answer may fill at most this part of the cache. */
#define CACHE_SHARE		8

/* One answer in one allocation: records and all bytes stand after it. */
struct cache_entry {
	struct cache_entry *chain;
	struct cache_entry *newer, *older;	/* by last use */
	size_t size;		/* of the allocation */
	int64_t expires_ms;
	uint64_t hash;
	uint16_t type;
	unsigned char name[BOUND_DNS_NAME];	/* wire name, lower case */
	struct dns_answer answer;
};

struct cache {
	struct dns dns;
	struct dns *next;
	uint64_t seed[2];
	size_t max, used;
	size_t count;
	struct cache_entry **buckets;
	size_t bucket_count;	/* a power of two */
	struct cache_entry *newest, *oldest;
};

static uint64_t
cache_rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static void
cache_mix(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = cache_rotate(v[1], 13) ^ v[0];
	v[3] = cache_rotate(v[3], 16) ^ v[2];
	v[0] = cache_rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = cache_rotate(v[1], 17) ^ v[2];
	v[3] = cache_rotate(v[3], 21) ^ v[0];
	v[2] = cache_rotate(v[2], 32);
}

/* SipHash-2-4 (Aumasson and Bernstein, 2012) of a name, with its type. */
uint64_t
dns_cache_hash(const uint64_t seed[2], const unsigned char *name, size_t len,
    unsigned type)
{
	uint64_t v[4] = {
		seed[0] ^ UINT64_C(0x736f6d6570736575),
		seed[1] ^ UINT64_C(0x646f72616e646f6d),
		seed[0] ^ UINT64_C(0x6c7967656e657261),
		seed[1] ^ UINT64_C(0x7465646279746573)
	};
	uint64_t word = type;

	/* The type is the first word; the length ends the last. */
	for (size_t i = 0; i <= len + 8; i++) {
		if (i % 8 == 0 && i > 0) {
			v[3] ^= word;
			cache_mix(v);
			cache_mix(v);
			v[0] ^= word;
			word = 0;
		}
		if (i >= 8 && i < len + 8)
			word |= (uint64_t)name[i - 8] << (i % 8 * 8);
	}
	word |= (uint64_t)len << 56;
	v[3] ^= word;
	cache_mix(v);
	cache_mix(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (size_t i = 0; i < 4; i++)
		cache_mix(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void
cache_unlink_use(struct cache *c, struct cache_entry *e)
{
	if (e->newer == NULL)
		c->newest = e->older;
	else
		e->newer->older = e->older;
	if (e->older == NULL)
		c->oldest = e->newer;
	else
		e->older->newer = e->newer;
}

static void
cache_link_use(struct cache *c, struct cache_entry *e)
{
	e->newer = NULL;
	e->older = c->newest;
	if (c->newest == NULL)
		c->oldest = e;
	else
		c->newest->newer = e;
	c->newest = e;
}

static void
cache_drop(struct cache *c, struct cache_entry *e)
{
	struct cache_entry **p = &c->buckets[e->hash & (c->bucket_count - 1)];

	while (*p != e)
		p = &(*p)->chain;
	*p = e->chain;
	cache_unlink_use(c, e);
	c->used -= e->size;
	c->count--;
	free(e);
}

static struct cache_entry *
cache_find(const struct cache *c, const unsigned char *name, unsigned type,
    uint64_t hash)
{
	struct cache_entry *e;

	if (c->bucket_count == 0)
		return NULL;
	for (e = c->buckets[hash & (c->bucket_count - 1)]; e != NULL;
	    e = e->chain)
		if (e->hash == hash && e->type == type &&
		    dns_name_equal(e->name, name))
			return e;
	return NULL;
}

/* Twice the buckets; false if that cannot be. */
static bool
cache_grow(struct cache *c)
{
	size_t count = c->bucket_count == 0 ? CACHE_BUCKETS_MIN :
	    c->bucket_count * 2;
	size_t more = (count - c->bucket_count) * sizeof(*c->buckets);
	struct cache_entry **buckets;

	if (c->used > c->max || more > c->max - c->used)
		return false;
	buckets = calloc(count, sizeof(*buckets));
	if (buckets == NULL)
		return false;
	for (struct cache_entry *e = c->newest; e != NULL; e = e->older) {
		e->chain = buckets[e->hash & (count - 1)];
		buckets[e->hash & (count - 1)] = e;
	}
	free(c->buckets);
	c->buckets = buckets;
	c->bucket_count = count;
	c->used += more;
	return true;
}

/* Copy a span to where *at points, and move that on. */
static struct span
cache_put(struct span s, char **at)
{
	struct span copy = { *at, s.len };

	if (s.p == NULL)
		return s;
	if (s.len > 0)
		memcpy(*at, s.p, s.len);
	*at += s.len;
	return copy;
}

/* An entry that holds a copy of the answer; NULL without memory or room. */
static struct cache_entry *
cache_copy(const struct cache *c, const struct dns_answer *answer)
{
	size_t size = sizeof(struct cache_entry) + answer->canonical.len +
	    answer->count * sizeof(*answer->records);
	struct cache_entry *e;
	struct dns_record *records;
	char *at;

	for (size_t i = 0; i < answer->count; i++)
		size += answer->records[i].text.len;
	if (size > c->max / CACHE_SHARE)
		return NULL;
	e = calloc(1, size);
	if (e == NULL)
		return NULL;
	e->size = size;
	e->answer = *answer;
	e->answer.records = records = (struct dns_record *)(e + 1);
	at = (char *)(records + answer->count);
	for (size_t i = 0; i < answer->count; i++) {
		records[i] = answer->records[i];
		records[i].text = cache_put(records[i].text, &at);
	}
	e->answer.canonical = cache_put(answer->canonical, &at);
	return e;
}

/* Keep an answer.  Without memory it is not kept: no fault. */
static void
cache_keep(struct cache *c, const unsigned char *name, unsigned type,
    uint64_t hash, const struct dns_answer *answer)
{
	struct cache_entry *e, *old, *newer;
	uint32_t ttl = answer->ttl < BOUND_DNS_TTL ? answer->ttl :
	    BOUND_DNS_TTL;

	if (answer->outcome == DNS_TEMPERROR || ttl == 0)
		return;
	e = cache_copy(c, answer);
	if (e == NULL)
		return;
	for (old = c->oldest; old != NULL && e->size > c->max - c->used;
	    old = newer) {
		newer = old->newer;
		cache_drop(c, old);
	}
	if (c->count >= c->bucket_count)
		(void)cache_grow(c);
	if (c->bucket_count == 0 || e->size > c->max - c->used) {
		free(e);
		return;
	}
	e->expires_ms = clock_mono_ms(c->dns.clock) + (int64_t)ttl * 1000;
	e->hash = hash;
	e->type = (uint16_t)type;
	memcpy(e->name, name, sizeof(e->name));
	e->chain = c->buckets[hash & (c->bucket_count - 1)];
	c->buckets[hash & (c->bucket_count - 1)] = e;
	cache_link_use(c, e);
	c->used += e->size;
	c->count++;
}

/* Copy what an entry holds into the caller's arena. */
static enum fault_kind
cache_give(const struct cache_entry *e, struct span name, int64_t now,
    struct arena *a, struct dns_answer *answer, struct fault *f)
{
	struct dns_record *records = arena_array(a, e->answer.count,
	    sizeof(*records));

	*answer = e->answer;
	answer->records = records;
	answer->cached = true;
	answer->ttl = (uint32_t)((e->expires_ms - now + 999) / 1000);
	/* Without aliases the name is the caller's, in the caller's case. */
	answer->canonical = answer->aliases == 0 ? arena_span(a, name) :
	    arena_span(a, e->answer.canonical);
	if (records == NULL || answer->canonical.p == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < answer->count; i++) {
		struct dns_record *r = &records[i];

		*r = e->answer.records[i];
		if (r->text.p == NULL)
			continue;
		r->text = arena_span(a, r->text);
		if (r->text.p == NULL)
			return fault_nomem(f);
	}
	return FAULT_NONE;
}

static enum fault_kind
cache_query(struct dns *dns, const struct dns_question *q, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	struct cache *c = dns->state;
	unsigned char wire[BOUND_DNS_NAME] = { 0 };
	struct cache_entry *e;
	uint64_t hash;

	/* Rare, and never the answer of a plain question. */
	if (q->unchecked)
		return c->next->query(c->next, q, a, answer, f);
	memcpy(wire, q->wire, q->wire_len);
	dns_name_lower(wire);
	hash = dns_cache_hash(c->seed, wire, q->wire_len, q->type);
	e = cache_find(c, wire, q->type, hash);
	if (e != NULL) {
		int64_t now = clock_mono_ms(dns->clock);

		if (now < e->expires_ms) {
			cache_unlink_use(c, e);
			cache_link_use(c, e);
			return cache_give(e, q->name, now, a, answer, f);
		}
		cache_drop(c, e);
	}
	if (c->next->query(c->next, q, a, answer, f) != FAULT_NONE)
		return f->kind;
	cache_keep(c, wire, q->type, hash, answer);
	return FAULT_NONE;
}

enum fault_kind
dns_cache_open(struct dns *next, const struct clock *clock,
    const uint64_t seed[2], size_t max, struct dns **out, struct fault *f)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return fault_nomem(f);
	c->dns.query = cache_query;
	c->dns.state = c;
	c->dns.clock = clock;
	c->next = next;
	c->seed[0] = seed[0];
	c->seed[1] = seed[1];
	c->max = max;
	*out = &c->dns;
	return FAULT_NONE;
}

void
dns_cache_close(struct dns *dns)
{
	struct cache *c = dns == NULL ? NULL : dns->state;
	struct cache_entry *e, *older;

	if (c == NULL)
		return;
	for (e = c->newest; e != NULL; e = older) {
		older = e->older;
		free(e);
	}
	free(c->buckets);
	free(c);
}

size_t
dns_cache_bytes(const struct dns *dns)
{
	const struct cache *c = dns->state;

	return c->used;
}
