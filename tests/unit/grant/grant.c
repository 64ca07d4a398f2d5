/* SPDX-License-Identifier: ISC */
/*
 * The machine, and a property: whatever the order of events, crashes and
 * clock steps, nobody is let in after the end, and nothing that is let in was
 * not written down.
 */
#include <string.h>

#include "base/num.h"
#include "grant/grant.h"
#include "tap.h"

#define BOOT_A "00000000-0000-0000-0000-00000000000a"
#define BOOT_B "00000000-0000-0000-0000-00000000000b"
#define ROUNDS 20000
#define EVENTS 60

static struct grant
fresh(bool adapter)
{
	struct grant g = { .state = GRANT_REQUESTED, .created = 1000,
	    .duration = 100, .max_total = 200, .pending_until = 2000,
	    .activate_by = 3000, .uses = 2, .uses_left = 2 };

	(void)snprintf(g.id, sizeof(g.id), "g1");
	if (adapter)
		(void)snprintf(g.plan, sizeof(g.plan), "{}");
	return g;
}

static struct grant_context
at(int64_t wall, int64_t boot)
{
	struct grant_context c = { .now = { .wall = wall, .boot = boot,
	    .boot_id = BOOT_A }, .trust = JIT_TRUST_OK };

	return c;
}

static void
test_plain(void)
{
	struct grant g = fresh(false);
	struct grant_context c = at(1000, 10);

	CHECK(grant_judge(&g, 1, &c) == DECISION_PENDING);
	CHECK(grant_step(&g, GRANT_EV_TICK, &c) == GRANT_FX_NONE);
	CHECK(grant_step(&g, GRANT_EV_ENOUGH, &c) == GRANT_FX_LOG);
	CHECK(g.state == GRANT_APPROVED);
	CHECK(grant_step(&g, GRANT_EV_TICK, &c) == GRANT_FX_LOG);
	CHECK(g.state == GRANT_ACTIVE && g.not_after == 1100 &&
	    g.boot_end == 110);
	CHECK(grant_judge(&g, 1, &c) == DECISION_YES);
	CHECK(grant_judge(&g, 3, &c) == DECISION_SPENT);
	c = at(1099, 109);
	CHECK(grant_judge(&g, 1, &c) == DECISION_YES);
	c = at(1100, 109);
	CHECK(grant_judge(&g, 1, &c) == DECISION_EXPIRED);
	c = at(1050, 110);
	CHECK(grant_judge(&g, 1, &c) == DECISION_EXPIRED);
	c.trust = JIT_TRUST_BEHIND;
	CHECK(grant_judge(&g, 1, &c) == DECISION_UNTRUSTED);
	c = at(1050, 50);
	c.frozen = true;
	CHECK(grant_judge(&g, 1, &c) == DECISION_FROZEN);
	CHECK(grant_step(&g, GRANT_EV_TICK, &c) == GRANT_FX_NONE);
	c.frozen = false;
	g.uses_left = 0;
	CHECK(grant_judge(&g, 1, &c) == DECISION_SPENT);
	c.has_runs = true;
	CHECK(grant_step(&g, GRANT_EV_TICK, &c) == GRANT_FX_NONE);
	c.has_runs = false;
	CHECK(grant_step(&g, GRANT_EV_TICK, &c) != GRANT_FX_NONE);
	CHECK(g.state == GRANT_ENDED && g.end == GRANT_END_EXHAUSTED);
	CHECK(grant_step(&g, GRANT_EV_RELEASE, &c) == GRANT_FX_NONE);
}

/* How long what was sent is on its way: by the boot clock alone. */
static void
test_flight(void)
{
	struct grant g = fresh(true);
	struct grant_context c = at(1000, 400);

	CHECK(grant_in_flight(&g, 310, &c.now) == 0);
	grant_unanswered(&g, &c.now);
	CHECK(grant_in_flight(&g, 0, &c.now) == 0);
	CHECK(grant_in_flight(&g, 310, &c.now) == 310);
	c = at(90000, 709);
	CHECK(grant_in_flight(&g, 310, &c.now) == 1);
	c = at(1000, 710);
	CHECK(grant_in_flight(&g, 310, &c.now) == 0);
	/* A boot clock behind the one that wrote it. */
	c = at(1000, 399);
	CHECK(grant_in_flight(&g, 310, &c.now) == 310);
	/* Sent before this boot. */
	(void)snprintf(g.unanswered_id, sizeof(g.unanswered_id), "other");
	c = at(90000, 309);
	CHECK(grant_in_flight(&g, 310, &c.now) == 1);
	c = at(0, 310);
	CHECK(grant_in_flight(&g, 310, &c.now) == 0);
}

