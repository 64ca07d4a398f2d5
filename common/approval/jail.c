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
 * approval_apart.c are what is left.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "approval/impl.h"

#if defined(__x86_64__)
#define JAIL_ARCH AUDIT_ARCH_X86_64
#define JAIL_X32 0x40000000U	/* the same calls under other numbers */
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define JAIL_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define JAIL_ARCH AUDIT_ARCH_RISCV64
#endif

#ifdef JAIL_ARCH

static const unsigned jail_calls[] = {
	/* The answer, the DNS. */
	__NR_read, __NR_write, __NR_readv, __NR_writev, __NR_close,
	__NR_connect, __NR_bind, __NR_getsockname, __NR_getpeername,
	__NR_getsockopt, __NR_setsockopt, __NR_sendto, __NR_sendmsg,
	__NR_sendmmsg, __NR_recvfrom, __NR_recvmsg, __NR_shutdown,
	__NR_fcntl, __NR_ppoll, __NR_getrandom,
	/* Memory. */
	__NR_brk, __NR_munmap, __NR_mremap, __NR_madvise, __NR_futex,
	/* Time, signals, the end. */
	__NR_clock_gettime, __NR_gettimeofday, __NR_clock_nanosleep,
	__NR_nanosleep, __NR_getpid, __NR_gettid, __NR_sched_yield,
	__NR_rt_sigaction, __NR_rt_sigprocmask, __NR_rt_sigreturn,
	__NR_sigaltstack, __NR_restart_syscall, __NR_exit, __NR_exit_group,
#ifdef __NR_poll
	__NR_poll,
#endif
#ifdef __NR_time
	__NR_time,
#endif
};

static const unsigned jail_files[] = {
	__NR_openat, __NR_newfstatat, __NR_statx, __NR_faccessat,
	__NR_readlinkat,
#ifdef __NR_open
	__NR_open, __NR_stat, __NR_lstat, __NR_access, __NR_readlink,
#endif
#ifdef __NR_openat2
	__NR_openat2,
#endif
};

#define JAIL_LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
    offsetof(struct seccomp_data, field))
#define JAIL_SAY(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define JAIL_EQUAL(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), \
    (yes), (no))
#define JAIL_NO(error) (SECCOMP_RET_ERRNO | ((error) & SECCOMP_RET_DATA))
#define JAIL_MAX 256

struct jail {
	struct sock_filter code[JAIL_MAX];
	unsigned short len;
	bool full;
};

static void
jail_add(struct jail *j, struct sock_filter one)
{
	if (j->len == JAIL_MAX)
		j->full = true;
	else
		j->code[j->len++] = one;
}

/* These calls are answered so. */
static void
jail_list(struct jail *j, const unsigned *calls, size_t n, unsigned answer)
{
	for (size_t i = 0; i < n; i++) {
		jail_add(j, (struct sock_filter)JAIL_EQUAL(calls[i], 0, 1));
		jail_add(j, (struct sock_filter)JAIL_SAY(answer));
	}
}

/* Only sockets of the internet, only memory that is not to be executed.  All
 * three machines are little-endian: the low half of an argument is first. */
static void
jail_arguments(struct jail *j)
{
	const struct sock_filter code[] = {
		JAIL_EQUAL(__NR_socket, 0, 5),
		JAIL_LOAD(args[0]),
		JAIL_EQUAL(AF_INET, 1, 0),
		JAIL_EQUAL(AF_INET6, 0, 1),
		JAIL_SAY(SECCOMP_RET_ALLOW),
		JAIL_SAY(JAIL_NO(EACCES)),
		JAIL_EQUAL(__NR_mmap, 1, 0),
		JAIL_EQUAL(__NR_mprotect, 0, 4),
		JAIL_LOAD(args[2]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
		JAIL_SAY(SECCOMP_RET_ALLOW),
		JAIL_SAY(JAIL_NO(EACCES)),
	};

	for (size_t i = 0; i < sizeof(code) / sizeof(*code); i++)
		jail_add(j, code[i]);
}

static bool
jail_seccomp(void)
{
	struct jail j = { .len = 0 };
	struct sock_fprog program;

	jail_add(&j, (struct sock_filter)JAIL_LOAD(arch));
	jail_add(&j, (struct sock_filter)JAIL_EQUAL(JAIL_ARCH, 1, 0));
	jail_add(&j, (struct sock_filter)JAIL_SAY(SECCOMP_RET_KILL_PROCESS));
	jail_add(&j, (struct sock_filter)JAIL_LOAD(nr));
#ifdef JAIL_X32
	jail_add(&j, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
	    JAIL_X32, 0, 1));
	jail_add(&j, (struct sock_filter)JAIL_SAY(SECCOMP_RET_KILL_PROCESS));
#endif
	jail_list(&j, jail_calls, sizeof(jail_calls) / sizeof(*jail_calls),
	    SECCOMP_RET_ALLOW);
	jail_list(&j, jail_files, sizeof(jail_files) / sizeof(*jail_files),
	    JAIL_NO(ENOENT));
	jail_arguments(&j);
	jail_add(&j, (struct sock_filter)JAIL_SAY(JAIL_NO(EPERM)));
	program = (struct sock_fprog){ j.len, j.code };
	return !j.full && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
	    &program, 0, 0) == 0;
}

#else

static bool
jail_seccomp(void)
{
	return false;
}

#endif

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
