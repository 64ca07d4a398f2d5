/* SPDX-License-Identifier: ISC */
/*
 * `sweep --dry-run`: what a sweep would do now, and not a byte written.  Each
 * grant takes the same decisions as in a sweep, in a copy.
 */

#include "base/json.h"
#include "jit/jit_impl.h"
#include "jit/verb_run.h"

struct jit_dry {
	struct jit *j;
	struct jit_sweep_count *count;
	bool revoke;
	json_t *would;
	bool failed;		/* no memory */
};

/* As far as it goes without an adapter. */
static enum fault_kind
jit_dry_steps(struct jit_dry *d, struct grant *g, bool *moved,
    struct fault *f)
{
	const char *name = NULL;
	unsigned fx = GRANT_FX_NONE;
	enum fault_kind kind = FAULT_NONE;

	if (d->revoke) {
		kind = jit_decide(d->j, g, GRANT_EV_REVOKE, &name, &fx, f);
		*moved = fx != GRANT_FX_NONE;
	}
	for (int i = 0; i < JIT_ARROWS && kind == FAULT_NONE; i++) {
		kind = jit_decide(d->j, g, GRANT_EV_TICK, &name, &fx, f);
		if (fx == GRANT_FX_NONE)
			break;
		*moved = true;
	}
	return kind;
}

static void
jit_dry_tell(struct jit_dry *d, const struct grant *g, enum grant_state from,
    const char *adapter)
{
	json_t *o = json_object();

	js_set(o, "grant", js_str(g->id), &d->failed);
	js_set(o, "from", js_str(grant_state_word(from)), &d->failed);
	js_set(o, "to", js_str(grant_state_word(g->state)), &d->failed);
	js_set(o, "adapter", adapter == NULL ? js_null() : js_str(adapter),
	    &d->failed);
	js_push(d->would, o, &d->failed);
}

static enum fault_kind
jit_dry_each(const struct grant *g, void *arg, struct fault *f)
{
	struct jit_dry *d = arg;
	struct grant copy = *g;
	enum adapter_verb verb;
	const char *adapter = NULL;
	bool moved = false, booted;
	enum fault_kind kind = jit_dry_steps(d, &copy, &moved, f);

	if (kind != FAULT_NONE)
		return kind;
	d->count->live++;
	booted = jit_of_old_boot(d->j, &copy);
	if (booted && copy.plan[0] != '\0')
		adapter = adapter_verb_word(ADAPTER_STATUS);
	else if (d->j->env->apply && jit_waits(d->j, &copy, &verb))
		adapter = adapter_verb_word(verb);
	else
		d->count->stuck += copy.state == GRANT_APPLYING ||
		    copy.state == GRANT_REVOKING;
	d->count->booted += booted;
	if (!moved && !booted && adapter == NULL)
		return FAULT_NONE;
	d->count->changed++;
	jit_dry_tell(d, &copy, g->state, adapter);
	return FAULT_NONE;
}

/* A command that outlived its supervisor is ended. */
static enum fault_kind
jit_dry_run_of(const struct store_run *r, void *arg, struct fault *f)
{
	struct jit_dry *d = arg;
	json_t *o;

	(void)f;
	if (run_supervised(d->j, r))
		return FAULT_NONE;
	o = json_object();
	js_set(o, "grant", js_str(r->grant), &d->failed);
	js_set(o, "run", js_int(r->id), &d->failed);
	js_push(d->would, o, &d->failed);
	return FAULT_NONE;
}

enum fault_kind
jit_dry_run(struct jit *j, bool revoke, struct jit_sweep_count *count,
    json_t **would, struct fault *f)
{
	struct jit_dry dry = { .j = j, .count = count, .revoke = revoke,
	    .would = json_array() };
	enum fault_kind kind = jit_begin(j, false, f);

	if (kind == FAULT_NONE)
		kind = store_run_each(j->store, NULL, jit_dry_run_of, &dry,
		    f);
	if (kind == FAULT_NONE)
		kind = store_grant_each(j->store, STORE_DUE, NULL, NULL, NULL,
		    jit_dry_each, &dry, f);
	jit_abort(j);
	if (kind == FAULT_NONE && (dry.failed || dry.would == NULL))
		kind = fault_nomem(f);
	*would = dry.would;
	return kind;
}
