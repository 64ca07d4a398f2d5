/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "grant/grant.h"

const char *
grant_state_word(enum grant_state s)
{
	switch (s) {
	case GRANT_NONE:
		break;
	case GRANT_REQUESTED:
		return "requested";
	case GRANT_APPROVED:
		return "approved";
	case GRANT_APPLYING:
		return "applying";
	case GRANT_ACTIVE:
		return "active";
	case GRANT_REVOKING:
		return "revoking";
	case GRANT_ENDED:
		return "ended";
	case GRANT_DENIED:
		return "denied";
	case GRANT_CANCELLED:
		return "cancelled";
	case GRANT_LAPSED:
		return "lapsed";
	case GRANT_FAILED:
		return "failed";
	}
	return "none";
}

bool
grant_state_known(const char *word)
{
	for (int s = GRANT_NONE; s <= GRANT_FAILED; s++)
		if (s != GRANT_NONE && strcmp(word, grant_state_word(
		    (enum grant_state)s)) == 0)
			return true;
	return false;
}

const char *
grant_end_word(enum grant_end e)
{
	switch (e) {
	case GRANT_END_NONE:
		break;
	case GRANT_END_EXPIRED:
		return "expired";
	case GRANT_END_EXHAUSTED:
		return "exhausted";
	case GRANT_END_RELEASED:
		return "released";
	case GRANT_END_REVOKED:
		return "revoked";
	case GRANT_END_FAILED:
		return "failed";
	case GRANT_END_RENEWED:
		return "renewed";
	}
	return "none";
}

int
decision_exit(enum decision d)
{
	switch (d) {
	case DECISION_NO:
		break;
	case DECISION_YES:
		return 0;
	case DECISION_PENDING:
	case DECISION_EXPIRED:
	case DECISION_SPENT:
	case DECISION_NOT_YET:
	case DECISION_FROZEN:
	case DECISION_UNTRUSTED:
	case DECISION_REPLAY:
		return (int)d;
	}
	return 1;
}

const char *
decision_word(enum decision d)
{
	switch (d) {
	case DECISION_NO:
		break;
	case DECISION_YES:
		return "yes";
	case DECISION_PENDING:
		return "pending";
	case DECISION_EXPIRED:
		return "expired";
	case DECISION_SPENT:
		return "spent";
	case DECISION_NOT_YET:
		return "not-yet";
	case DECISION_FROZEN:
		return "frozen";
	case DECISION_UNTRUSTED:
		return "untrusted";
	case DECISION_REPLAY:
		return "replay";
	}
	return "no";
}

bool
grant_over(const struct grant *g, const struct jit_now *now)
{
	return jit_clock_over(now, g->not_after, g->boot_end, g->boot_id);
}

bool
grant_live(const struct grant *g)
{
	return g->state >= GRANT_REQUESTED && g->state <= GRANT_REVOKING;
}

int64_t
grant_backoff(int64_t tries)
{
	return tries <= 0 ? 0 : tries > 11 ? 3600 : (int64_t)1 << tries;
}

void
grant_pause(struct grant *g, int64_t seconds, const struct jit_now *now)
{
	g->next_try = now->wall + seconds;
	g->next_boot = now->boot + seconds;
	memcpy(g->next_boot_id, now->boot_id, sizeof(g->next_boot_id));
}

bool
grant_pauses(const struct grant *g, const struct jit_now *now)
{
	/* One that an older jitgrant wrote knows the wall clock alone, and
	 * one further away than any pause was written by a wrong one. */
	if (now->wall >= g->next_try ||
	    g->next_try - now->wall > GRANT_PAUSE_MAX)
		return false;
	return strcmp(g->next_boot_id, now->boot_id) == 0 ?
	    now->boot < g->next_boot : g->next_boot_id[0] == '\0';
}

void
grant_unanswered(struct grant *g, const struct jit_now *now)
{
	g->unanswered = now->boot;
	memcpy(g->unanswered_id, now->boot_id, sizeof(g->unanswered_id));
}

int64_t
grant_in_flight(const struct grant *g, int64_t flight,
    const struct jit_now *now)
{
	int64_t since = now->boot;

	if (flight <= 0 || g->unanswered_id[0] == '\0')
		return 0;
	if (strcmp(g->unanswered_id, now->boot_id) == 0)
		since -= g->unanswered;
	/* Written by another boot clock (time_namespaces(7)): all of it. */
	if (since < 0)
		return flight;
	return since < flight ? flight - since : 0;
}

