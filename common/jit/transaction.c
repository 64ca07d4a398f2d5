/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "jit/jit_impl.h"
#include "run/proc.h"

#define JIT_ACCIDENTS 8	/* recoveries in one go */

enum fault_kind
jit_open(struct jit *j, const char *dir, bool own, const char *policy,
    const struct jit_env *env, struct fault *f)
{
	char path[HOME_PATH + 32];
	struct run_rights rights;
	enum fault_kind kind;

	*j = (struct jit){ .env = env };
	j->log.fd = -1;
	j->home.fd = -1;
	kind = home_open(&j->home, dir, own, policy, f);
	if (kind != FAULT_NONE)
		return kind;
	(void)snprintf(path, sizeof(path), "%s/" HOME_STORE, j->home.path);
	/* As the home's owner: SQLite follows links that stand in place of its
	 * further files, and root would follow them anywhere. */
	rights = run_rights_take(j->home.owner);
	kind = home_local(j->home.fd, f);
	if (kind == FAULT_NONE)
		kind = audit_open(&j->log, j->home.fd, HOME_LOG, false,
		    j->home.owner, f);
	if (kind == FAULT_NONE)
		kind = store_open(path, false, &j->store, f);
	run_rights_back(&rights);
	if (kind != FAULT_NONE)
		jit_close(j);
	return kind;
}

void
jit_close(struct jit *j)
{
	struct run_rights rights = run_rights_take(j->store == NULL ?
	    geteuid() : j->home.owner);

	store_close(j->store);
	run_rights_back(&rights);
	j->store = NULL;
	audit_close(&j->log);
	if (j->has_policy)
		policy_free(&j->policy);
	j->has_policy = false;
	home_close(&j->home);
}

/*
 * The commit found the disk full: take the line back, so that a disk that
 * stays full does not fill the log with accidents.  The lock was lost with
 * the transaction; only an unchanged head says that nobody came between.
 */
static void
jit_take_back(struct jit *j)
{
	struct store_host now;
	struct fault f = { 0 };

	store_rollback(j->store);
	if (store_begin(j->store, true, &f) == FAULT_NONE &&
	    store_host_get(j->store, &now, &f) == FAULT_NONE &&
	    now.head.seq == j->was.head.seq)
		audit_cut(&j->log);
	store_rollback(j->store);
}

/* Sync the log, then commit; on failure all is rolled back. */
static enum fault_kind
jit_write(struct jit *j, struct fault *f)
{
	bool lines = j->log.pending.len > 0;
	enum fault_kind kind = audit_flush(&j->log, f);

	if (kind == FAULT_NONE)
		kind = store_host_put(j->store, &j->host, f);
	if (kind == FAULT_NONE) {
		kind = store_commit(j->store, f);
		if (kind != FAULT_NONE && lines &&
		    store_found_no_room(j->store))
			jit_take_back(j);
	}
	if (kind != FAULT_NONE)
		jit_abort(j);
	else if (lines)
		audit_commit(&j->log);
	return kind;
}

/*
 * The log is ahead: log the accident in a transaction of its own, since
 * the next accident would else leave two lines that nobody can tell from a
 * restored store.  Then the lock is taken again.
 */
static enum fault_kind
jit_recover(struct jit *j, struct fault *f)
{
	enum fault_kind kind;

	kind = audit_recover(&j->log, &j->host.head, &j->now, f);
	if (kind == FAULT_NONE)
		kind = jit_write(j, f);
	if (kind == FAULT_NONE)
		kind = store_begin(j->store, true, f);
	return kind;
}

