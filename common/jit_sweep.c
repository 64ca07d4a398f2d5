/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "jit_int.h"
#include "js.h"
#include "run.h"

/* The ids of a walk: no transaction may be open while they are worked on. */
struct jit_ids {
	char (*id)[GRANT_ID];
	size_t n, room;
};

static enum fault_kind
jit_ids_add(const struct grant *g, void *arg, struct fault *f)
{
	struct jit_ids *ids = arg;

	if (ids->n == ids->room) {
		size_t room = ids->room == 0 ? 64 : ids->room * 2;
		void *p = realloc(ids->id, room * sizeof(*ids->id));

		if (p == NULL)
			return fault_nomem(f);
		ids->id = p;
		ids->room = room;
	}
	memcpy(ids->id[ids->n++], g->id, GRANT_ID);
	return FAULT_NONE;
}

/* What `sweep --dry-run` would change. */
struct jit_dry {
	struct jit *j;
	struct jit_sweep_count *count;
};

static enum fault_kind
jit_dry_each(const struct grant *g, void *arg, struct fault *f)
{
	struct jit_dry *d = arg;
	struct grant copy = *g;
	struct grant_context c;
	bool enough = false;
	enum fault_kind kind = jit_context(d->j, g, &c, f);

	if (kind == FAULT_NONE && g->state == GRANT_REQUESTED)
		kind = jit_enough(d->j, g, &enough, f);
	if (kind != FAULT_NONE)
		return kind;
	d->count->live++;
	if (enough || grant_step(&copy, GRANT_EV_TICK, &c) != GRANT_FX_NONE ||
	    g->state == GRANT_APPLYING || g->state == GRANT_REVOKING)
		d->count->changed++;
	return FAULT_NONE;
}

/* One grant: on it goes; *changed if its row is not what it was. */
static enum fault_kind
jit_sweep_one(struct jit *j, const char *id, bool revoke,
    struct jit_sweep_count *count, struct fault *f)
{
	bool meant = false, stuck = false, found;
	struct grant g = { 0 };
	int64_t seq = 0;
	enum fault_kind kind = jit_begin(j, false, f);

	if (kind == FAULT_NONE)
		kind = store_grant_get(j->store, id, &g, &found, f);
	if (kind == FAULT_NONE && found)
		seq = g.seq;
	jit_abort(j);
	if (kind == FAULT_NONE && revoke)
		kind = jit_event(j, id, GRANT_EV_REVOKE, "revoke", NULL,
		    &meant, f);
	if (kind == FAULT_NONE)
		kind = jit_advance(j, id, &stuck, f);
	if (kind == FAULT_NONE)
		kind = jit_begin(j, false, f);
	if (kind == FAULT_NONE)
		kind = store_grant_get(j->store, id, &g, &found, f);
	jit_abort(j);
	if (kind != FAULT_NONE)
		return kind;
	count->live++;
	count->changed += g.seq != seq;
	count->stuck += j->env->apply && (g.state == GRANT_REVOKING ||
	    g.state == GRANT_APPLYING);
	return FAULT_NONE;
}

enum fault_kind
jit_sweep_all(struct jit *j, bool revoke, struct jit_sweep_count *count,
    struct fault *f)
{
	struct jit_ids ids = { 0 };
	struct fault one = { 0 };
	enum fault_kind kind = jit_begin(j, false, f);

	if (kind == FAULT_NONE)
		kind = store_grant_each(j->store, STORE_DUE, NULL, NULL, NULL,
		    jit_ids_add, &ids, f);
	jit_abort(j);
	/* One that fails does not keep the others alive. */
	for (size_t i = 0; i < ids.n && kind == FAULT_NONE; i++)
		if (jit_sweep_one(j, ids.id[i], revoke, count, &one) !=
		    FAULT_NONE) {
			count->failed++;
			if (f->kind == FAULT_NONE)
				*f = one;
			fault_clear(&one);
		}
	free(ids.id);
	return kind != FAULT_NONE ? kind : f->kind;
}

static enum fault_kind
jit_dry_run(struct jit *j, struct jit_sweep_count *count, struct fault *f)
{
	struct jit_dry dry = { j, count };
	enum fault_kind kind = jit_begin(j, false, f);

	if (kind == FAULT_NONE)
		kind = store_grant_each(j->store, STORE_DUE, NULL, NULL, NULL,
		    jit_dry_each, &dry, f);
	jit_abort(j);
	return kind;
}

/* Sample the clock: the mark moves on even if nothing is due. */
static enum fault_kind
jit_sample(struct jit *j, struct fault *f)
{
	enum fault_kind kind = jit_begin(j, true, f);

	if (kind == FAULT_NONE)
		kind = jit_commit(j, f);
	jit_abort(j);
	return kind;
}

void
jit_sweep(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	struct jit_sweep_count count = { 0 };
	struct fault f = { 0 }, ballast = { 0 };
	bool bad = false, dry = ask->dry_run != NULL;
	enum fault_kind kind;

	if (!j->env->admin) {
		jit_say(a, DECISION_NO, "not-permitted",
		    "only root and the owner of the home sweep it");
		return;
	}
	if (dry)
		kind = jit_dry_run(j, &count, &f);
	else {
		kind = jit_sample(j, &f);
		if (kind == FAULT_NONE || kind == FAULT_IO) {
			fault_clear(&f);
			kind = jit_sweep_all(j, ask->all != NULL, &count, &f);
		}
		if (kind == FAULT_NONE)
			kind = run_sweep(j, &f);
		(void)home_ballast(&j->home, &ballast);
	}
	a->more = json_object();
	js_set(a->more, "live", js_int(count.live), &bad);
	js_set(a->more, "changed", js_int(count.changed), &bad);
	js_set(a->more, "stuck", js_int(count.stuck), &bad);
	js_set(a->more, "failed", js_int(count.failed), &bad);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
	else if (count.stuck > 0)
		jit_say(a, DECISION_NO, "stuck", "%lld grants wait for their "
		    "adapter", (long long)count.stuck);
	else
		jit_say(a, DECISION_YES, dry ? "dry-run" : "swept", NULL);
}