static unsigned
grant_activate(struct grant *g, const struct jit_now *now)
{
	g->state = GRANT_ACTIVE;
	g->activated = now->wall;
	g->not_after = now->wall + g->duration;
	g->boot_end = now->boot + g->duration;
	memcpy(g->boot_id, now->boot_id, sizeof(g->boot_id));
	g->tries = 0;
	g->next_try = 0;
	return GRANT_FX_LOG;
}

/* Begin the end: the adapter's effect has to go first, if there is any. */
static unsigned
grant_begin_end(struct grant *g, enum grant_end end)
{
	g->end = end;
	g->tries = 0;
	g->next_try = 0;
	if (g->plan[0] == '\0') {
		g->state = end == GRANT_END_FAILED ? GRANT_FAILED :
		    GRANT_ENDED;
		return GRANT_FX_LOG | GRANT_FX_KILL;
	}
	g->state = GRANT_REVOKING;
	return GRANT_FX_LOG | GRANT_FX_KILL | GRANT_FX_UNDO;
}

static unsigned
grant_finish(struct grant *g, enum grant_state s)
{
	g->state = s;
	return GRANT_FX_LOG;
}

static unsigned
grant_step_requested(struct grant *g, enum grant_event ev,
    const struct grant_context *c)
{
	bool late = c->now.wall >= g->pending_until;

	switch (ev) {
	case GRANT_EV_ENOUGH:
		if (late || c->frozen || c->trust != JIT_TRUST_OK)
			return GRANT_FX_NONE;
		return grant_finish(g, GRANT_APPROVED);
	case GRANT_EV_DENY:
		return grant_finish(g, GRANT_DENIED);
	case GRANT_EV_RELEASE:
		return grant_finish(g, GRANT_CANCELLED);
	case GRANT_EV_REVOKE:
		g->end = GRANT_END_REVOKED;
		return grant_finish(g, GRANT_CANCELLED);
	case GRANT_EV_TICK:
		return late && c->trust != JIT_TRUST_BEHIND ?
		    grant_finish(g, GRANT_LAPSED) : GRANT_FX_NONE;
	case GRANT_EV_APPLIED:
	case GRANT_EV_APPLY_FAILED:
	case GRANT_EV_UNDONE:
	case GRANT_EV_RENEWED:
	case GRANT_EV_BOOTED:
		break;
	}
	return GRANT_FX_NONE;
}

/* Approved: begin, wait for the start, or lapse. */
static unsigned
grant_tick_approved(struct grant *g, const struct grant_context *c)
{
	if (c->trust == JIT_TRUST_BEHIND)
		return GRANT_FX_NONE;
	if (c->now.wall >= g->activate_by)
		return grant_finish(g, GRANT_LAPSED);
	if (c->frozen || c->trust != JIT_TRUST_OK || c->now.wall < g->start)
		return GRANT_FX_NONE;
	if (g->renews[0] != '\0') {
		g->end = GRANT_END_RENEWED;
		return grant_finish(g, GRANT_ENDED) | GRANT_FX_RENEW;
	}
	if (g->plan[0] == '\0')
		return grant_activate(g, &c->now);
	g->state = GRANT_APPLYING;
	return GRANT_FX_LOG | GRANT_FX_APPLY;
}

static unsigned
grant_step_approved(struct grant *g, enum grant_event ev,
    const struct grant_context *c)
{
	switch (ev) {
	case GRANT_EV_TICK:
		return grant_tick_approved(g, c);
	case GRANT_EV_DENY:
		return grant_finish(g, GRANT_DENIED);
	case GRANT_EV_RELEASE:
		return grant_finish(g, GRANT_CANCELLED);
	case GRANT_EV_REVOKE:
		g->end = GRANT_END_REVOKED;
		return grant_finish(g, GRANT_CANCELLED);
	case GRANT_EV_APPLY_FAILED:
		/* Its plan was refused: nothing was done yet. */
		g->end = GRANT_END_FAILED;
		return grant_finish(g, GRANT_FAILED);
	case GRANT_EV_ENOUGH:
	case GRANT_EV_APPLIED:
	case GRANT_EV_UNDONE:
	case GRANT_EV_RENEWED:
	case GRANT_EV_BOOTED:
		break;
	}
	return GRANT_FX_NONE;
}

