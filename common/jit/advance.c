/* SPDX-License-Identifier: ISC */
/* Moving a grant along its arrows. */
#include <string.h>

#include "base/json.h"
#include "grant/person.h"
#include "jit/jit_impl.h"
#include "jit/verb_run.h"

/* Votes so far, counted against one requirement. */
struct jit_count {
	struct jit *j;
	const struct policy_need *need;
	const struct grant *g;
	unsigned yes;
};

static enum fault_kind
jit_count_vote(const struct store_vote *v, void *arg, struct fault *f)
{
	struct jit_count *c = arg;

	(void)f;
	if (v->yes && !person_is_requester(&c->j->policy, c->g, v->person) &&
	    policy_person_among(&c->j->policy, c->need->who, v->person))
		c->yes++;
	return FAULT_NONE;
}

/* The question that led to a stored grant, asked again of today's policy. */
void
jit_ask_again(struct jit *j, const struct grant *g, json_t *limits,
    const char *keys[JIT_LIMITS], const char *values[JIT_LIMITS],
    struct policy_verdict *v)
{
	struct policy_ask ask = { .kind = g->kind, .resource = g->resource,
	    .reason = g->reason, .duration = g->duration,
	    .uses = g->uses < 0 ? 0 : g->uses };
	const char *key;
	json_t *value;

	ask.who = person_asker(g->requester);
	json_object_foreach(limits, key, value) {
		if (ask.limit_count == JIT_LIMITS)
			break;
		keys[ask.limit_count] = key;
		values[ask.limit_count++] = json_string_value(value);
	}
	ask.limit_key = keys;
	ask.limit_value = values;
	if (g->break_glass)
		ask.break_glass = g->rule + strlen("break-glass ");
	policy_judge(&j->policy, &ask, v);
}

enum fault_kind
jit_enough(struct jit *j, const struct grant *g, bool *enough,
    struct fault *f)
{
	const char *keys[JIT_LIMITS], *values[JIT_LIMITS];
	struct policy_verdict v;
	json_t *limits;
	enum fault_kind kind = FAULT_NONE;

	*enough = false;
	if (!jit_need_policy(j, NULL))
		return FAULT_NONE;
	limits = json_loads(g->limits, 0, NULL);
	if (limits == NULL)
		return FAULT_NONE;
	jit_ask_again(j, g, limits, keys, values, &v);
	*enough = v.why == POLICY_YES;
	for (size_t i = 0; i < v.needs && *enough && kind == FAULT_NONE;
	    i++) {
		struct jit_count c = { j, &v.need[i], g, 0 };

		kind = store_vote_each(j->store, g->id, jit_count_vote, &c,
		    f);
		*enough = c.yes >= v.need[i].k;
	}
	json_decref(limits);
	return kind;
}

/*
 * A renewal was approved: move the end of the grant it renews.  Two rows, one
 * transaction and one line, which names both: the log may never be two lines
 * ahead of the store.  What can't be renewed any more makes the renewal fail,
 * and the line is left to the caller (*told).
 */
static enum fault_kind
jit_renewed(struct jit *j, struct grant *renewal, bool *told, struct fault *f)
{
	struct grant target;
	struct grant_context c = { 0 };
	enum fault_kind kind;

	*told = false;
	kind = store_grant_get(j->store, renewal->renews, &target, told, f);
	if (kind == FAULT_NONE && *told)
		kind = jit_context(j, &target, &c, f);
	if (kind != FAULT_NONE)
		return kind;
	c.duration = renewal->duration;
	*told = *told &&
	    grant_step(&target, GRANT_EV_RENEWED, &c) != GRANT_FX_NONE;
	if (!*told) {
		renewal->state = GRANT_FAILED;
		renewal->end = GRANT_END_FAILED;
		return FAULT_NONE;
	}
	/* Until the adapter has said so: a sweep makes up for it. */
	target.apply_again = target.plan[0] != '\0';
	kind = jit_record(j, &target, "renew", GRANT_ACTIVE,
	    json_pack("{s:s,s:I}", "by_request", renewal->id, "seconds",
	    (json_int_t)renewal->duration), f);
	if (kind != FAULT_NONE)
		return kind;
	renewal->seq = target.seq;
	memcpy(renewal->hash, target.hash, sizeof(renewal->hash));
	return store_grant_put(j->store, renewal, f);
}

/* What a step is to do. */
struct jit_arrow {
	enum grant_event ev;
	const char *name;	/* of the audit event; NULL: the new state's */
	json_t *more;		/* further members of the line; borrowed */
};

enum fault_kind
jit_decide(struct jit *j, struct grant *g, enum grant_event ev,
    const char **name, unsigned *fx, struct fault *f)
{
	struct grant_context c;
	enum grant_state from = g->state;
	bool enough = false;
	enum fault_kind kind = jit_context(j, g, &c, f);

	*fx = GRANT_FX_NONE;
	if (kind == FAULT_NONE && ev == GRANT_EV_TICK &&
	    from == GRANT_REQUESTED)
		kind = jit_enough(j, g, &enough, f);
	if (kind != FAULT_NONE)
		return kind;
	/* Without the right to run adapters an approved grant waits. */
	if (ev == GRANT_EV_TICK && from == GRANT_APPROVED &&
	    g->plan[0] != '\0' && c.now.wall < g->activate_by &&
	    (!j->env->apply || !adapter_planned(g)))
		return FAULT_NONE;
	if (enough) {
		*fx = grant_step(g, GRANT_EV_ENOUGH, &c);
		*name = "approved";
	}
	if (*fx == GRANT_FX_NONE)
		*fx = grant_step(g, ev, &c);
	return FAULT_NONE;
}

