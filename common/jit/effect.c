/* SPDX-License-Identifier: ISC */
/*
 * Running the adapter of a grant.
 *
 * It runs outside of any transaction, but under the grant's own lock: an undo
 * MUST NOT overtake an apply that is still running.
 *
 * Two grants may have the same effect, such as one account's place in one
 * group.  Then the undo record of the first is that of both, and only the end
 * of the last takes the effect away.  Whether it is there for another's sake
 * MUST NOT change while an adapter looks at it, makes it or undoes it: all
 * three run under the effect's lock, taken after the grant's.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "jit/jit_impl.h"

/* Both kinds of lock are bytes of the file HOME_LOCK, in a range each. */
#define JIT_LOCK_GRANT 0
#define JIT_LOCK_EFFECT ((off_t)1 << 24)
/* Milliseconds that a lock is waited for: by a sweep, which has others to look
 * after and comes back, and by the other verbs; and between two tries. */
#define JIT_LOCK_SWEEP 1000
#define JIT_LOCK_WAIT 10000
#define JIT_LOCK_TICK 10
/* Seconds between looks for an update that may come late, in a pause. */
#define JIT_FLIGHT_LOOK 15

struct adapter_runner
jit_runner(const struct jit *j)
{
	bool root = !j->home.own;
	struct adapter_runner r = adapter_runner_system(j->env->adapters,
	    root ? 0 : j->home.owner, root ? 0 : j->home.owner,
	    root ? 0 : j->home.group);

	r.last = j->last;
	return r;
}

/* Ask the adapter; that it could not be asked is a failed reply as well. */
static void
jit_ask_adapter(struct jit *j, const struct grant *g,
    enum adapter_verb verb, struct adapter_reply *reply)
{
	struct jit_tree tree = { .j = j, .g = g, .verb = verb };
	struct grant as = *g;
	json_t *plan = NULL;
	struct fault f = { 0 };

	if (jit_order_for(j, verb, &as, &plan, &f) == FAULT_NONE)
		(void)jit_tree_ask(&tree, &as, plan, reply, &f);
	json_decref(plan);
	reply->busy = tree.busy;
	if (f.kind != FAULT_NONE)
		(void)snprintf(reply->text, sizeof(reply->text), "%.200s",
		    f.text);
}

/*
 * Closing *fd lets go again.  Whoever holds it may have been stopped: it is
 * not waited for longer than its time, and then *fd is -1.  It saves work; the
 * order of changes does not depend on it (effect_tree.c).
 */
static enum fault_kind
jit_lock(const struct jit *j, off_t range, const char *name, int *fd,
    struct fault *f)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
	    .l_len = 1 };
	unsigned char md[SHA256_BYTES];
	int tries = (j->ending ? JIT_LOCK_SWEEP : JIT_LOCK_WAIT) /
	    JIT_LOCK_TICK;

	sha256(span_of(name), md);
	lock.l_start = range + (md[0] << 16 | md[1] << 8 | md[2]);
	*fd = openat(j->home.fd, HOME_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (*fd < 0)
		return fault_errno(f, FAULT_IO, errno, HOME_LOCK);
	for (int i = 0; fcntl(*fd, F_OFD_SETLK, &lock) != 0; i++) {
		enum fault_kind kind = FAULT_NONE;

		if ((errno == EAGAIN || errno == EACCES || errno == EINTR) &&
		    i < tries) {
			(void)poll(NULL, 0, JIT_LOCK_TICK);
			continue;
		}
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			kind = fault_errno(f, FAULT_IO, errno, HOME_LOCK);
		(void)close(*fd);
		*fd = -1;
		return kind;
	}
	return FAULT_NONE;
}

enum fault_kind
jit_peek(struct jit *j, const char *id, struct grant *g, struct fault *f)
{
	bool found = false;
	enum fault_kind kind = jit_begin(j, false, f);

	if (kind == FAULT_NONE)
		kind = store_grant_get(j->store, id, g, &found, f);
	if (!found)
		g->state = GRANT_NONE;
	jit_abort(j);
	return kind;
}

/* The adapter did not do it this time: remember when to try again. */
static enum fault_kind
jit_retry_later(struct jit *j, const char *id, const char *text,
    struct fault *f)
{
	struct grant g;
	json_t *o = json_object();
	bool found = false, failed = false;
	enum fault_kind kind;

