/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "dns/domain.h"
#include "dns/wire.h"
#include "dns/zone.h"
#include "dns/zone_impl.h"
#include "dns/zone_parse.h"

/*
 * Every name hangs in one hash table under the number of its zone.  Zone 0 is
 * the overlay; under ZONE_APEX hang the apexes, with the numbers of their
 * zones.
 */
#define ZONE_OVERLAY	0
#define ZONE_APEX	UINT32_MAX

struct dns_zone *
dns_zone_new(void)
{
	struct dns_zone *zone = calloc(1, sizeof(*zone));

	if (zone != NULL)
		arena_init(&zone->arena, BOUND_ZONE_BYTES);
	return zone;
}

void
dns_zone_set_warn(struct dns_zone *zone, dns_zone_warn *warn, void *state)
{
	zone->warn = warn;
	zone->warn_state = state;
}

void
dns_zone_set_origin(struct dns_zone *zone, const char *origin)
{
	zone->origin = origin;
}

void
dns_zone_free(struct dns_zone *zone)
{
	if (zone == NULL)
		return;
	arena_free(&zone->arena);
	free(zone->buckets);
	free(zone);
}

/*
 * FNV-1a.  No key is needed: strangers choose what is looked up, never what
 * is in the table.
 */
static size_t
zone_hash(uint32_t zone, const unsigned char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ zone;
	size_t len = dns_name_len(name);

	for (size_t i = 0; i < len; i++) {
		h ^= (unsigned char)ascii_lower((char)name[i]);
		h *= UINT64_C(0x100000001b3);
	}
	return (size_t)(h ^ h >> 32);
}

static struct zone_node *
zone_get(const struct dns_zone *set, uint32_t zone, const unsigned char *name)
{
	struct zone_node *node;

	if (set->bucket_count == 0)
		return NULL;
	node = set->buckets[zone_hash(zone, name) & (set->bucket_count - 1)];
	while (node != NULL && (node->zone != zone ||
	    !dns_name_equal(node->name, name)))
		node = node->chain;
	return node;
}

/* Twice the buckets. */
static bool
zone_grow(struct dns_zone *set)
{
	size_t count = set->bucket_count == 0 ? 64 : set->bucket_count * 2;
	struct zone_node **buckets = calloc(count, sizeof(*buckets));

	if (buckets == NULL)
		return false;
	for (size_t i = 0; i < set->bucket_count; i++) {
		struct zone_node *node, *next;

		for (node = set->buckets[i]; node != NULL; node = next) {
			size_t at = zone_hash(node->zone, node->name) &
			    (count - 1);

			next = node->chain;
			node->chain = buckets[at];
			buckets[at] = node;
		}
	}
	free(set->buckets);
	set->buckets = buckets;
	set->bucket_count = count;
	return true;
}

/* The node, made if it is not there; NULL without memory.  name must live as
 * long as the set. */
static struct zone_node *
zone_make(struct dns_zone *set, uint32_t zone, const unsigned char *name)
{
	struct zone_node *node = zone_get(set, zone, name);
	size_t at;

	if (node != NULL)
		return node;
	if (set->nodes >= set->bucket_count && !zone_grow(set))
		return NULL;
	node = arena_alloc(&set->arena, sizeof(*node));
	if (node == NULL)
		return NULL;
	at = zone_hash(zone, name) & (set->bucket_count - 1);
	*node = (struct zone_node){ .chain = set->buckets[at], .name = name,
		.zone = zone };
	set->buckets[at] = node;
	set->nodes++;
	return node;
}

/* The apex of the deepest zone with a number above `over` that holds name. */
static const struct zone_node *
zone_apex(const struct dns_zone *set, const unsigned char *name, uint32_t over)
{
	if (set->zones <= over)
		return NULL;
	for (;; name += 1U + *name) {
		const struct zone_node *node = zone_get(set, ZONE_APEX, name);

		if (node != NULL && node->number > over)
			return node;
		if (*name == 0)
			return NULL;
	}
}

static enum fault_kind
zone_wrong(const char *file, const struct dns_zone_entry *e, const char *text,
    struct fault *f)
{
	return fault_set(f, FAULT_CONFIG, "%s:%zu:%zu: %s", file, e->line,
	    e->column, text);
}

/*
 * Equal records are one, whatever their TTL (RFC 2181 5).  Not so TXT: a
 * domain that publishes its record twice is to see what that does, and no
 * transfer has one twice.
 */
