/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/spawn.h"

#define SPAWN_SIGNALS 65	/* the kernel's are 1 to 64 */
#define SPAWN_TICK 20		/* ms, where the kernel has no pidfd */
#define SPAWN_HELD 2000		/* ms that a holder has for its end */

/* Both ends of what stands between us and the program. */
struct spawn_pipes {
	int in, out, result;	/* ours of the last is read from */
	int gate[2];		/* the program begins when a byte comes */
};

bool
spawn_become(const struct spawn_ids *ids)
{
	const struct passwd *pw = ids->groups ? getpwuid(ids->uid) : NULL;

	/* Back to root first: the effective ids may be a home's. */
	return seteuid(0) == 0 && setegid(0) == 0 &&
	    (pw != NULL ? initgroups(pw->pw_name, ids->gid) :
	    setgroups(0, NULL)) == 0 &&
	    setresgid(ids->gid, ids->gid, ids->gid) == 0 &&
	    setresuid(ids->uid, ids->uid, ids->uid) == 0;
}

static void
spawn_signals(void)
{
	/* The kernel's struct, all of it zero: the default.  libc keeps 32 and
	 * 33 to itself, and some make leaves them ignored. */
	static const unsigned long plain[16];
	sigset_t none;

	(void)sigemptyset(&none);
	for (int i = 1; i < SPAWN_SIGNALS; i++)
		(void)syscall(SYS_rt_sigaction, i, plain, NULL,
		    (size_t)(_NSIG - 1) / 8);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Descriptors 0, 1, 2 as they are to be, whatever their numbers were. */
static bool
spawn_descriptors(const struct spawn *s, const struct spawn_pipes *p)
{
	int in = fcntl(p->in, F_DUPFD_CLOEXEC, 3);
	int out = fcntl(p->out, F_DUPFD_CLOEXEC, 3), err = out;

	if (s->err == SPAWN_NULL)
		err = open("/dev/null", O_WRONLY | O_CLOEXEC);
	else if (s->err >= 0)
		err = fcntl(s->err, F_DUPFD_CLOEXEC, 3);
	/* A caller without standard error has none to give. */
	if (err < 0)
		err = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (in < 0 || out < 0 || err < 0)
		return false;
	err = fcntl(err, F_DUPFD_CLOEXEC, 3);
	return err >= 0 && dup2(in, 0) == 0 && dup2(out, 1) == 1 &&
	    dup2(err, 2) == 2;
}

_Noreturn static void
spawn_child(const struct spawn *s, const struct spawn_pipes *p)
{
	static char env_path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char env_lang[] = "LC_ALL=C";
	static char *const fixed[] = { env_path, env_lang, NULL };
	struct rlimit core = { .rlim_cur = 0 };
	int gate = fcntl(p->gate[0], F_DUPFD_CLOEXEC, 3);
	char byte;

	(void)close(p->gate[1]);
	if (gate < 0 || !spawn_descriptors(s, p) ||
	    (s->group && setpgid(0, 0) != 0) ||
	    (s->dir != NULL && chdir(s->dir) != 0))
		_exit(SPAWN_NOT_STARTED);
	if (s->mask != 0)
		(void)umask(s->mask);
	(void)getrlimit(RLIMIT_CORE, &core);
	core.rlim_cur = 0;
	(void)setrlimit(RLIMIT_CORE, &core);
	/* The death signal comes last: changed ids would take it away.  Who
	 * died before it was set has closed the gate. */
	if ((s->ids != NULL && getuid() == 0 && !spawn_become(s->ids)) ||
	    (s->tied && prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) ||
	    read(gate, &byte, 1) != 1)
		_exit(SPAWN_NOT_STARTED);
	(void)close_range(3, ~0U, 0);
	spawn_signals();
	(void)execve(s->argv[0], s->argv, s->envp != NULL ? s->envp : fixed);
	_exit(errno == ENOENT ? SPAWN_NOT_THERE : SPAWN_NOT_STARTED);
}

/* The process between: the program's parent, and that of its orphans. */
_Noreturn static void
spawn_holder(const struct spawn *s, const struct spawn_pipes *p, pid_t above)
{
	sigset_t waits;
	pid_t program;

	(void)sigemptyset(&waits);
	(void)sigaddset(&waits, SIGTERM);
	(void)sigaddset(&waits, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &waits, NULL);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGCHLD, SIG_DFL);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != above)
		_exit(SPAWN_NOT_STARTED);
	program = fork();
	if (program == 0)
		spawn_child(s, p);
	/* Neither a lock nor the program's output is to be kept open here. */
	(void)close_range(3, ~0U, 0);
	if (program > 0)
		s->hold(program);
	_exit(SPAWN_NOT_STARTED);
}

/* What it reads, as a file: nobody has to write while it runs. */
static int
spawn_input(struct span in)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < in.len) {
		ssize_t n = write(fd, in.p + done, in.len - done);

		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR) {
			(void)close(fd);
			return -1;
		}
	}
	if (fd >= 0)
		(void)lseek(fd, 0, SEEK_SET);
	return fd;
}

static bool
spawn_open(struct spawn_pipes *p, struct span in)
{
	int pipes[2];

	*p = (struct spawn_pipes){ -1, -1, -1, { -1, -1 } };
	p->in = spawn_input(in);
	if (p->in < 0 || pipe2(pipes, O_CLOEXEC) != 0)
		return false;
	p->result = pipes[0];
	p->out = pipes[1];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pipes) != 0)
		return false;
	p->gate[0] = pipes[0];
	p->gate[1] = pipes[1];
	return true;
}