	kind = jit_begin(j, true, f);
	if (kind == FAULT_NONE)
		kind = store_grant_get(j->store, id, &g, &found, f);
	if (kind == FAULT_NONE && found) {
		g.tries++;
		g.undone = 0;
		grant_pause(&g, grant_backoff(g.tries), &j->now);
		(void)snprintf(g.error, sizeof(g.error), "%s", text);
		js_set(o, "tries", js_int(g.tries), &failed);
		js_set(o, "text", js_str(text), &failed);
		kind = failed ? fault_nomem(f) : jit_record(j, &g,
		    "adapter-failed", g.state, json_incref(o), f);
		if (kind == FAULT_NONE)
			kind = jit_commit(j, f);
	}
	json_decref(o);
	jit_abort(j);
	return kind;
}

/* The grant's plan with another undo record. */
static enum fault_kind
jit_plan_text(struct grant *g, const json_t *undo, struct fault *f)
{
	json_t *plan = json_loads(g->plan, 0, NULL);
	enum fault_kind kind;

	if (json_object_set_new(plan, "undo", json_deep_copy(undo)) != 0)
		kind = fault_nomem(f);
	else
		kind = adapter_plan_text(g, plan, f);
	json_decref(plan);
	return kind;
}

/*
 * The adapter has withdrawn the right; what is left of it (a key published as
 * revoked) is to be cleared later.  That is no failure.
 */
static enum fault_kind
jit_withdrawn_put(struct jit *j, const char *id, const struct adapter_reply *r,
    struct fault *f)
{
	struct grant g;
	bool found = false, again = false;
	int64_t flight = 0;
	enum fault_kind kind = jit_begin(j, true, f);

	if (kind == FAULT_NONE)
		kind = store_grant_get(j->store, id, &g, &found, f);
	if (kind == FAULT_NONE && found)
		kind = jit_flight(j, &g, &flight, f);
	/* Asked too early it says so again: that is nothing new. */
	if (kind == FAULT_NONE && found && g.state == GRANT_REVOKING &&
	    !(jit_withdrawn(&g) && grant_pauses(&g, &j->now))) {
		again = jit_withdrawn(&g);
		g.tries = g.undone = 0;
		/* What may come late is looked for meanwhile. */
		grant_pause(&g, flight > 0 && r->again > JIT_FLIGHT_LOOK ?
		    JIT_FLIGHT_LOOK : r->again, &j->now);
		g.error[0] = '\0';
		kind = jit_plan_text(&g, r->undo, f);
		if (kind == FAULT_NONE)
			kind = jit_order_keep(j, &g, r->undo, f);
		if (kind == FAULT_NONE && again)
			kind = store_grant_put(j->store, &g, f);
		else if (kind == FAULT_NONE)
			kind = jit_record(j, &g, "withdrawn", g.state,
			    json_pack("{s:I}", "again", (json_int_t)r->again),
			    f);
		if (kind == FAULT_NONE)
			kind = jit_commit(j, f);
	}
	jit_abort(j);
	return kind;
}

bool
jit_withdrawn(const struct grant *g)
{
	return g->state == GRANT_REVOKING && g->tries == 0 &&
	    g->next_try != 0 && !jit_settling(g);
}

bool
jit_settling(const struct grant *g)
{
	return g->state == GRANT_REVOKING && g->undone != 0;
}

/*
 * The adapter says absent, but what was sent before may still arrive.  The
 * grant stays revoking, and each sweep has it undone again, until nothing can
 * come any more: the first time is written down.
 */
static enum fault_kind
jit_undone_put(struct jit *j, const char *id, struct fault *f)
{
	struct grant g = { .unanswered = 0 };
	bool found = false;
	int64_t flight = 0;
	enum fault_kind kind = jit_begin(j, true, f);

	if (kind == FAULT_NONE)
		kind = store_grant_get(j->store, id, &g, &found, f);
	if (kind == FAULT_NONE && found)
		kind = jit_flight(j, &g, &flight, f);
	/* Written by a boot clock that is ahead of ours: counted anew. */
	if (kind == FAULT_NONE && flight > 0 && g.unanswered > j->now.boot &&
	    strcmp(g.unanswered_id, j->now.boot_id) == 0)
		grant_unanswered(&g, &j->now);
	else if (kind != FAULT_NONE || flight == 0 || g.undone != 0)
		flight = 0;
	if (flight > 0) {
		bool again = g.undone != 0;

		g.undone = 1;
		g.tries = g.next_try = 0;
		g.error[0] = '\0';
		kind = again ? store_grant_put(j->store, &g, f) :
		    jit_record(j, &g, "undone", g.state, json_pack("{s:I}",
		    "settles_in", (json_int_t)flight), f);
		if (kind == FAULT_NONE)
			kind = jit_commit(j, f);
	}
	jit_abort(j);
	return kind;
}

