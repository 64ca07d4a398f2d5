/* SPDX-License-Identifier: ISC */
/*
 * `jitgrant run` is three processes.
 *
 *	front		whom the caller started and waits for.  It passes
 *			signals on, stops when the command was stopped, and
 *			exits as the supervisor says.
 *	supervisor	its child, in a process group of its own.  It holds
 *			the command's tree, watches the grant, and ends the
 *			tree: when the command or the grant ends, and when the
 *			front dies.
 *	command		in the front's process group, on its terminal.
 *
 * So a stopped front does not prolong a grant; a front that was killed takes
 * the tree along; and the orphans of a killed supervisor come to the front,
 * which ends them.  What outlives both, the sweep ends.
 */
#ifndef RUN_FRONT_H
#define RUN_FRONT_H

#include "base/fault.h"
#include "run/tree.h"

/* As in timeout(1) and env(1): ended by us; refused, or our own failure. */
#define RUN_EXIT_ENDED 124
#define RUN_EXIT_REFUSED 125

/* Where the grant is known. */
struct run_desk {
	void *arg;
	/* Called once in a process before all others. */
	enum fault_kind (*open)(void *arg, struct fault *f);
	/* Write the tree down before the command begins; forget it. */
	enum fault_kind (*begin)(void *arg, const struct run_tree *t,
	    struct fault *f);
	enum fault_kind (*done)(void *arg, const struct run_tree *t,
	    struct fault *f);
	/* Does the grant still hold?  (now: ask, whatever was answered a
	 * moment ago.)  Look again after so many milliseconds;
	 * -1: it does not. */
	int64_t (*look)(void *arg, bool now);
	/* A line for people. */
	void (*say)(void *arg, const struct fault *f);
};

struct run_job {
	char *const *argv;
	char *const *envp;
	const char *grant;
	bool no_cgroup;		/* nobody could end it by its cgroup later */
	const struct run_desk *desk;
};

/* Run it; the exit status. */
int run_front(const struct run_job *job);

/* The supervisor (run_guard.c): how it is held, the signals as they were, the
 * signals that are watched, the socket to the front. */
struct run_guard {
	const struct run_job *job;
	struct run_tree tree;
	const struct run_signals *before;
	int signals;
	int front;
};
/* A byte to the front: the signal that stopped the command, or one of these.
 * A byte to the supervisor is a signal to be passed on. */
#define RUN_TOLD_CONTINUED 0
#define RUN_TOLD_KILLED 128	/* and the signal that killed the command */
#define RUN_TOLD_OTHER_WAY 255	/* this way cannot be had */
_Noreturn void run_guard(struct run_guard *g);

#endif
