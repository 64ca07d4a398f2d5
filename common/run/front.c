/* SPDX-License-Identifier: ISC */
/* Whom the caller of `jitgrant run` waits for. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/front.h"
#include "run/proc.h"

#define FRONT_LOOK 1000	/* ms between looks at the supervisor */

struct front {
	const struct run_job *job;
	struct run_signals before;
	sigset_t watched;
	int signals;		/* signalfd of what is watched */
	int guard;		/* socket to the supervisor, -1: it is gone */
	pid_t pid;		/* of the supervisor */
	bool other_way;		/* it could not hold the tree this way */
	bool asks;		/* our own desk is open */
	int killed;		/* the signal that killed the command */
};

/* Signals become readable; what they were is kept for the command. */
static bool
front_signals(struct front *w)
{
	static const int watched[] = { SIGCHLD, SIGTERM, SIGHUP, SIGINT,
	    SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH, SIGALRM, SIGTSTP };
	struct sigaction plain = { .sa_handler = SIG_DFL };
	struct sigaction none = { .sa_handler = SIG_IGN };

	(void)sigemptyset(&w->watched);
	for (size_t i = 0; i < sizeof(watched) / sizeof(*watched); i++)
		(void)sigaddset(&w->watched, watched[i]);
	if (sigprocmask(SIG_BLOCK, &w->watched, &w->before.mask) != 0 ||
	    sigaction(SIGCHLD, &plain, &w->before.chld) != 0 ||
	    sigaction(SIGTTIN, &none, &w->before.ttin) != 0 ||
	    sigaction(SIGTTOU, &none, &w->before.ttou) != 0)
		return false;
	w->signals = signalfd(-1, &w->watched, SFD_CLOEXEC | SFD_NONBLOCK);
	return w->signals >= 0;
}

/*
 * Is it for the command?  What the kernel sent, it sent to the terminal's
 * whole foreground group, and the command has it already; but an alarm that
 * was set before us is for us.  What the tree itself sends (kill 0), it does
 * not want back.
 */
static bool
front_passes(const struct signalfd_siginfo *s)
{
	if (s->ssi_signo == SIGCHLD)
		return false;
	if (s->ssi_code > 0)
		return s->ssi_signo == SIGALRM;
	return s->ssi_pid == 0 || s->ssi_pid == (uint32_t)getpid() ||
	    !run_proc_below((int64_t)s->ssi_pid);
}

