/* SPDX-License-Identifier: ISC */
/*
 * Allocations that fail on request, for tools linked with --wrap=malloc ...
 *
 * VOUCHSAFE_FAIL_ALLOC=N makes the N-th allocation fail (and, with a `+`
 * after N, all that follow).  VOUCHSAFE_FAIL_MARK=FILE is created when that
 * happens: a sweep over N is over when the file does not appear.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__real_reallocarray(void *, size_t, size_t);
char *__real_strdup(const char *);
char *__real_strndup(const char *, size_t);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
void *__wrap_reallocarray(void *, size_t, size_t);
char *__wrap_strdup(const char *);
char *__wrap_strndup(const char *, size_t);

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
		const char *s = getenv("VOUCHSAFE_FAIL_ALLOC");

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
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(p, n, size);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

char *
__wrap_strndup(const char *s, size_t n)
{
	return fails() ? NULL : __real_strndup(s, n);
}