/* Clock and log, judged against what the store remembers of them. */
static enum fault_kind
jit_judge(struct jit *j, bool write, struct fault *f)
{
	enum fault_kind kind;

	j->log_why = "";
	kind = j->env->clock.sample(&j->env->clock, &j->now, f);
	if (kind == FAULT_NONE)
		kind = store_host_get(j->store, &j->host, f);
	if (kind != FAULT_NONE)
		return kind;
	j->was = j->host;
	j->trust = jit_clock_judge(&j->host.mark, &j->now);
	/* A writer came between a reader's look at the log and at the store:
	 * what it has written since is no concern of this snapshot. */
	if (write || j->log.size < j->host.head.end) {
		kind = audit_refresh(&j->log, f);
		if (!write && j->log.size > j->host.head.end)
			j->log.size = j->host.head.end;
	}
	if (kind == FAULT_NONE)
		kind = audit_judge(&j->log, &j->host.head, &j->log_state,
		    &j->log_why, f);
	if (kind != FAULT_NONE)
		return kind;
	if (j->log_state == AUDIT_UNTRUSTED && !j->ending)
		return fault_set(f, FAULT_CONFIG, "store and audit log do "
		    "not fit (%s): see jitgrant doctor", j->log_why);
	if (j->log_state == AUDIT_UNTRUSTED && j->trust == JIT_TRUST_OK)
		j->trust = JIT_TRUST_AHEAD;
	return FAULT_NONE;
}

void
jit_unlogged(struct jit *j, struct jit_answer *a)
{
	if (j->ending && j->log_state == AUDIT_UNTRUSTED &&
	    a->fault == FAULT_NONE)
		jit_say(a, DECISION_UNTRUSTED, j->log_why, "done, and not "
		    "logged, since store and audit log do not fit: see "
		    "jitgrant doctor");
}

enum fault_kind
jit_begin(struct jit *j, bool write, struct fault *f)
{
	enum fault_kind kind = FAULT_NONE;

	/* A reader looks at the log first: it may only be behind then. */
	if (!write)
		kind = audit_refresh(&j->log, f);
	if (kind == FAULT_NONE)
		kind = store_begin(j->store, write, f);
	if (kind == FAULT_NONE)
		kind = jit_judge(j, write, f);
	/* Another writer may be killed in between, but not again and again. */
	for (int i = 0; i < JIT_ACCIDENTS && write && kind == FAULT_NONE &&
	    j->log_state == AUDIT_AHEAD; i++) {
		kind = jit_recover(j, f);
		if (kind == FAULT_NONE)
			kind = jit_judge(j, write, f);
	}
	if (kind == FAULT_NONE && write && j->log_state == AUDIT_AHEAD)
		kind = fault_set(f, FAULT_TEMP, "other writers keep dying");
	if (kind != FAULT_NONE)
		jit_abort(j);
	return kind;
}

enum fault_kind
jit_commit(struct jit *j, struct fault *f)
{
	jit_clock_raise(&j->host.mark, &j->now);
	return jit_write(j, f);
}

void
jit_abort(struct jit *j)
{
	audit_rollback(&j->log);
	store_rollback(j->store);
	j->host = j->was;
}

uint32_t
jit_uid(const struct jit *j)
{
	return j->author != NULL ? UINT32_MAX : (uint32_t)j->env->caller;
}

bool
jit_admin(const struct jit *j)
{
	return j->author == NULL && j->env->admin;
}

void
jit_caller(const struct jit *j, char out[GRANT_WHO])
{
	if (j->author != NULL)
		(void)snprintf(out, GRANT_WHO, "mail:%s",
		    j->author);
	else
		(void)snprintf(out, GRANT_WHO, "uid:%u",
		    (unsigned)jit_uid(j));
}

enum fault_kind
jit_note(struct jit *j, const char *event, json_t *fields, struct fault *f)
{
	char who[GRANT_WHO];
	bool failed = false;

	if (j->log_state == AUDIT_UNTRUSTED) {
		json_decref(fields);
		return FAULT_NONE;
	}
	/* Killed between log and store, two lines could not be told from a
	 * restored store. */
	if (j->log.pending.len > 0) {
		json_decref(fields);
		return fault_set(f, FAULT_SOFTWARE,
		    "a second line in one transaction: %s", event);
	}
	if (fields == NULL)
		fields = json_object();
	jit_caller(j, who);
	js_set(fields, "event", js_str(event), &failed);
	js_set(fields, "actor", js_str(who), &failed);
	if (failed) {
		json_decref(fields);
		return fault_nomem(f);
	}
	return audit_add(&j->log, &j->host.head, &j->now, fields, f);
}

