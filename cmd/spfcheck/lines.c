/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "spfcheck/lines.h"

#define LINES_READ ((size_t)65536)

enum fault_kind
lines_open(struct lines *l, const char *path, struct fault *f)
{
	*l = (struct lines){ .path = path };
	buf_init(&l->read, 4 * LINES_READ);
	l->fd = strcmp(path, "-") == 0 ? STDIN_FILENO :
	    open(path, O_RDONLY | O_CLOEXEC);
	if (l->fd < 0)
		return fault_errno(f, FAULT_NOINPUT, errno, "%s", path);
	return FAULT_NONE;
}

void
lines_close(struct lines *l)
{
	if (l->fd > STDIN_FILENO)
		(void)close(l->fd);
	buf_free(&l->read);
}

static struct span
lines_rest(const struct lines *l)
{
	return span_sub(buf_span(&l->read), l->at, l->read.len);
}

/* Read more after what is left. */
static enum fault_kind
lines_fill(struct lines *l, struct fault *f)
{
	char *p;
	ssize_t n;

	if (l->at > 0) {
		l->read.len -= l->at;
		memmove(l->read.p, l->read.p + l->at, l->read.len);
		l->at = 0;
	}
	p = buf_room(&l->read, LINES_READ);
	if (p == NULL)
		return buf_check(&l->read, f);
	do {
		n = read(l->fd, p, LINES_READ);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_errno(f, FAULT_IO, errno, "%s", l->path);
	l->end = n == 0;
	buf_grew(&l->read, (size_t)n);
	return FAULT_NONE;
}

enum fault_kind
lines_next(struct lines *l, size_t max, struct span *line, bool *more,
    struct fault *f)
{
	struct span rest;
	size_t n;

	for (;;) {
		rest = lines_rest(l);
		n = span_find(rest, '\n');
		if (n < rest.len || l->end)
			break;
		/* Its head stays, and the search for its end goes on. */
		if (rest.len > max)
			l->read.len = l->at + max;
		if (lines_fill(l, f) != FAULT_NONE)
			return f->kind;
	}
	*more = rest.len > 0;
	*line = span_sub(rest, 0, n < max ? n : max);
	l->at += n + (n < rest.len);
	return FAULT_NONE;
}
