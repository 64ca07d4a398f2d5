/* SPDX-License-Identifier: ISC */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/num.h"
#include "jit/jit_impl.h"
#include "jit/verb_run.h"
#include "run/cgroup.h"
#include "run/proc.h"

#define RUN_MAX 256	/* commands at a time under one grant */
#define RUN_LOOKS 100	/* times that the processes are looked through */

struct run_list {
	struct store_run *run;
	size_t n, room;
};

static enum fault_kind
run_add(const struct store_run *r, void *arg, struct fault *f)
{
	struct run_list *list = arg;

	if (list->n == list->room) {
		size_t room = list->room == 0 ? 16 : list->room * 2;
		void *p = realloc(list->run, room * sizeof(*list->run));

		if (p == NULL)
			return fault_nomem(f);
		list->run = p;
		list->room = room;
	}
	list->run[list->n++] = *r;
	return FAULT_NONE;
}

/* Of one grant, or of all if it is NULL; free(list->run) in any case. */
static enum fault_kind
run_read(struct jit *j, const char *grant, struct run_list *list,
    struct fault *f)
{
	enum fault_kind kind = jit_begin(j, false, f);

	*list = (struct run_list){ .n = 0 };
	if (kind == FAULT_NONE)
		kind = store_run_each(j->store, grant, run_add, list, f);
	jit_abort(j);
	return kind;
}

/* A run and its grant, as they stand now. */
struct run_case {
	struct store_run run;
	uint32_t uid;		/* whose processes it may be */
	bool alive;		/* the grant holds */
	bool supervised;	/* the supervisor is there */
};

/* Does the grant hold, whether uses are left or not? */
static bool
run_holds(const struct grant *g, const struct grant_context *c)
{
	enum decision d = grant_judge(g, 0, c);

	return d == DECISION_YES ||
	    (d == DECISION_SPENT && g->state == GRANT_ACTIVE);
}

bool
run_supervised(const struct jit *j, const struct store_run *r)
{
	struct run_proc p;

	return strcmp(r->boot_id, j->now.boot_id) == 0 &&
	    run_proc_get(r->pid, &p) && p.start == r->pid_start &&
	    p.state != 'Z';
}

static enum fault_kind
run_look(struct jit *j, const struct store_run *r, struct run_case *out,
    struct fault *f)
{
	struct grant_context c = { .frozen = true };
	struct grant g = { .state = GRANT_NONE };
	struct run_proc p;
	bool found = false;
	enum fault_kind kind = jit_begin(j, false, f);

	*out = (struct run_case){ .run = *r, .uid = UINT32_MAX };
	if (kind == FAULT_NONE)
		kind = store_grant_get(j->store, r->grant, &g, &found, f);
	if (kind == FAULT_NONE && found)
		kind = jit_context(j, &g, &c, f);
	jit_abort(j);
	if (kind != FAULT_NONE || !found)
		return kind;
	out->uid = g.uid;
	out->alive = run_holds(&g, &c);
	out->supervised = run_supervised(j, r) &&
	    run_proc_get(r->pid, &p) && p.uid == g.uid;
	return FAULT_NONE;
}

/*
 * May we end what is this user's?  The word of a personal home counts for its
 * owner's processes alone, even if it is root who reads it.
 */
static bool
run_may_end(const struct jit *j, const struct run_case *c)
{
	if (getuid() != 0)
		return (uint32_t)getuid() == c->uid;
	return !j->home.own || c->uid == (uint32_t)j->home.owner;
}

/* Kill the group, the child, and all that bear the supervisor's mark; true
 * once nothing of it is found any more. */
static bool
run_kill(const struct jit *j, const struct run_case *c)
{
	const struct store_run *r = &c->run;
	struct run_rights rights;
	char mark[64];
	bool gone = true;

	rights = run_rights_take((uid_t)c->uid);
	if (r->cgroup[0] != '\0')
		gone = rights.able && run_cgroup_end(r->cgroup, c->uid);
	run_rights_back(&rights);
	rights = run_rights_take(getuid());
	/* A number in the store of a system is another account's word: of
	 * root's processes it names none that does not bear the mark. */
	if (j->home.own || c->uid != 0)
		run_proc_kill(r->child, r->child_start, c->uid);
	(void)snprintf(mark, sizeof(mark), "%lld.%lld", (long long)r->pid,
	    (long long)r->pid_start);
	for (int i = 0; run_proc_kill_marked(mark, c->uid) > 0; i++) {
		if (i == RUN_LOOKS) {
			gone = false;
			break;
		}
		(void)poll(NULL, 0, 5);
	}
	run_rights_back(&rights);
	return gone;
}

