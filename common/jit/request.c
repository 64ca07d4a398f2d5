/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/num.h"
#include "grant/person.h"
#include "jit/mail.h"

/* A question, its texts turned into values. */
struct jit_wish {
	int64_t duration, uses, start;
	struct policy_verdict verdict;
	char user[65];		/* the caller's account, "" if it has none */
};

static bool
jit_word(const char *p, size_t max, bool resource)
{
	size_t n = strlen(p);

	if (n == 0 || n > max || p[0] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (resource ? p[i] <= 0x20 || p[i] > 0x7e :
		    !ascii_is_alnum(p[i]) && strchr("._-", p[i]) == NULL)
			return false;
	return true;
}

/* A resource is what a rule's pattern matches: it is no pattern itself. */
static bool
jit_request_words(const struct jit_ask *ask, struct jit_answer *a)
{
	if (ask->kind == NULL || ask->resource == NULL)
		jit_usage(a, "--kind and --resource are needed");
	else if (!jit_word(ask->kind, GRANT_KIND - 1, false)) {
		a->fault = FAULT_DATA;
		jit_say(a, DECISION_NO, "data", "--kind: letters, digits, "
		    "dot, underscore, hyphen (not first); at most 32");
	} else if (!jit_word(ask->resource, GRANT_RESOURCE - 1, true)) {
		a->fault = FAULT_DATA;
		jit_say(a, DECISION_NO, "data", "--resource: printable ASCII "
		    "without spaces, no hyphen first; at most 255");
	} else if (ask->reason != NULL &&
	    strlen(ask->reason) > GRANT_REASON - 1) {
		a->fault = FAULT_DATA;
		jit_say(a, DECISION_NO, "data",
		    "--reason: at most %d bytes", GRANT_REASON - 1);
	} else
		return true;
	return false;
}

static bool
jit_request_limits(const struct jit_ask *ask, struct jit_answer *a)
{
	for (size_t i = 0; i < ask->limits; i++) {
		bool ok = jit_word(ask->limit_key[i], 32, false) &&
		    strlen(ask->limit_value[i]) <= 1024;

		for (size_t k = 0; k < i; k++)
			ok = ok && strcmp(ask->limit_key[i],
			    ask->limit_key[k]) != 0;
		if (!ok || !span_is_print(span_of(ask->limit_value[i]))) {
			a->fault = FAULT_DATA;
			jit_say(a, DECISION_NO, "data", "--limit: NAME=VALUE "
			    "of printable ASCII, each name once");
			return false;
		}
	}
	return true;
}

static bool
jit_request_numbers(struct jit *j, const struct jit_ask *ask,
    struct jit_wish *w, struct jit_answer *a)
{
	uint64_t uses = 0;

	if (ask->duration != NULL &&
	    (!num_duration(span_of(ask->duration), &w->duration) ||
	    w->duration < 1))
		jit_usage(a, "--for: a duration such as 90s, 10m, 2h, 3d");
	else if (ask->uses != NULL && (!num_canonical(span_of(ask->uses),
	    1000000000, &uses) || uses == 0))
		jit_usage(a, "--uses: a number from 1");
	else if (ask->start != NULL &&
	    !num_time(span_of(ask->start), &w->start))
		jit_usage(a, "--start: seconds since 1970, or RFC 3339");
	else if (w->duration > NUM_TIME_MAX - (w->start > j->now.wall ?
	    w->start : j->now.wall)) {
		a->fault = FAULT_DATA;
		jit_say(a, DECISION_NO, "data", "it would end after the year "
		    "9999");
	} else {
		w->uses = (int64_t)uses;
		return true;
	}
	return false;
}

void
jit_denied(struct jit_answer *a, const struct policy_verdict *v,
    const char *how)
{
	if (v->line == 0)
		jit_say(a, DECISION_NO, policy_no_word(v->why), "%s: %s", how,
		    v->text);
	else
		jit_say(a, DECISION_NO, policy_no_word(v->why),
		    "%s, line %u: %s", how, v->line, v->text);
}

/* Ask the policy; false: the answer says no. */
static bool
jit_request_policy(struct jit *j, const struct jit_ask *ask,
    struct jit_wish *w, struct jit_answer *a)
{
	struct policy_ask q = { .who = { jit_uid(j),
	    j->author },
	    .kind = ask->kind, .resource = ask->resource,
	    .reason = ask->reason, .break_glass = ask->break_glass,
	    .duration = w->duration, .uses = w->uses,
	    .limit_count = ask->limits, .limit_key = ask->limit_key,
	    .limit_value = ask->limit_value };

	if (!jit_need_policy(j, a))
		return false;
	policy_judge(&j->policy, &q, &w->verdict);
	if (w->verdict.why == POLICY_YES)
		return true;
	jit_denied(a, &w->verdict, "denied by the policy");
	return false;
}

static enum fault_kind
jit_request_plan(struct grant *g, const struct jit_wish *w, struct fault *f)
{
	const struct policy_section *s = w->verdict.kind;
	json_t *plan;
	enum fault_kind kind;

	if (s == NULL || s->effect.adapter == NULL)
		return FAULT_NONE;
	kind = adapter_values(s->effect.adapter, g, w->user, f);
	if (kind != FAULT_NONE)
		return kind;
	plan = adapter_plan(s, w->user, NULL);
	kind = adapter_plan_text(g, plan, f);
	json_decref(plan);
	return kind;
}

static enum fault_kind
jit_request_fill(struct jit *j, const struct jit_ask *ask,
    const struct jit_wish *w, struct grant *g, struct fault *f)
{
	struct policy_asker who = { jit_uid(j),
	    j->author };
	const char *person = person_behind(&j->policy, &who);
	int64_t from = w->start > j->now.wall ? w->start : j->now.wall;
	enum fault_kind kind = jit_new_id(j, g->id, f);

	if (kind == FAULT_NONE)
		kind = jit_limits_text(ask, g->limits, f);
	if (kind != FAULT_NONE)
		return kind;
	g->state = GRANT_REQUESTED;
	(void)snprintf(g->kind, sizeof(g->kind), "%s", ask->kind);
	(void)snprintf(g->resource, sizeof(g->resource), "%s",
	    ask->resource);
	(void)snprintf(g->rule, sizeof(g->rule), "%s", w->verdict.rules);
	jit_caller(j, g->requester);
	(void)snprintf(g->person, sizeof(g->person), "%s",
	    person == NULL ? "" : person);
	(void)snprintf(g->reason, sizeof(g->reason), "%s",
	    ask->reason == NULL ? "" : ask->reason);
	memcpy(g->policy, j->policy.hash, sizeof(g->policy));
	g->uid = jit_uid(j);
	g->break_glass = w->verdict.break_glass;
	g->created = j->now.wall;
	g->start = w->start;
	g->duration = w->verdict.duration;
	g->max_total = w->verdict.total;
	g->pending_until = j->now.wall + j->policy.pending_ttl;
	if (w->start != 0 && g->pending_until < from)
		g->pending_until = from;
	g->activate_by = (from > g->pending_until ? from :
	    g->pending_until) + j->policy.activate_within;
	g->uses = g->uses_left = w->verdict.uses;
	if (w->verdict.review_within != 0)
		g->review_by = j->now.wall + w->verdict.review_within;
	kind = jit_request_plan(g, w, f);
	return kind == FAULT_NONE ? grant_digest(g, g->digest, f) : kind;
}

/* Requests that wait: of one human in any guise, and by mail of one domain. */
struct jit_pending {
	struct jit *j;
	struct policy_asker who;
	struct span domain;	/* with its `@`; of a local caller empty */
	int own, of_domain;
};

static enum fault_kind
jit_count_pending(const struct grant *g, void *arg, struct fault *f)
{
	struct jit_pending *p = arg;
	struct policy_asker other = person_asker(g->requester);
	struct span mail = span_of(other.mail == NULL ? "" : other.mail);

	(void)f;
	if (g->state != GRANT_REQUESTED)
		return FAULT_NONE;
	p->own += person_same(&p->j->policy, &p->who, &other);
	p->of_domain += p->domain.len > 0 && span_eq_nocase(span_sub(mail,
	    span_rfind(mail, '@'), mail.len), p->domain);
	return FAULT_NONE;
}

/* Do too many wait?  Who asks by mail may have few: anyone of his domain may
 * ask. */
static enum fault_kind
jit_many(struct jit *j, const struct grant *g, bool *many, struct fault *f)
{
	struct jit_pending p = { .j = j, .who = person_asker(g->requester) };
	struct span mail = span_of(p.who.mail == NULL ? "" : p.who.mail);
	enum fault_kind kind;

	p.domain = span_sub(mail, span_rfind(mail, '@'), mail.len);
	kind = store_grant_each(j->store, STORE_LIVE, NULL, NULL, NULL,
	    jit_count_pending, &p, f);
	*many = p.own >= (p.who.mail == NULL ? JIT_PENDING_MAX :
	    JIT_MAIL_ADDRESS) || p.of_domain >= JIT_MAIL_DOMAIN;
	return kind;
}

/* May anything begin now?  Within the transaction. */
static enum fault_kind
jit_may_begin(struct jit *j, const struct grant *g, struct jit_answer *a,
    bool *may, struct fault *f)
{
	bool frozen = false, many = false;
	enum fault_kind kind;

	*may = false;
	if (j->trust != JIT_TRUST_OK) {
		jit_say(a, DECISION_UNTRUSTED, j->trust == JIT_TRUST_BEHIND ?
		    "clock-behind" : "clock-ahead", j->trust ==
		    JIT_TRUST_BEHIND ? "the clock is behind the latest time "
		    "seen on this host" : "the clock was set forward: see "
		    "jitgrant clock");
		return FAULT_NONE;
	}
	kind = jit_frozen(j, g, &frozen, f);
	if (kind == FAULT_NONE)
		kind = jit_many(j, g, &many, f);
	if (kind != FAULT_NONE)
		return kind;
	if (frozen)
		jit_say(a, DECISION_FROZEN, "frozen", "frozen");
	else if (many)
		jit_say(a, DECISION_NO, "too-many",
		    "too many requests wait for approval");
	else
		*may = true;
	return FAULT_NONE;
}

static json_t *
jit_request_line(const struct grant *g, const struct jit_wish *w)
{
	json_t *o = json_object(), *needs = json_array();
	bool bad = false;

	js_set(o, "kind", js_str(g->kind), &bad);
	js_set(o, "resource", js_str(g->resource), &bad);
	js_set(o, "requester", js_str(g->requester), &bad);
	js_set(o, "person", js_str(g->person), &bad);
	js_set(o, "reason", js_str(g->reason), &bad);
	js_set(o, "limits", json_loads(g->limits, 0, NULL), &bad);
	js_set(o, "duration", js_int(g->duration), &bad);
	js_set(o, "uses", g->uses < 0 ? js_null() : js_int(g->uses), &bad);
	js_set(o, "start", js_int(g->start), &bad);
	js_set(o, "rule", js_str(g->rule), &bad);
	js_set(o, "policy", js_str(g->policy), &bad);
	js_set(o, "digest", js_str(g->digest), &bad);
	js_set(o, "break_glass", js_bool(g->break_glass), &bad);
	if (g->renews[0] != '\0')
		js_set(o, "renews", js_str(g->renews), &bad);
	for (size_t i = 0; i < w->verdict.needs; i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), "%u of %s",
		    w->verdict.need[i].k, w->verdict.need[i].text);
		js_push(needs, js_str(text), &bad);
	}
	js_set(o, "approve", needs, &bad);
	if (!bad)
		return o;
	json_decref(o);
	return NULL;
}