static void
test_adapter(void)
{
	struct grant g = fresh(true);
	struct grant_context c = at(1000, 10);

	(void)grant_step(&g, GRANT_EV_ENOUGH, &c);
	CHECK(grant_step(&g, GRANT_EV_TICK, &c) ==
	    (GRANT_FX_LOG | GRANT_FX_APPLY));
	CHECK(g.state == GRANT_APPLYING &&
	    grant_judge(&g, 1, &c) == DECISION_PENDING);
	CHECK(grant_step(&g, GRANT_EV_APPLIED, &c) == GRANT_FX_LOG);
	CHECK(g.state == GRANT_ACTIVE);
	CHECK((grant_step(&g, GRANT_EV_REVOKE, &c) & GRANT_FX_UNDO) != 0);
	CHECK(g.state == GRANT_REVOKING &&
	    grant_judge(&g, 1, &c) == DECISION_NO);
	/* What was sent may still arrive: not undone yet. */
	c.flight = 1;
	CHECK(grant_step(&g, GRANT_EV_UNDONE, &c) == GRANT_FX_NONE);
	CHECK(g.state == GRANT_REVOKING);
	c.flight = 0;
	CHECK(grant_step(&g, GRANT_EV_UNDONE, &c) == GRANT_FX_LOG);
	CHECK(g.state == GRANT_ENDED && g.end == GRANT_END_REVOKED);
	g = fresh(true);
	(void)grant_step(&g, GRANT_EV_ENOUGH, &c);
	(void)grant_step(&g, GRANT_EV_TICK, &c);
	CHECK((grant_step(&g, GRANT_EV_APPLY_FAILED, &c) & GRANT_FX_UNDO) !=
	    0);
	(void)grant_step(&g, GRANT_EV_UNDONE, &c);
	CHECK(g.state == GRANT_FAILED);
	/* The red button takes an effect away. */
	g = fresh(true);
	(void)grant_step(&g, GRANT_EV_ENOUGH, &c);
	(void)grant_step(&g, GRANT_EV_TICK, &c);
	(void)grant_step(&g, GRANT_EV_APPLIED, &c);
	c.frozen = true;
	CHECK((grant_step(&g, GRANT_EV_TICK, &c) & GRANT_FX_UNDO) != 0);
}

static void
test_side_ends(void)
{
	struct grant g = fresh(false);
	struct grant_context c = at(2000, 10);

	CHECK(grant_step(&g, GRANT_EV_ENOUGH, &c) == GRANT_FX_NONE);
	CHECK(grant_step(&g, GRANT_EV_TICK, &c) != GRANT_FX_NONE);
	CHECK(g.state == GRANT_LAPSED);
	g = fresh(false);
	c = at(1000, 10);
	CHECK(grant_step(&g, GRANT_EV_DENY, &c) != GRANT_FX_NONE);
	CHECK(g.state == GRANT_DENIED && grant_judge(&g, 0, &c) ==
	    DECISION_NO);
	g = fresh(false);
	(void)grant_step(&g, GRANT_EV_RELEASE, &c);
	CHECK(g.state == GRANT_CANCELLED);
	g = fresh(false);
	g.start = 1500;
	(void)grant_step(&g, GRANT_EV_ENOUGH, &c);
	CHECK(grant_step(&g, GRANT_EV_TICK, &c) == GRANT_FX_NONE);
	CHECK(grant_judge(&g, 1, &c) == DECISION_NOT_YET);
	c = at(3000, 10);
	(void)grant_step(&g, GRANT_EV_TICK, &c);
	CHECK(g.state == GRANT_LAPSED);
	/* No beginning on a clock that is not trusted. */
	g = fresh(false);
	c = at(1000, 10);
	c.trust = JIT_TRUST_AHEAD;
	CHECK(grant_step(&g, GRANT_EV_ENOUGH, &c) == GRANT_FX_NONE);
}

static void
test_renew(void)
{
	struct grant g = fresh(false);
	struct grant_context c = at(1000, 10);

	(void)grant_step(&g, GRANT_EV_ENOUGH, &c);
	(void)grant_step(&g, GRANT_EV_TICK, &c);
	c.duration = 101;
	CHECK(grant_step(&g, GRANT_EV_RENEWED, &c) == GRANT_FX_NONE);
	c.duration = 100;
	CHECK(grant_step(&g, GRANT_EV_RENEWED, &c) == GRANT_FX_LOG);
	CHECK(g.not_after == 1200 && g.boot_end == 210);
	c.duration = 1;
	CHECK(grant_step(&g, GRANT_EV_RENEWED, &c) == GRANT_FX_NONE);
}

