/* SPDX-License-Identifier: ISC */
/*
 * Using up a grant.  What says yes is one conditional UPDATE under the write
 * lock; what says no may have read without it, because an ended or spent
 * grant never comes back.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/num.h"
#include "jit/jit_impl.h"

/* One asked-for limit against what the caller shows: equal, or as numbers not
 * more; the author of a mail to be signed fits a pattern. */
static bool
jit_limit_holds(const struct grant *g, const char *key, const char *granted,
    const char *shown)
{
	uint64_t most, n;

	if (strcmp(g->kind, "dkim-sign") == 0 && strcmp(key, "from") == 0)
		return policy_glob(span_of(granted), span_of(shown));
	if (num_canonical(span_of(granted), UINT64_MAX, &most) &&
	    num_canonical(span_of(shown), UINT64_MAX, &n))
		return n <= most;
	return strcmp(granted, shown) == 0;
}

static bool
jit_limits_hold(const struct grant *g, const struct jit_ask *ask,
    struct jit_answer *a)
{
	json_t *limits = json_loads(g->limits, 0, NULL), *value;
	const char *key;
	bool ok = json_is_object(limits);

	json_object_foreach(limits, key, value) {
		const char *granted = json_string_value(value);
		const char *shown = NULL;

		for (size_t i = 0; i < ask->limits; i++)
			if (strcmp(ask->limit_key[i], key) == 0)
				shown = ask->limit_value[i];
		if (!ok || granted == NULL || shown == NULL ||
		    !jit_limit_holds(g, key, granted, shown)) {
			ok = false;
			jit_say(a, DECISION_NO, "limit",
			    "the grant's limit %s is not kept", key);
			break;
		}
	}
	json_decref(limits);
	return ok;
}

/* What a --op use was charged for. */
struct jit_op {
	struct store_op now;	/* what is asked */
	struct store_op old;	/* what was charged under the same key */
	bool found;
};

static enum fault_kind
jit_op_find(struct jit *j, const struct jit_ask *ask, const struct grant *g,
    int64_t n, struct jit_op *op, struct fault *f)
{
	char limits[GRANT_LIMITS];
	enum fault_kind kind;

	kind = jit_limits_text(ask, limits, f);
	if (kind != FAULT_NONE)
		return kind;
	op->now = (struct store_op){ .uid = jit_uid(j),
	    .count = n, .time = j->now.wall };
	memcpy(op->now.grant, g->id, sizeof(op->now.grant));
	sha256_hex(span_of(ask->op), op->now.key);
	sha256_hex(span_of(limits), op->now.limits);
	return store_op_get(j->store, g->id, op->now.key, &op->old,
	    &op->found, f);
}

/* One grant, but for the burn itself; the answer is set in any case. */
static enum fault_kind
jit_use_one(struct jit *j, const struct jit_ask *ask, const struct grant *g,
    int64_t n, struct jit_answer *a, struct fault *f)
{
	struct grant_context c;
	enum decision d;
	enum fault_kind kind = jit_context(j, g, &c, f);

	if (kind != FAULT_NONE)
		return kind;
	jit_about(a, g);
	d = grant_judge(g, n, &c);
	jit_say(a, d, grant_reason(g, d, &c), NULL);
	if (d == DECISION_YES)
		(void)jit_limits_hold(g, ask, a);
	return FAULT_NONE;
}

/* Of several grants for one kind and resource, the one to be used. */
struct jit_choice {
	struct jit *j;
	const struct jit_ask *ask;
	int64_t n;
	struct grant *best;
	bool yes;	/* the best one would do */
	bool charged;	/* it was charged for this --op */
};

/* Would do, and before the best so far: it ends sooner. */
static enum fault_kind
jit_choose_each(const struct grant *g, void *arg, struct fault *f)
{
	struct jit_choice *c = arg;
	struct jit_answer a;
	struct jit_op op = { 0 };
	enum fault_kind kind = FAULT_NONE;

	jit_answer_init(&a, c->ask->verb);
	if (c->charged)
		return FAULT_NONE;
	if (c->ask->op != NULL)
		kind = jit_op_find(c->j, c->ask, g, c->n, &op, f);
	if (kind == FAULT_NONE && !op.found)
		kind = jit_use_one(c->j, c->ask, g, c->n, &a, f);
	if (kind == FAULT_NONE && (op.found || (a.decision == DECISION_YES &&
	    (!c->yes || g->not_after < c->best->not_after)))) {
		*c->best = *g;
		c->yes = true;
		c->charged = op.found;
	}
	return kind;
}

/*
 * By kind and resource: the grant that was charged for this operation before;
 * else of those that would do, the one that ends first.  *found is false if
 * there is none: then jit_find() reports what there is.
 */
static enum fault_kind
jit_choose(struct jit *j, const struct jit_ask *ask, int64_t n,
    struct grant *g, bool *found, struct fault *f)
{
	struct jit_choice c = { .j = j, .ask = ask, .n = n, .best = g };
	char who[GRANT_WHO];
	enum fault_kind kind;