static bool
zone_same(const struct dns_zone_rr *a, const struct dns_zone_rr *b)
{
	return a->type == b->type && a->len == b->len &&
	    memcmp(a->data, b->data, a->len) == 0;
}

static bool
zone_holds(const struct zone_node *node, const struct dns_zone_rr *rr)
{
	const struct dns_zone_rr *e = rr->type == DNS_TXT ? NULL :
	    node->first;

	while (e != NULL && !zone_same(e, rr))
		e = e->next;
	return e != NULL;
}

/* May a CNAME stand beside it (RFC 1034 3.6.2, RFC 4034 2.5, 3, 4)? */
static bool
zone_beside_cname(unsigned type)
{
	return type == 46 || type == 47 || type == 25 || type == 24;
}

/* Names between an owner and the apex exist, RFC 4592 2.2.2. */
static bool
zone_ancestors(struct dns_zone *set, uint32_t zone, const unsigned char *owner,
    const unsigned char *apex)
{
	size_t want = dns_name_len(apex), len = dns_name_len(owner);

	while (len > want) {
		len -= 1U + *owner;
		owner += 1U + *owner;
		if (zone_get(set, zone, owner) != NULL)
			return true;
		if (zone_make(set, zone, owner) == NULL)
			return false;
	}
	return true;
}

static enum fault_kind
zone_insert(struct dns_zone *set, const struct dns_zone_entry *e, uint32_t over,
    const char *file, struct fault *f)
{
	const struct zone_node *apex = zone_apex(set, e->owner, over);
	uint32_t zone = apex == NULL ? ZONE_OVERLAY : apex->number;
	struct zone_node *node;

	if (apex != NULL && !zone_ancestors(set, zone, e->owner, apex->name))
		return dns_zone_no_room(&set->arena, file, e->line, e->column,
		    f);
	node = zone_make(set, zone, e->owner);
	if (node == NULL)
		return dns_zone_no_room(&set->arena, file, e->line, e->column,
		    f);
	if (zone_holds(node, e->rr))
		return FAULT_NONE;
	if (e->rr->type == DNS_CNAME ? node->cname || node->other :
	    node->cname && !zone_beside_cname(e->rr->type))
		return zone_wrong(file, e, "a CNAME stands alone at its name",
		    f);
	if (e->rr->type == DNS_CNAME)
		node->cname = true;
	else if (!zone_beside_cname(e->rr->type))
		node->other = true;
	if (node->last == NULL)
		node->first = e->rr;
	else
		node->last->next = e->rr;
	node->last = e->rr;
	return FAULT_NONE;
}

static enum fault_kind
zone_add_apex(struct dns_zone *set, const struct dns_zone_entry *e,
    uint32_t over, const char *file, struct fault *f)
{
	struct zone_node *node = zone_make(set, ZONE_APEX, e->owner);

	if (node == NULL)
		return dns_zone_no_room(&set->arena, file, e->line, e->column,
		    f);
	if (node->number > over && zone_same(node->soa, e->rr))
		return FAULT_NONE;	/* the end of a zone transfer */
	if (node->number != 0)
		return zone_wrong(file, e, "a second SOA for this zone", f);
	node->soa = e->rr;
	node->number = ++set->zones;
	return FAULT_NONE;
}

static enum fault_kind
zone_add(struct dns_zone *set, const struct dns_zone_source *what,
    struct fault *f)
{
	struct dns_zone_source from = *what;
	const char *file = from.file;
	struct dns_zone_entry *first, *e;
	struct arena scratch;
	uint32_t over = set->zones;
	enum fault_kind kind;

	from.warn = set->warn;
	from.warn_state = set->warn_state;
	arena_init(&scratch, BOUND_ZONE_BYTES);
	kind = dns_zone_parse(&from, &set->arena, &scratch, &first, f);
	for (e = first; e != NULL && kind == FAULT_NONE; e = e->next)
		if (e->rr->type == DNS_SOA)
			kind = zone_add_apex(set, e, over, file, f);
	for (e = first; e != NULL && kind == FAULT_NONE; e = e->next)
		kind = zone_insert(set, e, over, file, f);
	arena_free(&scratch);
	return kind;
}

enum fault_kind
dns_zone_add(struct dns_zone *set, struct span bytes, const char *file,
    struct fault *f)
{
	unsigned char origin[BOUND_DNS_NAME] = { 0 };