enum fault_kind
jit_record(struct jit *j, struct grant *g, const char *event,
    enum grant_state from, json_t *more, struct fault *f)
{
	bool failed = false;
	enum fault_kind kind;

	if (more == NULL)
		more = json_object();
	js_set(more, "grant", js_str(g->id), &failed);
	js_set(more, "from", from == GRANT_NONE ? js_null() :
	    js_str(grant_state_word(from)), &failed);
	js_set(more, "to", js_str(grant_state_word(g->state)), &failed);
	if (g->end != GRANT_END_NONE)
		js_set(more, "end", js_str(grant_end_word(g->end)), &failed);
	if (g->state == GRANT_ACTIVE)
		js_set(more, "not_after", js_int(g->not_after), &failed);
	if (failed) {
		json_decref(more);
		return fault_nomem(f);
	}
	kind = jit_note(j, event, more, f);
	if (kind != FAULT_NONE)
		return kind;
	if (from == GRANT_NONE)
		g->asked = j->host.head.end - j->host.head.len;
	g->seq = j->log_state == AUDIT_UNTRUSTED ? 0 : j->host.head.seq;
	memcpy(g->hash, j->host.head.hash, sizeof(g->hash));
	return store_grant_put(j->store, g, f);
}

static enum fault_kind
jit_has_run(const struct store_run *r, void *arg, struct fault *f)
{
	(void)f;
	if (!r->adapter)
		*(bool *)arg = true;
	return FAULT_NONE;
}

/*
 * The adapter's undo record may say how long caches keep its effect: that of
 * the order, as for the undo.  Who may not read the order takes the row's; the
 * sweep, which may, ends in time what was edited there.
 */
static int64_t
jit_lead(struct jit *j, const struct grant *g)
{
	struct fault f = { .kind = FAULT_NONE };
	json_t *undo = NULL, *plan;
	int64_t lead;

	if (g->state != GRANT_ACTIVE || g->plan[0] == '\0')
		return 0;
	if (jit_order_undo(j, g, &undo, &f) != FAULT_NONE) {
		plan = json_loads(g->plan, 0, NULL);
		undo = json_incref(json_object_get(plan, "undo"));
		json_decref(plan);
	}
	lead = json_integer_value(json_object_get(undo, "lead"));
	json_decref(undo);
	return lead > 0 ? lead : 0;
}

enum fault_kind
jit_context(struct jit *j, const struct grant *g, struct grant_context *c,
    struct fault *f)
{
	enum fault_kind kind;

	*c = (struct grant_context){ .now = j->now, .trust = j->trust,
	    .lead = jit_lead(j, g) };
	kind = jit_frozen(j, g, &c->frozen, f);
	if (kind == FAULT_NONE)
		kind = jit_flight(j, g, &c->flight, f);
	if (kind == FAULT_NONE && g->state == GRANT_ACTIVE &&
	    g->uses_left == 0)
		kind = store_run_each(j->store, g->id, jit_has_run,
		    &c->has_runs, f);
	return kind;
}

bool
jit_need_policy(struct jit *j, struct jit_answer *a)
{
	if (j->has_policy)
		return true;
	fault_clear(&j->policy_fault);
	if (policy_load(&j->policy, j->home.policy, j->home.own ?
	    j->home.owner : 0, &j->env->names, &j->policy_fault) ==
	    FAULT_NONE) {
		j->has_policy = true;
		return true;
	}
	policy_free(&j->policy);
	if (a != NULL) {
		a->fault = j->policy_fault.kind;
		jit_say(a, DECISION_NO, "policy", "%s",
		    j->policy_fault.text);
	}
	return false;
}

bool
jit_mine(const struct jit *j, const struct grant *g)
{
	char who[GRANT_WHO];

	jit_caller(j, who);
	return strcmp(who, g->requester) == 0;
}
