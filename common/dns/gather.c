/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "dns/cache.h"
#include "dns/gather.h"
#include "dns/wire.h"

#define GATHER_BUCKETS_MIN ((size_t)1024)

/* A client that waits for an entry. */
struct gather_waiter {
	struct dns_gather_client *client;
	struct gather_waiter *next;
};

/* A question, and its answer once it is there. */
struct gather_entry {
	struct gather_entry *chain;
	struct gather_entry *newer, *older;	/* by last use; answered ones */
	struct gather_waiter *waiters;	/* while there is no answer */
	uint64_t hash;
	uint64_t user;		/* the last client that saw it */
	size_t size;
	bool answered;
	uint16_t type, name_len;
	bool unchecked;		/* another question: struct dns_question */
	struct dns_answer *answer;	/* one allocation with all bytes */
	unsigned char name[];	/* wire name, lower case */
};

struct gather {
	struct dns dns;
	struct dns_gather_config config;
	struct dns_swarm *swarm;
	struct dns_gather_client *client;	/* whose pass it is */
	uint64_t oldest;
	size_t asked, used, count;
	size_t bucket_count;	/* a power of two */
	struct gather_entry **buckets;
	struct gather_entry *newest, *oldest_use;
};

static void
gather_unlink(struct gather *g, struct gather_entry *e)
{
	if (e->newer == NULL)
		g->newest = e->older;
	else
		e->newer->older = e->older;
	if (e->older == NULL)
		g->oldest_use = e->newer;
	else
		e->older->newer = e->newer;
}

static void
gather_link(struct gather *g, struct gather_entry *e)
{
	e->newer = NULL;
	e->older = g->newest;
	if (g->newest == NULL)
		g->oldest_use = e;
	else
		g->newest->newer = e;
	g->newest = e;
}

static void
gather_free_entry(struct gather_entry *e)
{
	struct gather_waiter *w, *next;

	for (w = e->waiters; w != NULL; w = next) {
		next = w->next;
		free(w);
	}
	free(e->answer);
	free(e);
}

/* Room for what comes: answers that no client at work has seen go, those used
 * longest ago first. */
static void
gather_trim(struct gather *g)
{
	struct gather_entry *e, *newer, **p;

	for (e = g->oldest_use; e != NULL && g->used > g->config.max;
	    e = newer) {
		newer = e->newer;
		/* Those after it were used later, by the same or others. */
		if (e->user >= g->oldest)
			break;
		p = &g->buckets[e->hash & (g->bucket_count - 1)];
		while (*p != e)
			p = &(*p)->chain;
		*p = e->chain;
		gather_unlink(g, e);
		g->used -= e->size;
		g->count--;
		gather_free_entry(e);
	}
}

static struct gather_entry *
gather_find(const struct gather *g, const struct dns_question *q,
    const unsigned char *name, uint64_t hash)
{
	struct gather_entry *e;

	if (g->bucket_count == 0)
		return NULL;
	for (e = g->buckets[hash & (g->bucket_count - 1)]; e != NULL;
	    e = e->chain)
		if (e->hash == hash && e->type == (uint16_t)q->type &&
		    e->unchecked == q->unchecked &&
		    e->name_len == q->wire_len &&
		    memcmp(e->name, name, q->wire_len) == 0)
			return e;
	return NULL;
}

static enum fault_kind
gather_grow(struct gather *g, struct fault *f)
{
	size_t n = g->bucket_count == 0 ? GATHER_BUCKETS_MIN :
	    2 * g->bucket_count;
	struct gather_entry **buckets = calloc(n, sizeof(*buckets));

	if (buckets == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < g->bucket_count; i++) {
		struct gather_entry *e = g->buckets[i], *chain;

		for (; e != NULL; e = chain) {
			chain = e->chain;
			e->chain = buckets[e->hash & (n - 1)];
			buckets[e->hash & (n - 1)] = e;
		}
	}
	free(g->buckets);
	g->used += (n - g->bucket_count) * sizeof(*buckets);
	g->buckets = buckets;
	g->bucket_count = n;
	return FAULT_NONE;
}