static unsigned
grant_step_applying(struct grant *g, enum grant_event ev,
    const struct grant_context *c)
{
	switch (ev) {
	case GRANT_EV_APPLIED:
		if (c->frozen)
			return grant_begin_end(g, GRANT_END_REVOKED);
		if (c->trust != JIT_TRUST_OK ||
		    c->now.wall >= g->activate_by)
			return grant_begin_end(g, GRANT_END_FAILED);
		return grant_activate(g, &c->now);
	case GRANT_EV_APPLY_FAILED:
		return grant_begin_end(g, GRANT_END_FAILED);
	case GRANT_EV_RELEASE:
		return grant_begin_end(g, GRANT_END_RELEASED);
	case GRANT_EV_DENY:
	case GRANT_EV_REVOKE:
		return grant_begin_end(g, GRANT_END_REVOKED);
	case GRANT_EV_TICK:
		if (c->busy)
			return GRANT_FX_NONE;
		if (c->frozen)
			return grant_begin_end(g, GRANT_END_REVOKED);
		if (c->trust != JIT_TRUST_BEHIND &&
		    c->now.wall >= g->activate_by)
			return grant_begin_end(g, GRANT_END_FAILED);
		break;
	case GRANT_EV_ENOUGH:
	case GRANT_EV_UNDONE:
	case GRANT_EV_RENEWED:
	case GRANT_EV_BOOTED:
		break;
	}
	return GRANT_FX_NONE;
}

static unsigned
grant_renew(struct grant *g, const struct grant_context *c)
{
	int64_t end;

	if (c->trust != JIT_TRUST_OK || c->frozen ||
	    grant_over(g, &c->now) || c->duration <= 0)
		return GRANT_FX_NONE;
	end = g->not_after + c->duration;
	if (end > g->activated + g->max_total || end > NUM_TIME_MAX)
		return GRANT_FX_NONE;
	g->not_after = end;
	g->duration += c->duration;
	/* In another boot this means nothing; GRANT_EV_BOOTED follows. */
	g->boot_end += c->duration;
	return GRANT_FX_LOG;
}

/*
 * In another boot there was no boot clock to ask; a new one begins.  Only a
 * clock that is trusted may say how much is left.
 */
static unsigned
grant_booted(struct grant *g, const struct grant_context *c)
{
	if (c->trust != JIT_TRUST_OK || grant_over(g, &c->now) ||
	    strcmp(g->boot_id, c->now.boot_id) == 0)
		return GRANT_FX_NONE;
	memcpy(g->boot_id, c->now.boot_id, sizeof(g->boot_id));
	g->boot_end = c->now.boot + (g->not_after - c->now.wall);
	g->tries = 0;
	g->next_try = 0;
	return GRANT_FX_LOG;
}

/* Over, or so near the end that what caches keep would outlive it. */
static bool
grant_due(const struct grant *g, const struct grant_context *c)
{
	struct jit_now soon = c->now;

	if (c->lead > 0 && c->lead < g->duration) {
		soon.wall += c->lead;
		soon.boot += c->lead;
	}
	return grant_over(g, &soon);
}

static unsigned
grant_step_active(struct grant *g, enum grant_event ev,
    const struct grant_context *c)
{
	switch (ev) {
	case GRANT_EV_RELEASE:
		return grant_begin_end(g, GRANT_END_RELEASED);
	case GRANT_EV_REVOKE:
		return grant_begin_end(g, GRANT_END_REVOKED);
	case GRANT_EV_RENEWED:
		return grant_renew(g, c);
	case GRANT_EV_BOOTED:
		return grant_booted(g, c);
	case GRANT_EV_TICK:
		if (grant_due(g, c))
			return grant_begin_end(g, GRANT_END_EXPIRED);
		/* A freeze takes away what stands outside of our judgement;
		 * what is asked of us each time is only denied. */
		if (c->frozen && g->plan[0] != '\0')
			return grant_begin_end(g, GRANT_END_REVOKED);
		if (g->uses_left == 0 && !c->has_runs)
			return grant_begin_end(g, GRANT_END_EXHAUSTED);
		break;
	case GRANT_EV_ENOUGH:
	case GRANT_EV_DENY:
	case GRANT_EV_APPLIED:
	case GRANT_EV_APPLY_FAILED:
	case GRANT_EV_UNDONE:
		break;
	}
	return GRANT_FX_NONE;
}

unsigned
grant_step(struct grant *g, enum grant_event ev, const struct grant_context *c)
{
	switch (g->state) {
	case GRANT_REQUESTED:
		return grant_step_requested(g, ev, c);
	case GRANT_APPROVED:
		return grant_step_approved(g, ev, c);
	case GRANT_APPLYING:
		return grant_step_applying(g, ev, c);
	case GRANT_ACTIVE:
		return grant_step_active(g, ev, c);
	case GRANT_REVOKING:
		if (ev != GRANT_EV_UNDONE || c->flight > 0)
			return GRANT_FX_NONE;
		return grant_finish(g, g->end == GRANT_END_FAILED ?
		    GRANT_FAILED : GRANT_ENDED);
	case GRANT_NONE:
	case GRANT_ENDED:
	case GRANT_DENIED:
	case GRANT_CANCELLED:
	case GRANT_LAPSED:
	case GRANT_FAILED:
		break;
	}
	return GRANT_FX_NONE;
}

