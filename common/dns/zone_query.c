/* SPDX-License-Identifier: ISC */
/* Questions answered from a set of zones, and what no zone holds from the next
 * layer. */
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "dns/domain.h"
#include "dns/wire.h"
#include "dns/zone.h"

struct zone_backend {
	struct dns dns;
	struct dns_zone *zone;
	struct dns *next;
};

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
			answer->records[answer->count++].place =
			    (struct dns_place){ rr->file, rr->line,
			    rr->column };
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
		rest.authentic = rest.vouched = false;
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