/* Note the question, and send it. */
static struct gather_entry *
gather_note(struct gather *g, const struct dns_question *q,
    const unsigned char *name, uint64_t hash, struct fault *f)
{
	struct gather_entry *e;

	if (g->count >= g->bucket_count && gather_grow(g, f) != FAULT_NONE)
		return NULL;
	gather_trim(g);
	e = calloc(1, sizeof(*e) + q->wire_len);
	if (e == NULL) {
		(void)fault_nomem(f);
		return NULL;
	}
	e->hash = hash;
	e->type = (uint16_t)q->type;
	e->unchecked = q->unchecked;
	e->name_len = (uint16_t)q->wire_len;
	memcpy(e->name, name, q->wire_len);
	e->size = sizeof(*e) + q->wire_len;
	if (dns_swarm_ask(g->swarm, q, e, f) != FAULT_NONE) {
		free(e);
		return NULL;
	}
	e->chain = g->buckets[hash & (g->bucket_count - 1)];
	g->buckets[hash & (g->bucket_count - 1)] = e;
	g->used += e->size;
	g->count++;
	g->asked++;
	return e;
}

/* Copy a span to where *at points, and move that on. */
static struct span
gather_put(struct span s, char **at)
{
	struct span copy = { *at, s.len };

	if (s.p == NULL)
		return s;
	if (s.len > 0)
		memcpy(*at, s.p, s.len);
	*at += s.len;
	return copy;
}

/* The swarm's: an answer is in. */
static enum fault_kind
gather_done(void *state, void *tag, const struct dns_answer *answer,
    struct fault *f)
{
	struct gather *g = state;
	struct gather_entry *e = tag;
	struct gather_waiter *w, *next;
	size_t size = sizeof(*answer) + answer->canonical.len +
	    answer->said.len + answer->count * sizeof(*answer->records);
	struct dns_record *records;
	char *at;

	for (size_t i = 0; i < answer->count; i++)
		size += answer->records[i].text.len;
	e->answer = malloc(size);
	if (e->answer == NULL)
		return fault_nomem(f);
	*e->answer = *answer;
	e->answer->records = records = (struct dns_record *)(e->answer + 1);
	at = (char *)(records + answer->count);
	for (size_t i = 0; i < answer->count; i++) {
		records[i] = answer->records[i];
		records[i].text = gather_put(records[i].text, &at);
	}
	e->answer->canonical = gather_put(answer->canonical, &at);
	e->answer->said = gather_put(answer->said, &at);
	e->answered = true;
	e->size += size;
	g->used += size;
	gather_link(g, e);
	for (w = e->waiters; w != NULL; w = next) {
		next = w->next;
		if (w->client != NULL) {
			w->client->pending--;
			if (w->client->number > e->user)
				e->user = w->client->number;
		}
		free(w);
	}
	e->waiters = NULL;
	return FAULT_NONE;
}

/* Copy an answer into the caller's arena. */
static enum fault_kind
gather_give(const struct gather_entry *e, struct span name, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	const struct dns_answer *from = e->answer;
	struct dns_record *records = arena_array(a, from->count,
	    sizeof(*records));

	*answer = *from;
	answer->records = records;
	/* Without aliases the name is the caller's, in the caller's case. */
	if (from->outcome != DNS_TEMPERROR || from->canonical.p != NULL)
		answer->canonical = from->aliases == 0 ? arena_span(a, name) :
		    from->canonical.p == NULL ? from->canonical :
		    arena_span(a, from->canonical);
	if (from->said.p != NULL)
		answer->said = arena_span(a, from->said);
	if (records == NULL ||
	    (from->canonical.p != NULL && answer->canonical.p == NULL) ||
	    (from->said.p != NULL && answer->said.p == NULL))
		return fault_nomem(f);
	for (size_t i = 0; i < from->count; i++) {
		records[i] = from->records[i];
		if (records[i].text.p == NULL)
			continue;
		records[i].text = arena_span(a, records[i].text);
		if (records[i].text.p == NULL)
			return fault_nomem(f);
	}
	return FAULT_NONE;
}

/* The client waits for the entry, once. */
static enum fault_kind
gather_wait_for(struct gather *g, struct gather_entry *e, struct fault *f)
{
	struct dns_gather_client *c = g->client;
	struct gather_waiter *w;

	for (w = e->waiters; w != NULL; w = w->next)
		if (w->client == c)
			return FAULT_NONE;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return fault_nomem(f);
	w->client = c;
	w->next = e->waiters;
	e->waiters = w;
	c->pending++;
	return FAULT_NONE;
}

/* No answer yet: for the client whose pass it is, pending; it is noted. */
static enum fault_kind
gather_pending(struct gather *g, const struct dns_question *q,
    struct gather_entry *e, const unsigned char *name, uint64_t hash,
    struct dns_answer *answer, struct fault *f)
{
	struct dns_gather_client *c = g->client;

