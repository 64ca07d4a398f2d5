/* SPDX-License-Identifier: ISC */
/* clock and policy. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jit/jit_impl.h"
#include "base/json.h"
#include "base/num.h"

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

	if (!j->env->admin) {
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

/* Whose request to explain: --user, or the caller's own. */
static bool
jit_explain_who(struct jit *j, const char *user, struct policy_asker *who)
{
	struct span s = span_of(user);
	uint64_t n;

	*who = (struct policy_asker){ (uint32_t)j->env->caller, NULL };
	if (user == NULL)
		return true;
	if (span_starts(s, SPAN("uid:"))) {
		s = span_sub(s, 4, s.len);
		user += 4;
	}
	if (num_canonical(s, UINT32_MAX - 1, &n)) {
		who->uid = (uint32_t)n;
		return true;
	}
	if (span_find(s, '@') != s.len) {
		who->uid = UINT32_MAX;
		who->mail = span_starts(s, SPAN("mail:")) ? user + 5 : user;
		return true;
	}
	return j->env->names.uid != NULL && j->env->names.uid(user,
	    &who->uid);
}

static void
jit_explained(const struct policy_verdict *v, struct jit_answer *a)
{
	json_t *needs = json_array();
	bool bad = false;

	a->more = json_object();
	js_set(a->more, "line", v->line == 0 ? js_null() : js_int(v->line),
	    &bad);
	js_set(a->more, "text", js_str(v->text), &bad);
	js_set(a->more, "rules", js_str(v->rules), &bad);
	if (v->why == POLICY_YES) {
		js_set(a->more, "duration", js_int(v->duration), &bad);
		js_set(a->more, "uses", v->uses < 0 ? js_null() :
		    js_int(v->uses), &bad);
	}
	for (size_t i = 0; i < v->needs; i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), "%u of %s", v->need[i].k,
		    v->need[i].text);
		js_push(needs, js_str(text), &bad);
	}
	js_set(a->more, "approve", needs, &bad);
	if (v->line != 0)
		jit_say(a, v->why == POLICY_YES ? DECISION_YES : DECISION_NO,
		    policy_no_word(v->why), "line %u: %s", v->line, v->text);
	else
		jit_say(a, DECISION_NO, policy_no_word(v->why), "%s",
		    v->text);
}

static void
jit_explain(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	struct policy_ask q = { .kind = ask->kind,
	    .resource = ask->resource, .reason = ask->reason,
	    .break_glass = ask->break_glass, .limit_count = ask->limits,
	    .limit_key = ask->limit_key, .limit_value = ask->limit_value };
	struct policy_verdict v;
	uint64_t uses = 0;

	if (ask->kind == NULL || ask->resource == NULL)
		jit_usage(a, "--kind and --resource are needed");
	else if (ask->duration != NULL && !num_duration(span_of(
	    ask->duration), &q.duration))
		jit_usage(a, "--for: a duration such as 90s, 10m, 2h, 3d");
	else if (ask->uses != NULL && !num_canonical(span_of(ask->uses),
	    1000000000, &uses))
		jit_usage(a, "--uses: a number from 1");
	else if (!jit_explain_who(j, ask->user, &q.who))
		jit_usage(a, "--user: no such account");
	else {
		q.uses = (int64_t)uses;
		policy_judge(&j->policy, &q, &v);
		jit_explained(&v, a);
	}
}

void
jit_policy_file(const struct jit_env *env, const struct jit_ask *ask,
    struct jit_answer *a)
{
	struct jit j = { .env = env, .home = { .own = true,
	    .owner = env->caller } };
	int n = snprintf(j.home.policy, sizeof(j.home.policy), "%s",
	    ask->file);

	jit_answer_init(a, ask->verb);
	if (n < 0 || (size_t)n >= sizeof(j.home.policy)) {
		jit_usage(a, "the path is too long");
		return;
	}
	if (access(j.home.policy, R_OK) != 0) {
		struct fault f = { 0 };

		jit_fail(NULL, a, fault_errno(&f, FAULT_NOINPUT, errno, "%s",
		    j.home.policy), &f);
		return;
	}
	jit_policy(&j, ask, a);
	if (j.has_policy)
		policy_free(&j.policy);
}

void
jit_policy(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	if (ask->sub != NULL && strcmp(ask->sub, "check") == 0) {
		if (jit_need_policy(j, a))
			jit_say(a, DECISION_YES, "valid", NULL);
	} else if (ask->sub != NULL && strcmp(ask->sub, "explain") == 0) {
		if (jit_need_policy(j, a))
			jit_explain(j, ask, a);
	} else
		jit_usage(a, "policy check or policy explain");
}