static void
front_pass(struct front *w)
{
	struct signalfd_siginfo s;

	while (read(w->signals, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		unsigned char byte = (unsigned char)s.ssi_signo;

		if (w->guard >= 0 && front_passes(&s))
			(void)send(w->guard, &byte, 1, MSG_NOSIGNAL);
	}
}

/* What the supervisor says; -1 if that is nothing new. */
static int
front_told(struct front *w)
{
	unsigned char bytes[64];
	ssize_t n;

	if (w->guard < 0)
		return -1;
	n = recv(w->guard, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n == 0) {
		(void)close(w->guard);
		w->guard = -1;
	}
	if (n <= 0)
		return -1;
	if (bytes[n - 1] == RUN_TOLD_OTHER_WAY)
		w->other_way = true;
	else if (bytes[n - 1] > RUN_TOLD_KILLED)
		w->killed = bytes[n - 1] - RUN_TOLD_KILLED;
	return bytes[n - 1];
}

/*
 * The command was stopped: so are we, for the shell that looks at us.  While
 * we are stopped, any word of the supervisor, or its end, sends us SIGCONT.
 * The signal is pending before we look for such a word again, and whoever
 * continues us takes it away: no order of events leaves us stopped for good.
 * Returns the word that came before we were stopped, or -1.
 */
static int
front_stop(struct front *w, int sig)
{
	struct sigaction plain = { .sa_handler = SIG_DFL }, was;
	int flags = fcntl(w->guard, F_GETFL), told;
	sigset_t one;

	if (sig == SIGSTOP)
		sig = SIGTSTP;	/* which can be taken back */
	(void)sigemptyset(&one);
	(void)sigaddset(&one, sig);
	(void)sigprocmask(SIG_BLOCK, &one, NULL);
	(void)sigaction(sig, &plain, &was);
	(void)fcntl(w->guard, F_SETOWN, getpid());
	(void)fcntl(w->guard, F_SETSIG, SIGCONT);
	(void)fcntl(w->guard, F_SETFL, flags | O_ASYNC);
	(void)kill(getpid(), sig);
	told = front_told(w);
	if (w->guard < 0 || (told >= 0 && told != sig)) {
		struct sigaction none = { .sa_handler = SIG_IGN };

		(void)sigaction(sig, &none, NULL);	/* drops it */
	}
	(void)sigprocmask(SIG_UNBLOCK, &one, NULL);
	/* Here we stand, until somebody continues us. */
	if (sig == SIGTSTP)
		(void)sigprocmask(SIG_BLOCK, &one, NULL);
	(void)sigaction(sig, &was, NULL);
	if (w->guard >= 0)
		(void)fcntl(w->guard, F_SETFL, flags);
	return told;
}

/* Our own look at the grant, if nobody looks for us: true if it is over. */
static bool
front_over(struct front *w, bool sure)
{
	const struct run_desk *desk = w->job->desk;
	struct fault f = { .kind = FAULT_NONE };

	if (!w->asks && desk->open(desk->arg, &f) != FAULT_NONE)
		return false;
	w->asks = true;
	return desk->look(desk->arg, sure) < 0;
}

/*
 * The supervisor was stopped, by the command or who else may do that: it does
 * not see the end of the grant.  After the end, and a second, it is killed;
 * what it held comes to us.
 */
static void
front_watch(struct front *w, bool *before)
{
	struct run_proc p;
	bool now = run_proc_get((int64_t)w->pid, &p) && p.parent ==
	    run_proc_self() && (p.state == 'T' || p.state == 't');

	if (now && *before && front_over(w, false))
		(void)kill(w->pid, SIGKILL);
	*before = now;
}

/* Until the supervisor ends; its status of waitpid(2). */
static int
front_wait(struct front *w)
{
	struct pollfd p[2] = { { .fd = w->signals, .events = POLLIN },
	    { .fd = w->guard, .events = POLLIN } };
	int status, told;
	bool stopped = false;

	while (waitpid(w->pid, &status, WNOHANG) != w->pid) {
		p[1].fd = w->guard;
		if (poll(p, 2, FRONT_LOOK) == 0)
			front_watch(w, &stopped);
		front_pass(w);
		told = front_told(w);
		while (told > 0 && told < 32 && w->guard >= 0)
			told = front_stop(w, told);
	}
	(void)front_told(w);
	return status;
}

/* Can a tree be held this way?  A group is only planned here. */
static bool
front_way(const struct front *w, struct run_tree *t, enum run_way way)
{
	*t = (struct run_tree){ .way = way, .go = -1 };
	switch (way) {
	case RUN_WAY_CGROUP:
		return !w->job->no_cgroup &&
		    run_cgroup_plan(t->cgroup, w->job->grant);
	case RUN_WAY_NAMESPACE:
		return getuid() == 0 && unshare(CLONE_NEWPID) == 0;
	case RUN_WAY_SUBREAPER:
		return true;
	case RUN_WAY_NONE:
		break;
	}
	return false;
}

/* The supervisor was killed.  What it held has come to us, or is dead. */
static int
front_after(struct front *w)
{
	const struct run_desk *desk = w->job->desk;
	struct fault f = { .kind = FAULT_NONE };

	if (!run_tree_end_below()) {
		(void)fault_set(&f, FAULT_TEMP, "processes of the command do "
		    "not go; jitgrant sweep goes on with them");
		desk->say(desk->arg, &f);
	}
	fault_clear(&f);
	if (front_over(w, true))
		return RUN_EXIT_ENDED;
	(void)fault_set(&f, FAULT_SOFTWARE, "the supervisor was killed; the "
	    "command was ended");
	desk->say(desk->arg, &f);
	return RUN_EXIT_REFUSED;
}

static int
front_one(struct front *w, const struct run_tree *t)
{
	struct run_guard g = { .job = w->job, .tree = *t,
	    .before = &w->before, .signals = w->signals };
	struct fault f = { .kind = FAULT_NONE };
	int pair[2], status;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		pair[0] = pair[1] = -1;
	w->pid = pair[0] < 0 ? -1 : fork();
	if (w->pid == 0) {
		(void)close(pair[0]);
		g.front = pair[1];
		run_guard(&g);
	}
	if (w->pid < 0) {
		(void)fault_errno(&f, FAULT_SOFTWARE, errno, "fork");
		w->job->desk->say(w->job->desk->arg, &f);
		return RUN_EXIT_REFUSED;
	}
	(void)close(pair[1]);
	w->guard = pair[0];
	status = front_wait(w);
	if (w->guard >= 0)
		(void)close(w->guard);
	return WIFEXITED(status) ? WEXITSTATUS(status) : front_after(w);
}

/* A shell whose user pressed Ctrl-C looks whether that ended the command. */
static void
front_interrupted(const struct front *w)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	struct rlimit none = { .rlim_cur = 0 };
	sigset_t one;

	if (w->killed != SIGINT && w->killed != SIGQUIT)
		return;
	(void)sigemptyset(&one);
	(void)sigaddset(&one, w->killed);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)sigaction(w->killed, &plain, NULL);
	(void)kill(getpid(), w->killed);
	(void)sigprocmask(SIG_UNBLOCK, &one, NULL);
}

int
run_front(const struct run_job *job)
{
	struct front w = { .job = job, .signals = -1, .guard = -1 };
	struct fault f = { .kind = FAULT_NONE };
	struct run_tree t;
	int status = RUN_EXIT_REFUSED;

	if (!run_rights_real() || !front_signals(&w) ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
		(void)fault_errno(&f, FAULT_SOFTWARE, errno, "run");
		job->desk->say(job->desk->arg, &f);
		return status;
	}
	for (int way = RUN_WAY_CGROUP; way <= RUN_WAY_SUBREAPER; way++) {
		if (!front_way(&w, &t, (enum run_way)way))
			continue;
		w.other_way = false;
		status = front_one(&w, &t);
		if (!w.other_way)
			break;
	}
	front_interrupted(&w);
	return status;
}
