/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "report/folder.h"

#define STORE_PATH ((size_t)4096)

enum fault_kind
report_folder_make(const char *dir, struct fault *f)
{
	char path[STORE_PATH];
	size_t len = strlen(dir);

	if (len == 0 || len >= sizeof(path))
		return fault_set(f, FAULT_USAGE, "%s: no path of a folder",
		    dir);
	memcpy(path, dir, len + 1);
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		path[i] = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return fault_errno(f, FAULT_CANTCREAT, errno, "%s",
			    path);
		path[i] = dir[i];
	}
	return FAULT_NONE;
}

enum fault_kind
report_folder_open(const char *home, const char *name, int *fd,
    struct fault *f)
{
	struct stat st;
	struct buf path;

	*fd = -1;
	buf_init(&path, STORE_PATH);
	buf_addf(&path, "%s/%s", home, name);
	if (buf_check(&path, f) != FAULT_NONE)
		goto out;
	*fd = open(buf_str(&path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (*fd < 0 && errno == ENOENT) {
		if (report_folder_make(buf_str(&path), f) != FAULT_NONE)
			goto out;
		*fd = open(buf_str(&path), O_RDONLY | O_DIRECTORY |
		    O_NOFOLLOW | O_CLOEXEC);
	}
	if (*fd < 0 || fstat(*fd, &st) != 0)
		(void)fault_errno(f, FAULT_NOPERM, errno, "%s",
		    buf_str(&path));
	else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		(void)fault_set(f, FAULT_NOPERM,
		    "%s: others may write there", buf_str(&path));
	else if (geteuid() != 0 && st.st_uid != geteuid())
		(void)fault_set(f, FAULT_NOPERM, "%s: the folder of another "
		    "account", buf_str(&path));
	if (f->kind != FAULT_NONE && *fd >= 0) {
		(void)close(*fd);
		*fd = -1;
	}
out:
	buf_free(&path);
	return f->kind;
}
