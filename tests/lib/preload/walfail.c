/* SPDX-License-Identifier: ISC */
/*
 * For LD_PRELOAD: while the file $WALFAIL exists, each write to a file whose
 * name ends in "-wal" (SQLite's log) fails with the errno that stands in it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <dlfcn.h>

static int
fails(int fd)
{
	const char *flag = getenv("WALFAIL");
	char link[64], path[4096];
	ssize_t n;
	FILE *file;
	int err = 0;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (flag == NULL || n < 4 || memcmp(path + n - 4, "-wal", 4) != 0)
		return 0;
	file = fopen(flag, "r");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%d", &err) != 1)
		err = EIO;
	(void)fclose(file);
	errno = err;
	return 1;
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	ssize_t (*real)(int, const void *, size_t, off64_t);

	*(void **)&real = dlsym(RTLD_NEXT, "pwrite64");
	return fails(fd) ? -1 : real(fd, p, n, at);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	return pwrite64(fd, p, n, at);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	ssize_t (*real)(int, const void *, size_t);

	*(void **)&real = dlsym(RTLD_NEXT, "write");
	return fails(fd) ? -1 : real(fd, p, n);
}