/* What an undo record says it would undo, so that it can be compared. */
static void
jit_effect(const struct grant *g, const json_t *undo, char out[SHA256_HEX])
{
	const char *text = json_string_value(json_object_get(undo,
	    "effect"));
	json_t *plan = json_loads(g->plan, 0, NULL);
	const char *adapter = json_string_value(json_object_get(plan,
	    "adapter"));
	struct buf b;

	out[0] = '\0';
	buf_init(&b, ADAPTER_ANSWER_MAX + 64);
	if (text != NULL && adapter != NULL) {
		buf_addf(&b, "%s ", adapter);
		buf_adds(&b, text);
		sha256_hex(buf_span(&b), out);
	}
	buf_free(&b);
	json_decref(plan);
}

/* Under the write lock: put the undo record into the grant; that of another
 * grant if that one made, or may have made, the same effect. */
static enum fault_kind
jit_plan_put(struct jit *j, struct grant *g, json_t *undo, struct fault *f)
{
	json_t *o = json_object(), *theirs = NULL;
	struct grant other;
	bool shared = false, failed = false;
	enum fault_kind kind;

	jit_effect(g, undo, g->effect);
	kind = store_grant_sharing(j->store, g->effect, g->id, NULL, &other,
	    &shared, f);
	if (kind == FAULT_NONE && shared)
		kind = jit_order_undo(j, &other, &theirs, f);
	if (theirs != NULL)
		undo = theirs;
	if (kind == FAULT_NONE)
		kind = jit_order_keep(j, g, undo, f);
	if (kind == FAULT_NONE)
		kind = jit_plan_text(g, undo, f);
	js_set(o, "undo", json_incref(undo), &failed);
	if (shared)
		js_set(o, "shared_with", js_str(other.id), &failed);
	if (kind == FAULT_NONE)
		kind = failed ? fault_nomem(f) : jit_record(j, g, "planned",
		    GRANT_APPROVED, json_incref(o), f);
	json_decref(o);
	json_decref(theirs);
	return kind;
}

/* Store the adapter's undo record, before anything is done. */
static enum fault_kind
jit_plan(struct jit *j, const char *id, json_t *undo, struct fault *f)
{
	struct grant g;
	bool found = false;
	enum fault_kind kind;

	kind = jit_begin(j, true, f);
	if (kind == FAULT_NONE)
		kind = store_grant_get(j->store, id, &g, &found, f);
	if (kind == FAULT_NONE && found && g.state == GRANT_APPROVED) {
		kind = jit_plan_put(j, &g, undo, f);
		if (kind == FAULT_NONE)
			kind = jit_commit(j, f);
	}
	jit_abort(j);
	return kind;
}

bool
jit_waits(const struct jit *j, const struct grant *g, enum adapter_verb *verb)
{
	if (g->plan[0] == '\0' || (grant_pauses(g, &j->now) && !j->eager &&
	    !j->last))
		return false;
	switch (g->state) {
	case GRANT_APPROVED:
		*verb = ADAPTER_PLAN;
		return j->log_state != AUDIT_UNTRUSTED &&
		    j->now.wall >= g->start &&
		    !adapter_planned(g);
	case GRANT_APPLYING:
		*verb = ADAPTER_GRANT;
		return j->log_state != AUDIT_UNTRUSTED;
	case GRANT_REVOKING:
		*verb = ADAPTER_REVOKE;
		return true;
	case GRANT_NONE:
	case GRANT_REQUESTED:
	case GRANT_ACTIVE:
	case GRANT_ENDED:
	case GRANT_DENIED:
	case GRANT_CANCELLED:
	case GRANT_LAPSED:
	case GRANT_FAILED:
		break;
	}
	return false;
}

