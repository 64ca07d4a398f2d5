/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "num.h"
#include "run.h"
#include "run_tree.h"

#define RUN_PROC_MAX ((size_t)1024 * 1024)

static bool
run_slurp(const char *path, struct buf *b)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	buf_init(b, RUN_PROC_MAX);
	if (fd < 0)
		return false;
	do {
		char *room = buf_room(b, 4096);

		n = room == NULL ? -1 : read(fd, room, 4096);
		if (n > 0)
			buf_grew(b, (size_t)n);
	} while (n > 0);
	(void)close(fd);
	return n == 0;
}

/* Where cgroup v2 is mounted: field 5 of the line whose type is cgroup2. */
static bool
run_mount(char *out, size_t len)
{
	struct buf b;
	struct span rest, line, left, right, word = { "", 0 };
	bool found = false;

	if (run_slurp("/proc/self/mountinfo", &b))
		for (rest = buf_span(&b); rest.len > 0 && !found;) {
			(void)span_cut(rest, '\n', &line, &rest);
			left = line;
			for (int i = 0; i < 5; i++)
				(void)span_cut(left, ' ', &word, &left);
			right = left;
			while (right.len > 0 &&
			    !span_starts(right, SPAN(" - ")))
				right = span_sub(right, 1, right.len);
			found = span_starts(right, SPAN(" - cgroup2 ")) &&
			    span_find(word, '\\') == word.len;
		}
	if (found)
		found = snprintf(out, len, "%.*s", SPAN_ARG(word)) <
		    (int)len;
	buf_free(&b);
	return found;
}

/* Our own group in it: the line that begins with 0:: */
static bool
run_own(char *out, size_t len)
{
	struct buf b;
	struct span rest, line = { "", 0 };
	bool found = false;

	if (run_slurp("/proc/self/cgroup", &b))
		for (rest = buf_span(&b); rest.len > 0 && !found;) {
			(void)span_cut(rest, '\n', &line, &rest);
			found = span_starts(line, SPAN("0::/"));
		}
	if (found) {
		line = span_sub(line, 3, line.len);
		if (line.len == 1)
			line.len = 0;
		found = snprintf(out, len, "%.*s", SPAN_ARG(line)) <
		    (int)len;
	}
	buf_free(&b);
	return found;
}

/* Make a group below our own; "" if it can't be had or can't be killed. */
static void
run_cgroup_make(struct run_tree *t, const char *label)
{
	char mount[200], own[200], probe[600];
	int n;

	t->cgroup[0] = '\0';
	if (!run_mount(mount, sizeof(mount)) || !run_own(own, sizeof(own)))
		return;
	n = snprintf(t->cgroup, sizeof(t->cgroup), "%s%s/jitgrant-%.32s-%d",
	    mount, own, label, (int)getpid());
	if (n < 0 || (size_t)n >= sizeof(t->cgroup) ||
	    mkdir(t->cgroup, 0755) != 0) {
		t->cgroup[0] = '\0';
		return;
	}
	(void)snprintf(probe, sizeof(probe), "%s/cgroup.kill", t->cgroup);
	if (access(probe, W_OK) == 0)
		return;
	(void)rmdir(t->cgroup);
	t->cgroup[0] = '\0';
}

/* Put a waiting child into the group; without that there is no group. */
static void
run_cgroup_enter(struct run_tree *t)
{
	char path[600];
	int fd;

	if (t->cgroup[0] == '\0')
		return;
	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", t->cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || dprintf(fd, "%d\n", (int)t->child) < 0) {
		(void)rmdir(t->cgroup);
		t->cgroup[0] = '\0';
	}
	if (fd >= 0)
		(void)close(fd);
}

_Noreturn static void
run_child(char *const argv[], int wait, pid_t parent)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;
	char byte;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || read(wait, &byte, 1) != 1)
		_exit(125);
	if (getuid() == 0 && (seteuid(0) != 0 || setegid(getgid()) != 0))
		_exit(125);
	for (int i = 1; i < 32; i++)
		(void)sigaction(i, &sa, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execvp(argv[0], argv);
	_exit(errno == ENOENT ? 127 : 126);
}

enum fault_kind
run_tree_start(struct run_tree *t, char *const argv[], const char *label,
    struct fault *f)
{
	pid_t parent = getpid();
	int pipes[2];

	*t = (struct run_tree){ .go = -1 };
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
		return fault_errno(f, FAULT_SOFTWARE, errno, "prctl");
	if (pipe2(pipes, O_CLOEXEC) != 0)
		return fault_errno(f, FAULT_SOFTWARE, errno, "pipe");
	run_cgroup_make(t, label);
	t->child = fork();
	if (t->child == 0) {
		(void)close(pipes[1]);
		run_child(argv, pipes[0], parent);
	}
	(void)close(pipes[0]);
	t->go = pipes[1];
	if (t->child < 0) {
		(void)close(t->go);
		return fault_errno(f, FAULT_SOFTWARE, errno, "fork");
	}
	run_cgroup_enter(t);
	if (run_start_time(t->child, &t->child_start))
		return FAULT_NONE;
	(void)run_tree_end(t);
	return fault_set(f, FAULT_SOFTWARE, "/proc does not show the child");
}

void
run_tree_go(struct run_tree *t)
{
	(void)!write(t->go, "", 1);
	(void)close(t->go);
	t->go = -1;
}

bool
run_tree_reap(struct run_tree *t)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == t->child) {
			t->reaped = true;
			t->status = status;
		}
	return t->reaped;
}

/* The parent of a process: field 4 of its stat. */
static int64_t
run_parent(const char *pid)
{
	char path[300], text[512];
	struct span s, word;
	uint64_t n = 0;
	ssize_t len;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	len = read(fd, text, sizeof(text));
	(void)close(fd);
	if (len <= 0)
		return -1;
	s = (struct span){ text, (size_t)len };
	s = span_sub(s, span_rfind(s, ')') + 4, s.len);
	(void)span_cut(s, ' ', &word, &s);
	return num_u64(word, INT32_MAX, &n) ? (int64_t)n : -1;
}

/*
 * Kill our children.  What they leave behind becomes our child in turn, so
 * that asking again until there is none gets everything.
 */
static void
run_kill_children(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	uint64_t pid;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (num_canonical(span_of(e->d_name), INT32_MAX, &pid) &&
		    run_parent(e->d_name) == (int64_t)getpid())
			(void)kill((pid_t)pid, SIGKILL);
	if (dir != NULL)
		(void)closedir(dir);
}

bool
run_tree_end(struct run_tree *t)
{
	bool gone = true;

	/* A child that never began goes with its pipe. */
	if (t->go >= 0)
		(void)close(t->go);
	t->go = -1;
	if (t->cgroup[0] != '\0')
		gone = run_cgroup_end(t->cgroup);
	for (int i = 0; i < 200; i++) {
		siginfo_t info = { 0 };

		(void)run_tree_reap(t);
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) !=
		    0 && errno == ECHILD)
			return gone;
		run_kill_children();
		(void)poll(NULL, 0, 5);
	}
	return false;
}