static enum decision
grant_judge_end(enum grant_end end)
{
	switch (end) {
	case GRANT_END_EXPIRED:
		return DECISION_EXPIRED;
	case GRANT_END_EXHAUSTED:
		return DECISION_SPENT;
	case GRANT_END_NONE:
	case GRANT_END_RELEASED:
	case GRANT_END_REVOKED:
	case GRANT_END_FAILED:
	case GRANT_END_RENEWED:
		break;
	}
	return DECISION_NO;
}

static enum decision
grant_judge_active(const struct grant *g, int64_t uses,
    const struct grant_context *c)
{
	if (grant_over(g, &c->now))
		return DECISION_EXPIRED;
	if (c->frozen)
		return DECISION_FROZEN;
	if (g->uses_left >= 0 && (g->uses_left == 0 || g->uses_left < uses))
		return DECISION_SPENT;
	return DECISION_YES;
}

enum decision
grant_judge(const struct grant *g, int64_t uses, const struct grant_context *c)
{
	switch (g->state) {
	case GRANT_REQUESTED:
	case GRANT_APPLYING:
		if (c->trust == JIT_TRUST_BEHIND)
			return DECISION_UNTRUSTED;
		return c->frozen ? DECISION_FROZEN : DECISION_PENDING;
	case GRANT_APPROVED:
		if (c->trust == JIT_TRUST_BEHIND)
			return DECISION_UNTRUSTED;
		if (c->frozen)
			return DECISION_FROZEN;
		return c->now.wall < g->start ? DECISION_NOT_YET :
		    DECISION_PENDING;
	case GRANT_ACTIVE:
		if (c->trust == JIT_TRUST_BEHIND)
			return DECISION_UNTRUSTED;
		return grant_judge_active(g, uses, c);
	case GRANT_REVOKING:
	case GRANT_ENDED:
		return grant_judge_end(g->end);
	case GRANT_NONE:
	case GRANT_DENIED:
	case GRANT_CANCELLED:
	case GRANT_LAPSED:
	case GRANT_FAILED:
		break;
	}
	return DECISION_NO;
}

const char *
grant_reason(const struct grant *g, enum decision d,
    const struct grant_context *c)
{
	switch (d) {
	case DECISION_YES:
	case DECISION_PENDING:
		return grant_state_word(g->state);
	case DECISION_NO:
		return g->state == GRANT_REVOKING || g->state == GRANT_ENDED ?
		    grant_end_word(g->end) : grant_state_word(g->state);
	case DECISION_EXPIRED:
		return "expired";
	case DECISION_SPENT:
		return "exhausted";
	case DECISION_NOT_YET:
		return "not-yet";
	case DECISION_FROZEN:
		return "frozen";
	case DECISION_UNTRUSTED:
		return c->trust == JIT_TRUST_BEHIND ? "clock-behind" :
		    c->trust == JIT_TRUST_AHEAD ? "clock-ahead" : "store";
	case DECISION_REPLAY:
		return "replay";
	}
	return "none";
}

static void
grant_part(struct buf *b, const char *p)
{
	buf_addpart(b, span_of(p));
}

static void
grant_part_int(struct buf *b, int64_t n)
{
	struct buf text;

	buf_init(&text, 32);
	buf_addf(&text, "%lld", (long long)n);
	grant_part(b, buf_str(&text));
	b->nomem |= text.nomem;
	buf_free(&text);
}

enum fault_kind
grant_digest(const struct grant *g, char out[SHA256_HEX], struct fault *f)
{
	struct buf b;
	enum fault_kind kind;

	buf_init(&b, 65536);
	grant_part(&b, "vouchsafe-request-1");
	grant_part(&b, g->id);
	grant_part(&b, g->requester);
	grant_part(&b, g->kind);
	grant_part(&b, g->resource);
	grant_part(&b, g->renews);
	grant_part_int(&b, g->duration);
	grant_part_int(&b, g->uses);
	grant_part_int(&b, g->start);
	grant_part(&b, g->limits);
	grant_part(&b, g->reason);
	kind = buf_check(&b, f);
	if (kind == FAULT_NONE)
		sha256_hex(buf_span(&b), out);
	buf_free(&b);
	return kind;
}
