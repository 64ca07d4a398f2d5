/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
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

/* Those that linux/magic.h does not name. */
#define FILE_MAGIC_CIFS	0xff534d42UL
#define FILE_MAGIC_FUSE	0x65735546UL

static bool
file_on_disk(const struct statfs *fs)
{
	static const unsigned long others[] = { NFS_SUPER_MAGIC,
	    SMB_SUPER_MAGIC, SMB2_SUPER_MAGIC, FILE_MAGIC_CIFS,
	    FILE_MAGIC_FUSE, CODA_SUPER_MAGIC, AFS_SUPER_MAGIC, AFS_FS_MAGIC,
	    V9FS_MAGIC, CEPH_SUPER_MAGIC, OCFS2_SUPER_MAGIC };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (((unsigned long)fs->f_type & 0xffffffffUL) ==
		    (others[i] & 0xffffffffUL))
			return false;
	return true;
}

enum fault_kind
file_is_local(const char *dir, bool *local, struct fault *f)
{
	struct statfs fs;

	*local = false;
	if (statfs(dir, &fs) != 0)
		return fault_errno(f, FAULT_NOINPUT, errno, "%s", dir);
	*local = file_on_disk(&fs);
	return FAULT_NONE;
}

enum fault_kind
file_fd_is_local(int fd, bool *local, struct fault *f)
{
	struct statfs fs;

	*local = false;
	if (fstatfs(fd, &fs) != 0)
		return fault_errno(f, FAULT_IO, errno, "statfs");
	*local = file_on_disk(&fs);
	return FAULT_NONE;
}
