/* SPDX-License-Identifier: ISC */
/*
 * For LD_PRELOAD: allocations that fail on request, those of the libraries
 * too, which --wrap=malloc does not reach.
 *
 * VOUCHSAFE_FAIL_MEMORY=N makes the N-th allocation of the process fail (and,
 * with a `+` after N, all that follow).  VOUCHSAFE_FAIL_MARK=FILE is created
 * when that happens, as in allocfail.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* What glibc's malloc is called behind its own name. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

static void
mark(void)
{
	const char *path = getenv("VOUCHSAFE_FAIL_MARK");
	int fd;

	if (path == NULL)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)close(fd);
}

static bool
fails(void)
{
	static unsigned long count, at;
	static bool ready, onward;
	bool now;

	if (!ready) {
		const char *s = getenv("VOUCHSAFE_FAIL_MEMORY");

		ready = true;
		for (; s != NULL && *s >= '0' && *s <= '9'; s++)
			at = at * 10 + (unsigned long)(*s - '0');
		onward = s != NULL && *s == '+';
	}
	if (at == 0)
		return false;
	count++;
	now = count == at || (onward && count > at);
	if (count == at)
		mark();
	if (now)
		errno = ENOMEM;
	return now;
}

void *
malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}
