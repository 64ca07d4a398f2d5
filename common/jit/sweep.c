/* SPDX-License-Identifier: ISC */
/*
 * The sweep: what is over ends, what was approved is applied, what failed is
 * tried again, and what an earlier boot left is looked after.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "jit/jit_impl.h"
#include "jit/verb_run.h"

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

bool
jit_of_old_boot(const struct jit *j, const struct grant *g)
{
	return g->state == GRANT_ACTIVE && j->trust == JIT_TRUST_OK &&
	    strcmp(g->boot_id, j->now.boot_id) != 0 &&
	    (!grant_pauses(g, &j->now) || j->eager);
}

/*
 * The effect first, then the row: whoever is killed in between does it again.
 * From then on the boot clock counts for this grant as well.
 */
static enum fault_kind
jit_booted(struct jit *j, const char *id, struct jit_sweep_count *count,
    bool *stuck, struct fault *f)
{
	struct grant g = { 0 };
	unsigned fx;
	enum fault_kind kind = jit_peek(j, id, &g, f);

	if (kind == FAULT_NONE && g.state == GRANT_ACTIVE &&
	    g.apply_again != 0 && !grant_over(&g, &j->now) &&
	    (!grant_pauses(&g, &j->now) || j->eager))
		kind = jit_reapply(j, id, false, stuck, f);
	if (kind != FAULT_NONE || !jit_of_old_boot(j, &g))
		return kind;
	if (g.plan[0] != '\0')
		kind = jit_reapply(j, id, true, stuck, f);
	if (kind == FAULT_NONE && !*stuck)
		kind = jit_step(j, id, GRANT_EV_BOOTED, "booted", NULL, &g,
		    &fx, f);
	count->booted += kind == FAULT_NONE && !*stuck;
	return kind;
}

/* One grant: on it goes; *changed if its row is not what it was. */
static enum fault_kind
jit_sweep_one(struct jit *j, const char *id, bool revoke,
    struct jit_sweep_count *count, struct fault *f)
{
	bool meant = false, stuck = false, lost = false;
	struct grant g = { 0 };
	int64_t seq;
	enum fault_kind kind = jit_peek(j, id, &g, f);

	seq = g.seq;
	if (kind == FAULT_NONE && revoke)
		kind = jit_event(j, id, GRANT_EV_REVOKE, "revoke", NULL,
		    &meant, f);
	if (kind == FAULT_NONE)
		kind = jit_advance(j, id, &stuck, f);
	if (kind == FAULT_NONE)
		kind = jit_booted(j, id, count, &lost, f);
	if (kind == FAULT_NONE)
		kind = jit_peek(j, id, &g, f);
	if (kind != FAULT_NONE)
		return kind;
	count->live++;
	count->changed += g.seq != seq;
	count->withdrawn += jit_withdrawn(&g);
	count->settling += jit_settling(&g);
	/* Nobody comes again to undo what arrives late. */
	count->stuck += j->env->apply && !jit_withdrawn(&g) &&
	    (!jit_settling(&g) || j->last) && (lost ||
	    g.state == GRANT_REVOKING || g.state == GRANT_APPLYING);
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

/* Sample the clock: the mark moves on even if nothing is due, and doctor can
 * show that somebody sweeps. */
static enum fault_kind
jit_sample(struct jit *j, struct fault *f)
{
	enum fault_kind kind = jit_begin(j, true, f);

	j->host.swept = j->now.wall;
	if (kind == FAULT_NONE)
		kind = jit_commit(j, f);
	jit_abort(j);
	return kind;
}

/* Neither a full disk nor a process that will not go keeps the rest alive;
 * the first failure is reported. */
static enum fault_kind
jit_sweep_now(struct jit *j, bool revoke, struct jit_sweep_count *count,
    struct fault *f)
{
	struct fault runs = { 0 }, ballast = { 0 };
	enum fault_kind kind = jit_sample(j, f);

	if (kind != FAULT_NONE && kind != FAULT_IO)
		return kind;
	fault_clear(f);
	/* First, because a spent grant lasts as long as what runs under it. */
	(void)run_sweep(j, &count->runs, &runs);
	kind = jit_sweep_all(j, revoke, count, f);
	if (kind == FAULT_NONE && runs.kind != FAULT_NONE) {
		*f = runs;
		kind = runs.kind;
	}
	(void)home_ballast(&j->home, &ballast);
	/* Last, for it may take its time; no right waits for it. */
	if (j->env->mail_again != NULL)
		j->env->mail_again(j->env->notify_arg);
	return kind;
}

static bool
jit_sweep_told(struct jit_answer *a, const struct jit_sweep_count *count,
    json_t *would)
{
	bool bad = false;

	a->more = json_object();
	js_set(a->more, "live", js_int(count->live), &bad);
	js_set(a->more, "changed", js_int(count->changed), &bad);
	js_set(a->more, "stuck", js_int(count->stuck), &bad);
	js_set(a->more, "withdrawn", js_int(count->withdrawn), &bad);
	js_set(a->more, "settling", js_int(count->settling), &bad);
	js_set(a->more, "failed", js_int(count->failed), &bad);
	js_set(a->more, "runs", js_int(count->runs), &bad);
	js_set(a->more, "booted", js_int(count->booted), &bad);
	if (would != NULL)
		js_set(a->more, "would", would, &bad);
	return !bad;
}

void
jit_sweep(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	struct jit_sweep_count count = { 0 };
	struct fault f = { 0 };
	bool dry = ask->dry_run != NULL;
	json_t *would = NULL;
	enum fault_kind kind;

	if (!jit_admin(j)) {
		jit_say(a, DECISION_NO, "not-permitted",
		    "only root and the owner of the home sweep it");
		return;
	}
	j->ending = true;
	j->eager = ask->boot != NULL;
	j->last = ask->all != NULL;
	kind = dry ? jit_dry_run(j, ask->all != NULL, &count, &would, &f) :
	    jit_sweep_now(j, ask->all != NULL, &count, &f);
	if (!jit_sweep_told(a, &count, would) && kind == FAULT_NONE)
		kind = fault_nomem(&f);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
	else if (count.settling > 0 && count.stuck <= count.settling &&
	    (count.stuck == 0 || j->last))
		jit_say(a, j->last ? DECISION_NO : DECISION_YES, "settling",
		    "undone, but what was sent before for %lld grants may "
		    "arrive late: sweep on until they are ended",
		    (long long)count.settling);
	else if (count.stuck > 0)
		jit_say(a, DECISION_NO, "stuck", "%lld grants wait for their "
		    "adapter", (long long)count.stuck);
	else
		jit_say(a, DECISION_YES, dry ? "dry-run" : "swept", NULL);
	jit_unlogged(j, a);
}
