/* SPDX-License-Identifier: ISC */
/* Starting an adapter's executable: fork, execve, a deadline, no shell. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "grant/adapter.h"

static int64_t
adapter_ms(void)
{
	struct clock c = clock_system();

	return clock_mono_ms(&c);
}

/* May nobody but root and owner change what this name leads to? */
static bool
adapter_safe(const char *path, uid_t owner, bool last)
{
	struct stat st;

	if ((last ? lstat(path, &st) : stat(path, &st)) != 0 ||
	    (st.st_uid != 0 && st.st_uid != owner))
		return false;
	if (last && !S_ISREG(st.st_mode))
		return false;
	/* In a folder with the sticky bit only owners may rename. */
	return (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
	    (!last && (st.st_mode & S_ISVTX) != 0);
}

/* The same along the whole path. */
static enum fault_kind
adapter_path(const struct adapter_runner *r, const char *adapter, char *path,
    size_t len, struct fault *f)
{
	int n = snprintf(path, len, "%s/%s", r->dir, adapter);
	bool safe = adapter_safe("/", r->owner, false);

	if (n < 0 || (size_t)n >= len || path[0] != '/')
		return fault_set(f, FAULT_CONFIG, "adapter %s: bad path",
		    adapter);
	for (char *slash = path + 1; safe; slash++) {
		slash = strchr(slash, '/');
		if (slash == NULL)
			break;
		*slash = '\0';
		safe = adapter_safe(path, r->owner, false);
		*slash = '/';
	}
	if (access(path, F_OK) != 0)
		return fault_errno(f, FAULT_UNAVAILABLE, errno, "%s", path);
	if (!safe || !adapter_safe(path, r->owner, true))
		return fault_set(f, FAULT_CONFIG, "%s: others than root could "
		    "change it", path);
	return FAULT_NONE;
}

enum fault_kind
adapter_check(const struct adapter_runner *r, const char *adapter,
    struct fault *f)
{
	char path[1024];

	return adapter_path(r, adapter, path, sizeof(path), f);
}

_Noreturn static void
adapter_child(const struct adapter_runner *r, const char *path,
    const char *verb, int in, int out, pid_t parent)
{
	char *const argv[] = { (char *)(uintptr_t)path,
	    (char *)(uintptr_t)verb, NULL };
	char env_path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char env_lang[] = "LC_ALL=C";
	char *const env[] = { env_path, env_lang, NULL };
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 1; i < 32; i++)
		(void)sigaction(i, &sa, NULL);
	(void)setpgid(0, 0);
	(void)umask(022);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || chdir("/") != 0)
		_exit(70);
	(void)close_range(3, ~0U, 0);
	/* The effective ids may be the home's: back to root before the drop. */
	if (getuid() == 0 && (seteuid(0) != 0 || setegid(0) != 0))
		_exit(71);
	if (getuid() == 0 && (setgroups(0, NULL) != 0 ||
	    setresgid(r->gid, r->gid, r->gid) != 0 ||
	    setresuid(r->uid, r->uid, r->uid) != 0))
		_exit(71);
	/* Whoever is killed takes it along: else it might do its work after
	 * the next one has undone it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(71);
	(void)execve(path, argv, env);
	_exit(126);
}

/* Read what the child writes until it is gone or the time is over. */
static void
adapter_collect(int fd, pid_t pid, int64_t timeout, struct buf *out,
    int *status)
{
	int64_t end = adapter_ms() + timeout * 1000;
	bool open = true, gone = false;
	int st = 0;

	while (open || !gone) {
		struct pollfd p = { .fd = open ? fd : -1, .events = POLLIN };
		int64_t left = end - adapter_ms();
		char *room;

		if (left <= 0)
			break;
		(void)poll(&p, 1, gone ? 0 : left > 20 ? 20 : (int)left);
		if (p.revents != 0) {
			ssize_t n;

			room = buf_room(out, 4096);
			n = room == NULL ? 0 : read(fd, room, 4096);
			if (n > 0)
				buf_grew(out, (size_t)n);
			else if (n == 0 || errno != EINTR)
				open = false;
		} else if (gone)
			break;	/* a grandchild holds the pipe open */
		if (!gone && waitpid(pid, &st, WNOHANG) == pid)
			gone = true;
	}
	(void)kill(-pid, SIGKILL);
	if (!gone) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &st, 0);
		*status = 75;
		return;
	}
	*status = WIFEXITED(st) ? WEXITSTATUS(st) : 70;
}

static int
adapter_stdin(struct span in)
{
	int fd = memfd_create("adapter", MFD_CLOEXEC);

	if (fd >= 0 && (write(fd, in.p, in.len) != (ssize_t)in.len ||
	    lseek(fd, 0, SEEK_SET) != 0)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static enum fault_kind
adapter_run(const struct adapter_runner *r, const char *adapter,
    enum adapter_verb verb, struct span in, int64_t timeout, struct buf *out,
    int *status, struct fault *f)
{
	char path[1024];
	int pipes[2], fd;
	pid_t pid, parent;
	enum fault_kind kind = adapter_path(r, adapter, path, sizeof(path),
	    f);

	if (kind != FAULT_NONE)
		return kind;
	fd = adapter_stdin(in);
	if (fd < 0)
		return fault_errno(f, FAULT_SOFTWARE, errno, "memfd");
	if (pipe2(pipes, O_CLOEXEC) != 0) {
		(void)close(fd);
		return fault_errno(f, FAULT_SOFTWARE, errno, "pipe");
	}
	parent = getpid();
	pid = fork();
	if (pid == 0)
		adapter_child(r, path, adapter_verb_word(verb), fd,
		    pipes[1], parent);
	(void)close(fd);
	(void)close(pipes[1]);
	if (pid > 0) {
		(void)setpgid(pid, pid);
		adapter_collect(pipes[0], pid, timeout, out, status);
	} else
		kind = fault_errno(f, FAULT_SOFTWARE, errno, "fork");
	(void)close(pipes[0]);
	return kind;
}

struct adapter_runner
adapter_runner_system(const char *dir, uid_t owner, uid_t uid, gid_t gid)
{
	return (struct adapter_runner){ .dir = dir, .owner = owner,
	    .uid = uid, .gid = gid, .run = adapter_run };
}
