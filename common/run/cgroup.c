/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "run/cgroup.h"
#include "run/proc.h"

#define RUN_TABLE_MAX ((size_t)1024 * 1024)
#define RUN_CGROUP_MAGIC 0x63677270	/* CGROUP2_SUPER_MAGIC */
#define RUN_CGROUP_NAME "jitgrant-"
#define RUN_CGROUP_BELOW 1000	/* groups that a command made inside */

/* Where cgroup v2 is mounted (field 5 of the line whose type is cgroup2), and
 * what of it (field 4). */
static bool
run_mount(char *out, char *root)
{
	struct buf b;
	struct span rest, line, left, above = { "", 0 }, word = { "", 0 };
	bool found = false;

	if (run_proc_slurp("/proc/self/mountinfo", RUN_TABLE_MAX, &b))
		for (rest = buf_span(&b); rest.len > 0 && !found;) {
			(void)span_cut(rest, '\n', &line, &rest);
			left = line;
			for (int i = 0; i < 5; i++) {
				above = word;
				(void)span_cut(left, ' ', &word, &left);
			}
			while (left.len > 0 && !span_starts(left, SPAN(" - ")))
				left = span_sub(left, 1, left.len);
			found = span_starts(left, SPAN(" - cgroup2 ")) &&
			    span_find(word, '\\') == word.len;
		}
	found = found && snprintf(out, RUN_CGROUP, "%.*s", SPAN_ARG(word)) <
	    RUN_CGROUP && snprintf(root, RUN_CGROUP, "%.*s",
	    SPAN_ARG(above)) < RUN_CGROUP;
	buf_free(&b);
	return found;
}

/* Our own group in it: the line that begins with 0:: */
static bool
run_own(char *out)
{
	struct buf b;
	struct span rest, line = { "", 0 };
	bool found = false;

	if (run_proc_slurp("/proc/self/cgroup", RUN_TABLE_MAX, &b))
		for (rest = buf_span(&b); rest.len > 0 && !found;) {
			(void)span_cut(rest, '\n', &line, &rest);
			found = span_starts(line, SPAN("0::/"));
		}
	line = span_sub(line, 3, line.len);
	found = found && snprintf(out, RUN_CGROUP, "%.*s", SPAN_ARG(line)) <
	    RUN_CGROUP;
	buf_free(&b);
	return found;
}

bool
run_cgroup_plan(char path[RUN_CGROUP], const char *grant)
{
	char mount[RUN_CGROUP], root[RUN_CGROUP], own[RUN_CGROUP];
	const char *below = own;
	size_t len;
	int n;

	if (!run_mount(mount, root) || !run_own(own) ||
	    strncmp(own, "/..", 3) == 0)
		return false;
	/* Of a group that was mounted alone, what stands above is not seen. */
	len = strlen(root);
	if (len > 1) {
		if (strncmp(own, root, len) != 0 ||
		    (own[len] != '/' && own[len] != '\0'))
			return false;
		below = own + len;
	}
	if (strcmp(below, "/") == 0)
		below = "";
	n = snprintf(path, RUN_CGROUP, "%s%s", mount, below);
	if (n < 0 || n >= RUN_CGROUP ||
	    faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) != 0)
		return false;
	n = snprintf(path, RUN_CGROUP, "%s%s/" RUN_CGROUP_NAME "%.32s-%lld",
	    mount, below, grant, (long long)run_proc_self());
	return n > 0 && n < RUN_CGROUP;
}

static bool
run_cgroup_file(int dir, const char *name, int flags, char *p, size_t *len)
{
	int fd = openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return false;
	n = flags == O_RDONLY ? read(fd, p, *len) : write(fd, p, *len);
	(void)close(fd);
	if (n < 0)
		return false;
	*len = (size_t)n;
	return true;
}

bool
run_cgroup_make(const char *path, pid_t pid)
{
	char text[16];
	int dir, n = snprintf(text, sizeof(text), "%d\n", (int)pid);
	size_t len = (size_t)n;
	bool ok;

	if (mkdir(path, 0755) != 0)
		return false;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = dir >= 0 && faccessat(dir, "cgroup.kill", W_OK, AT_EACCESS) ==
	    0 && run_cgroup_file(dir, "cgroup.procs", O_WRONLY, text, &len);
	if (dir >= 0)
		(void)close(dir);
	if (!ok)
		(void)rmdir(path);
	return ok;
}

static bool
run_cgroup_empty(int dir)
{
	char text[256];
	size_t len = sizeof(text) - 1;

	if (!run_cgroup_file(dir, "cgroup.events", O_RDONLY, text, &len))
		return errno == ENOENT || errno == ENODEV;
	text[len] = '\0';
	return strstr(text, "populated 0") != NULL;
}

/* The first group inside of this one, added to its path. */
static bool
run_cgroup_inner(char *path, size_t size)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	size_t len = strlen(path);
	int n = -1;

	while (dir != NULL && n < 0 && (e = readdir(dir)) != NULL)
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			n = snprintf(path + len, size - len, "/%s",
			    e->d_name);
	if (dir != NULL)
		(void)closedir(dir);
	if (n > 0 && (size_t)n < size - len)
		return true;
	path[len] = '\0';
	return false;
}

/* Remove it with the empty groups that stand inside of it.  One that has just
 * become empty may be busy for a moment more: false. */
static bool
run_cgroup_remove(const char *path)
{
	char inner[4096];

	for (int i = 0; i < RUN_CGROUP_BELOW; i++) {
		if (rmdir(path) == 0)
			return true;
		if (errno != EBUSY && errno != ENOTEMPTY)
			return errno == ENOENT;
		(void)snprintf(inner, sizeof(inner), "%s", path);
		while (run_cgroup_inner(inner, sizeof(inner)))
			continue;
		if (strcmp(inner, path) == 0 || rmdir(inner) != 0)
			break;
	}
	return false;
}

bool
run_cgroup_end(const char *path, uint32_t uid)
{
	const char *name = strrchr(path, '/');
	struct stat st;
	struct statfs fs;
	char one[] = "1";
	size_t len;
	bool ours, gone;
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (dir < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
	ours = fstat(dir, &st) == 0 && st.st_uid == uid &&
	    fstatfs(dir, &fs) == 0 && fs.f_type == RUN_CGROUP_MAGIC &&
	    name != NULL && span_starts(span_of(name + 1),
	    SPAN(RUN_CGROUP_NAME));
	gone = !ours;
	for (int i = 0; i < 100 && !gone; i++) {
		len = 1;
		if (!run_cgroup_empty(dir))
			(void)run_cgroup_file(dir, "cgroup.kill", O_WRONLY,
			    one, &len);
		gone = run_cgroup_empty(dir) && run_cgroup_remove(path);
		if (!gone)
			(void)poll(NULL, 0, i < 4 ? 1 : 10);
	}
	(void)close(dir);
	return gone;
}
