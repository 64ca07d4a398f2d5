/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/spool.h"

void
spool_init(struct spool *s, size_t memory, const char *dir)
{
	*s = (struct spool){ .dir = dir, .memory = memory, .fd = -1 };
}

/* All of p at the end of the file. */
static enum fault_kind
spool_write(struct spool *s, struct span bytes, struct fault *f)
{
	while (bytes.len > 0) {
		ssize_t n = write(s->fd, bytes.p, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, FAULT_TEMP, errno,
			    "temporary file in %s", s->dir);
		bytes = span_sub(bytes, (size_t)n, bytes.len);
	}
	return FAULT_NONE;
}

/* Make the nameless file. */
static enum fault_kind
spool_open(struct spool *s, struct fault *f)
{
	char path[4096];
	int n;

	s->fd = open(s->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd < 0) {
		/* Not every file system has O_TMPFILE. */
		n = snprintf(path, sizeof(path), "%s/vouchsafe.XXXXXX",
		    s->dir);
		if (n < 0 || (size_t)n >= sizeof(path))
			return fault_set(f, FAULT_TEMP,
			    "the path of the temporary folder is too long");
		s->fd = mkostemp(path, O_CLOEXEC);
		if (s->fd >= 0)
			(void)unlink(path);
	}
	if (s->fd < 0)
		return fault_errno(f, FAULT_TEMP, errno,
		    "temporary file in %s", s->dir);
	return FAULT_NONE;
}

/* Room in memory for len more bytes; false without memory. */
static bool
spool_grow(struct spool *s, size_t len)
{
	size_t cap = s->cap == 0 ? 16384 : s->cap;
	char *p;

	while (cap - s->held < len)
		cap *= 2;
	if (cap == s->cap)
		return true;
	p = realloc(s->p, cap);
	if (p == NULL)
		return false;
	s->p = p;
	s->cap = cap;
	return true;
}

/* Many small pieces make few writes: the memory is the file's buffer now. */
static enum fault_kind
spool_add_file(struct spool *s, struct span bytes, struct fault *f)
{
	struct span held = { s->p, s->held };

	if (bytes.len > s->cap - s->held) {
		if (spool_write(s, held, f) != FAULT_NONE)
			return f->kind;
		s->held = 0;
	}
	if (bytes.len >= s->cap) {
		if (spool_write(s, bytes, f) != FAULT_NONE)
			return f->kind;
	} else {
		memcpy(s->p + s->held, bytes.p, bytes.len);
		s->held += bytes.len;
	}
	s->len += bytes.len;
	return FAULT_NONE;
}

enum fault_kind
spool_add(struct spool *s, struct span bytes, struct fault *f)
{
	if (bytes.len == 0)
		return FAULT_NONE;
	if (s->fd < 0 && (bytes.len > s->memory ||
	    s->held > s->memory - bytes.len) && spool_open(s, f) != FAULT_NONE)
		return f->kind;
	if (s->fd >= 0)
		return spool_add_file(s, bytes, f);
	if (!spool_grow(s, bytes.len))
		return fault_nomem(f);
	memcpy(s->p + s->held, bytes.p, bytes.len);
	s->held += bytes.len;
	s->len += bytes.len;
	return FAULT_NONE;
}

enum fault_kind
spool_read(const struct spool *s, uint64_t at, char *p, size_t cap,
    size_t *len, struct fault *f)
{
	uint64_t filed = s->len - s->held, left;
	ssize_t n;

	*len = 0;
	if (at >= s->len)
		return FAULT_NONE;
	left = (at < filed ? filed : s->len) - at;
	if (cap > left)
		cap = (size_t)left;
	if (at >= filed) {
		memcpy(p, s->p + (at - filed), cap);
		*len = cap;
		return FAULT_NONE;
	}
	do
		n = pread(s->fd, p, cap, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_errno(f, FAULT_TEMP, errno,
		    "temporary file in %s", s->dir);
	if (n == 0)
		return fault_set(f, FAULT_TEMP, "temporary file in %s: cut",
		    s->dir);
	*len = (size_t)n;
	return FAULT_NONE;
}

enum fault_kind
spool_cut(struct spool *s, uint64_t len, struct fault *f)
{
	uint64_t filed = s->len - s->held;

	if (len >= s->len)
		return FAULT_NONE;
	s->held = len > filed ? (size_t)(len - filed) : 0;
	s->len = len;
	if (len < filed && (ftruncate(s->fd, (off_t)len) != 0 ||
	    lseek(s->fd, (off_t)len, SEEK_SET) < 0))
		return fault_errno(f, FAULT_TEMP, errno,
		    "temporary file in %s", s->dir);
	return FAULT_NONE;
}

void
spool_reset(struct spool *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
	s->held = 0;
	s->len = 0;
}

void
spool_free(struct spool *s)
{
	spool_reset(s);
	free(s->p);
	spool_init(s, s->memory, s->dir);
}
