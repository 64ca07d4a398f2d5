/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/bounds.h"
#include "cli/gather.h"
#include "dns/gather.h"

/* Domains that are begun and not printed: those that are ready wait for the
 * ones before them. */
#define GATHER_WAITING ((size_t)65536)

/* A domain that is begun. */
struct slot {
	struct dns_gather_client client;
	bool ready;		/* all its answers are there */
};

struct loop {
	const struct cli_gather *g;
	size_t head, next;	/* not yet printed; not yet begun */
	size_t capacity;
	struct slot *slots;	/* number % capacity */
	size_t nactive;
	size_t *active;		/* numbers of those not ready */
	struct buf result;
	struct dns_gather_client probe;
	bool probed, probe_done;
	char probe_name[40];
	struct arena arena;
};

static struct slot *
loop_slot(const struct loop *l, size_t number)
{
	return &l->slots[number % l->capacity];
}

/* One pass; true: nothing was noted. */
static bool
loop_pass(struct loop *l, size_t number, bool asks, int *status)
{
	buf_reset(&l->result);
	dns_gather_begin(l->g->dns, &loop_slot(l, number)->client,
	    l->head + 1);
	*status = l->g->pass(l->g->ctx, number, asks, &l->result);
	return dns_gather_end(l->g->dns);
}

static void
loop_begin(struct loop *l, int64_t now)
{
	const struct cli_gather *g = l->g;

	while (l->nactive < g->window && l->next < g->count &&
	    l->next - l->head < l->capacity && (l->next == l->head ||
	    dns_gather_bytes(g->dns) < BOUND_DNS_GATHER)) {
		struct slot *s = loop_slot(l, l->next);

		*s = (struct slot){ .client = { .number = l->next + 1,
		    .deadline_ms = now + g->cli->time_limit_ms } };
		l->active[l->nactive++] = l->next++;
	}
}

/* Those whose answers are in, or whose time is over. */
static bool
loop_active(struct loop *l, int64_t now)
{
	bool moved = false;
	int status;

	for (size_t i = l->nactive; i-- > 0;) {
		struct slot *s = loop_slot(l, l->active[i]);
		bool late = now > s->client.deadline_ms;

		if (s->client.pending > 0 && !late)
			continue;
		if (late)
			dns_gather_forget(l->g->dns, &s->client);
		moved = true;
		if (!loop_pass(l, l->active[i], true, &status))
			continue;
		s->ready = true;
		l->active[i] = l->active[--l->nactive];
	}
	return moved;
}

/*
 * A server that finds a name below invalid. (RFC 6761 6.4) finds all of them:
 * nothing that it says of names that do not exist can be judged.
 */
static enum fault_kind
loop_probe(struct loop *l, struct fault *f)
{
	struct dns *dns = l->g->dns;
	struct dns_answer answer;
	uint64_t random;

	if (l->probe_done || (l->probed && l->probe.pending > 0) ||
	    dns_gather_asked(dns) == 0)
		return FAULT_NONE;
	if (!l->probed) {
		if (getrandom(&random, sizeof(random), 0) !=
		    (ssize_t)sizeof(random))
			random = 1;
		(void)snprintf(l->probe_name, sizeof(l->probe_name),
		    "v%016llx.invalid", (unsigned long long)random);
	}
	arena_reset(&l->arena);
	dns_gather_begin(dns, &l->probe, l->head + 1);
	(void)dns_query(dns, span_of(l->probe_name), DNS_A, &l->arena,
	    &answer, f);
	l->probe_done = dns_gather_end(dns) && l->probed;
	l->probed = true;
	if (f->kind == FAULT_NONE && l->probe_done &&
	    answer.outcome == DNS_ANSWER)
		return fault_set(f, FAULT_CONFIG, "the name server invents "
		    "answers: it finds %s; ask another with --nameserver",
		    l->probe_name);
	return f->kind;
}

/* In order, as far as they are ready: for good. */
static enum fault_kind
loop_emit(struct loop *l, bool *moved, struct fault *f)
{
	if (l->probed && !l->probe_done)
		return FAULT_NONE;
	while (l->head < l->next && loop_slot(l, l->head)->ready) {
		struct slot *s = loop_slot(l, l->head);
		int status;

		*moved = true;
		if (!loop_pass(l, l->head, false, &status)) {
			/* What it had asked is not there any more. */
			s->ready = false;
			l->active[l->nactive++] = l->head;
			break;
		}
		if (l->g->emit(l->g->ctx, buf_span(&l->result), status, f) !=
		    FAULT_NONE)
			return f->kind;
		l->head++;
	}
	return FAULT_NONE;
}

/* When the first one's time is over. */
static int64_t
loop_until(const struct loop *l)
{
	int64_t until = 0;

	for (size_t i = 0; i < l->nactive; i++) {
		int64_t at = loop_slot(l, l->active[i])->client.deadline_ms;

		if (until == 0 || at < until)
			until = at;
	}
	return until + 1;
}

static enum fault_kind
loop_run(struct loop *l, struct fault *f)
{
	const struct cli_gather *g = l->g;

	while (l->head < g->count) {
		int64_t now = clock_mono_ms(&g->cli->clock);
		bool moved;

		loop_begin(l, now);
		moved = loop_active(l, now);
		if (loop_probe(l, f) != FAULT_NONE ||
		    loop_emit(l, &moved, f) != FAULT_NONE)
			return f->kind;
		if (!moved && dns_gather_wait(g->dns, l->nactive > 0 ?
		    loop_until(l) : 0, f) != FAULT_NONE)
			return f->kind;
	}
	return FAULT_NONE;
}

enum fault_kind
cli_gather_run(const struct cli_gather *g, struct fault *f)
{
	struct loop l = { .g = g, .capacity = g->count < GATHER_WAITING ?
	    g->count + 1 : GATHER_WAITING };

	l.slots = calloc(l.capacity, sizeof(*l.slots));
	l.active = calloc(g->window + 1, sizeof(*l.active));
	arena_init(&l.arena, BOUND_MESSAGE_ARENA);
	buf_init(&l.result, SIZE_MAX / 2);
	if (l.slots == NULL || l.active == NULL)
		(void)fault_nomem(f);
	else
		(void)loop_run(&l, f);
	free(l.slots);
	free(l.active);
	arena_free(&l.arena);
	buf_free(&l.result);
	return f->kind;
}