static void
test_booted(void)
{
	struct grant g = fresh(false);
	struct grant_context c = at(1000, 500);

	(void)grant_step(&g, GRANT_EV_ENOUGH, &c);
	(void)grant_step(&g, GRANT_EV_TICK, &c);
	CHECK(g.not_after == 1100 && g.boot_end == 600);
	CHECK(grant_step(&g, GRANT_EV_BOOTED, &c) == GRANT_FX_NONE);
	/* Another boot: only the wall clock tells, until it is anchored. */
	c.now.wall = 1040;
	c.now.boot = 7;
	memcpy(c.now.boot_id, BOOT_B, JIT_BOOT_ID);
	c.trust = JIT_TRUST_BEHIND;
	CHECK(grant_step(&g, GRANT_EV_BOOTED, &c) == GRANT_FX_NONE);
	c.trust = JIT_TRUST_AHEAD;
	CHECK(grant_step(&g, GRANT_EV_BOOTED, &c) == GRANT_FX_NONE);
	c.trust = JIT_TRUST_OK;
	CHECK(grant_step(&g, GRANT_EV_BOOTED, &c) == GRANT_FX_LOG);
	CHECK(g.state == GRANT_ACTIVE && g.boot_end == 67 &&
	    g.not_after == 1100);
	CHECK(grant_step(&g, GRANT_EV_BOOTED, &c) == GRANT_FX_NONE);
	c.now.boot = 67;	/* the wall clock stands still */
	CHECK(grant_judge(&g, 1, &c) == DECISION_EXPIRED);
	memcpy(c.now.boot_id, BOOT_A, JIT_BOOT_ID);
	c.now.wall = 1100;
	CHECK(grant_step(&g, GRANT_EV_BOOTED, &c) == GRANT_FX_NONE);
}

static uint32_t state_of_chance = 1;

static unsigned
chance(unsigned n)
{
	state_of_chance = state_of_chance * 1664525U + 1013904223U;
	return (state_of_chance >> 8) % n;
}

/* The host: its clocks, what it remembers, and what was promised. */
struct world {
	struct jit_mark mark;
	struct jit_now now;
	struct grant disk;	/* what a crash leaves */
	enum grant_state logged;	/* the state of the last log line */
	bool present;		/* the adapter's effect stands */
	int64_t boot_used;	/* real seconds since activation, this boot */
	int64_t real_end;	/* of the boot clock it was activated in */
	char real_id[JIT_BOOT_ID];
};

static void
time_goes_by(struct world *w)
{
	unsigned n = chance(12);
	int64_t by = chance(40);

	w->now.boot += by;
	w->now.wall += by;
	if (n == 0)
		w->now.wall += 86400;	/* stepped forward */
	else if (n == 1)
		w->now.wall -= 86400;
	else if (n == 2)
		w->now.wall -= 2;
	else if (n == 3) {	/* a reboot, with or without a clock */
		w->now.boot = 1;
		memcpy(w->now.boot_id, w->now.boot_id[35] == 'a' ? BOOT_B :
		    BOOT_A, JIT_BOOT_ID);
		/* Two boots never share an id: forget the old one. */
		if (strcmp(w->disk.boot_id, w->now.boot_id) == 0)
			w->disk.boot_id[0] = '\0';
		if (strcmp(w->mark.boot_id, w->now.boot_id) == 0)
			w->mark.boot_id[0] = '\0';
		w->real_id[0] = '\0';
		if (chance(2) == 0)
			w->present = false;	/* it lived in memory */
		if (chance(3) == 0)
			w->now.wall = 0;
	} else if (n == 4)
		jit_clock_raise(&w->mark, &w->now);
}

/* One transaction: the log line first, then the row; a crash at any point. */
static unsigned
transact(struct world *w, enum grant_event ev, bool frozen)
{
	struct grant g = w->disk;
	struct grant_context c = { .now = w->now, .frozen = frozen,
	    .trust = jit_clock_judge(&w->mark, &w->now), .duration = 30 };
	unsigned fx = grant_step(&g, ev, &c);

	if (fx == GRANT_FX_NONE || chance(10) == 0)
		return GRANT_FX_NONE;
	w->logged = g.state;
	if (chance(10) == 0)
		return GRANT_FX_NONE;	/* the line is `aborted` later */
	if (g.state == GRANT_ACTIVE && w->disk.state != GRANT_ACTIVE) {
		w->real_end = w->now.boot + g.duration;
		memcpy(w->real_id, w->now.boot_id, JIT_BOOT_ID);
	} else if (ev == GRANT_EV_RENEWED || ev == GRANT_EV_BOOTED) {
		w->real_end = g.boot_end;
		if (ev == GRANT_EV_BOOTED)
			memcpy(w->real_id, g.boot_id, JIT_BOOT_ID);
	}
	w->disk = g;
	jit_clock_raise(&w->mark, &w->now);
	return fx;
}

