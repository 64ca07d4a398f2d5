/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "jit/jit_impl.h"

/* The answer about a grant as it stands, within a transaction; more: with
 * its members. */
static enum fault_kind
jit_answer_grant(struct jit *j, const struct grant *g, bool more,
    struct jit_answer *a, struct fault *f)
{
	struct grant_context c;
	enum decision d;
	enum fault_kind kind = jit_context(j, g, &c, f);

	if (kind != FAULT_NONE)
		return kind;
	d = grant_judge(g, 0, &c);
	jit_about(a, g);
	if (more)
		a->more = jit_grant_json(g, &c, d, grant_reason(g, d, &c));
	if (jit_settling(g)) {
		jit_say(a, d, grant_reason(g, d, &c), "its effect is undone; "
		    "what was sent before may arrive within %lld s, and sweep "
		    "undoes it again", (long long)c.flight);
		return FAULT_NONE;
	}
	jit_say(a, d, grant_reason(g, d, &c), g->error[0] == '\0' ? NULL :
	    g->state == GRANT_FAILED ? "the adapter says: %s" :
	    g->state == GRANT_APPROVED || g->state == GRANT_APPLYING ||
	    g->state == GRANT_REVOKING ?
	    "sweep goes on with it, the adapter says: %s" : NULL, g->error);
	return FAULT_NONE;
}

void
jit_answer_now(struct jit *j, const char *id, struct jit_answer *a)
{
	struct grant g;
	struct fault f = { 0 };
	bool found = false;
	enum fault_kind kind = jit_begin(j, false, &f);

	if (kind == FAULT_NONE)
		kind = store_grant_get(j->store, id, &g, &found, &f);
	if (kind == FAULT_NONE && found)
		kind = jit_answer_grant(j, &g, false, a, &f);
	jit_abort(j);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
}

static bool
jit_may_see(struct jit *j, const struct grant *g)
{
	return jit_admin(j) || jit_mine(j, g) || jit_approver(j, g);
}

static enum fault_kind
jit_show_vote(const struct store_vote *v, void *arg, struct fault *f)
{
	json_t *o = json_object();
	bool bad = false;

	js_set(o, "person", js_str(v->person), &bad);
	js_set(o, "vote", js_str(v->yes ? "approve" : "deny"), &bad);
	js_set(o, "time", js_int(v->time), &bad);
	js_set(o, "via", js_str(v->via), &bad);
	js_push(arg, bad ? NULL : json_incref(o), &bad);
	json_decref(o);
	return bad ? fault_nomem(f) : FAULT_NONE;
}

/* How many approvals the policy wants, as it stands now. */
static void
jit_show_needs(struct jit *j, const struct grant *g, json_t *out, bool *bad)
{
	const char *keys[JIT_LIMITS], *values[JIT_LIMITS];
	struct policy_verdict v;
	json_t *limits = json_loads(g->limits, 0, NULL);

	if (limits != NULL && jit_need_policy(j, NULL)) {
		jit_ask_again(j, g, limits, keys, values, &v);
		for (size_t i = 0; i < v.needs; i++) {
			char text[256];

			(void)snprintf(text, sizeof(text), "%u of %s",
			    v.need[i].k, v.need[i].text);
			js_push(out, js_str(text), bad);
		}
	}
	json_decref(limits);
}

void
jit_show(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	struct grant g;
	struct fault f = { 0 };
	bool bad = false;
	json_t *votes = json_array(), *needs = json_array();
	enum fault_kind kind = jit_begin(j, false, &f);

	if (kind == FAULT_NONE && jit_find(j, ask, &g, a)) {
		if (!jit_may_see(j, &g))
			jit_say(a, DECISION_NO, "not-yours",
			    "the grant is another's");
		else {
			kind = jit_answer_grant(j, &g, true, a, &f);
			if (kind == FAULT_NONE)
				kind = store_vote_each(j->store, g.id,
				    jit_show_vote, votes, &f);
			jit_show_needs(j, &g, needs, &bad);
			js_set(a->more, "votes", json_incref(votes), &bad);
			js_set(a->more, "approve", json_incref(needs), &bad);
			if (kind == FAULT_NONE && bad)
				kind = fault_nomem(&f);
			/* It was found and shown: what it allows is said by
			 * check and use. */
			js_set(a->more, "decision", js_str(decision_word(
			    a->decision)), &bad);
			a->decision = DECISION_YES;
		}
	}
	jit_abort(j);
	json_decref(votes);
	json_decref(needs);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
}

struct jit_list_walk {
	struct jit *j;
	const char *state;
	json_t *out;
};

static enum fault_kind
jit_list_each(const struct grant *g, void *arg, struct fault *f)
{
	struct jit_list_walk *w = arg;
	struct grant_context c;
	enum decision d;
	bool bad = false;
	enum fault_kind kind;

	if ((w->state != NULL && strcmp(w->state,
	    grant_state_word(g->state)) != 0) || !jit_may_see(w->j, g))
		return FAULT_NONE;
	kind = jit_context(w->j, g, &c, f);
	if (kind != FAULT_NONE)
		return kind;
	d = grant_judge(g, 0, &c);
	js_push(w->out, jit_grant_json(g, &c, d, grant_reason(g, d,
	    &c)), &bad);
	return bad ? fault_nomem(f) : FAULT_NONE;
}

static enum fault_kind
jit_list_freeze(const struct store_freeze *z, void *arg, struct fault *f)
{
	json_t *o = json_object();
	bool bad = false;

	js_set(o, "scope", js_str(freeze_scope_word(z->scope)), &bad);
	js_set(o, "value", z->value[0] == '\0' ? js_null() :
	    js_str(z->value), &bad);
	js_set(o, "by", js_str(z->by), &bad);
	js_set(o, "reason", js_str(z->reason), &bad);
	js_set(o, "since", js_int(z->since), &bad);
	js_push(arg, bad ? NULL : json_incref(o), &bad);
	json_decref(o);
	return bad ? fault_nomem(f) : FAULT_NONE;
}

void
jit_list(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	struct jit_list_walk w = { .j = j, .state = ask->state };
	struct fault f = { 0 };
	bool bad = false;
	json_t *freezes;
	enum fault_kind kind;

	if (ask->state != NULL && !grant_state_known(ask->state)) {
		jit_usage(a, "--state: no such state");
		return;
	}
	freezes = json_array();
	kind = jit_begin(j, false, &f);
	a->more = json_object();
	w.out = json_array();
	if (kind == FAULT_NONE)
		kind = store_grant_each(j->store, ask->all != NULL ||
		    ask->state != NULL ? STORE_ALL : STORE_LIVE, NULL,
		    ask->kind, ask->resource, jit_list_each, &w, &f);
	if (kind == FAULT_NONE)
		kind = store_freeze_each(j->store, jit_list_freeze, freezes,
		    &f);
	jit_abort(j);
	js_set(a->more, "grants", w.out, &bad);
	js_set(a->more, "freezes", freezes, &bad);
	if (kind == FAULT_NONE && bad)
		kind = fault_nomem(&f);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
	else
		jit_say(a, DECISION_YES, "listed", NULL);
}
