/* SPDX-License-Identifier: ISC */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jitgrant-run_cli.h"
#include "jitgrant-run_options.h"
#include "jitgrant.h"
#include "run.h"
#include "run_tree.h"

/* As in timeout(1) and env(1): ended by us; refused, or our own failure. */
#define RUN_ENDED 124
#define RUN_REFUSED 125
/* How often the grant is looked at, in milliseconds. */
#define RUN_LOOK 200

/* The signals that are passed on.  SIGTSTP is not: who supervises must not
 * be stopped from the terminal. */
static void
signals(sigset_t *set)
{
	static const int passed[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT,
	    SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH, SIGALRM };

	(void)sigemptyset(set);
	(void)sigaddset(set, SIGCHLD);
	for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++)
		(void)sigaddset(set, passed[i]);
	(void)sigprocmask(SIG_BLOCK, set, NULL);
	(void)signal(SIGTSTP, SIG_IGN);
	(void)signal(SIGTTIN, SIG_IGN);
	(void)signal(SIGTTOU, SIG_IGN);
}

/* Hand a signal on, unless the terminal gave it to the whole group. */
static void
pass(int fd, const struct run_tree *t)
{
	struct signalfd_siginfo s;

	while (read(fd, &s, sizeof(s)) == (ssize_t)sizeof(s))
		if (s.ssi_signo != SIGCHLD && s.ssi_code != SI_KERNEL &&
		    !t->reaped)
			(void)kill(t->child, (int)s.ssi_signo);
}

/* Until the command or the grant ends; true: the command did. */
static bool
supervise(struct jit *j, const char *id, struct run_tree *t, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (!run_tree_reap(t)) {
		if (!run_alive(j, id))
			return false;
		(void)poll(&p, 1, RUN_LOOK);
		pass(fd, t);
	}
	/* Whoever ended the grant may have been quicker than our look. */
	return !WIFSIGNALED(t->status) || WTERMSIG(t->status) != SIGKILL ||
	    run_alive(j, id);
}

static int
run_it(struct jitgrant *g, struct jit *j, const char *id, char **argv)
{
	struct fault f = { .kind = FAULT_NONE };
	struct run_tree t;
	int64_t number = 0;
	sigset_t set;
	bool own;
	int fd;

	signals(&set);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0 || run_tree_start(&t, argv, id, &f) != FAULT_NONE ||
	    run_begin(j, id, &t, &number, &f) != FAULT_NONE) {
		(void)plain_fail(g->tool, &f);
		return RUN_REFUSED;
	}
	run_tree_go(&t);
	own = supervise(j, id, &t, fd);
	if (!run_tree_end(&t)) {
		(void)fault_set(&f, FAULT_TEMP, "processes of the command do "
		    "not go; jitgrant sweep goes on with them");
		(void)plain_fail(g->tool, &f);
	} else if (run_done(j, number, &f) != FAULT_NONE)
		(void)plain_fail(g->tool, &f);
	if (!own)
		return RUN_ENDED;
	if (t.reaped && WIFEXITED(t.status))
		return WEXITSTATUS(t.status);
	return t.reaped && WIFSIGNALED(t.status) ? 128 + WTERMSIG(t.status) :
	    RUN_REFUSED;
}

int
jitgrant_run(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("run", run);
	struct jitgrant g;
	struct jit_answer a;
	struct jit j = { .store = NULL };
	struct fault f = { .kind = FAULT_NONE };
	int first = 0, status = RUN_REFUSED;
	bool done = false;

	jitgrant_init_state(&g, &tool, "use");
	jit_answer_init(&a, "run");
	if (plain_parse(&tool, &g, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done && first >= argc)
		(void)fault_set(&f, FAULT_USAGE, "no command: jitgrant run "
		    "--id ID -- COMMAND...");
	if (f.kind == FAULT_NONE && !done &&
	    jitgrant_open(&g, &j, &f) == FAULT_NONE) {
		jit_do(&j, &g.ask, &a);
		if (jit_exit(&a) == 0)
			status = run_it(&g, &j, a.grant, argv + first);
		else
			plain_say(g.tool, "%s%s%s", a.reason,
			    a.text[0] != '\0' ? ": " : "", a.text);
		jit_close(&j);
	}
	if (f.kind != FAULT_NONE)
		(void)plain_fail(g.tool, &f);
	jit_answer_free(&a);
	jitgrant_free(&g);
	return done && f.kind == FAULT_NONE ? 0 : status;
}
