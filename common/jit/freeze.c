/* SPDX-License-Identifier: ISC */
/* freeze and unfreeze: the durable red button. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/num.h"
#include "jit/jit_impl.h"

/* `--user`: a number, an account, uid:N, or an address. */
static bool
jit_freeze_user(struct jit *j, const char *user, char out[GRANT_WHO])
{
	struct span s = span_of(user);
	uint64_t n;
	uint32_t uid;

	if (span_starts(s, SPAN("uid:")))
		s = span_sub(s, 4, s.len);
	if (num_canonical(s, UINT32_MAX - 1, &n)) {
		(void)snprintf(out, GRANT_WHO, "uid:%u", (unsigned)n);
		return true;
	}
	if (span_find(s, '@') != s.len && s.len < 320) {
		struct buf b;

		buf_init(&b, GRANT_WHO - 1);
		buf_adds(&b, "mail:");
		buf_addlower(&b, span_starts(s, SPAN("mail:")) ?
		    span_sub(s, 5, s.len) : s);
		(void)snprintf(out, GRANT_WHO, "%s", buf_str(&b));
		buf_free(&b);
		return true;
	}
	if (j->env->names.uid == NULL || !j->env->names.uid(user, &uid))
		return false;
	(void)snprintf(out, GRANT_WHO, "uid:%u", (unsigned)uid);
	return true;
}

static bool
jit_freeze_what(struct jit *j, const struct jit_ask *ask,
    struct store_freeze *z, struct jit_answer *a)
{
	const char *given[] = { ask->all, ask->user, ask->kind, ask->resource,
	    ask->host };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++)
		if (given[i] != NULL) {
			z->scope = (enum freeze_scope)i;
			n++;
		}
	if (n != 1) {
		jit_usage(a, "exactly one of --all, --user, --kind, "
		    "--resource, --host is needed");
		return false;
	}
	if (z->scope == FREEZE_USER && !jit_freeze_user(j, ask->user,
	    z->value)) {
		jit_usage(a, "--user: no such account");
		return false;
	}
	if (z->scope == FREEZE_KIND || z->scope == FREEZE_RESOURCE) {
		if (strlen(given[z->scope]) >= GRANT_RESOURCE) {
			jit_usage(a, "the value is too long");
			return false;
		}
		(void)snprintf(z->value, sizeof(z->value), "%s",
		    given[z->scope]);
	}
	return true;
}

static json_t *
jit_freeze_json(const struct store_freeze *z)
{
	json_t *o = json_object();
	bool bad = false;

	js_set(o, "scope", js_str(freeze_scope_word(z->scope)), &bad);
	js_set(o, "value", z->value[0] == '\0' ? js_null() :
	    js_str(z->value), &bad);
	js_set(o, "reason", js_str(z->reason), &bad);
	if (!bad)
		return o;
	json_decref(o);
	return NULL;
}

static enum fault_kind
jit_freeze_write(struct jit *j, struct store_freeze *z, struct fault *f)
{
	enum fault_kind kind = jit_begin(j, true, f);

	z->since = j->now.wall;
	if (kind == FAULT_NONE)
		kind = store_freeze_put(j->store, z, f);
	if (kind == FAULT_NONE)
		kind = jit_note(j, "freeze", jit_freeze_json(z), f);
	if (kind == FAULT_NONE)
		kind = jit_commit(j, f);
	jit_abort(j);
	return kind;
}

static enum fault_kind
jit_frozen_one(const struct grant *g, void *arg, struct fault *f)
{
	(void)g;
	(void)f;
	*(bool *)arg = true;
	return FAULT_NONE;
}

/*
 * A slip of the pen is shown: neither the policy nor a grant that lives knows
 * what was frozen.  Frozen it is all the same; the policy may change.
 */