static enum fault_kind
run_drop(struct jit *j, int64_t number, struct fault *f)
{
	enum fault_kind kind = jit_begin(j, true, f);

	if (kind == FAULT_NONE)
		kind = store_run_drop(j->store, number, f);
	if (kind == FAULT_NONE)
		kind = jit_commit(j, f);
	jit_abort(j);
	return kind;
}

/* End what runs, then forget it; what would not go is kept for the sweep. */
static enum fault_kind
run_end(struct jit *j, const struct run_case *c, bool *ended, struct fault *f)
{
	bool same_boot = strcmp(c->run.boot_id, j->now.boot_id) == 0;

	*ended = false;
	if (same_boot && run_may_end(j, c)) {
		if (!run_kill(j, c))
			return fault_set(f, FAULT_TEMP,
			    "processes of grant %s do not go", c->run.grant);
	} else if (same_boot && (c->supervised || getuid() != 0))
		return FAULT_NONE;
	*ended = true;
	return run_drop(j, c->run.id, f);
}

enum fault_kind
run_end_all(struct jit *j, const char *grant, struct fault *f)
{
	struct run_list list;
	struct run_case c;
	bool ended;
	enum fault_kind kind = run_read(j, grant, &list, f);

	for (size_t i = 0; i < list.n && kind == FAULT_NONE; i++) {
		/* Whoever undoes its effect ends an adapter first. */
		if (list.run[i].adapter)
			continue;
		kind = run_look(j, &list.run[i], &c, f);
		if (kind == FAULT_NONE)
			kind = run_end(j, &c, &ended, f);
	}
	free(list.run);
	return kind;
}

/* An adapter that nobody waits for any more, dead or alive, is ended here, so
 * that what it left is not at work until its grant ends. */
static enum fault_kind
run_end_adapter(struct jit *j, const struct store_run *r, bool *ended,
    struct fault *f)
{
	enum fault_kind kind = jit_begin(j, false, f);

	jit_abort(j);
	if (kind != FAULT_NONE || !j->env->apply || jit_tree_held(j, r))
		return kind;
	if (!jit_tree_kill(j, r))
		return fault_set(f, FAULT_TEMP,
		    "processes of the adapter of %s do not go", r->grant);
	*ended = true;
	return jit_tree_drop(j, r, false, f);
}

enum fault_kind
run_sweep(struct jit *j, int64_t *ended, struct fault *f)
{
	struct run_list list;
	struct fault one = { .kind = FAULT_NONE };
	struct run_case c;
	enum fault_kind kind = run_read(j, NULL, &list, f);

	*ended = 0;
	/* One that does not go does not keep the others alive. */
	for (size_t i = 0; i < list.n && kind == FAULT_NONE; i++) {
		bool gone = false;

		if (list.run[i].adapter)
			(void)run_end_adapter(j, &list.run[i], &gone, &one);
		else if (run_look(j, &list.run[i], &c, &one) == FAULT_NONE &&
		    (!c.supervised || !c.alive))
			(void)run_end(j, &c, &gone, &one);
		*ended += gone;
		if (one.kind != FAULT_NONE && f->kind == FAULT_NONE)
			*f = one;
		fault_clear(&one);
	}
	free(list.run);
	return kind != FAULT_NONE ? kind : f->kind;
}

/* A number of the question; false if it is none. */
static bool
run_number(const char *text, int64_t *out)
{
	uint64_t n;

	if (text == NULL || !num_canonical(span_of(text), INT64_MAX, &n))
		return false;
	*out = (int64_t)n;
	return true;
}

static enum fault_kind
run_one(const struct store_run *r, void *arg, struct fault *f)
{
	(void)r;
	(void)f;
	++*(int64_t *)arg;
	return FAULT_NONE;
}

/* Under the write lock: write the tree down. */
static enum fault_kind
run_begin(struct jit *j, const struct jit_ask *ask, struct store_run *r,
    struct jit_answer *a, struct fault *f)
{
	json_t *o;
	int64_t n = 0;
	bool bad = false;
	enum fault_kind kind;

