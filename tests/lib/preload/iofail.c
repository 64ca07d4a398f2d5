/* SPDX-License-Identifier: ISC */
/*
 * System calls that fail on request, for tools linked with --wrap=read ...
 *
 * VOUCHSAFE_FAIL_CALL=N makes the N-th wrapped call fail as that call can:
 * EIO, ENOSPC, EMFILE, ENOMEM ... VOUCHSAFE_FAIL_MARK=FILE is created when it
 * happens, and holds the call's name: a sweep over N is over without it.
 * VOUCHSAFE_SHORT=1 instead lets every read and write take one byte only, and
 * every other write be interrupted: nothing may come of that.  (A read that is
 * interrupted ends a run on purpose: only a handler of its own does that.)
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t __real_read(int, void *, size_t);
ssize_t __real_write(int, const void *, size_t);
ssize_t __real_pread(int, void *, size_t, off_t);
ssize_t __real_pwrite(int, const void *, size_t, off_t);
int __real_open(const char *, int, ...);
int __real_openat(int, const char *, int, ...);
int __real_mkostemp(char *, int);
int __real_fstat(int, struct stat *);
int __real_fsync(int);
int __real_ftruncate(int, off_t);
off_t __real_lseek(int, off_t, int);
int __real_rename(const char *, const char *);
int __real_close(int);
void *__real_mmap(void *, size_t, int, int, int, off_t);
DIR *__real_opendir(const char *);
int __real_socket(int, int, int);
int __real_connect(int, const struct sockaddr *, socklen_t);
ssize_t __real_send(int, const void *, size_t, int);
ssize_t __real_recv(int, void *, size_t, int);
int __real_poll(struct pollfd *, nfds_t, int);
pid_t __real_fork(void);
int __real_pipe2(int *, int);

ssize_t __wrap_read(int, void *, size_t);
ssize_t __wrap_write(int, const void *, size_t);
ssize_t __wrap_pread(int, void *, size_t, off_t);
ssize_t __wrap_pwrite(int, const void *, size_t, off_t);
int __wrap_open(const char *, int, ...);
int __wrap_openat(int, const char *, int, ...);
int __wrap_mkostemp(char *, int);
int __wrap_fstat(int, struct stat *);
int __wrap_fsync(int);
int __wrap_ftruncate(int, off_t);
off_t __wrap_lseek(int, off_t, int);
int __wrap_rename(const char *, const char *);
int __wrap_close(int);
void *__wrap_mmap(void *, size_t, int, int, int, off_t);
DIR *__wrap_opendir(const char *);
int __wrap_socket(int, int, int);
int __wrap_connect(int, const struct sockaddr *, socklen_t);
ssize_t __wrap_send(int, const void *, size_t, int);
ssize_t __wrap_recv(int, void *, size_t, int);
int __wrap_poll(struct pollfd *, nfds_t, int);
pid_t __wrap_fork(void);
int __wrap_pipe2(int *, int);

static void
mark(const char *name)
{
	const char *path = getenv("VOUCHSAFE_FAIL_MARK");
	int fd;

	if (path == NULL)
		return;
	fd = __real_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	(void)__real_write(fd, name, strlen(name));
	(void)__real_close(fd);
}

/* Does this call, of that name, fail now?  It does with errno err. */
static bool
fails(const char *name, int err)
{
	static unsigned long count, at;
	static bool ready;

	if (!ready) {
		const char *s = getenv("VOUCHSAFE_FAIL_CALL");

		ready = true;
		for (; s != NULL && *s >= '0' && *s <= '9'; s++)
			at = at * 10 + (unsigned long)(*s - '0');
	}
	if (at == 0 || ++count != at)
		return false;
	mark(name);
	errno = err;
	return true;
}

/* One byte at a time, if transfers are to be short. */
static bool
shortened(size_t *n)
{
	if (getenv("VOUCHSAFE_SHORT") == NULL)
		return false;
	if (*n > 1)
		*n = 1;
	return true;
}

/* The same, and is this one interrupted?  Every other one is. */
static bool
interrupted(size_t *n)
{
	static bool turn;

	if (!shortened(n))
		return false;
	turn = !turn;
	if (turn)
		errno = EINTR;
	return turn;
}

ssize_t
__wrap_read(int fd, void *p, size_t n)
{
	if (fails("read", EIO))
		return -1;
	(void)shortened(&n);
	return __real_read(fd, p, n);
}

ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
	if (fails("write", ENOSPC) || interrupted(&n))
		return -1;
	return __real_write(fd, p, n);
}

ssize_t
__wrap_pread(int fd, void *p, size_t n, off_t at)
{
	if (fails("pread", EIO))
		return -1;
	(void)shortened(&n);
	return __real_pread(fd, p, n, at);
}

ssize_t
__wrap_pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (fails("pwrite", ENOSPC) || interrupted(&n))
		return -1;
	return __real_pwrite(fd, p, n, at);
}

int
__wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	if (fails("open", EMFILE))
		return -1;
	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return __real_open(path, flags, mode);
}

int
__wrap_openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	if (fails("openat", EMFILE))
		return -1;
	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return __real_openat(dir, path, flags, mode);
}

int
__wrap_mkostemp(char *path, int flags)
{
	return fails("mkostemp", ENOSPC) ? -1 : __real_mkostemp(path, flags);
}

int
__wrap_fstat(int fd, struct stat *st)
{
	return fails("fstat", EIO) ? -1 : __real_fstat(fd, st);
}

int
__wrap_fsync(int fd)
{
	return fails("fsync", EIO) ? -1 : __real_fsync(fd);
}

int
__wrap_ftruncate(int fd, off_t n)
{
	return fails("ftruncate", ENOSPC) ? -1 : __real_ftruncate(fd, n);
}

off_t
__wrap_lseek(int fd, off_t at, int whence)
{
	return fails("lseek", EIO) ? -1 : __real_lseek(fd, at, whence);
}

int
__wrap_rename(const char *from, const char *to)
{
	return fails("rename", ENOSPC) ? -1 : __real_rename(from, to);
}

/* Closing reports what a network file system lost; the file is closed. */
int
__wrap_close(int fd)
{
	int rc = __real_close(fd);

	return fails("close", EIO) ? -1 : rc;
}

void *
__wrap_mmap(void *p, size_t n, int prot, int flags, int fd, off_t at)
{
	return fails("mmap", ENOMEM) ? MAP_FAILED :
	    __real_mmap(p, n, prot, flags, fd, at);
}

DIR *
__wrap_opendir(const char *path)
{
	return fails("opendir", EMFILE) ? NULL : __real_opendir(path);
}

int
__wrap_socket(int domain, int type, int protocol)
{
	return fails("socket", EMFILE) ? -1 :
	    __real_socket(domain, type, protocol);
}

int
__wrap_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	return fails("connect", ENETUNREACH) ? -1 :
	    __real_connect(fd, sa, len);
}

ssize_t
__wrap_send(int fd, const void *p, size_t n, int flags)
{
	return fails("send", ENOBUFS) ? -1 : __real_send(fd, p, n, flags);
}

ssize_t
__wrap_recv(int fd, void *p, size_t n, int flags)
{
	return fails("recv", ECONNREFUSED) ? -1 : __real_recv(fd, p, n, flags);
}

int
__wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	return fails("poll", EINTR) ? -1 : __real_poll(p, n, ms);
}

pid_t
__wrap_fork(void)
{
	return fails("fork", EAGAIN) ? -1 : __real_fork();
}

int
__wrap_pipe2(int *fd, int flags)
{
	return fails("pipe2", EMFILE) ? -1 : __real_pipe2(fd, flags);
}
