/* SPDX-License-Identifier: ISC */
/* dmarcreport read: mails go only after their reports are safe. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmarcreport/read.h"

#define KEEP_FILES 1000
#define KEEP_BYTES ((uint64_t)256 << 20)
#define PATH_BYTES ((size_t)4096)

static enum fault_kind
make_folder(const char *path, struct fault *f)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return fault_errno(f, FAULT_CANTCREAT, errno, "%s", path);
	return FAULT_NONE;
}

/* DIR with its cur, new and tmp. */
static enum fault_kind
make_maildir(const char *dir, struct fault *f)
{
	static const char *const subs[] = { "", "/cur", "/new", "/tmp" };
	struct buf path;

	buf_init(&path, PATH_BYTES);
	for (size_t i = 0; i < 4 && f->kind == FAULT_NONE; i++) {
		buf_reset(&path);
		buf_addf(&path, "%s%s", dir, subs[i]);
		if (buf_check(&path, f) == FAULT_NONE)
			(void)make_folder(buf_str(&path), f);
	}
	buf_free(&path);
	return f->kind;
}

/* Never over a file that is there: then a number is added. */
static enum fault_kind
move(const char *from, const char *dir, struct fault *f)
{
	const char *slash = strrchr(from, '/');
	struct buf to;
	int rc = -1;

	buf_init(&to, PATH_BYTES);
	for (unsigned n = 0; n < 1000 && rc != 0; n++) {
		buf_reset(&to);
		buf_addf(&to, "%s/cur/%s", dir,
		    slash == NULL ? from : slash + 1);
		if (n > 0)
			buf_addf(&to, ".%u", n);
		if (buf_check(&to, f) != FAULT_NONE)
			break;
		rc = renameat2(AT_FDCWD, from, AT_FDCWD, buf_str(&to),
		    RENAME_NOREPLACE);
		if (rc != 0 && errno != EEXIST)
			break;
	}
	if (rc != 0 && f->kind == FAULT_NONE)
		(void)fault_errno(f, FAULT_CANTCREAT, errno, "%s: to %s",
		    from, dir);
	buf_free(&to);
	return f->kind;
}

enum fault_kind
read_settle(struct read *r, struct fault *f)
{
	if (r->move_to != NULL && r->npending > 0 &&
	    make_maildir(r->move_to, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < r->npending; i++) {
		char *path = r->pending[i].path;

		if (path != NULL && f->kind == FAULT_NONE) {
			if (r->move_to != NULL)
				(void)move(path, r->move_to, f);
			else if (unlink(path) != 0 && errno != ENOENT)
				(void)fault_errno(f, FAULT_IO, errno, "%s",
				    path);
		}
		free(path);
		r->pending[i].path = NULL;
	}
	r->npending = 0;
	return f->kind;
}

/* The oldest file goes while there are too many, or too much. */
static enum fault_kind
drop_oldest(const char *dir, uint64_t coming, struct fault *f)
{
	for (unsigned round = 0; round < 2 * KEEP_FILES; round++) {
		char oldest[256] = "";
		struct timespec when = { 0, 0 };
		uint64_t bytes = coming;
		size_t files = 1;
		struct dirent *e;
		struct stat st;
		DIR *d = opendir(dir);

		if (d == NULL)
			return fault_errno(f, FAULT_CANTCREAT, errno, "%s",
			    dir);
		while ((e = readdir(d)) != NULL) {
			if (fstatat(dirfd(d), e->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) != 0 ||
			    !S_ISREG(st.st_mode))
				continue;
			files++;
			bytes += (uint64_t)st.st_size;
			if (oldest[0] != '\0' && (st.st_mtim.tv_sec >
			    when.tv_sec || (st.st_mtim.tv_sec == when.tv_sec
			    && st.st_mtim.tv_nsec >= when.tv_nsec)))
				continue;
			when = st.st_mtim;
			memcpy(oldest, e->d_name, strlen(e->d_name) + 1);
		}
		if (oldest[0] != '\0' && (files > KEEP_FILES ||
		    bytes > KEEP_BYTES)) {
			(void)unlinkat(dirfd(d), oldest, 0);
			(void)closedir(d);
			continue;
		}
		(void)closedir(d);
		break;
	}
	return FAULT_NONE;
}

static enum fault_kind
write_all(int fd, const struct spool *bytes, struct fault *f)
{
	char p[16384];
	uint64_t at = 0;
	size_t n = 1;

	while (n > 0) {
		if (spool_read(bytes, at, p, sizeof(p), &n, f) != FAULT_NONE)
			return f->kind;
		for (size_t k = 0; k < n;) {
			ssize_t w = write(fd, p + k, n - k);

			if (w < 0)
				return fault_errno(f, FAULT_IO, errno,
				    "a mail that is kept");
			k += (size_t)w;
		}
		at += n;
	}
	return fsync(fd) == 0 ? FAULT_NONE :
	    fault_errno(f, FAULT_IO, errno, "a mail that is kept");
}

enum fault_kind
read_keep(const char *dir, const struct spool *bytes, struct fault *f)
{
	struct buf path;
	int fd;

	buf_init(&path, PATH_BYTES);
	buf_addf(&path, "%s/XXXXXX", dir);
	if (make_folder(dir, f) == FAULT_NONE &&
	    drop_oldest(dir, bytes->len, f) == FAULT_NONE &&
	    buf_check(&path, f) == FAULT_NONE) {
		fd = mkostemp(path.p, O_CLOEXEC);
		if (fd < 0) {
			(void)fault_errno(f, FAULT_CANTCREAT, errno, "%s",
			    dir);
		} else {
			if (write_all(fd, bytes, f) != FAULT_NONE)
				(void)unlink(path.p);
			(void)close(fd);
		}
	}
	buf_free(&path);
	return f->kind;
}