static void
jit_freeze_warn(struct jit *j, const struct store_freeze *z,
    struct jit_answer *a)
{
	const char *kind = z->scope == FREEZE_KIND ? z->value : NULL;
	const char *resource = z->scope == FREEZE_RESOURCE ? z->value : NULL;
	const char *user = z->scope == FREEZE_USER ? z->value : NULL;
	struct policy_asker who = { UINT32_MAX, NULL };
	struct fault f = { 0 };
	bool known = false, bad = false;
	char text[sizeof(z->value) + 128];
	uint64_t uid;

	if (kind == NULL && resource == NULL && user == NULL)
		return;
	if (user != NULL && num_canonical(span_sub(span_of(user), 4,
	    GRANT_WHO), UINT32_MAX - 1, &uid))
		who.uid = (uint32_t)uid;
	else if (user != NULL)
		who.mail = user + 5;
	if (store_begin(j->store, false, &f) == FAULT_NONE)
		(void)store_grant_each(j->store, STORE_LIVE, user, kind,
		    resource, jit_frozen_one, &known, &f);
	store_rollback(j->store);
	if (known || f.kind != FAULT_NONE || !jit_need_policy(j, NULL) ||
	    policy_knows(&j->policy, kind, resource,
	    user != NULL ? &who : NULL))
		return;
	(void)snprintf(text, sizeof(text), "neither the policy nor a grant "
	    "knows the %s %s: it is frozen all the same",
	    freeze_scope_word(z->scope), z->value);
	if (a->more == NULL)
		a->more = json_object();
	js_set(a->more, "warning", js_str(text), &bad);
}

void
jit_freeze(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	struct store_freeze z = { 0 };
	struct policy_asker who = { jit_uid(j), NULL };
	struct jit_sweep_count count = { 0 };
	struct fault f = { 0 };
	enum fault_kind kind;

	if (!jit_freeze_what(j, ask, &z, a))
		return;
	if (!jit_admin(j) && (!jit_need_policy(j, a) ||
	    !policy_among(&j->policy, j->policy.freeze, &who))) {
		jit_say(a, DECISION_NO, "not-permitted",
		    "freeze= in the policy does not name you");
		return;
	}
	j->ending = true;
	jit_caller(j, z.by);
	if (ask->reason != NULL)
		(void)snprintf(z.reason, sizeof(z.reason), "%s", ask->reason);
	kind = jit_freeze_write(j, &z, &f);
	if (kind == FAULT_IO && home_ballast_free(&j->home)) {
		fault_clear(&f);
		kind = jit_freeze_write(j, &z, &f);
	}
	/* What stands outside of our judgement is taken away at once. */
	if (kind == FAULT_NONE)
		kind = jit_sweep_all(j, false, &count, &f);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
	else {
		jit_say(a, DECISION_YES, "frozen", NULL);
		jit_freeze_warn(j, &z, a);
	}
	jit_unlogged(j, a);
}

void
jit_unfreeze(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	struct store_freeze z = { 0 };
	struct fault f = { 0 };
	int64_t n = 0;
	enum fault_kind kind;

	if (!jit_freeze_what(j, ask, &z, a))
		return;
	if (!jit_admin(j)) {
		jit_say(a, DECISION_NO, "not-permitted",
		    "only root lifts a freeze");
		return;
	}
	if (ask->reason != NULL)
		(void)snprintf(z.reason, sizeof(z.reason), "%s", ask->reason);
	kind = jit_begin(j, true, &f);
	if (kind == FAULT_NONE)
		kind = store_freeze_drop(j->store, z.scope, z.value, &n, &f);
	if (kind == FAULT_NONE && n > 0) {
		kind = jit_note(j, "unfreeze", jit_freeze_json(&z), &f);
		if (kind == FAULT_NONE)
			kind = jit_commit(j, &f);
	}
	jit_abort(j);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
	else if (n == 0)
		jit_say(a, DECISION_NO, "not-frozen", "no such freeze");
	else
		jit_say(a, DECISION_YES, "unfrozen", NULL);
}