/* What follows from the adapter's answer.  more is taken. */
static enum fault_kind
jit_adapted(struct jit *j, struct grant *g, enum adapter_verb verb,
    struct adapter_reply *r, json_t *more, bool *stuck, struct fault *f)
{
	unsigned fx;
	bool give_up = verb != ADAPTER_REVOKE &&
	    (r->result == ADAPTER_REFUSED ||
	    (r->result != ADAPTER_DONE && g->tries + 1 >= GRANT_APPLY_TRIES));

	if (r->result == ADAPTER_DONE && verb == ADAPTER_PLAN)
		return jit_plan(j, g->id, r->undo, f);
	if (r->result == ADAPTER_DONE) {
		enum fault_kind kind = jit_step(j, g->id, verb ==
		    ADAPTER_GRANT ? GRANT_EV_APPLIED : GRANT_EV_UNDONE, NULL,
		    more, g, &fx, f);

		if (kind == FAULT_NONE && g->state == GRANT_REVOKING) {
			*stuck = true;
			kind = jit_undone_put(j, g->id, f);
		} else if (kind == FAULT_NONE && verb == ADAPTER_REVOKE)
			jit_order_drop(j, g->id);
		return kind;
	}
	if (give_up) {
		json_t *o = json_object();
		bool failed = false;

		js_set(o, "text", js_str(r->text), &failed);
		return jit_step(j, g->id, GRANT_EV_APPLY_FAILED, NULL, o, g,
		    &fx, f);
	}
	*stuck = true;
	return r->result == ADAPTER_WITHDRAWN ?
	    jit_withdrawn_put(j, g->id, r, f) :
	    jit_retry_later(j, g->id, r->text, f);
}

/* plan, and then again under the lock of the effect that it names: while it
 * looked, the end of another grant may have taken that away. */
static enum fault_kind
jit_ask_plan(struct jit *j, const struct grant *g, struct adapter_reply *r,
    int *fd, struct fault *f)
{
	char effect[SHA256_HEX];
	enum fault_kind kind;

	jit_ask_adapter(j, g, ADAPTER_PLAN, r);
	jit_effect(g, r->undo, effect);
	if (r->result != ADAPTER_DONE || effect[0] == '\0')
		return FAULT_NONE;
	adapter_reply_free(r);
	*r = (struct adapter_reply){ 0 };
	kind = jit_lock(j, JIT_LOCK_EFFECT, effect, fd, f);
	if (kind == FAULT_NONE)
		jit_ask_adapter(j, g, ADAPTER_PLAN, r);
	return kind;
}

/* Under the effect's lock: is it to stay for another grant's sake? */
static enum fault_kind
jit_kept(struct jit *j, const struct grant *g, json_t **more, bool *kept,
    struct fault *f)
{
	struct grant other;
	bool failed = false;
	enum fault_kind kind = jit_begin(j, false, f);

	*kept = false;
	if (kind == FAULT_NONE)
		kind = store_grant_sharing(j->store, g->effect, g->id,
		    &j->now, &other, kept, f);
	jit_abort(j);
	if (kind == FAULT_NONE && *kept) {
		*more = json_object();
		js_set(*more, "kept_for", js_str(other.id), &failed);
		if (failed)
			kind = fault_nomem(f);
	}
	return kind;
}

/* grant or revoke; the latter only by the last that holds the effect. */
static enum fault_kind
jit_ask_change(struct jit *j, const struct grant *g, enum adapter_verb verb,
    struct adapter_reply *r, json_t **more, int *fd, struct fault *f)
{
	bool kept = false;
	enum fault_kind kind = FAULT_NONE;

	if (g->effect[0] != '\0')
		kind = jit_lock(j, JIT_LOCK_EFFECT, g->effect, fd, f);
	/* What an earlier one left at work must not come after this. */
	if (kind == FAULT_NONE)
		kind = jit_trees_end(j, g, &r->busy, f);
	if (kind == FAULT_NONE && r->busy)
		return kind;
	if (kind == FAULT_NONE && verb == ADAPTER_REVOKE &&
	    g->effect[0] != '\0')
		kind = jit_kept(j, g, more, &kept, f);
	if (kind == FAULT_NONE && kept)
		r->result = ADAPTER_DONE;
	else if (kind == FAULT_NONE)
		jit_ask_adapter(j, g, verb, r);
	return kind;
}

