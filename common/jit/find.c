/* SPDX-License-Identifier: ISC */
/* Finding grants, and what to say of them. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "jit/jit_impl.h"

/* Crockford's base 32, lower case: no i, l, o, u. */
static const char jit_letters[] = "0123456789abcdefghjkmnpqrstvwxyz";

enum fault_kind
jit_new_id(struct jit *j, char id[GRANT_ID], struct fault *f)
{
	unsigned char raw[12];
	enum fault_kind kind = j->env->random(raw, sizeof(raw), f);

	if (kind != FAULT_NONE)
		return kind;
	id[0] = 'g';
	for (size_t i = 0; i < sizeof(raw); i++)
		id[1 + i] = jit_letters[raw[i] & 31];
	id[1 + sizeof(raw)] = '\0';
	return FAULT_NONE;
}

/* The ids of a walk, for work that may not be done while it goes on. */
struct jit_seen {
	struct grant *best;
	bool found;
	bool active;
};

/* Of several, an active one; else the newest. */
static enum fault_kind
jit_find_each(const struct grant *g, void *arg, struct fault *f)
{
	struct jit_seen *s = arg;
	bool active = g->state == GRANT_ACTIVE && g->uses_left != 0;

	(void)f;
	if (s->found && s->active && !active)
		return FAULT_NONE;
	*s->best = *g;
	s->found = true;
	s->active = active;
	return FAULT_NONE;
}

bool
jit_find(struct jit *j, const struct jit_ask *ask, struct grant *g,
    struct jit_answer *a)
{
	struct jit_seen seen = { .best = g };
	struct fault f = { 0 };
	char who[GRANT_WHO];
	enum fault_kind kind;

	/* An id, a kind and a resource: all that are given must fit. */
	if (ask->id != NULL)
		kind = store_grant_get(j->store, ask->id, g, &seen.found, &f);
	else if (ask->kind != NULL && ask->resource != NULL) {
		jit_caller(j, who);
		kind = store_grant_each(j->store, STORE_LIVE, who, ask->kind,
		    ask->resource, jit_find_each, &seen, &f);
	} else {
		jit_usage(a, "--id, or --kind and --resource, is needed");
		return false;
	}
	if (kind != FAULT_NONE) {
		jit_fail(j, a, kind, &f);
		return false;
	}
	if (!seen.found)
		jit_say(a, DECISION_NO, "no-grant", "no such grant");
	else if ((ask->kind != NULL && strcmp(ask->kind, g->kind) != 0) ||
	    (ask->resource != NULL &&
	    strcmp(ask->resource, g->resource) != 0)) {
		jit_say(a, DECISION_NO, "other-resource",
		    "the grant is for something else");
		return false;
	}
	return seen.found;
}

bool
jit_approver(struct jit *j, const struct grant *g)
{
	struct policy_asker who = { jit_uid(j), NULL };
	struct span rules = span_of(g->rule);

	/* Any rule named in the grant will do, as the policy stands now. */
	if (!jit_need_policy(j, NULL))
		return false;
	while (rules.len > 0) {
		struct span one, rest;

		(void)span_cut(rules, ',', &one, &rest);
		one = span_trim_wsp(one);
		for (const struct policy_section *s = j->policy.sections;
		    s != NULL; s = s->next)
			if (s->section == POLICY_RULE &&
			    span_eq(one, span_of(s->label)) &&
			    policy_among(&j->policy, s->terms.need.who, &who))
				return true;
		rules = rest;
	}
	return false;
}

enum fault_kind
jit_limits_text(const struct jit_ask *ask, char out[GRANT_LIMITS],
    struct fault *f)
{
	json_t *o = json_object();
	bool failed = false;
	size_t n;

	for (size_t i = 0; i < ask->limits; i++)
		js_set(o, ask->limit_key[i], js_str(ask->limit_value[i]),
		    &failed);
	n = failed ? 0 : json_dumpb(o, out, GRANT_LIMITS - 1, JSON_COMPACT |
	    JSON_SORT_KEYS | JSON_ENSURE_ASCII);
	json_decref(o);
	if (n == 0)
		return fault_nomem(f);
	if (n > GRANT_LIMITS - 1)
		return fault_set(f, FAULT_DATA, "the limits are too long");
	out[n] = '\0';
	return FAULT_NONE;
}

static json_t *
jit_time_or_null(int64_t t)
{
	return t == 0 ? js_null() : js_int(t);
}

json_t *
jit_grant_json(const struct grant *g, const struct grant_context *c,
    enum decision d, const char *reason)
{
	json_t *o = json_object();
	bool bad = false;

	js_set(o, "grant", js_str(g->id), &bad);
	js_set(o, "state", js_str(grant_state_word(g->state)), &bad);
	js_set(o, "decision", js_str(decision_word(d)), &bad);
	js_set(o, "reason", js_str(reason), &bad);
	js_set(o, "end", g->end == GRANT_END_NONE ? js_null() :
	    js_str(grant_end_word(g->end)), &bad);
	js_set(o, "kind", js_str(g->kind), &bad);
	js_set(o, "resource", js_str(g->resource), &bad);
	js_set(o, "rule", js_str(g->rule), &bad);
	js_set(o, "requester", js_str(g->requester), &bad);
	js_set(o, "person", g->person[0] == '\0' ? js_null() :
	    js_str(g->person), &bad);
	js_set(o, "request_reason", js_str(g->reason), &bad);
	js_set(o, "limits", json_loads(g->limits, 0, NULL), &bad);
	js_set(o, "break_glass", js_bool(g->break_glass), &bad);
	js_set(o, "review_by", jit_time_or_null(g->review_by), &bad);
	js_set(o, "created", js_int(g->created), &bad);
	js_set(o, "start", jit_time_or_null(g->start), &bad);
	js_set(o, "duration", js_int(g->duration), &bad);
	js_set(o, "pending_until", jit_time_or_null(g->pending_until), &bad);
	js_set(o, "activated", jit_time_or_null(g->activated), &bad);
	js_set(o, "not_after", jit_time_or_null(g->not_after), &bad);
	js_set(o, "uses", g->uses < 0 ? js_null() : js_int(g->uses), &bad);
	js_set(o, "uses_left", g->uses_left < 0 ? js_null() :
	    js_int(g->uses_left), &bad);
	js_set(o, "policy", js_str(g->policy), &bad);
	js_set(o, "digest", js_str(g->digest), &bad);
	js_set(o, "settles_in", jit_settling(g) ? js_int(c->flight) :
	    js_null(), &bad);
	js_set(o, "adapter_error", g->error[0] == '\0' ? js_null() :
	    js_str(g->error), &bad);
	js_set(o, "seq", js_int(g->seq), &bad);
	js_set(o, "hash", js_str(g->hash), &bad);
	if (bad) {
		json_decref(o);
		return NULL;
	}
	return o;
}
