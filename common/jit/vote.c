/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/num.h"
#include "grant/person.h"
#include "jit/jit_impl.h"

/* May the person vote on it, by today's policy? */
static bool
jit_may_vote(struct jit *j, const struct grant *g, const char *person,
    struct jit_answer *a)
{
	const char *keys[JIT_LIMITS], *values[JIT_LIMITS];
	struct policy_verdict v;
	json_t *limits = json_loads(g->limits, 0, NULL);
	bool among = false;

	if (limits == NULL) {
		jit_say(a, DECISION_NO, "failed", "the limits are no JSON");
		return false;
	}
	jit_ask_again(j, g, limits, keys, values, &v);
	for (size_t i = 0; i < v.needs; i++)
		among = among || policy_person_among(&j->policy,
		    v.need[i].who, person);
	json_decref(limits);
	if (person_is_requester(&j->policy, g, person))
		jit_say(a, DECISION_NO, "self-approval",
		    "nobody votes on his own request");
	else if (!among)
		jit_say(a, DECISION_NO, "not-approver",
		    "%s is no approver of this request", person);
	else if (v.why != POLICY_YES)
		jit_denied(a, &v, "the policy no longer allows it");
	else
		return true;
	return false;
}

/* Is it still to be voted on? */
static bool
jit_votable(struct jit *j, const struct grant *g,
    const struct jit_ballot *ballot, bool frozen, struct jit_answer *a)
{
	bool open = g->state == GRANT_REQUESTED ||
	    (!ballot->yes && g->state == GRANT_APPROVED);

	if (!open)
		jit_say(a, DECISION_NO, "not-pending",
		    "the request is not pending any more");
	else if (ballot->yes && j->trust != JIT_TRUST_OK)
		jit_say(a, DECISION_UNTRUSTED, j->trust == JIT_TRUST_BEHIND ?
		    "clock-behind" : "clock-ahead", "the clock is not "
		    "trusted: see jitgrant clock");
	else if (g->state == GRANT_REQUESTED &&
	    j->now.wall >= g->pending_until)
		jit_say(a, DECISION_NO, "lapsed", "the request is too old");
	else if (ballot->yes && frozen)
		jit_say(a, DECISION_FROZEN, "frozen", "frozen");
	else
		return true;
	return false;
}

/* `--shorten`: never longer than asked for; of several votes the shortest
 * holds. */
static bool
jit_shorten(struct grant *g, const struct jit_ballot *ballot, int64_t asked,
    struct jit_answer *a)
{
	int64_t seconds;

	if (ballot->shorten == NULL)
		return true;
	if (!num_duration(span_of(ballot->shorten), &seconds) || seconds < 1)
		jit_usage(a, "--shorten: a duration such as 90s, 10m, 2h");
	else if (seconds > asked)
		jit_say(a, DECISION_NO, "lengthen", "an approver may shorten "
		    "a request, never lengthen it");
	else {
		if (seconds < g->duration)
			g->duration = seconds;
		return true;
	}
	return false;
}

static enum fault_kind
jit_vote_write(struct jit *j, struct grant *g,
    const struct jit_ballot *ballot, struct jit_answer *a, struct fault *f)
{
	struct store_vote v = { .yes = ballot->yes, .time = j->now.wall,
	    .evidence = ballot->evidence };
	enum grant_state from = g->state;
	struct grant_context c;
	json_t *o = json_object();
	bool fresh = false, bad = false;
	enum fault_kind kind;

	memcpy(v.grant, g->id, sizeof(v.grant));
	(void)snprintf(v.person, sizeof(v.person), "%s", ballot->person);
	(void)snprintf(v.via, sizeof(v.via), "%s", ballot->via);
	js_set(o, "person", js_str(ballot->person), &bad);
	js_set(o, "via", js_str(ballot->via), &bad);
	js_set(o, "digest", js_str(g->digest), &bad);
	js_set(o, "duration", js_int(g->duration), &bad);
	if (ballot->evidence != NULL)
		js_set(o, "evidence", json_loads(ballot->evidence, 0, NULL),
		    &bad);
	kind = bad ? fault_nomem(f) : store_vote_put(j->store, &v, &fresh, f);
	if (kind == FAULT_NONE)
		kind = jit_context(j, g, &c, f);
	if (kind != FAULT_NONE || !fresh) {
		json_decref(o);
		if (kind == FAULT_NONE)
			jit_say(a, DECISION_REPLAY, "voted",
			    "%s has voted on it already", ballot->person);
		return kind;
	}
	if (!ballot->yes)
		(void)grant_step(g, GRANT_EV_DENY, &c);
	kind = jit_record(j, g, ballot->yes ? "vote" : "deny", from, o, f);
	if (kind == FAULT_NONE)
		kind = jit_commit(j, f);
	a->decision = DECISION_YES;
	return kind;
}