	*answer = (struct dns_answer){ .outcome = DNS_TEMPERROR };
	if (!c->late && e == NULL && c->asked >= DNS_GATHER_QUESTIONS)
		c->late = true;
	if (c->late) {
		answer->why = DNS_WHY_DEADLINE;
		return FAULT_NONE;
	}
	if (e == NULL) {
		e = gather_note(g, q, name, hash, f);
		if (e == NULL)
			return f->kind;
		c->asked++;
	}
	c->noted = true;
	return gather_wait_for(g, e, f);
}

static enum fault_kind
gather_query(struct dns *dns, const struct dns_question *q, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	struct gather *g = dns->state;
	unsigned char name[BOUND_DNS_NAME] = { 0 };
	struct gather_entry *e;
	uint64_t hash;

	memcpy(name, q->wire, q->wire_len);
	dns_name_lower(name);
	hash = dns_cache_hash(g->config.seed, name, q->wire_len, q->type);
	e = gather_find(g, q, name, hash);
	if (g->client == NULL) {
		if (e == NULL && (e = gather_note(g, q, name, hash, f)) ==
		    NULL)
			return f->kind;
		e->user = g->oldest;
		while (!e->answered)
			if (dns_swarm_run(g->swarm, 0, f) != FAULT_NONE)
				return f->kind;
	}
	if (e == NULL || !e->answered)
		return gather_pending(g, q, e, name, hash, answer, f);
	if (g->client != NULL && g->client->number > e->user)
		e->user = g->client->number;
	gather_unlink(g, e);
	gather_link(g, e);
	return gather_give(e, q->name, a, answer, f);
}

void
dns_gather_begin(struct dns *dns, struct dns_gather_client *c,
    uint64_t oldest)
{
	struct gather *g = dns->state;

	g->client = c;
	g->oldest = oldest;
	c->noted = false;
	c->late = c->late || c->passes >= DNS_GATHER_PASSES ||
	    (c->deadline_ms != 0 && clock_mono_ms(dns->clock) >
	    c->deadline_ms);
	c->passes++;
}

bool
dns_gather_end(struct dns *dns)
{
	struct gather *g = dns->state;
	bool noted = g->client->noted;

	g->client = NULL;
	return !noted;
}

bool
dns_gather_noted(const struct dns *dns)
{
	const struct gather *g = dns->state;

	return g->client != NULL && g->client->noted;
}

enum fault_kind
dns_gather_wait(struct dns *dns, int64_t until_ms, struct fault *f)
{
	struct gather *g = dns->state;

	return dns_swarm_run(g->swarm, until_ms, f);
}

void
dns_gather_forget(struct dns *dns, struct dns_gather_client *c)
{
	struct gather *g = dns->state;

	if (c->pending == 0)
		return;
	for (size_t i = 0; i < g->bucket_count; i++)
		for (struct gather_entry *e = g->buckets[i]; e != NULL;
		    e = e->chain)
			for (struct gather_waiter *w = e->waiters; w != NULL;
			    w = w->next)
				if (w->client == c)
					w->client = NULL;
	c->pending = 0;
}

size_t
dns_gather_asked(const struct dns *dns)
{
	const struct gather *g = dns->state;

	return g->asked;
}

size_t
dns_gather_bytes(const struct dns *dns)
{
	const struct gather *g = dns->state;

	return g->used;
}

enum fault_kind
dns_gather_open(const struct dns_gather_config *config, struct dns **out,
    struct fault *f)
{
	struct gather *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return fault_nomem(f);
	g->config = *config;
	g->config.swarm.done = gather_done;
	g->config.swarm.state = g;
	g->dns.query = gather_query;
	g->dns.state = g;
	g->dns.clock = config->swarm.net.clock;
	if (dns_swarm_open(&g->config.swarm, &g->swarm, f) != FAULT_NONE) {
		free(g);
		return f->kind;
	}
	*out = &g->dns;
	return FAULT_NONE;
}

void
dns_gather_close(struct dns *dns)
{
	struct gather *g = dns == NULL ? NULL : dns->state;

	if (g == NULL)
		return;
	dns_swarm_close(g->swarm);
	for (size_t i = 0; i < g->bucket_count; i++) {
		struct gather_entry *e = g->buckets[i], *chain;

		for (; e != NULL; e = chain) {
			chain = e->chain;
			gather_free_entry(e);
		}
	}
	free(g->buckets);
	free(g);
}
