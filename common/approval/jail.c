/* SPDX-License-Identifier: ISC */
/*
 * What the process that reads a stranger's mail may still do: compute, ask
 * the DNS, write its answer.  Whoever takes it over opens no file and starts
 * no program, is no root and touches no other process.
 *
 * Two layers that do not know of each other.  seccomp answers every system
 * call that is not listed here with an error (ENOENT where a file is meant,
 * which libraries take for "there is none"); Landlock takes away all files.
 * A kernel may lack either; then the other one, the account and the limits of
 * child.c are what is left.
 */
#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "approval/impl.h"

/* libseccomp leaves out what this machine does not have. */
static const int jail_calls[] = {
	/* The answer, the DNS. */
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev),
	SCMP_SYS(close), SCMP_SYS(connect), SCMP_SYS(bind),
	SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
	SCMP_SYS(shutdown), SCMP_SYS(fcntl), SCMP_SYS(fcntl64),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64),
	SCMP_SYS(getrandom),
	/* Memory. */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(futex_time64),
	/* Time, signals, the end. */
	SCMP_SYS(time), SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64),
	SCMP_SYS(gettimeofday), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_nanosleep_time64), SCMP_SYS(nanosleep),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(sched_yield),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn), SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

static const int jail_files[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2),
	SCMP_SYS(stat), SCMP_SYS(stat64), SCMP_SYS(lstat), SCMP_SYS(lstat64),
	SCMP_SYS(newfstatat), SCMP_SYS(fstatat64), SCMP_SYS(statx),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
};

/* These calls are answered so. */
static bool
jail_list(scmp_filter_ctx ctx, const int *calls, size_t n, uint32_t answer)
{
	for (size_t i = 0; i < n; i++)
		if (seccomp_rule_add(ctx, answer, calls[i], 0) != 0)
			return false;
	return true;
}

/* Only sockets of the internet, only memory that is not to be executed; any
 * other argument is the default's: refused. */
static bool
jail_arguments(scmp_filter_ctx ctx)
{
	static const int maps[] = { SCMP_SYS(mmap), SCMP_SYS(mmap2),
	    SCMP_SYS(mprotect) };

	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
	    SCMP_A0(SCMP_CMP_EQ, AF_INET, 0)) != 0 ||
	    seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
	    SCMP_A0(SCMP_CMP_EQ, AF_INET6, 0)) != 0)
		return false;
	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, maps[i], 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0)
			return false;
	return true;
}

/* A call of another machine's numbering ends the process. */
static bool
jail_seccomp(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	bool done;

	if (ctx == NULL)
		return false;
	done = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS) == 0 &&
	    jail_list(ctx, jail_calls, sizeof(jail_calls) /
	    sizeof(*jail_calls), SCMP_ACT_ALLOW) &&
	    jail_list(ctx, jail_files, sizeof(jail_files) /
	    sizeof(*jail_files), SCMP_ACT_ERRNO(ENOENT)) &&
	    jail_arguments(ctx) && seccomp_load(ctx) == 0;
	seccomp_release(ctx);
	return done;
}

/* Every right on files that the first version of Landlock knows, and none of
 * them given to anybody. */
static bool
jail_landlock(void)
{
#ifdef __NR_landlock_create_ruleset
	struct landlock_ruleset_attr attr = { .handled_access_fs =
	    (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };
	long fd = syscall(__NR_landlock_create_ruleset, &attr, sizeof(attr),
	    0);
	bool done;

	if (fd < 0)
		return false;
	done = syscall(__NR_landlock_restrict_self, (int)fd, 0) == 0;
	(void)close((int)fd);
	return done;
#else
	return false;
#endif
}

unsigned
approval_jail(unsigned wanted)
{
	unsigned have = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return 0;
	if ((wanted & APPROVAL_LANDLOCK) != 0 && jail_landlock())
		have |= APPROVAL_LANDLOCK;
	if ((wanted & APPROVAL_SECCOMP) != 0 && jail_seccomp())
		have |= APPROVAL_SECCOMP;
	return have;
}