static void
adapter_runs(struct world *w, bool frozen)
{
	/* Any attempt may fail, or be cut off after its effect. */
	if (w->disk.state == GRANT_APPLYING) {
		w->present = w->present || chance(4) != 0;
		if (chance(4) != 0)
			(void)transact(w, w->present && chance(4) != 0 ?
			    GRANT_EV_APPLIED : GRANT_EV_APPLY_FAILED, frozen);
	} else if (w->disk.state == GRANT_REVOKING) {
		w->present = w->present && chance(4) == 0;
		if (!w->present && chance(4) != 0)
			(void)transact(w, GRANT_EV_UNDONE, frozen);
	} else if (w->disk.state == GRANT_ACTIVE && strcmp(w->disk.boot_id,
	    w->now.boot_id) != 0 && chance(2) == 0) {
		w->present = w->present || w->disk.plan[0] != '\0';
		(void)transact(w, GRANT_EV_BOOTED, frozen);
	}
}

/* What must hold after every step; the name of what does not, or NULL. */
static const char *
broken(const struct world *w, bool frozen)
{
	struct grant_context c = { .now = w->now, .frozen = frozen,
	    .trust = jit_clock_judge(&w->mark, &w->now) };
	bool in = grant_judge(&w->disk, 1, &c) == DECISION_YES;

	if (in && w->disk.state != GRANT_ACTIVE)
		return "let in though not active";
	if (in && w->now.wall >= w->disk.not_after)
		return "let in after the end by the wall clock";
	if (in && w->real_id[0] != '\0' && w->now.boot >= w->real_end)
		return "let in after the end by the boot clock";
	if (in && w->now.wall < w->mark.seen_max - JIT_CLOCK_BEHIND)
		return "let in by a clock that was set back";
	if (in && frozen)
		return "let in though frozen";
	if (w->disk.not_after > w->disk.activated + w->disk.max_total)
		return "longer than the cap";
	if (w->present && w->disk.state != GRANT_APPLYING &&
	    w->disk.state != GRANT_ACTIVE && w->disk.state != GRANT_REVOKING)
		return "an effect stands that nobody will undo";
	if (w->disk.state == GRANT_ACTIVE && w->disk.plan[0] != '\0' &&
	    strcmp(w->disk.boot_id, w->now.boot_id) == 0 && !w->present)
		return "active without its effect";
	return NULL;
}

static const char *
one_life(bool adapter)
{
	struct world w = { .now = { 1000, 10, BOOT_A },
	    .disk = fresh(adapter), .logged = GRANT_REQUESTED };
	bool frozen = false;

	for (int i = 0; i < EVENTS; i++) {
		const char *why;

		time_goes_by(&w);
		if (chance(20) == 0)
			frozen = !frozen;
		if (chance(6) == 0)
			(void)transact(&w, (enum grant_event)chance(4),
			    frozen);
		if (chance(8) == 0)
			(void)transact(&w, GRANT_EV_RENEWED, frozen);
		(void)transact(&w, GRANT_EV_TICK, frozen);
		adapter_runs(&w, frozen);
		why = broken(&w, frozen);
		if (why != NULL)
			return why;
	}
	/* Then time passes for certain, and the sweeper comes. */
	w.now.wall = w.mark.seen_max + 1000000;
	for (int i = 0; i < 400; i++) {
		(void)transact(&w, GRANT_EV_TICK, false);
		adapter_runs(&w, false);
	}
	if (grant_live(&w.disk) || w.present)
		return "did not end";
	return NULL;
}

static void
test_property(void)
{
	const char *why = NULL;
	int round = 0;

	for (; round < ROUNDS && why == NULL; round++)
		why = one_life(round % 2 == 0);
	CHECKF(why == NULL, "%d lives: %s", round, why == NULL ?
	    "none broke a promise" : why);
}

int
main(void)
{
	test_plain();
	test_adapter();
	test_flight();
	test_side_ends();
	test_renew();
	test_booted();
	test_property();
	CHECK(grant_backoff(0) == 0 && grant_backoff(1) == 2 &&
	    grant_backoff(11) == 2048 && grant_backoff(50) == 3600);
	return tap_done();
}
