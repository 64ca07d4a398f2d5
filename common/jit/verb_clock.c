/* SPDX-License-Identifier: ISC */
/* clock: how the clock is judged, and a step that root accepts. */
#include <string.h>

#include "base/json.h"
#include "jit/jit_impl.h"

static json_t *
jit_clock_json(const struct jit *j)
{
	json_t *o = json_object();
	bool bad = false;

	js_set(o, "wall", js_int(j->now.wall), &bad);
	js_set(o, "boot", js_int(j->now.boot), &bad);
	js_set(o, "boot_id", js_str(j->now.boot_id), &bad);
	js_set(o, "seen_max", js_int(j->was.mark.seen_max), &bad);
	js_set(o, "step", js_int(jit_clock_step(&j->was.mark, &j->now)),
	    &bad);
	js_set(o, "trust", js_str(j->trust == JIT_TRUST_OK ? "ok" :
	    j->trust == JIT_TRUST_AHEAD ? "ahead" : "behind"), &bad);
	if (!bad)
		return o;
	json_decref(o);
	return NULL;
}

static void
jit_clock_accepted(struct jit *j, struct jit_answer *a)
{
	struct fault f = { 0 };
	bool bad = false;
	json_t *o;
	enum fault_kind kind;

	if (!jit_admin(j)) {
		jit_say(a, DECISION_NO, "not-permitted",
		    "only root accepts a clock");
		return;
	}
	kind = jit_begin(j, true, &f);
	o = json_object();
	js_set(o, "seen_max", js_int(j->host.mark.seen_max), &bad);
	js_set(o, "wall", js_int(j->now.wall), &bad);
	if (kind == FAULT_NONE) {
		jit_clock_accept(&j->host.mark, &j->now);
		kind = bad ? fault_nomem(&f) : jit_note(j, "clock-accept",
		    json_incref(o), &f);
	}
	json_decref(o);
	if (kind == FAULT_NONE)
		kind = jit_commit(j, &f);
	jit_abort(j);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
	else
		jit_say(a, DECISION_YES, "accepted", NULL);
}

void
jit_clock(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	struct fault f = { 0 };
	enum fault_kind kind;

	if (ask->sub != NULL && strcmp(ask->sub, "accept") == 0) {
		jit_clock_accepted(j, a);
		return;
	}
	if (ask->sub == NULL || strcmp(ask->sub, "show") != 0) {
		jit_usage(a, "clock show or clock accept");
		return;
	}
	kind = jit_begin(j, false, &f);
	if (kind == FAULT_NONE) {
		a->more = jit_clock_json(j);
		jit_say(a, j->trust == JIT_TRUST_OK ? DECISION_YES :
		    DECISION_UNTRUSTED, j->trust == JIT_TRUST_OK ? "ok" :
		    j->trust == JIT_TRUST_AHEAD ? "clock-ahead" :
		    "clock-behind", NULL);
	}
	jit_abort(j);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
}