/* Everything under the write lock; a->decision is yes if the vote stands. */
static enum fault_kind
jit_vote_judge(struct jit *j, const char *id, const struct jit_ballot *ballot,
    struct grant *g, struct jit_answer *a, struct fault *f)
{
	bool found = false, frozen = false, same = false;
	int64_t asked = 0;
	enum fault_kind kind;

	kind = jit_begin(j, true, f);
	if (kind == FAULT_NONE)
		kind = store_grant_get(j->store, id, g, &found, f);
	if (kind == FAULT_NONE && found)
		kind = jit_frozen(j, g, &frozen, f);
	if (kind != FAULT_NONE)
		return kind;
	if (!found) {
		jit_say(a, DECISION_NO, "no-grant", "no such request");
		return FAULT_NONE;
	}
	jit_about(a, g);
	if (!jit_may_vote(j, g, ballot->person, a))
		return FAULT_NONE;
	if (!jit_votable(j, g, ballot, frozen, a)) {
		bool voted = false;

		/* Who voted before hears that, whatever it has become. */
		kind = store_vote_find(j->store, g->id, ballot->person, &voted,
		    f);
		if (kind == FAULT_NONE && voted)
			jit_say(a, DECISION_REPLAY, "voted",
			    "%s has voted on it already", ballot->person);
		return kind;
	}
	kind = jit_unchanged(j, g, &same, &asked, f);
	if (kind == FAULT_NONE && !same)
		jit_say(a, DECISION_NO, "changed",
		    "the request is not what was asked");
	if (kind != FAULT_NONE || !same)
		return kind;
	if (!jit_shorten(g, ballot, asked, a))
		return FAULT_NONE;
	if (ballot->shorten != NULL &&
	    !jit_may_vote(j, g, ballot->person, a))
		return FAULT_NONE;
	return jit_vote_write(j, g, ballot, a, f);
}

void
jit_vote(struct jit *j, const char *id, const struct jit_ballot *ballot,
    struct jit_answer *a)
{
	struct grant g = { 0 };
	struct fault f = { 0 };
	bool stuck = false;
	enum fault_kind kind;

	a->decision = DECISION_NO;
	if (!jit_need_policy(j, a))
		return;
	kind = jit_vote_judge(j, id, ballot, &g, a, &f);
	jit_abort(j);
	if (kind == FAULT_NONE && a->decision == DECISION_YES) {
		kind = jit_advance(j, id, &stuck, &f);
		if (kind == FAULT_NONE)
			jit_answer_now(j, id, a);
		/* What it has become since has a notice of its own. */
		if (j->env->notify != NULL && (!ballot->yes ||
		    strcmp(a->state, "active") != 0))
			j->env->notify(j->env->notify_arg, &g, ballot->yes ?
			    "vote" : "deny");
		/* The vote was taken: that is what was asked. */
		if (kind == FAULT_NONE)
			a->decision = DECISION_YES;
	}
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
}

static void
jit_vote_local(struct jit *j, const struct jit_ask *ask, bool yes,
    struct jit_answer *a)
{
	struct policy_asker who = { jit_uid(j), NULL };
	struct jit_ballot ballot = { .yes = yes, .shorten = ask->shorten,
	    .via = "local" };

	if (ask->id == NULL) {
		jit_usage(a, "--id is needed");
		return;
	}
	if (!jit_need_policy(j, a))
		return;
	ballot.person = policy_person(&j->policy, &who);
	if (ballot.person == NULL) {
		jit_say(a, DECISION_NO, "not-approver",
		    "the policy knows no person with your uid");
		return;
	}
	jit_vote(j, ask->id, &ballot, a);
}

void
jit_approve(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	jit_vote_local(j, ask, true, a);
}

void
jit_deny(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	jit_vote_local(j, ask, false, a);
}