	*found = false;
	if (ask->id != NULL || ask->kind == NULL || ask->resource == NULL)
		return FAULT_NONE;
	jit_caller(j, who);
	kind = store_grant_each(j->store, STORE_LIVE, who, ask->kind,
	    ask->resource, jit_choose_each, &c, f);
	/* One that ended with its last use may still be retried. */
	if (kind == FAULT_NONE && ask->op != NULL && !c.charged)
		kind = store_grant_each(j->store, STORE_SPENT, who,
		    ask->kind, ask->resource, jit_choose_each, &c, f);
	*found = c.yes;
	return kind;
}

/* Everything but the burn itself; the answer is set in any case. */
static enum fault_kind
jit_use_judge(struct jit *j, const struct jit_ask *ask, struct grant *g,
    int64_t n, struct jit_answer *a, struct fault *f)
{
	bool found;
	enum fault_kind kind = jit_choose(j, ask, n, g, &found, f);

	a->decision = DECISION_NO;
	if (kind != FAULT_NONE || (!found && !jit_find(j, ask, g, a)))
		return kind;
	if (!jit_mine(j, g)) {
		jit_say(a, DECISION_NO, "not-yours",
		    "the grant is another's");
		return FAULT_NONE;
	}
	return jit_use_one(j, ask, g, n, a, f);
}

/* Which of the caller's grants have no use left, though their time is not
 * over: a retry of an operation may have been charged to one of them. */
struct jit_spent {
	struct jit *j;
	json_t *list;
	bool failed;
};

static enum fault_kind
jit_spent_each(const struct grant *g, void *arg, struct fault *f)
{
	struct jit_spent *s = arg;

	if (g->uses_left == 0 && !grant_over(g, &s->j->now) &&
	    (g->state == GRANT_ACTIVE || g->state == GRANT_ENDED) &&
	    json_array_size(s->list) < STORE_SPENT_MAX)
		js_push(s->list, js_str(g->id), &s->failed);
	return s->failed ? fault_nomem(f) : FAULT_NONE;
}

static enum fault_kind
jit_spent(struct jit *j, const struct jit_ask *ask, struct jit_answer *a,
    struct fault *f)
{
	struct jit_spent s = { j, json_array(), false };
	char who[GRANT_WHO];
	enum fault_kind kind;

	jit_caller(j, who);
	kind = store_grant_each(j->store, STORE_LIVE, who, ask->kind,
	    ask->resource, jit_spent_each, &s, f);
	if (kind == FAULT_NONE)
		kind = store_grant_each(j->store, STORE_SPENT, who, ask->kind,
		    ask->resource, jit_spent_each, &s, f);
	if (kind == FAULT_NONE && json_array_size(s.list) > 0) {
		if (a->more == NULL)
			a->more = json_object();
		js_set(a->more, "spent", json_incref(s.list), &s.failed);
	}
	json_decref(s.list);
	return kind == FAULT_NONE && s.failed ? fault_nomem(f) : kind;
}

/* How many uses; false: it cannot be asked so. */
static bool
jit_use_usage(const struct jit_ask *ask, uint64_t *n, struct jit_answer *a)
{
	if (ask->uses != NULL && (!num_canonical(span_of(ask->uses),
	    1000000000, n) || *n == 0)) {
		jit_usage(a, "--uses: a number from 1");
		return false;
	}
	for (size_t i = 0; i < ask->limits; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(ask->limit_key[i],
			    ask->limit_key[k]) == 0) {
				jit_usage(a, "--limit: each name once");
				return false;
			}
	return true;
}

void
jit_check(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	struct grant g;
	struct fault f = { 0 };
	uint64_t n = 1;
	enum fault_kind kind;

	if (!jit_use_usage(ask, &n, a))
		return;
	kind = jit_begin(j, false, &f);
	if (kind == FAULT_NONE)
		kind = jit_use_judge(j, ask, &g, (int64_t)n, a, &f);
	if (kind == FAULT_NONE && ask->id == NULL && ask->kind != NULL &&
	    ask->resource != NULL)
		kind = jit_spent(j, ask, a, &f);
	jit_abort(j);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
}

/* The key was used before: is this the same operation? */
static void
jit_op_again(const struct jit *j, const struct grant *g,
    const struct jit_op *op, const struct grant_context *c,
    struct jit_answer *a)
{
	int64_t age = j->now.wall - op->old.time;
	bool same = op->old.uid == op->now.uid &&
	    op->old.count == op->now.count &&
	    strcmp(op->old.limits, op->now.limits) == 0 &&
	    age < JIT_OP_WINDOW && age > -JIT_CLOCK_BEHIND - 1;

	if (!same)
		jit_say(a, DECISION_REPLAY, "replay", "this operation key was "
		    "used before, by another operation or too long ago");
	else if (c->trust == JIT_TRUST_BEHIND)
		jit_say(a, DECISION_UNTRUSTED, "clock-behind", NULL);
	else if (g->not_after == 0 || grant_over(g, &j->now))
		jit_say(a, DECISION_EXPIRED, "expired", NULL);
	else if (c->frozen)
		jit_say(a, DECISION_FROZEN, "frozen", NULL);
	else if (g->state == GRANT_ACTIVE || (g->state == GRANT_ENDED &&
	    g->end == GRANT_END_EXHAUSTED))
		jit_say(a, DECISION_YES, "retry", NULL);
	else
		jit_say(a, DECISION_NO, grant_end_word(g->end), NULL);
}

