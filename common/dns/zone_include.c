/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dns/zone_include.h"

#define INCLUDE_PATH ((size_t)1024)	/* bytes of a name */

/* The folder that holds the file at path. */
static int
include_folder(const char *path)
{
	size_t slash = span_rfind(span_of(path), '/');
	char folder[INCLUDE_PATH + 1] = ".";

	if (slash > INCLUDE_PATH && path[slash] == '/') {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (path[slash] == '/')
		(void)snprintf(folder, sizeof(folder), "%.*s",
		    slash == 0 ? 1 : (int)slash, path);
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* One step down from *at; it is closed. */
static bool
include_step(int *at, struct span part, bool last)
{
	char name[INCLUDE_PATH + 1];
	int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, fd;

	(void)snprintf(name, sizeof(name), "%.*s", SPAN_ARG(part));
	fd = openat(*at, name, last ? flags : flags | O_DIRECTORY);
	if (fd < 0)
		return false;
	(void)close(*at);
	*at = fd;
	return true;
}

static bool
include_name_ok(struct span name)
{
	struct span part;
	bool more = true;

	if (name.len == 0 || name.len > INCLUDE_PATH ||
	    span_find(name, '\\') < name.len)
		return false;
	while (more) {
		more = span_cut(name, '/', &part, &name);
		if (part.len == 0 || span_eq(part, SPAN("..")))
			return false;
	}
	return true;
}

enum fault_kind
zone_include_read(const char *path, struct span name, struct buf *b,
    struct fault *f)
{
	struct stat st;
	struct span part;
	bool more = true, ok = true;
	int fd;

	if (!include_name_ok(name))
		return fault_set(f, FAULT_CONFIG,
		    "only files below the zone's own folder are included");
	fd = include_folder(path);
	if (fd < 0)
		return fault_errno(f, FAULT_NOINPUT, errno, "its folder");
	while (more && ok) {
		more = span_cut(name, '/', &part, &name);
		ok = include_step(&fd, part, !more);
	}
	if (!ok && (errno == ELOOP || errno == ENOTDIR))
		(void)fault_set(f, FAULT_CONFIG,
		    "a symbolic link, or no folder: it is not followed");
	else if (!ok)
		(void)fault_errno(f, FAULT_NOINPUT, errno, "cannot be read");
	else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		(void)fault_set(f, FAULT_CONFIG, "not a regular file");
	else
		(void)file_read_fd(fd, b, f);
	(void)close(fd);
	return f->kind;
}