/* Write the request down, then move it as far as it goes. */
static void
jit_request_begin(struct jit *j, struct grant *g, const struct jit_wish *w,
    struct jit_answer *a)
{
	struct fault f = { 0 };
	bool may, stuck = false;
	enum fault_kind kind;

	kind = jit_may_begin(j, g, a, &may, &f);
	if (kind == FAULT_NONE && !may) {
		jit_abort(j);
		return;
	}
	if (kind == FAULT_NONE)
		kind = jit_record(j, g, g->renews[0] != '\0' ?
		    "renew-request" : g->break_glass ? "break-glass" :
		    "request", GRANT_NONE, jit_request_line(g, w), &f);
	if (kind == FAULT_NONE)
		kind = jit_commit(j, &f);
	jit_abort(j);
	if (kind == FAULT_NONE) {
		jit_about(a, g);
		if (j->env->notify != NULL && (w->verdict.needs > 0 ||
		    g->break_glass))
			j->env->notify(j->env->notify_arg, g, "request");
		kind = jit_advance(j, g->id, &stuck, &f);
	}
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
	else
		jit_answer_now(j, g->id, a);
}

void
jit_request(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	struct grant g = { 0 };
	struct jit_wish w = { 0 };
	struct fault f = { 0 };
	enum fault_kind kind;

	if (!jit_request_words(ask, a) || !jit_request_limits(ask, a))
		return;
	if (j->author != NULL || j->env->names.name == NULL ||
	    !j->env->names.name(jit_uid(j), w.user,
	    sizeof(w.user)))
		w.user[0] = '\0';
	kind = jit_begin(j, true, &f);
	if (kind != FAULT_NONE) {
		jit_fail(j, a, kind, &f);
		return;
	}
	if (jit_request_numbers(j, ask, &w, a) &&
	    jit_request_policy(j, ask, &w, a)) {
		kind = jit_request_fill(j, ask, &w, &g, &f);
		if (kind == FAULT_NONE) {
			jit_request_begin(j, &g, &w, a);
			return;
		}
		jit_fail(j, a, kind, &f);
	}
	jit_abort(j);
}