/* With --op, answer a retry; *done says that the answer stands. */
static enum fault_kind
jit_use_op(struct jit *j, const struct jit_ask *ask, const struct grant *g,
    int64_t n, struct jit_op *op, bool *done, struct jit_answer *a,
    struct fault *f)
{
	struct grant_context c;
	enum fault_kind kind;

	*done = false;
	if (ask->op == NULL || a->grant[0] == '\0')
		return FAULT_NONE;
	kind = jit_op_find(j, ask, g, n, op, f);
	if (kind != FAULT_NONE || !op->found)
		return kind;
	kind = jit_context(j, g, &c, f);
	if (kind == FAULT_NONE) {
		jit_op_again(j, g, op, &c, a);
		*done = true;
	}
	return kind;
}

/* Under the write lock: burn, and write down that it was. */
static enum fault_kind
jit_burn(struct jit *j, const struct jit_ask *ask, struct grant *g, int64_t n,
    const struct jit_op *op, struct jit_answer *a, struct fault *f)
{
	json_t *o = json_object();
	bool failed = false, taken;
	int64_t left;
	enum fault_kind kind;

	js_set(o, "grant", js_str(g->id), &failed);
	js_set(o, "uses", js_int(n), &failed);
	js_set(o, "left", g->uses_left < 0 ? js_null() :
	    js_int(g->uses_left - n), &failed);
	if (ask->op != NULL)
		js_set(o, "op", js_str(op->now.key), &failed);
	if (failed) {
		json_decref(o);
		return fault_nomem(f);
	}
	kind = jit_note(j, "use", o, f);
	if (kind == FAULT_NONE)
		kind = store_grant_burn(j->store, g->id, n, &j->now,
		    &j->host.head, &taken, &left, f);
	if (kind != FAULT_NONE)
		return kind;
	/* jit_use_judge() said yes under the same lock. */
	if (!taken)
		return fault_set(f, FAULT_SOFTWARE, "the use was judged and "
		    "not taken");
	a->uses_left = left;
	if (ask->op != NULL)
		kind = store_op_put(j->store, &op->now, f);
	return kind;
}

static enum fault_kind
jit_use_write(struct jit *j, const struct jit_ask *ask, int64_t n,
    struct jit_answer *a, struct fault *f)
{
	struct grant g;
	struct jit_op op = { 0 };
	bool done = false;
	enum fault_kind kind;

	kind = jit_begin(j, true, f);
	if (kind == FAULT_NONE)
		kind = jit_use_judge(j, ask, &g, n, a, f);
	if (kind == FAULT_NONE)
		kind = jit_use_op(j, ask, &g, n, &op, &done, a, f);
	if (kind == FAULT_NONE && !done && a->decision == DECISION_YES) {
		kind = jit_burn(j, ask, &g, n, &op, a, f);
		return kind == FAULT_NONE ? jit_commit(j, f) : kind;
	}
	return kind;
}

/* May the answer still become yes?  Then it is worth the lock. */
static bool
jit_use_hopeless(const struct jit_answer *a)
{
	return a->decision != DECISION_YES &&
	    a->decision != DECISION_PENDING &&
	    a->decision != DECISION_NOT_YET;
}

void
jit_use(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	struct grant g;
	struct fault f = { 0 };
	struct jit_op op = { 0 };
	bool done = false, stuck;
	uint64_t n = 1;
	enum fault_kind kind;

	if (!jit_use_usage(ask, &n, a))
		return;
	if (ask->op != NULL && (ask->op[0] == '\0' || strlen(ask->op) > 1024)) {
		jit_usage(a, "--op: 1 to 1024 bytes");
		return;
	}
	kind = jit_begin(j, false, &f);
	if (kind == FAULT_NONE)
		kind = jit_use_judge(j, ask, &g, (int64_t)n, a, &f);
	if (kind == FAULT_NONE)
		kind = jit_use_op(j, ask, &g, (int64_t)n, &op, &done, a, &f);
	jit_abort(j);
	if (kind == FAULT_NONE && !done && !jit_use_hopeless(a)) {
		if (a->decision != DECISION_YES)
			kind = jit_advance(j, g.id, &stuck, &f);
		if (kind == FAULT_NONE)
			kind = jit_use_write(j, ask, (int64_t)n, a, &f);
		jit_abort(j);
	}
	/* Over is over: the end is written down, so that no clock set back
	 * makes it usable again where nobody sweeps.  It is refused anyway. */
	if (kind == FAULT_NONE && a->decision == DECISION_EXPIRED &&
	    strcmp(a->state, grant_state_word(GRANT_ACTIVE)) == 0)
		(void)jit_advance(j, a->grant, &stuck, &f);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
}
