/* SPDX-License-Identifier: ISC */
/* The supervisor of a command that runs under a grant. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "run/front.h"
#include "run/proc.h"

static int64_t
guard_ms(void)
{
	struct clock c = clock_system();

	return clock_mono_ms(&c);
}

static void
guard_tell(const struct run_guard *g, int what)
{
	unsigned char byte = (unsigned char)what;

	(void)send(g->front, &byte, 1, MSG_NOSIGNAL);
}

static void
guard_say(const struct run_guard *g, const struct fault *f)
{
	g->job->desk->say(g->job->desk->arg, f);
}

/*
 * In a namespace of its own the kernel ends us, and with us all of it, when
 * the front dies.  A change of ids takes that away: it is set again after
 * each.  False if the front was quicker.
 */
static bool
guard_arm(const struct run_guard *g)
{
	char byte;

	if (g->tree.way != RUN_WAY_NAMESPACE)
		return true;
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
	    recv(g->front, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
}

/* Pass on what the front sends; false if it is gone. */
static bool
guard_pass(const struct run_guard *g)
{
	unsigned char bytes[64];
	ssize_t n = recv(g->front, bytes, sizeof(bytes), MSG_DONTWAIT);
	struct run_rights rights;

	if (n == 0)
		return false;
	if (n < 0 || g->tree.reaped)
		return true;
	rights = run_rights_take(getuid());
	for (ssize_t i = 0; i < n; i++)
		(void)kill(g->tree.pid, bytes[i]);
	run_rights_back(&rights);
	return guard_arm(g);
}

/* The command was stopped, or goes on. */
static void
guard_reap(struct run_guard *g)
{
	int was = g->tree.stopped;

	(void)run_tree_reap(&g->tree);
	if (g->tree.stopped != was)
		guard_tell(g, g->tree.stopped != 0 ? g->tree.stopped :
		    RUN_TOLD_CONTINUED);
}

/* Until the command, the grant or the front ends; true: the command did. */
static bool
guard_watch(struct run_guard *g)
{
	const struct run_desk *desk = g->job->desk;
	struct pollfd p[2] = { { .fd = g->signals, .events = POLLIN },
	    { .fd = g->front, .events = POLLIN } };
	struct signalfd_siginfo s;
	int64_t next = 0;

	for (;;) {
		int64_t now = guard_ms(), after;

		guard_reap(g);
		if (g->tree.reaped)
			break;
		if (now >= next) {
			after = desk->look(desk->arg, false);
			if (after < 0)
				return false;
			next = now + after;
		}
		(void)poll(p, 2, next > now ? (int)(next - now) : 0);
		while (read(g->signals, &s, sizeof(s)) == (ssize_t)sizeof(s))
			continue;
		if (!guard_pass(g))
			return false;
	}
	/* Whoever ended the grant may have been quicker than our look. */
	return !WIFSIGNALED(g->tree.status) ||
	    WTERMSIG(g->tree.status) != SIGKILL ||
	    desk->look(desk->arg, true) >= 0;
}

/* The environment of the command: ours, and who supervises it. */
static char **
guard_environ(const struct run_guard *g)
{
	struct run_proc p;
	char word[64];

	if (!run_proc_get(run_proc_self(), &p))
		return NULL;
	(void)snprintf(word, sizeof(word), "%lld.%lld",
	    (long long)run_proc_self(), (long long)p.start);
	return run_proc_mark(g->job->envp, word);
}

static enum fault_kind
guard_start(struct run_guard *g, struct fault *f)
{
	const struct run_desk *desk = g->job->desk;
	char **envp = guard_environ(g);
	struct run_rights rights;
	bool had = true;

	if (envp == NULL)
		return fault_set(f, FAULT_SOFTWARE, "no memory, or no /proc");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
		(void)fault_errno(f, FAULT_SOFTWARE, errno, "prctl");
	else if (desk->open(desk->arg, f) == FAULT_NONE)
		(void)run_tree_start(&g->tree, g->job->argv, envp, g->before,
		    f);
	free(envp);
	if (f->kind != FAULT_NONE)
		return f->kind;
	/* The group is written down before it is made. */
	if (desk->begin(desk->arg, &g->tree, f) != FAULT_NONE) {
		(void)run_tree_end(&g->tree);
		return f->kind;
	}
	rights = run_rights_take(getuid());
	if (g->tree.way == RUN_WAY_CGROUP)
		had = run_cgroup_make(g->tree.cgroup, g->tree.pid);
	run_rights_back(&rights);
	(void)setpgid(0, 0);
	if (had && guard_arm(g))
		return FAULT_NONE;
	(void)run_tree_end(&g->tree);
	if (desk->done(desk->arg, &g->tree, f) == FAULT_NONE && !had)
		guard_tell(g, RUN_TOLD_OTHER_WAY);
	_exit(RUN_EXIT_REFUSED);
}

void
run_guard(struct run_guard *g)
{
	const struct run_desk *desk = g->job->desk;
	struct fault f = { .kind = FAULT_NONE };
	bool own;

	if (guard_start(g, &f) != FAULT_NONE) {
		guard_say(g, &f);
		_exit(RUN_EXIT_REFUSED);
	}
	run_tree_go(&g->tree);
	own = guard_watch(g);
	if (!run_tree_end(&g->tree)) {
		(void)fault_set(&f, FAULT_TEMP, "processes of the command do "
		    "not go; jitgrant sweep goes on with them");
		guard_say(g, &f);
	} else if (desk->done(desk->arg, &g->tree, &f) != FAULT_NONE)
		guard_say(g, &f);
	if (own && g->tree.error != 0) {
		fault_clear(&f);
		(void)fault_errno(&f, FAULT_SOFTWARE, g->tree.error, "%s",
		    g->job->argv[0]);
		guard_say(g, &f);
	}
	if (own && WIFSIGNALED(g->tree.status))
		guard_tell(g, RUN_TOLD_KILLED + WTERMSIG(g->tree.status));
	_exit(own ? run_tree_exit(&g->tree) : RUN_EXIT_ENDED);
}