/* Is this one of the caller's that can be renewed by so much? */
static bool
jit_renewable(struct jit *j, const struct grant *g, int64_t seconds,
    struct jit_answer *a)
{
	jit_about(a, g);
	if (!jit_mine(j, g))
		jit_say(a, DECISION_NO, "not-yours",
		    "the grant is another's");
	else if (g->state != GRANT_ACTIVE || grant_over(g, &j->now))
		jit_say(a, g->state == GRANT_ACTIVE ? DECISION_EXPIRED :
		    DECISION_NO, g->state == GRANT_ACTIVE ? "expired" :
		    grant_state_word(g->state), "only an active grant can be "
		    "renewed");
	else if (seconds > g->max_total - (g->not_after - g->activated))
		jit_say(a, DECISION_NO, "duration",
		    "more than the %lld seconds allowed in all",
		    (long long)g->max_total);
	else
		return true;
	return false;
}

static enum fault_kind
jit_renew_fill(struct jit *j, const struct grant *old, int64_t seconds,
    struct jit_wish *w, struct grant *g, struct jit_answer *a,
    struct fault *f)
{
	const char *keys[JIT_LIMITS], *values[JIT_LIMITS];
	json_t *limits = json_loads(old->limits, 0, NULL);
	enum fault_kind kind;

