/* SPDX-License-Identifier: ISC */
/*
 * The processes of an adapter, held together and written down.
 *
 * - What an adapter started MUST be dead before the next one that changes the
 *   same effect begins: an orphan could else do its work after the undo.
 * - So its tree is written down before it begins, in a transaction that looks
 *   again whether it may: the order of changes is that of these rows, not of
 *   who holds a lock, since whoever holds one may have been stopped.
 * - A tree whose jitgrant is dead, or is stopped, is ended by who comes next.
 * - What such a tree sent to another host without an answer may arrive after
 *   its death.  So its row goes only in a transaction that writes into the
 *   grant since when nothing more is sent; while a row stands, something may
 *   be.
 * - Nobody is killed for what a row says alone: only what bears the mark in
 *   its environment, or is jitgrant itself, or is in a group that we made.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jit/jit_impl.h"
#include "run/cgroup.h"
#include "run/proc.h"
#include "run/tree.h"

#define TREE_LOOKS 200	/* times that the processes are looked through */
#define TREE_ROWS 64	/* of one effect at a time; more is not our home */

static void
jit_tree_mark(const struct store_run *r, char mark[JIT_TREE_MARK])
{
	(void)snprintf(mark, JIT_TREE_MARK, "adapter.%lld.%lld",
	    (long long)r->pid, (long long)r->pid_start);
}

bool
jit_tree_held(const struct jit *j, const struct store_run *r)
{
	struct run_proc p;

	/* Stopped, it shows no sign of life. */
	return strcmp(r->boot_id, j->now.boot_id) == 0 &&
	    run_proc_get(r->pid, &p) && p.start == r->pid_start &&
	    p.state != 'Z' && p.state != 'T' && p.state != 't';
}

bool
jit_tree_kill(const struct jit *j, const struct store_run *r)
{
	uint32_t uid = (uint32_t)jit_runner(j).uid;
	struct run_rights rights = run_rights_take(getuid());
	char mark[JIT_TREE_MARK];
	bool gone = true;

	if (strcmp(r->boot_id, j->now.boot_id) == 0) {
		/* One that waits to begin, or holds it, is a jitgrant. */
		run_proc_end_own(r->child, r->child_start);
		if (r->cgroup[0] != '\0')
			gone = run_cgroup_end(r->cgroup, (uint32_t)getuid());
		jit_tree_mark(r, mark);
		for (int i = 0; run_proc_kill_marked(mark, uid) > 0; i++) {
			if (i == TREE_LOOKS) {
				gone = false;
				break;
			}
			(void)poll(NULL, 0, 5);
		}
	}
	run_rights_back(&rights);
	return gone;
}

/* Rows of adapters at work on the effect of a grant, or for that grant. */
struct jit_tree_rows {
	struct jit *j;
	const struct grant *g;
	int64_t self;
	struct store_run row[TREE_ROWS];
	size_t n;
};

static enum fault_kind
jit_tree_row(const struct store_run *r, void *arg, struct fault *f)
{
	struct jit_tree_rows *rows = arg;
	struct grant other;
	bool found = false, same = strcmp(r->grant, rows->g->id) == 0;
	enum fault_kind kind = FAULT_NONE;

	if (!r->adapter || rows->n == TREE_ROWS || (r->pid == rows->self &&
	    strcmp(r->boot_id, rows->j->now.boot_id) == 0))
		return FAULT_NONE;
	if (!same && rows->g->effect[0] != '\0') {
		kind = store_grant_get(rows->j->store, r->grant, &other,
		    &found, f);
		same = found && strcmp(other.effect, rows->g->effect) == 0;
	}
	if (kind == FAULT_NONE && same)
		rows->row[rows->n++] = *r;
	return kind;
}

enum fault_kind
jit_tree_drop(struct jit *j, const struct store_run *r, bool settled,
    struct fault *f)
{
	struct grant g;
	bool found = false;
	enum fault_kind kind = jit_begin(j, true, f);