static void
spawn_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static int64_t
spawn_ms(void)
{
	struct clock c = clock_system();

	return clock_mono_ms(&c);
}

/* One piece of what it writes; false: there is no more. */
static bool
spawn_read(int fd, struct buf *out)
{
	char piece[4096];
	ssize_t n = read(fd, piece, sizeof(piece));

	if (n > 0 && out != NULL && !out->full && !out->nomem)
		buf_add(out, piece, (size_t)n);
	return n > 0 || (n < 0 && errno == EINTR);
}

/*
 * Read what it writes until it is gone and nothing more is there, or the time
 * is over.  Who else may hold the pipe open is not waited for.  True if it is
 * gone; *st is then as of waitpid(2).
 */
static bool
spawn_collect(const struct spawn *s, pid_t pid, int fd, struct buf *out,
    int *st)
{
	int64_t end = spawn_ms() + s->timeout, left;
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool open = true, gone = false;

	while (open || !gone) {
		struct pollfd p[2] = { { .fd = open ? fd : -1,
		    .events = POLLIN }, { .fd = gone ? -1 : pidfd,
		    .events = POLLIN } };
		int wait = pidfd >= 0 ? 60000 : SPAWN_TICK;

		left = s->timeout > 0 ? end - spawn_ms() : wait;
		if (left <= 0)
			break;
		(void)poll(p, 2, gone ? 0 : left < wait ? (int)left : wait);
		if (p[0].revents != 0)
			open = spawn_read(fd, out);
		else if (gone)
			break;
		if (s->bounded && out != NULL && out->full)
			break;
		if (!gone)
			gone = waitpid(pid, st, WNOHANG) == pid;
	}
	if (pidfd >= 0)
		(void)close(pidfd);
	return gone;
}

/* As fork(2), with a namespace for the child if that is asked for and can be
 * had: many a container has none to give.  *held: it is to be the holder. */
static pid_t
spawn_fork(const struct spawn *s, bool *held)
{
	uid_t uid = geteuid();
	pid_t pid = -1;

	*held = false;
	if (s->space) {
		/* Only root makes one; we may act as a home's owner. */
		bool raised = uid != 0 && getuid() == 0 && seteuid(0) == 0;

		pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0,
		    0, 0);
		/* In both processes: neither goes on with more rights. */
		if (raised && seteuid(uid) != 0)
			_exit(SPAWN_NOT_STARTED);
	}
	if (pid >= 0 || (s->space && s->hold == NULL))
		return pid;
	*held = s->hold != NULL;
	return fork();
}

/* Is it gone before a holder's time is over? */
static bool
spawn_gone(pid_t pid, int *st)
{
	int64_t end = spawn_ms() + SPAWN_HELD;

	while (waitpid(pid, st, WNOHANG) != pid) {
		if (spawn_ms() >= end)
			return false;
		(void)poll(NULL, 0, SPAWN_TICK);
	}
	return true;
}

/* Open the gate, wait for the end. */
static enum fault_kind
spawn_wait(const struct spawn *s, pid_t pid, bool held,
    struct spawn_pipes *p, struct buf *out, int *status, struct fault *f)
{
	enum fault_kind kind = FAULT_NONE;
	bool gone, late;
	int st = 0;

	spawn_close(&p->gate[0]);
	spawn_close(&p->out);
	if (s->group)
		(void)setpgid(pid, pid);
	if (s->begin != NULL)
		kind = s->begin(s->arg, pid, f);
	if (kind == FAULT_NONE)
		(void)send(p->gate[1], "", 1, MSG_NOSIGNAL);
	spawn_close(&p->gate[1]);
	gone = spawn_collect(s, pid, p->result, out, &st);
	late = !gone;
	if (late && held) {
		(void)kill(pid, SIGTERM);
		gone = spawn_gone(pid, &st);
	}
	if (s->group)
		(void)kill(-pid, SIGKILL);
	if (!gone) {
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, &st, 0) < 0 && errno == EINTR)
			continue;
	}
	*status = late ? SPAWN_LATE : WIFEXITED(st) ? WEXITSTATUS(st) :
	    SPAWN_KILLED;
	return kind;
}

enum fault_kind
spawn_run(const struct spawn *s, struct span in, struct buf *out, int *status,
    struct fault *f)
{
	struct spawn_pipes p;
	enum fault_kind kind = FAULT_NONE;
	pid_t pid = -1, self = getpid();
	bool held;

	*status = SPAWN_NOT_STARTED;
	if (!spawn_open(&p, in))
		kind = fault_errno(f, FAULT_SOFTWARE, errno, "%s",
		    s->argv[0]);
	else {
		pid = spawn_fork(s, &held);
		if (pid == 0 && held)
			spawn_holder(s, &p, self);
		if (pid == 0)
			spawn_child(s, &p);
		kind = pid < 0 ? fault_errno(f, FAULT_SOFTWARE, errno,
		    "fork") : spawn_wait(s, pid, held, &p, out, status, f);
	}
	spawn_close(&p.in);
	spawn_close(&p.out);
	spawn_close(&p.result);
	spawn_close(&p.gate[0]);
	spawn_close(&p.gate[1]);
	return kind;
}
