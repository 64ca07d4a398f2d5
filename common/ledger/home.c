/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/home.h"

enum fault_kind
home_local(int fd, struct fault *f)
{
	bool local;

	if (file_fd_is_local(fd, &local, f) != FAULT_NONE)
		return f->kind;
	if (!local)
		return fault_set(f, FAULT_CONFIG,
		    "the store must lie on a local disk, not on a network or "
		    "user-space file system");
	return FAULT_NONE;
}

/* The folder itself: its owner's alone to write. */
static enum fault_kind
home_folder(struct home *h, struct fault *f)
{
	struct stat st;

	if (fstat(h->fd, &st) != 0)
		return fault_errno(f, FAULT_IO, errno, "%s", h->path);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fault_set(f, FAULT_CONFIG,
		    "%s may be written by others than its owner", h->path);
	h->owner = st.st_uid;
	h->group = st.st_gid;
	return FAULT_NONE;
}

enum fault_kind
home_open(struct home *h, const char *dir, bool own, const char *policy,
    struct fault *f)
{
	char real[PATH_MAX];
	enum fault_kind kind;
	int n;

	*h = (struct home){ .fd = -1, .own = own };
	if (realpath(dir, real) == NULL)
		return fault_errno(f, errno == EACCES ? FAULT_NOPERM :
		    FAULT_NOINPUT, errno, "%s", dir);
	n = snprintf(h->path, sizeof(h->path), "%s", real);
	if (n < 0 || (size_t)n >= sizeof(h->path) - 64)
		return fault_set(f, FAULT_USAGE, "%s: path too long", dir);
	h->fd = open(h->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (h->fd < 0)
		return fault_errno(f, errno == EACCES ? FAULT_NOPERM :
		    FAULT_NOINPUT, errno, "%s", dir);
	kind = home_folder(h, f);
	if (policy == NULL)
		n = snprintf(h->policy, sizeof(h->policy), "%s/%s", h->path,
		    HOME_POLICY);
	else
		n = snprintf(h->policy, sizeof(h->policy), "%s", policy);
	if (kind == FAULT_NONE &&
	    (n < 0 || (size_t)n >= sizeof(h->policy)))
		kind = fault_set(f, FAULT_USAGE, "path too long");
	if (kind != FAULT_NONE)
		home_close(h);
	return kind;
}

void
home_close(struct home *h)
{
	if (h->fd >= 0)
		(void)close(h->fd);
	h->fd = -1;
}

/* Keys, but no line of a log? */
static bool
home_unfinished(const char *dir)
{
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/" HOME_LOG_KEY, dir);
	if (lstat(path, &st) != 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s/" HOME_LOG, dir);
	return lstat(path, &st) != 0 || st.st_size == 0;
}

/* Nothing may stand in a folder that becomes a home. */
static enum fault_kind
home_empty(const char *dir, struct fault *f)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	bool empty = true;

	if (d == NULL)
		return fault_errno(f, FAULT_CANTCREAT, errno, "%s", dir);
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			empty = false;
	(void)closedir(d);
	if (empty)
		return FAULT_NONE;
	return fault_set(f, FAULT_CANTCREAT, home_unfinished(dir) ?
	    "%s holds a home whose log has no line: if init was interrupted "
	    "there, and there never was a grant, remove it and begin again" :
	    "%s is not empty", dir);
}

enum fault_kind
home_make(const char *dir, struct fault *f)
{
	struct stat st;

	if (mkdir(dir, 0700) == 0)
		return FAULT_NONE;
	if (errno != EEXIST)
		return fault_errno(f, FAULT_CANTCREAT, errno, "%s", dir);
	if (lstat(dir, &st) != 0)
		return fault_errno(f, FAULT_CANTCREAT, errno, "%s", dir);
	if (!S_ISDIR(st.st_mode))
		return fault_set(f, FAULT_CANTCREAT, "%s is no folder", dir);
	if (st.st_uid != geteuid())
		return fault_set(f, FAULT_NOPERM, "%s is not yours", dir);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fault_set(f, FAULT_CONFIG,
		    "%s may be written by others than its owner", dir);
	return home_empty(dir, f);
}

static enum fault_kind
home_write_all(int fd, struct span s, const char *name, struct fault *f)
{
	while (s.len > 0) {
		ssize_t n = write(fd, s.p, s.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fault_errno(f, FAULT_IO, errno, "%s", name);
		s = span_sub(s, (size_t)n, s.len);
	}
	return FAULT_NONE;
}

enum fault_kind
home_write(const struct home *h, const char *name, struct span bytes,
    struct fault *f)
{
	int fd = openat(h->fd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	enum fault_kind kind;

	if (fd < 0)
		return fault_errno(f, FAULT_CANTCREAT, errno, "%s/%s",
		    h->path, name);
	kind = home_write_all(fd, bytes, name, f);
	if (kind == FAULT_NONE && fsync(fd) != 0)
		kind = fault_errno(f, FAULT_IO, errno, "%s", name);
	if (close(fd) != 0 && kind == FAULT_NONE)
		kind = fault_errno(f, FAULT_IO, errno, "%s", name);
	if (kind == FAULT_NONE && fsync(h->fd) != 0)
		kind = fault_errno(f, FAULT_IO, errno, "%s", h->path);
	if (kind != FAULT_NONE)
		(void)unlinkat(h->fd, name, 0);
	return kind;
}

static enum fault_kind
home_read_fd(int fd, const struct home *h, const char *name, struct buf *out,
    struct fault *f)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fault_errno(f, FAULT_IO, errno, "%s", name);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    (st.st_uid != h->owner && st.st_uid != 0) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fault_set(f, FAULT_CONFIG, "%s/%s: not a plain file of "
		    "its owner's with one name", h->path, name);
	(void)file_read_fd(fd, out, f);
	return fault_context(f, "%s", name);
}

enum fault_kind
home_read(const struct home *h, const char *name, struct buf *out,
    struct fault *f)
{
	int fd = openat(h->fd, name,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	enum fault_kind kind;

	if (fd < 0)
		return fault_errno(f, FAULT_NOINPUT, errno, "%s/%s", h->path,
		    name);
	kind = home_read_fd(fd, h, name, out, f);
	(void)close(fd);
	return kind;
}

/* It is written and cut: a second name would be another's file. */
static bool
home_is_ballast(const struct home *h, const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 &&
	    (st->st_uid == h->owner || st->st_uid == geteuid());
}

enum fault_kind
home_ballast(const struct home *h, struct fault *f)
{
	static const char zeros[4096];
	int fd = openat(h->fd, HOME_BALLAST,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	enum fault_kind kind = FAULT_NONE;
	struct stat st;

	if (fd < 0)
		return fault_errno(f, FAULT_CANTCREAT, errno, HOME_BALLAST);
	if (fstat(fd, &st) != 0 || !home_is_ballast(h, &st))
		kind = fault_set(f, FAULT_CONFIG, "%s/%s: not a plain file",
		    h->path, HOME_BALLAST);
	else if (st.st_size < HOME_BALLAST_BYTES) {
		for (int i = 0; i < HOME_BALLAST_BYTES &&
		    kind == FAULT_NONE; i += (int)sizeof(zeros))
			kind = home_write_all(fd, (struct span){ zeros,
			    sizeof(zeros) }, HOME_BALLAST, f);
		if (kind == FAULT_NONE && fsync(fd) != 0)
			kind = fault_errno(f, FAULT_IO, errno, HOME_BALLAST);
		/* Half a ballast is worse than none: it fills the disk. */
		if (kind != FAULT_NONE && ftruncate(fd, 0) != 0)
			(void)unlinkat(h->fd, HOME_BALLAST, 0);
	}
	(void)close(fd);
	return kind;
}

bool
home_ballast_free(const struct home *h)
{
	int fd = openat(h->fd, HOME_BALLAST, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	bool freed = false;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && home_is_ballast(h, &st) && st.st_size > 0)
		freed = ftruncate(fd, 0) == 0;
	(void)close(fd);
	return freed;
}
