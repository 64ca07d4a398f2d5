/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jit_int.h"
#include "num.h"
#include "run.h"
#include "run_tree.h"

#define RUN_MAX 256	/* runs of one grant looked at in one go */

struct run_list {
	struct store_run run[RUN_MAX];
	size_t n;
};

static enum fault_kind
run_add(const struct store_run *r, void *arg, struct fault *f)
{
	struct run_list *list = arg;

	(void)f;
	if (list->n < RUN_MAX)
		list->run[list->n++] = *r;
	return FAULT_NONE;
}

bool
run_start_time(int64_t pid, int64_t *start)
{
	char path[64], text[1024];
	struct span s;
	uint64_t n;
	ssize_t len;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%lld/stat",
	    (long long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text));
	(void)close(fd);
	if (len <= 0)
		return false;
	/* The name in parentheses may hold anything: begin behind its end. */
	s = (struct span){ text, (size_t)len };
	s = span_sub(s, span_rfind(s, ')') + 2, s.len);
	for (int field = 3; field < 22; field++) {
		struct span word;

		if (!span_cut(s, ' ', &word, &s))
			return false;
	}
	s = span_sub(s, 0, span_find(s, ' '));
	if (!num_u64(s, INT64_MAX, &n))
		return false;
	*start = (int64_t)n;
	return true;
}

/* Kill that very process, not another that got its number since. */
static void
run_kill_pid(int64_t pid, int64_t start)
{
	int64_t now = 0;
	int fd;

	if (pid <= 1)
		return;
	fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
	if (fd < 0)
		return;
	if (run_start_time(pid, &now) && now == start)
		(void)syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
	(void)close(fd);
}

static bool
run_file(const char *cgroup, const char *name, int flags, char *p,
    size_t *len)
{
	char path[600];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", cgroup, name);
	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	n = flags == O_RDONLY ? read(fd, p, *len) : write(fd, p, *len);
	(void)close(fd);
	if (n < 0)
		return false;
	*len = (size_t)n;
	return true;
}

bool
run_cgroup_empty(const char *cgroup)
{
	char text[256];
	size_t len = sizeof(text) - 1;

	if (!run_file(cgroup, "cgroup.events", O_RDONLY, text, &len))
		return errno == ENOENT;
	text[len] = '\0';
	return strstr(text, "populated 0") != NULL;
}

bool
run_cgroup_end(const char *cgroup)
{
	char one[] = "1";
	size_t len = 1;

	for (int i = 0; i < 100 && !run_cgroup_empty(cgroup); i++) {
		(void)run_file(cgroup, "cgroup.kill", O_WRONLY, one, &len);
		len = 1;
		(void)poll(NULL, 0, 10);
	}
	if (!run_cgroup_empty(cgroup))
		return false;
	(void)rmdir(cgroup);
	return true;
}

/* End what runs, then forget it; what would not go is kept for the sweep. */
static enum fault_kind
run_end(struct jit *j, const struct store_run *r, struct fault *f)
{
	bool same_boot = strcmp(r->boot_id, j->now.boot_id) == 0;
	bool gone = true;
	enum fault_kind kind;

	if (same_boot) {
		if (r->cgroup[0] != '\0')
			gone = run_cgroup_end(r->cgroup);
		run_kill_pid(r->child, r->child_start);
	}
	if (!gone)
		return fault_set(f, FAULT_TEMP,
		    "processes of grant %s do not go", r->grant);
	kind = jit_begin(j, true, f);
	if (kind == FAULT_NONE)
		kind = store_run_drop(j->store, r->id, f);
	if (kind == FAULT_NONE)
		kind = jit_commit(j, f);
	jit_abort(j);
	return kind;
}

enum fault_kind
run_end_all(struct jit *j, const char *grant, struct fault *f)
{
	struct run_list list = { .n = 0 };
	enum fault_kind kind = jit_begin(j, false, f);

	if (kind == FAULT_NONE)
		kind = store_run_each(j->store, grant, run_add, &list, f);
	jit_abort(j);
	for (size_t i = 0; i < list.n && kind == FAULT_NONE; i++)
		kind = run_end(j, &list.run[i], f);
	return kind;
}

/* Is the supervisor that stored this run still there? */
static bool
run_supervised(const struct jit *j, const struct store_run *r)
{
	int64_t start = 0;

	return strcmp(r->boot_id, j->now.boot_id) == 0 &&
	    run_start_time(r->pid, &start) && start == r->pid_start;
}

enum fault_kind
run_sweep(struct jit *j, struct fault *f)
{
	struct run_list list = { .n = 0 };
	enum fault_kind kind = jit_begin(j, false, f);

	if (kind == FAULT_NONE)
		kind = store_run_each(j->store, NULL, run_add, &list, f);
	jit_abort(j);
	for (size_t i = 0; i < list.n && kind == FAULT_NONE; i++)
		if (!run_supervised(j, &list.run[i]))
			kind = run_end(j, &list.run[i], f);
	return kind;
}

enum fault_kind
run_begin(struct jit *j, const char *grant, const struct run_tree *t,
    int64_t *number, struct fault *f)
{
	struct store_run r = { .pid = getpid(), .child = t->child,
	    .child_start = t->child_start };
	json_t *o = json_pack("{s:s,s:I,s:s}", "grant", grant, "pid",
	    (json_int_t)t->child, "cgroup", t->cgroup);
	enum fault_kind kind;

	(void)snprintf(r.grant, sizeof(r.grant), "%s", grant);
	memcpy(r.cgroup, t->cgroup, sizeof(r.cgroup));
	if (o == NULL)
		return fault_nomem(f);
	kind = jit_begin(j, true, f);
	memcpy(r.boot_id, j->now.boot_id, sizeof(r.boot_id));
	if (kind == FAULT_NONE && !run_start_time(r.pid, &r.pid_start))
		kind = fault_set(f, FAULT_SOFTWARE, "/proc is not there");
	if (kind == FAULT_NONE)
		kind = jit_note(j, "run", json_incref(o), f);
	if (kind == FAULT_NONE)
		kind = store_run_put(j->store, &r, f);
	if (kind == FAULT_NONE)
		kind = jit_commit(j, f);
	jit_abort(j);
	json_decref(o);
	*number = r.id;
	return kind;
}

enum fault_kind
run_done(struct jit *j, int64_t number, struct fault *f)
{
	enum fault_kind kind = jit_begin(j, true, f);

	if (kind == FAULT_NONE)
		kind = store_run_drop(j->store, number, f);
	if (kind == FAULT_NONE)
		kind = jit_commit(j, f);
	jit_abort(j);
	return kind;
}

bool
run_alive(struct jit *j, const char *grant)
{
	struct grant_context c = { .frozen = true };
	struct grant g = { .state = GRANT_NONE };
	struct fault f = { .kind = FAULT_NONE };
	enum decision d = DECISION_NO;
	bool found = false;
	enum fault_kind kind = jit_begin(j, false, &f);

	if (kind == FAULT_NONE)
		kind = store_grant_get(j->store, grant, &g, &found, &f);
	if (kind == FAULT_NONE && found)
		kind = jit_context(j, &g, &c, &f);
	jit_abort(j);
	if (kind != FAULT_NONE || !found)
		return false;
	d = grant_judge(&g, 0, &c);
	return d == DECISION_YES || (d == DECISION_SPENT &&
	    g.state == GRANT_ACTIVE);
}