	if (kind == FAULT_NONE && !settled)
		kind = store_grant_get(j->store, r->grant, &g, &found, f);
	if (kind == FAULT_NONE && found) {
		grant_unanswered(&g, &j->now);
		kind = store_grant_put(j->store, &g, f);
	}
	if (kind == FAULT_NONE)
		kind = store_run_drop(j->store, r->id, f);
	if (kind == FAULT_NONE)
		kind = jit_commit(j, f);
	jit_abort(j);
	return kind;
}

enum fault_kind
jit_trees_end(struct jit *j, const struct grant *g, bool *busy,
    struct fault *f)
{
	struct jit_tree_rows rows = { .j = j, .g = g,
	    .self = run_proc_self() };
	enum fault_kind kind = jit_begin(j, false, f);

	*busy = false;
	if (kind == FAULT_NONE)
		kind = store_run_each(j->store, NULL, jit_tree_row, &rows, f);
	jit_abort(j);
	for (size_t i = 0; i < rows.n && kind == FAULT_NONE; i++) {
		struct fault dropped = { .kind = FAULT_NONE };

		if (jit_tree_held(j, &rows.row[i]) ||
		    !jit_tree_kill(j, &rows.row[i]))
			*busy = true;
		else
			/* On a full disk it is dead all the same. */
			(void)jit_tree_drop(j, &rows.row[i], false, &dropped);
	}
	return kind;
}

static enum fault_kind
jit_flight_row(const struct store_run *r, void *arg, struct fault *f)
{
	(void)f;
	if (r->adapter)
		*(bool *)arg = true;
	return FAULT_NONE;
}

enum fault_kind
jit_flight(struct jit *j, const struct grant *g, int64_t *seconds,
    struct fault *f)
{
	struct fault none = { .kind = FAULT_NONE };
	struct grant as = *g;
	json_t *plan = NULL;
	bool rows = false;
	int64_t flight;
	enum fault_kind kind;

	*seconds = 0;
	if (g->state != GRANT_REVOKING)
		return FAULT_NONE;
	/* Who may not read the order does not undo it either. */
	(void)jit_order_for(j, ADAPTER_REVOKE, &as, &plan, &none);
	flight = adapter_flight(json_string_value(json_object_get(plan,
	    "adapter")));
	json_decref(plan);
	if (flight == 0)
		return FAULT_NONE;
	kind = store_run_each(j->store, g->id, jit_flight_row, &rows, f);
	*seconds = rows ? flight : grant_in_flight(g, flight, &j->now);
	return kind;
}

/* Under the write lock: may it still begin?  What was looked at before may
 * have changed while this process was stopped. */
static enum fault_kind
jit_tree_may(struct jit_tree *t, struct fault *f)
{
	struct jit *j = t->j;
	struct jit_tree_rows rows = { .j = j, .g = t->g,
	    .self = run_proc_self() };
	struct grant now, other;
	bool found = false, kept = false;
	enum fault_kind kind;

	kind = store_grant_get(j->store, t->g->id, &now, &found, f);
	if (kind == FAULT_NONE && t->verb == ADAPTER_REVOKE &&
	    t->g->effect[0] != '\0')
		kind = store_grant_sharing(j->store, t->g->effect, t->g->id,
		    &j->now, &other, &kept, f);
	if (kind == FAULT_NONE)
		kind = store_run_each(j->store, NULL, jit_tree_row, &rows, f);
	if (kind != FAULT_NONE)
		return kind;
	t->busy = !found || kept || (t->verb == ADAPTER_GRANT &&
	    now.state != GRANT_APPLYING && now.state != GRANT_ACTIVE);
	for (size_t i = 0; i < rows.n; i++)
		t->busy = t->busy || jit_tree_held(j, &rows.row[i]) ||
		    t->verb == ADAPTER_GRANT;
	return t->busy ? fault_set(f, FAULT_TEMP,
	    "another jitgrant is at work on this effect") : FAULT_NONE;
}

