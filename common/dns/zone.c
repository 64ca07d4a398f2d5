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

struct zone_backend {
	struct dns dns;
	struct dns_zone *zone;
	struct dns *next;
};

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

static void
zone_ttl(struct dns_answer *answer, uint32_t ttl)
{
	if (ttl < answer->ttl)
		answer->ttl = ttl;
}

/* A negative answer lasts as the SOA says, RFC 2308 5. */
static void
zone_absent(const struct dns_zone_hit *hit, struct dns_answer *answer)
{
	const struct dns_zone_rr *soa = hit->soa;
	const unsigned char *p;

	answer->outcome = hit->found == DNS_ZONE_EXISTS ? DNS_NODATA :
	    DNS_NXDOMAIN;
	if (soa == NULL || soa->len < 4) {
		answer->ttl = 0;
		return;
	}
	p = soa->data + soa->len - 4;
	zone_ttl(answer, soa->ttl);
	zone_ttl(answer, (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

/* Decode the records of the type asked; the list holds `count` of them. */
static enum fault_kind
zone_collect(const struct dns_zone_rr *rr, unsigned type, size_t count,
    struct arena *a, struct dns_answer *answer, struct fault *f)
{
	answer->records = arena_array(a, count, sizeof(*answer->records));
	if (answer->records == NULL)
		return fault_nomem(f);
	for (; rr != NULL; rr = rr->next) {
		enum dns_rdata state;

		if (rr->type != type)
			continue;
		if (dns_wire_rdata(rr->data, rr->data + rr->len, rr->data,
		    rr->len, type, a, &answer->records[answer->count], &state,
		    f) != FAULT_NONE)
			return f->kind;
		if (state == DNS_RDATA_OK)
			answer->count++;
		zone_ttl(answer, rr->ttl);
	}
	answer->outcome = answer->count > 0 ? DNS_ANSWER : DNS_NODATA;
	return FAULT_NONE;
}

/*
 * The next one's answer came over so many aliases.  If one of them leads to a
 * name of our own, ours is what counts from there on: *back, with that name in
 * `wire` and answer->aliases one less than the steps to it.  Costs a question
 * an alias, where zones and the network are used together.
 */
static enum fault_kind
zone_back(struct zone_backend *z, struct dns_question *q, unsigned aliases,
    struct arena *a, struct dns_answer *answer, bool *back, struct fault *f)
{
	struct dns_question link = *q;
	struct dns_answer step;
	struct dns_zone_hit hit;

	link.type = DNS_CNAME;
	for (unsigned n = 0; n < aliases && !*back; n++) {
		if (z->next->query(z->next, &link, a, &step, f) != FAULT_NONE)
			return f->kind;
		if (step.outcome != DNS_ANSWER || step.count != 1)
			break;
		link.name = step.records[0].text;
		link.wire_len = dns_name_encode(link.name, link.wire);
		if (link.wire_len == 0)
			break;
		dns_zone_find(z->zone, link.wire, &hit);
		*back = hit.found != DNS_ZONE_ELSEWHERE;
		if (*back) {
			answer->aliases += n;
			zone_ttl(answer, step.ttl);
			link.type = q->type;
			*q = link;
		}
	}
	return FAULT_NONE;
}

/* What no zone holds: ask the next one, on behalf of the chain so far. */
static enum fault_kind
zone_onward(struct zone_backend *z, struct dns_question *q, struct arena *a,
    struct dns_answer *answer, bool *back, struct fault *f)
{
	struct dns_answer rest = { .outcome = DNS_NXDOMAIN };

	if (z->next == NULL) {
		answer->outcome = DNS_NXDOMAIN;
		answer->why = DNS_WHY_OUTSIDE;
		answer->ttl = 0;
		return FAULT_NONE;
	}
	if (z->next->query(z->next, q, a, &rest, f) != FAULT_NONE)
		return f->kind;
	if (zone_back(z, q, rest.aliases, a, answer, back, f) != FAULT_NONE ||
	    *back)
		return f->kind;
	rest.aliases += answer->aliases;
	if (answer->aliases > 0) {
		/* Our part of the chain is not signed. */
		rest.authentic = false;
		if (answer->ttl < rest.ttl)
			rest.ttl = answer->ttl;
	}
	*answer = rest;
	if (answer->aliases > BOUND_DNS_CNAMES)
		*answer = (struct dns_answer){ .why = DNS_WHY_LOOP };
	return FAULT_NONE;
}

/* The first record of a type, and how many there are. */
static const struct dns_zone_rr *
zone_pick(const struct dns_zone_rr *rr, unsigned type, size_t *count)
{
	const struct dns_zone_rr *first = NULL;

	for (*count = 0; rr != NULL; rr = rr->next) {
		if (rr->type != type)
			continue;
		if (first == NULL)
			first = rr;
		(*count)++;
	}
	return first;
}

/*
 * One step of the chain.  *more is set if a CNAME leads on, whose target is
 * then what q asks for.
 */
static enum fault_kind
zone_step(struct zone_backend *z, struct dns_question *q, struct arena *a,
    struct dns_answer *answer, bool *more, struct fault *f)
{
	struct dns_zone_hit hit;
	const struct dns_zone_rr *rr;
	size_t count, aliases;

	*more = false;
	answer->canonical = q->name;
	dns_zone_find(z->zone, q->wire, &hit);
	if (hit.found == DNS_ZONE_ELSEWHERE) {
		if (q->name.p != NULL)
			return zone_onward(z, q, a, answer, more, f);
		*answer = (struct dns_answer){ .why = DNS_WHY_JUNK };
		return FAULT_NONE;
	}
	if (zone_pick(hit.rr, q->type, &count) != NULL)
		return zone_collect(hit.rr, q->type, count, a, answer, f);
	rr = zone_pick(hit.rr, DNS_CNAME, &aliases);
	if (rr == NULL) {
		zone_absent(&hit, answer);
		return FAULT_NONE;
	}
	memcpy(q->wire, rr->data, rr->len);
	q->wire_len = rr->len;
	zone_ttl(answer, rr->ttl);
	*more = true;
	return FAULT_NONE;
}

static enum fault_kind
zone_query(struct dns *dns, const struct dns_question *asked,
    struct arena *a, struct dns_answer *answer, struct fault *f)
{
	struct zone_backend *z = dns->state;
	struct dns_question q = *asked;
	bool more;

	*answer = (struct dns_answer){ .ttl = INT32_MAX };
	q.name = arena_span(a, asked->name);
	if (q.name.p == NULL)
		return fault_nomem(f);
	for (;;) {
		if (zone_step(z, &q, a, answer, &more, f) != FAULT_NONE)
			return f->kind;
		if (!more)
			return FAULT_NONE;
		if (answer->aliases++ >= BOUND_DNS_CNAMES)
			break;
		if (dns_name_decode(q.wire, a, &q.name, f) != FAULT_NONE)
			return f->kind;
	}
	*answer = (struct dns_answer){ .why = DNS_WHY_LOOP };
	return FAULT_NONE;
}

enum fault_kind
dns_zone_open(struct dns_zone *zone, struct dns *next, struct dns **out,
    struct fault *f)
{
	struct zone_backend *z = calloc(1, sizeof(*z));

	if (z == NULL)
		return fault_nomem(f);
	z->dns.query = zone_query;
	z->dns.state = z;
	z->zone = zone;
	z->next = next;
	*out = &z->dns;
	return FAULT_NONE;
}

void
dns_zone_close(struct dns *dns)
{
	struct zone_backend *z = dns == NULL ? NULL : dns->state;

	if (z == NULL)
		return;
	dns_zone_free(z->zone);
	free(z);
}

const struct dns_zone *
dns_zone_of(const struct dns *dns)
{
	const struct zone_backend *z = dns->state;

	return z->zone;
}