/* Judge and step a grant that was read under the lock. */
static enum fault_kind
jit_step_grant(struct jit *j, struct grant *g, const struct jit_arrow *arrow,
    unsigned *fx, struct fault *f)
{
	enum grant_state from = g->state;
	const char *name = arrow->name;
	bool told = false;
	enum fault_kind kind = jit_decide(j, g, arrow->ev, &name, fx, f);

	if (kind == FAULT_NONE && (*fx & GRANT_FX_RENEW) != 0)
		kind = jit_renewed(j, g, &told, f);
	if (kind == FAULT_NONE && *fx != GRANT_FX_NONE && !told)
		kind = jit_record(j, g, name != NULL ? name :
		    grant_state_word(g->state), from, arrow->more == NULL ?
		    NULL : json_deep_copy(arrow->more), f);
	return kind;
}

static enum fault_kind
jit_step_once(struct jit *j, const char *id, const struct jit_arrow *arrow,
    struct grant *g, unsigned *fx, struct fault *f)
{
	bool found = false;
	enum fault_kind kind;

	*fx = GRANT_FX_NONE;
	kind = jit_begin(j, true, f);
	if (kind == FAULT_NONE)
		kind = store_grant_get(j->store, id, g, &found, f);
	if (kind == FAULT_NONE && found)
		kind = jit_step_grant(j, g, arrow, fx, f);
	if (kind == FAULT_NONE && *fx != GRANT_FX_NONE)
		kind = jit_commit(j, f);
	jit_abort(j);
	return kind;
}

enum fault_kind
jit_step(struct jit *j, const char *id, enum grant_event ev,
    const char *name, json_t *more, struct grant *g, unsigned *fx,
    struct fault *f)
{
	struct jit_arrow arrow = { ev, name, more };
	enum fault_kind kind = jit_step_once(j, id, &arrow, g, fx, f);

	if (kind == FAULT_IO && (g->state == GRANT_REVOKING ||
	    g->end != GRANT_END_NONE || ev == GRANT_EV_RELEASE ||
	    ev == GRANT_EV_REVOKE || ev == GRANT_EV_UNDONE) &&
	    home_ballast_free(&j->home)) {
		fault_clear(f);
		kind = jit_step_once(j, id, &arrow, g, fx, f);
	}
	json_decref(more);
	if (kind == FAULT_NONE && (*fx & GRANT_FX_LOG) != 0 &&
	    ev != GRANT_EV_BOOTED && j->env->notify != NULL &&
	    (g->state == GRANT_ACTIVE || g->state == GRANT_ENDED ||
	    g->state == GRANT_LAPSED || g->state == GRANT_FAILED) &&
	    g->renews[0] == '\0')
		j->env->notify(j->env->notify_arg, g,
		    grant_state_word(g->state));
	return kind;
}

enum fault_kind
jit_advance(struct jit *j, const char *id, bool *stuck, struct fault *f)
{
	struct grant g = { 0 };
	enum fault_kind kind = FAULT_NONE;
	unsigned fx = GRANT_FX_LOG;
	bool did = false;

	*stuck = false;
	for (int i = 0; i < JIT_ARROWS && kind == FAULT_NONE && !*stuck &&
	    (fx != GRANT_FX_NONE || did); i++) {
		did = false;
		kind = jit_step(j, id, GRANT_EV_TICK, NULL, NULL, &g, &fx, f);
		if (kind == FAULT_IO)
			jit_undo_first(j, &g);
		if (kind == FAULT_NONE && (fx & GRANT_FX_KILL) != 0)
			kind = run_end_all(j, id, f);
		if (kind == FAULT_NONE && (fx & GRANT_FX_RENEW) != 0)
			kind = jit_reapply(j, g.renews, false, stuck, f);
		if (kind == FAULT_NONE && g.plan[0] != '\0' &&
		    grant_live(&g) && j->env->apply)
			kind = jit_adapt(j, id, &did, stuck, f);
	}
	return kind;
}

enum fault_kind
jit_event(struct jit *j, const char *id, enum grant_event ev,
    const char *name, json_t *more, bool *meant, struct fault *f)
{
	struct grant g = { 0 };
	unsigned fx;
	bool stuck;
	enum fault_kind kind;

	kind = jit_step(j, id, ev, name, more, &g, &fx, f);
	if (kind == FAULT_IO)
		jit_undo_first(j, &g);
	*meant = kind == FAULT_NONE && fx != GRANT_FX_NONE;
	if (*meant && (fx & GRANT_FX_KILL) != 0)
		kind = run_end_all(j, id, f);
	if (*meant && kind == FAULT_NONE)
		kind = jit_advance(j, id, &stuck, f);
	return kind;
}
