/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/proc.h"
#include "run/tree.h"

const char *
run_way_word(enum run_way way)
{
	switch (way) {
	case RUN_WAY_CGROUP:
		return "cgroup";
	case RUN_WAY_NAMESPACE:
		return "namespace";
	case RUN_WAY_SUBREAPER:
		return "subreaper";
	case RUN_WAY_NONE:
		break;
	}
	return "none";
}

_Noreturn static void
run_child(char *const argv[], char *const envp[],
    const struct run_signals *before, int fd, pid_t parent)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	int64_t self = run_proc_self();
	int error;
	char byte;

	/* Changed ids would take the death signal away: they come first. */
	if (!run_rights_real() || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
	    getppid() != parent ||
	    send(fd, &self, sizeof(self), MSG_NOSIGNAL) !=
	    (ssize_t)sizeof(self) || read(fd, &byte, 1) != 1)
		_exit(125);
	(void)sigaction(SIGPIPE, &plain, NULL);
	(void)sigaction(SIGXFSZ, &plain, NULL);
	(void)sigaction(SIGCHLD, &before->chld, NULL);
	(void)sigaction(SIGTTIN, &before->ttin, NULL);
	(void)sigaction(SIGTTOU, &before->ttou, NULL);
	(void)sigprocmask(SIG_SETMASK, &before->mask, NULL);
	(void)execvpe(argv[0], argv, envp);
	error = errno;
	(void)send(fd, &error, sizeof(error), MSG_NOSIGNAL);
	_exit(error == ENOENT ? 127 : 126);
}

/* Who holds the tree, and who is to be killed for it. */
static enum fault_kind
run_tree_name(struct run_tree *t, struct fault *f)
{
	struct run_proc holder, child;

	t->holder = run_proc_self();
	if (recv(t->go, &t->child, sizeof(t->child), MSG_WAITALL) !=
	    (ssize_t)sizeof(t->child))
		return fault_set(f, FAULT_SOFTWARE, "the child died at once");
	/* Who is first in a namespace takes all of it along. */
	if (t->way == RUN_WAY_NAMESPACE)
		t->child = t->holder;
	if (!run_proc_get(t->holder, &holder) ||
	    !run_proc_get(t->child, &child))
		return fault_set(f, FAULT_SOFTWARE, "/proc does not show "
		    "our own processes");
	t->holder_start = holder.start;
	t->child_start = child.start;
	return FAULT_NONE;
}

enum fault_kind
run_tree_start(struct run_tree *t, char *const argv[], char *const envp[],
    const struct run_signals *before, struct fault *f)
{
	pid_t parent = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return fault_errno(f, FAULT_SOFTWARE, errno, "socketpair");
	t->pid = fork();
	if (t->pid == 0) {
		(void)close(pair[1]);
		run_child(argv, envp, before, pair[0], parent);
	}
	(void)close(pair[0]);
	t->go = pair[1];
	if (t->pid < 0) {
		(void)fault_errno(f, FAULT_SOFTWARE, errno, "fork");
		(void)close(t->go);
		t->go = -1;
		return f->kind;
	}
	if (run_tree_name(t, f) != FAULT_NONE)
		(void)run_tree_end(t);
	return f->kind;
}

void
run_tree_go(struct run_tree *t)
{
	(void)send(t->go, "", 1, MSG_NOSIGNAL);
}

bool
run_tree_reap(struct run_tree *t)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED |
	    WCONTINUED)) > 0) {
		if (pid != t->pid || t->reaped)
			continue;
		t->stopped = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
		if (!WIFEXITED(status) && !WIFSIGNALED(status))
			continue;
		t->reaped = true;
		t->status = status;
		if (recv(t->go, &t->error, sizeof(t->error), MSG_DONTWAIT) !=
		    (ssize_t)sizeof(t->error))
			t->error = 0;
	}
	return t->reaped;
}

/* Has nothing that can be waited for been left? */
static bool
run_none_left(void)
{
	siginfo_t info = { 0 };

	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 &&
	    errno == ECHILD;
}

bool
run_tree_end_below(void)
{
	for (int i = 0; i < 200; i++) {
		if (run_none_left())
			return true;
		/* All of a PID namespace is ours, if we are its first. */
		if (getpid() == 1)
			(void)kill(-1, SIGKILL);
		else
			run_proc_kill_below();
		(void)poll(NULL, 0, i < 4 ? 1 : 5);
	}
	return run_none_left();
}

bool
run_tree_end(struct run_tree *t)
{
	struct run_rights rights = run_rights_take(getuid());
	bool gone = true;

	if (t->cgroup[0] != '\0')
		gone = run_cgroup_end(t->cgroup, (uint32_t)getuid());
	gone = run_tree_end_below() && gone;
	run_rights_back(&rights);
	/* A child that never began goes with its pipe. */
	if (t->go >= 0)
		(void)close(t->go);
	t->go = -1;
	return gone;
}

void
run_tree_hold(pid_t program)
{
	sigset_t waits;
	siginfo_t info = { 0 };
	int got = SIGCHLD;
	bool gone;

	(void)sigemptyset(&waits);
	(void)sigaddset(&waits, SIGTERM);
	(void)sigaddset(&waits, SIGCHLD);
	/* Nothing is reaped before the end: a number is of one process. */
	while (got != SIGTERM && (waitid(P_PID, (id_t)program, &info, WEXITED |
	    WNOHANG | WNOWAIT) != 0 || info.si_pid != program))
		got = sigwaitinfo(&waits, NULL);
	gone = run_tree_end_below();
	if (gone && info.si_pid == program && info.si_code == CLD_EXITED)
		_exit(info.si_status);
	(void)kill(getpid(), SIGKILL);
	_exit(125);
}

int
run_tree_exit(const struct run_tree *t)
{
	if (t->reaped && WIFEXITED(t->status))
		return WEXITSTATUS(t->status);
	return t->reaped && WIFSIGNALED(t->status) ?
	    128 + WTERMSIG(t->status) : 125;
}
