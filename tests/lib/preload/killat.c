/* SPDX-License-Identifier: ISC */
/*
 * LD_PRELOAD: kill -9 at the n-th call that changes something on a disk.
 *
 * VOUCHSAFE_KILL_AT=N ends the process with SIGKILL right before its N-th
 * write, pwrite64, fsync, fdatasync, ftruncate, rename, unlink, link, mkdir,
 * creating open, or exec; with `+` after N, right after it.  With `/2` the
 * N-th write is cut in half first.  VOUCHSAFE_KILL_MARK=FILE then holds the
 * call's name: a sweep over N is over when the file does not appear.
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum when { NOT_NOW = 0, BEFORE, AFTER, HALF };

static void
die(const char *name)
{
	const char *path = getenv("VOUCHSAFE_KILL_MARK");
	int fd = path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path,
	    O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd >= 0)
		(void)syscall(SYS_write, fd, name, strlen(name));
	(void)syscall(SYS_kill, getpid(), SIGKILL);
}

/* Is this the call?  Dies here if it is to happen before it. */
static enum when
now(const char *name)
{
	static unsigned long count, at;
	static enum when how;
	static bool ready;

	if (!ready) {
		const char *s = getenv("VOUCHSAFE_KILL_AT");

		ready = true;
		for (; s != NULL && *s >= '0' && *s <= '9'; s++)
			at = at * 10 + (unsigned long)(*s - '0');
		how = s == NULL ? NOT_NOW : *s == '+' ? AFTER :
		    *s == '/' ? HALF : BEFORE;
	}
	if (at == 0 || ++count != at)
		return NOT_NOW;
	if (how == BEFORE)
		die(name);
	return how;
}

/* Call the next function of that name, with the deaths around it. */
#define AROUND(type, name, params, args) \
type name params; \
type \
name params \
{ \
	type (*next) params; \
	enum when when = now(#name); \
	type rc; \
\
	*(void **)&next = dlsym(RTLD_NEXT, #name); \
	rc = next args; \
	if (when != NOT_NOW) \
		die(#name); \
	return rc; \
}

/* Writing half of it first, if asked to. */
#define AROUND_WRITE(name, params, args, half) \
ssize_t name params; \
ssize_t \
name params \
{ \
	ssize_t (*next) params; \
	enum when when = now(#name); \
	ssize_t rc; \
\
	*(void **)&next = dlsym(RTLD_NEXT, #name); \
	rc = when == HALF ? next half : next args; \
	if (when != NOT_NOW) \
		die(#name); \
	return rc; \
}

AROUND_WRITE(write, (int fd, const void *p, size_t n), (fd, p, n),
    (fd, p, n / 2))
AROUND_WRITE(pwrite, (int fd, const void *p, size_t n, off_t at),
    (fd, p, n, at), (fd, p, n / 2, at))
AROUND_WRITE(pwrite64, (int fd, const void *p, size_t n, off64_t at),
    (fd, p, n, at), (fd, p, n / 2, at))
AROUND(int, fsync, (int fd), (fd))
AROUND(int, fdatasync, (int fd), (fd))
AROUND(int, ftruncate, (int fd, off_t n), (fd, n))
AROUND(int, ftruncate64, (int fd, off64_t n), (fd, n))
AROUND(int, rename, (const char *a, const char *b), (a, b))
AROUND(int, renameat, (int c, const char *a, int d, const char *b),
    (c, a, d, b))
AROUND(int, unlink, (const char *a), (a))
AROUND(int, unlinkat, (int d, const char *a, int flags), (d, a, flags))
AROUND(int, link, (const char *a, const char *b), (a, b))
AROUND(int, linkat, (int c, const char *a, int d, const char *b, int flags),
    (c, a, d, b, flags))
AROUND(int, mkdir, (const char *a, mode_t mode), (a, mode))
AROUND(int, mkdirat, (int d, const char *a, mode_t mode), (d, a, mode))
AROUND(int, execve, (const char *a, char *const v[], char *const e[]),
    (a, v, e))
AROUND(int, execv, (const char *a, char *const v[]), (a, v))
AROUND(int, execvp, (const char *a, char *const v[]), (a, v))

#define AROUND_OPEN(name, params, last, args) \
int name params; \
int \
name params \
{ \
	int (*next) params; \
	bool creating = (flags & (O_CREAT | O_TRUNC)) != 0; \
	enum when when = creating ? now(#name) : NOT_NOW; \
	mode_t mode = 0; \
	int rc; \
\
	if (creating) { \
		va_list ap; \
\
		va_start(ap, last); \
		mode = va_arg(ap, mode_t); \
		va_end(ap); \
	} \
	*(void **)&next = dlsym(RTLD_NEXT, #name); \
	rc = next args; \
	if (when != NOT_NOW) \
		die(#name); \
	return rc; \
}

AROUND_OPEN(open, (const char *a, int flags, ...), flags, (a, flags, mode))
AROUND_OPEN(open64, (const char *a, int flags, ...), flags, (a, flags, mode))
AROUND_OPEN(openat, (int d, const char *a, int flags, ...), flags,
    (d, a, flags, mode))
AROUND_OPEN(openat64, (int d, const char *a, int flags, ...), flags,
    (d, a, flags, mode))