static enum fault_kind
jit_tree_put(struct jit_tree *t, struct fault *f)
{
	enum fault_kind kind = jit_begin(t->j, true, f);

	if (kind == FAULT_NONE)
		kind = jit_tree_may(t, f);
	if (kind == FAULT_NONE)
		kind = store_run_put(t->j->store, &t->row, f);
	if (kind == FAULT_NONE)
		kind = jit_commit(t->j, f);
	jit_abort(t->j);
	t->written = kind == FAULT_NONE;
	return kind;
}

static enum fault_kind
jit_tree_begin(void *arg, pid_t pid, struct fault *f)
{
	struct jit_tree *t = arg;
	struct run_rights rights;
	struct run_proc p;
	enum fault_kind kind = FAULT_NONE;

	if (run_proc_get((int64_t)pid, &p) && p.parent == t->row.pid) {
		t->row.child = (int64_t)pid;
		t->row.child_start = p.start;
	}
	if (t->verb == ADAPTER_GRANT || t->verb == ADAPTER_REVOKE)
		kind = jit_tree_put(t, f);
	/* A full disk keeps no right alive: an undo begins all the same. */
	if (kind == FAULT_IO && t->verb == ADAPTER_REVOKE) {
		fault_clear(f);
		kind = FAULT_NONE;
	}
	if (kind != FAULT_NONE || t->row.cgroup[0] == '\0')
		return kind;
	rights = run_rights_take(getuid());
	t->groupless = !run_cgroup_make(t->row.cgroup, pid);
	run_rights_back(&rights);
	return t->groupless ? fault_set(f, FAULT_TEMP, "no cgroup for the "
	    "adapter") : FAULT_NONE;
}

/* False: there is no /proc that says who we are. */
static bool
jit_tree_open(struct jit_tree *t, struct adapter_runner *r)
{
	bool groupless = t->groupless;
	struct run_rights rights;
	struct run_proc p;

	t->row = (struct store_run){ .adapter = true,
	    .pid = run_proc_self() };
	if (!run_proc_get(t->row.pid, &p))
		return false;
	t->row.pid_start = p.start;
	memcpy(t->row.grant, t->g->id, sizeof(t->row.grant));
	memcpy(t->row.boot_id, t->j->now.boot_id, sizeof(t->row.boot_id));
	jit_tree_mark(&t->row, t->mark);
	rights = run_rights_take(getuid());
	t->groupless = groupless || !run_cgroup_plan(t->row.cgroup,
	    t->g->id);
	run_rights_back(&rights);
	if (t->groupless)
		t->row.cgroup[0] = '\0';
	r->mark = t->mark;
	r->space = t->groupless && getuid() == 0;
	r->hold = t->groupless ? run_tree_hold : NULL;
	r->begin = jit_tree_begin;
	r->arg = t;
	return true;
}

/* End what is left of it and forget it; false if something does not go.
 * settled: nothing it sent is on its way. */
static bool
jit_tree_close(struct jit_tree *t, bool settled)
{
	struct fault f = { .kind = FAULT_NONE };

	if (!jit_tree_kill(t->j, &t->row))
		return false;
	/* If it cannot be forgotten now, the next sweep does. */
	if (t->written)
		(void)jit_tree_drop(t->j, &t->row, settled, &f);
	return true;
}

enum fault_kind
jit_tree_ask(struct jit_tree *t, const struct grant *as, const json_t *plan,
    struct adapter_reply *reply, struct fault *f)
{
	struct adapter_runner runner = jit_runner(t->j);
	bool groupless;
	enum fault_kind kind;

	do {
		fault_clear(f);
		if (!jit_tree_open(t, &runner))
			return fault_set(f, FAULT_SOFTWARE, "no /proc");
		groupless = t->groupless;
		kind = adapter_ask(&runner, as, plan, t->verb, reply, f);
		if (kind != FAULT_NONE && groupless != t->groupless)
			(void)jit_tree_close(t, true);
	} while (groupless != t->groupless);
	if (kind == FAULT_NONE && !jit_tree_close(t, reply->settled)) {
		adapter_reply_free(reply);
		*reply = (struct adapter_reply){ 0 };
		kind = fault_set(f, FAULT_TEMP,
		    "processes of the adapter do not go");
	}
	return kind;
}