enum fault_kind
jit_adapt(struct jit *j, const char *id, bool *did, bool *stuck,
    struct fault *f)
{
	struct adapter_reply reply = { 0 };
	struct grant g = { 0 };
	enum adapter_verb verb;
	enum fault_kind kind;
	json_t *more = NULL;
	int fd, effect = -1;

	*did = false;
	kind = jit_lock(j, JIT_LOCK_GRANT, id, &fd, f);
	if (kind != FAULT_NONE)
		return kind;
	kind = jit_peek(j, id, &g, f);
	if (kind == FAULT_NONE && jit_waits(j, &g, &verb)) {
		*did = true;
		kind = verb == ADAPTER_PLAN ?
		    jit_ask_plan(j, &g, &reply, &effect, f) :
		    jit_ask_change(j, &g, verb, &reply, &more, &effect, f);
		if (kind == FAULT_NONE && reply.busy)
			*stuck = true;
		else if (kind == FAULT_NONE)
			kind = jit_adapted(j, &g, verb, &reply,
			    json_incref(more), stuck, f);
		json_decref(more);
		adapter_reply_free(&reply);
	} else if (kind == FAULT_NONE && (g.state == GRANT_REVOKING ||
	    g.state == GRANT_APPLYING))
		*stuck = true;
	if (effect >= 0)
		(void)close(effect);
	if (fd >= 0)
		(void)close(fd);
	return kind;
}

/* The effect of an active grant is what it should be again. */
static enum fault_kind
jit_applied_again(struct jit *j, const struct grant *was, struct fault *f)
{
	struct grant g;
	bool found = false;
	enum fault_kind kind = jit_begin(j, true, f);

	if (kind == FAULT_NONE)
		kind = store_grant_get(j->store, was->id, &g, &found, f);
	/* Another renewal in between asks for another run. */
	if (kind == FAULT_NONE && found && g.state == GRANT_ACTIVE &&
	    g.not_after == was->not_after) {
		g.apply_again = g.tries = g.next_try = 0;
		g.error[0] = '\0';
		kind = store_grant_put(j->store, &g, f);
		if (kind == FAULT_NONE)
			kind = jit_commit(j, f);
	}
	jit_abort(j);
	return kind;
}

enum fault_kind
jit_reapply(struct jit *j, const char *id, bool look, bool *stuck,
    struct fault *f)
{
	struct adapter_reply reply = { 0 };
	struct grant g = { 0 };
	enum fault_kind kind;
	int fd;

	kind = jit_lock(j, JIT_LOCK_GRANT, id, &fd, f);
	if (kind != FAULT_NONE)
		return kind;
	kind = jit_peek(j, id, &g, f);
	if (kind == FAULT_NONE && g.state == GRANT_ACTIVE &&
	    g.plan[0] != '\0' && j->env->apply)
		kind = jit_trees_end(j, &g, &reply.busy, f);
	if (kind == FAULT_NONE && reply.busy)
		*stuck = true;
	else if (kind == FAULT_NONE && g.state == GRANT_ACTIVE &&
	    g.plan[0] != '\0' && j->env->apply) {
		if (look)
			jit_ask_adapter(j, &g, ADAPTER_STATUS, &reply);
		/* What cannot say whether it is there is made again. */
		if (reply.result != ADAPTER_DONE || !reply.present) {
			adapter_reply_free(&reply);
			jit_ask_adapter(j, &g, ADAPTER_GRANT, &reply);
		}
		if (reply.result != ADAPTER_DONE) {
			*stuck = true;
			kind = jit_retry_later(j, id, reply.text, f);
		} else if (kind == FAULT_NONE && g.apply_again != 0)
			kind = jit_applied_again(j, &g, f);
		adapter_reply_free(&reply);
	}
	if (fd >= 0)
		(void)close(fd);
	return kind;
}

void
jit_undo_first(struct jit *j, const struct grant *g)
{
	struct adapter_reply reply = { 0 };
	struct fault f = { 0 };
	json_t *more = NULL;
	int fd = -1;

	if (!j->env->apply || g->plan[0] == '\0' ||
	    g->end == GRANT_END_NONE)
		return;
	(void)jit_ask_change(j, g, ADAPTER_REVOKE, &reply, &more, &fd, &f);
	json_decref(more);
	adapter_reply_free(&reply);
	if (fd >= 0)
		(void)close(fd);
}