	*g = *old;
	kind = jit_new_id(j, g->id, f);
	if (kind != FAULT_NONE || limits == NULL || !jit_need_policy(j, a)) {
		json_decref(limits);
		return kind;
	}
	memcpy(g->renews, old->id, sizeof(g->renews));
	g->state = GRANT_REQUESTED;
	g->duration = seconds;
	g->created = j->now.wall;
	g->start = g->activated = g->not_after = g->boot_end = 0;
	g->boot_id[0] = g->plan[0] = '\0';
	g->pending_until = j->now.wall + j->policy.pending_ttl;
	g->activate_by = g->pending_until + j->policy.activate_within;
	memcpy(g->policy, j->policy.hash, sizeof(g->policy));
	jit_ask_again(j, g, limits, keys, values, &w->verdict);
	json_decref(limits);
	if (w->verdict.why != POLICY_YES)
		jit_denied(a, &w->verdict, "denied by the policy");
	else
		a->decision = DECISION_YES;
	return grant_digest(g, g->digest, f);
}

void
jit_renew(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	struct grant old, g = { 0 };
	struct jit_wish w = { 0 };
	struct fault f = { 0 };
	enum fault_kind kind;

	if (ask->duration == NULL ||
	    !num_duration(span_of(ask->duration), &w.duration) ||
	    w.duration < 1) {
		jit_usage(a, "--for: a duration such as 90s, 10m, 2h, 3d");
		return;
	}
	kind = jit_begin(j, true, &f);
	if (kind == FAULT_NONE && jit_find(j, ask, &old, a) &&
	    jit_renewable(j, &old, w.duration, a)) {
		a->decision = DECISION_NO;
		kind = jit_renew_fill(j, &old, w.duration, &w, &g, a, &f);
		if (kind == FAULT_NONE && a->decision == DECISION_YES) {
			a->decision = DECISION_NO;
			jit_request_begin(j, &g, &w, a);
			/* At once: report the grant, not of its renewal. */
			if (strcmp(a->state, "ended") == 0)
				jit_answer_now(j, old.id, a);
			return;
		}
	}
	jit_abort(j);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
}
