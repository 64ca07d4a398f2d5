/* SPDX-License-Identifier: ISC */
/* policy: check the file, explain a decision. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/num.h"
#include "jit/jit_impl.h"

/* Whose request to explain: --user, or the caller's own. */
static bool
jit_explain_who(struct jit *j, const char *user, struct policy_asker *who)
{
	struct span s = span_of(user);
	uint64_t n;

	*who = (struct policy_asker){ jit_uid(j), NULL };
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
