/* SPDX-License-Identifier: ISC */
/* Starting an adapter's executable: whose it must be, and as whom it runs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/spawn.h"
#include "grant/adapter.h"

/* May nobody but root and owner change what this name leads to? */
static bool
adapter_safe(const char *path, uid_t owner, bool last)
{
	struct stat st;

	if ((last ? lstat(path, &st) : stat(path, &st)) != 0 ||
	    (st.st_uid != 0 && st.st_uid != owner))
		return false;
	if (last && !S_ISREG(st.st_mode))
		return false;
	/* In a folder with the sticky bit only owners may rename. */
	return (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
	    (!last && (st.st_mode & S_ISVTX) != 0);
}

/* The same along the whole path. */
static enum fault_kind
adapter_path(const struct adapter_runner *r, const char *adapter, char *path,
    size_t len, struct fault *f)
{
	int n = snprintf(path, len, "%s/%s", r->dir, adapter);
	bool safe = adapter_safe("/", r->owner, false);

	if (n < 0 || (size_t)n >= len || path[0] != '/')
		return fault_set(f, FAULT_CONFIG, "adapter %s: bad path",
		    adapter);
	for (char *slash = path + 1; safe; slash++) {
		slash = strchr(slash, '/');
		if (slash == NULL)
			break;
		*slash = '\0';
		safe = adapter_safe(path, r->owner, false);
		*slash = '/';
	}
	if (access(path, F_OK) != 0)
		return fault_errno(f, FAULT_UNAVAILABLE, errno, "%s", path);
	if (!safe || !adapter_safe(path, r->owner, true))
		return fault_set(f, FAULT_CONFIG, "%s: others than root could "
		    "change it", path);
	return FAULT_NONE;
}

enum fault_kind
adapter_check(const struct adapter_runner *r, const char *adapter,
    struct fault *f)
{
	char path[1024];

	return adapter_path(r, adapter, path, sizeof(path), f);
}

static enum fault_kind
adapter_run(const struct adapter_runner *r, const char *adapter,
    enum adapter_verb verb, struct span in, int64_t timeout, struct buf *out,
    int *status, struct fault *f)
{
	char path[1024];
	char *argv[] = { path, (char *)(uintptr_t)adapter_verb_word(verb),
	    NULL };
	struct spawn_ids ids = { r->uid, r->gid, false };
	char mark[128], env_path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	    env_lang[] = "LC_ALL=C";
	char *envp[] = { env_path, env_lang, r->mark != NULL ? mark : NULL,
	    NULL };
	struct spawn s = { .argv = argv, .envp = envp, .ids = &ids, .dir = "/",
	    .err = STDERR_FILENO, .timeout = timeout * 1000, .group = true,
	    .tied = true, .space = r->space, .hold = r->hold,
	    .mask = 022, .begin = r->begin, .arg = r->arg };
	enum fault_kind kind = adapter_path(r, adapter, path, sizeof(path),
	    f);

	(void)snprintf(mark, sizeof(mark), ADAPTER_MARK "%s",
	    r->mark != NULL ? r->mark : "");
	if (kind == FAULT_NONE)
		kind = spawn_run(&s, in, out, status, f);
	/* What was said by one that did not end is no answer. */
	if (*status < 0)
		buf_reset(out);
	if (*status < 0)
		*status = *status == SPAWN_LATE ? FAULT_TEMP : FAULT_SOFTWARE;
	return kind;
}

struct adapter_runner
adapter_runner_system(const char *dir, uid_t owner, uid_t uid, gid_t gid)
{
	return (struct adapter_runner){ .dir = dir, .owner = owner,
	    .uid = uid, .gid = gid, .run = adapter_run };
}