	kind = store_run_each(j->store, r->grant, run_one, &n, f);
	if (kind != FAULT_NONE)
		return kind;
	if (n >= RUN_MAX)
		return fault_set(f, FAULT_UNAVAILABLE, "too many commands run "
		    "under this grant");
	memcpy(r->boot_id, j->now.boot_id, sizeof(r->boot_id));
	o = json_object();
	js_set(o, "grant", js_str(r->grant), &bad);
	js_set(o, "pid", js_int(r->child), &bad);
	js_set(o, "supervisor", js_int(r->pid), &bad);
	js_set(o, "way", js_str(ask->way), &bad);
	js_set(o, "cgroup", js_str(r->cgroup), &bad);
	if (bad) {
		json_decref(o);
		return fault_nomem(f);
	}
	kind = jit_note(j, "run", o, f);
	if (kind == FAULT_NONE)
		kind = store_run_put(j->store, r, f);
	if (kind == FAULT_NONE)
		kind = jit_commit(j, f);
	if (kind == FAULT_NONE)
		jit_say(a, DECISION_YES, "running", NULL);
	return kind;
}

/* The row of this grant with that supervisor. */
static enum fault_kind
run_same(const struct store_run *r, void *arg, struct fault *f)
{
	struct store_run *wanted = arg;

	(void)f;
	if (r->pid == wanted->pid && r->pid_start == wanted->pid_start)
		wanted->id = r->id;
	return FAULT_NONE;
}

static enum fault_kind
run_done(struct jit *j, struct store_run *r, struct jit_answer *a,
    struct fault *f)
{
	enum fault_kind kind;

	kind = store_run_each(j->store, r->grant, run_same, r, f);
	if (kind == FAULT_NONE && r->id != 0)
		kind = store_run_drop(j->store, r->id, f);
	if (kind == FAULT_NONE)
		kind = jit_commit(j, f);
	/* Whoever ended the grant has forgotten it already. */
	if (kind == FAULT_NONE)
		jit_say(a, DECISION_YES, "done", NULL);
	return kind;
}

/* What is asked for, as a row; false: the answer says why not. */
static bool
run_asked(const struct jit_ask *ask, const char *sub, struct store_run *r,
    struct jit_answer *a)
{
	bool begin = strcmp(sub, "begin") == 0;

	*r = (struct store_run){ .id = 0 };
	if (ask->id != NULL && (strcmp(sub, "alive") == 0 ||
	    ((begin || strcmp(sub, "done") == 0) &&
	    run_number(ask->pid, &r->pid) &&
	    run_number(ask->pid_start, &r->pid_start))) &&
	    (!begin || (run_number(ask->child, &r->child) &&
	    run_number(ask->child_start, &r->child_start) &&
	    ask->cgroup != NULL && strlen(ask->cgroup) < sizeof(r->cgroup) &&
	    ask->way != NULL && strlen(ask->way) < 16))) {
		if (begin)
			(void)snprintf(r->cgroup, sizeof(r->cgroup), "%s",
			    ask->cgroup);
		return true;
	}
	jit_usage(a, "run: not what a supervisor asks");
	return false;
}

/* May the caller's command run, or go on?  The answer says so. */
static enum fault_kind
run_judge(struct jit *j, const struct grant *g, struct jit_answer *a,
    struct fault *f)
{
	struct grant_context c;
	enum decision d;
	bool bad = false;
	enum fault_kind kind = jit_context(j, g, &c, f);

	if (kind != FAULT_NONE)
		return kind;
	a->more = json_object();
	js_set(a->more, "boot_end", js_int(g->boot_end), &bad);
	if (bad)
		return fault_nomem(f);
	d = grant_judge(g, 0, &c);
	if (run_holds(g, &c))
		jit_say(a, DECISION_YES, "running", NULL);
	else
		jit_say(a, d == DECISION_YES ? DECISION_NO : d,
		    grant_reason(g, d, &c), NULL);
	return FAULT_NONE;
}

void
jit_run(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	const char *sub = ask->sub != NULL ? ask->sub : "";
	bool alive = strcmp(sub, "alive") == 0;
	struct fault f = { .kind = FAULT_NONE };
	struct store_run r;
	struct grant g;
	enum fault_kind kind;

	if (!run_asked(ask, sub, &r, a))
		return;
	kind = jit_begin(j, !alive, &f);
	if (kind == FAULT_NONE && jit_find(j, ask, &g, a)) {
		memcpy(r.grant, g.id, sizeof(r.grant));
		if (!jit_mine(j, &g))
			jit_say(a, DECISION_NO, "not-yours",
			    "the grant is another's");
		else if (strcmp(sub, "done") == 0)
			kind = run_done(j, &r, a, &f);
		else {
			jit_about(a, &g);
			kind = run_judge(j, &g, a, &f);
			if (kind == FAULT_NONE && !alive &&
			    a->decision == DECISION_YES)
				kind = run_begin(j, ask, &r, a, &f);
		}
	}
	jit_abort(j);
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
}
