/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"

#define FILE_CHUNK ((size_t)65536)

enum fault_kind
file_read_fd(int fd, struct buf *b, struct fault *f)
{
	for (;;) {
		size_t left = b->max - b->len;
		size_t want = left < FILE_CHUNK ? left : FILE_CHUNK;
		char spare = 0, *room = left > 0 ? buf_room(b, want) : &spare;
		ssize_t n;

		if (room == NULL)
			return buf_check(b, f);
		/* A file of just its size is no byte too long. */
		n = read(fd, room, left > 0 ? want : 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, errno == EISDIR ?
			    FAULT_NOINPUT : FAULT_IO, errno, "cannot read");
		if (n == 0)
			return FAULT_NONE;
		if (left == 0)
			return fault_set(f, FAULT_DATA,
			    "longer than %zu bytes", b->max);
		buf_grew(b, (size_t)n);
	}
}

enum fault_kind
file_read(const char *path, struct buf *b, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return fault_errno(f, FAULT_NOINPUT, errno, "%s", path);
	(void)file_read_fd(fd, b, f);
	(void)close(fd);
	return fault_context(f, "%s", path);
}