	if (set->origin != NULL)
		(void)dns_name_encode(span_of(set->origin), origin);
	return zone_add(set, &(struct dns_zone_source){ .bytes = bytes,
	    .file = file, .origin = set->origin != NULL ? origin : NULL }, f);
}

/*
 * "NAME:FILE", where NAME is a domain: its wire form in `origin` and the rest
 * of the text.  The text itself if it has no such start; NULL if NAME is none.
 */
static const char *
zone_origin(const char *text, unsigned char origin[BOUND_DNS_NAME],
    bool *given)
{
	struct span name, path;

	*given = span_cut(span_of(text), ':', &name, &path) && name.len > 0 &&
	    span_find(name, '/') == name.len;
	if (!*given)
		return text;
	return dns_name_encode(name, origin) == 0 ? NULL : path.p;
}

/* All of a file that need not know its size (a pipe, say). */
static enum fault_kind
zone_read(int fd, const char *path, struct buf *b, struct fault *f)
{
	for (;;) {
		char *room = buf_room(b, 32768);
		ssize_t n;

		if (room == NULL && b->full)
			return fault_set(f, FAULT_CONFIG,
			    "%s: over %zu bytes, too large for a zone", path,
			    b->max - 32768);
		if (room == NULL)
			return fault_nomem(f);
		do
			n = read(fd, room, 32768);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return fault_errno(f, FAULT_NOINPUT, errno, "%s", path);
		if (n == 0)
			return FAULT_NONE;
		buf_grew(b, (size_t)n);
	}
}

enum fault_kind
dns_zone_load(struct dns_zone *set, const char *text, struct fault *f)
{
	unsigned char origin[BOUND_DNS_NAME] = { 0 };
	bool given;
	const char *path = zone_origin(text, origin, &given);
	struct buf b;
	enum fault_kind kind;
	int fd;

	if (path == NULL)
		return fault_set(f, FAULT_CONFIG, "%s: what stands before "
		    "the colon is no domain", text);
	if (!given && set->origin != NULL) {
		(void)dns_name_encode(span_of(set->origin), origin);
		given = true;
	}
	if (strcmp(path, "-") == 0)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	else
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fault_errno(f, FAULT_NOINPUT, errno, "%s", path);
	buf_init(&b, BOUND_ZONE_BYTES + 32768);
	kind = zone_read(fd, path, &b, f);
	(void)close(fd);
	if (kind == FAULT_NONE)
		kind = zone_add(set, &(struct dns_zone_source){
		    .bytes = buf_span(&b), .file = path, .origin = given ?
		    origin : NULL, .path = strcmp(path, "-") == 0 ? NULL :
		    path }, f);
	buf_free(&b);
	return kind;
}

/* RFC 4592 3.3.1: the wildcard below the closest name that exists, if any. */
static const struct zone_node *
zone_wildcard(const struct dns_zone *set, uint32_t zone,
    const unsigned char *name)
{
	unsigned char wild[BOUND_DNS_NAME] = { 1, '*' };

	while (*name != 0) {
		name += 1U + *name;
		if (zone_get(set, zone, name) == NULL)
			continue;
		memcpy(wild + 2, name, dns_name_len(name));
		return zone_get(set, zone, wild);
	}
	return NULL;
}

static const struct dns_zone_rr *
zone_soa(const struct dns_zone *set, const struct zone_node *apex)
{
	const struct zone_node *node = zone_get(set, apex->number, apex->name);
	const struct dns_zone_rr *rr = node == NULL ? NULL : node->first;

	while (rr != NULL && rr->type != DNS_SOA)
		rr = rr->next;
	return rr;
}

void
dns_zone_find(const struct dns_zone *set, const unsigned char *name,
    struct dns_zone_hit *hit)
{
	const struct zone_node *node = zone_get(set, ZONE_OVERLAY, name);
	const struct zone_node *apex;

	*hit = (struct dns_zone_hit){ .found = DNS_ZONE_ELSEWHERE };
	if (node != NULL) {
		hit->found = DNS_ZONE_EXISTS;
		hit->rr = node->first;
		return;
	}
	apex = zone_apex(set, name, 0);
	if (apex == NULL)
		return;
	hit->apex = apex->name;
	hit->soa = zone_soa(set, apex);
	node = zone_get(set, apex->number, name);
	if (node == NULL)
		node = zone_wildcard(set, apex->number, name);
	hit->found = node == NULL ? DNS_ZONE_NXDOMAIN : DNS_ZONE_EXISTS;
	hit->rr = node == NULL ? NULL : node->first;
}
