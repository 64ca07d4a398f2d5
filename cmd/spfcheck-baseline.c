/* SPDX-License-Identifier: ISC */
/* --baseline: an earlier run's findings. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "spfcheck.h"

/* All of a file, at most LINT_FILTER_BYTES. */
static enum fault_kind
baseline_read(const char *path, struct buf *b, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	if (fd < 0)
		return fault_errno(f, FAULT_NOINPUT, errno, "%s", path);
	while (n != 0 && f->kind == FAULT_NONE) {
		char *p = buf_room(b, 65536);

		if (p == NULL) {
			(void)buf_check(b, f);
			break;
		}
		n = read(fd, p, 65536);
		if (n < 0 && errno != EINTR)
			(void)fault_errno(f, FAULT_IO, errno, "%s", path);
		else if (n > 0)
			buf_grew(b, (size_t)n);
	}
	(void)close(fd);
	return f->kind;
}

enum fault_kind
spfcheck_baseline(struct spfcheck *s, struct fault *f)
{
	struct buf b;

	if (s->baseline == NULL)
		return FAULT_NONE;
	buf_init(&b, LINT_FILTER_BYTES);
	if (baseline_read(s->baseline, &b, f) == FAULT_NONE &&
	    lint_filter_baseline(&s->filter, buf_span(&b), f) != FAULT_NONE)
		(void)fault_context(f, "%s", s->baseline);
	buf_free(&b);
	return f->kind;
}
