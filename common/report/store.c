/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "report/folder.h"
#include "report/store_impl.h"

/* How long a lock is waited for, in milliseconds. */
#define STORE_BUSY_MS 20000
#define STORE_PATH ((size_t)4096)

/* The folder that the file at path stands in must be of this machine. */
static enum fault_kind
check_folder(const char *path, struct fault *f)
{
	char dir[STORE_PATH];
	struct span s = span_of(path);
	size_t cut = span_rfind(s, '/');
	bool local;

	if (cut == s.len)
		s = SPAN(".");
	else
		s = span_sub(s, 0, cut == 0 ? 1 : cut);
	memcpy(dir, s.p, s.len);
	dir[s.len] = '\0';
	if (file_is_local(dir, &local, f) != FAULT_NONE)
		return f->kind;
	if (!local)
		return fault_set(f, FAULT_CONFIG, "%s: the store must lie on "
		    "a local disk, not on a network or FUSE file system", dir);
	return FAULT_NONE;
}

static enum fault_kind
store_place(const char *path, bool create, struct fault *f)
{
	int fd;

	if (create) {
		fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		    0600);
		if (fd < 0)
			return fault_errno(f, FAULT_CANTCREAT, errno, "%s",
			    path);
		(void)close(fd);
	}
	return sql_file_check(path, f) != FAULT_NONE ? f->kind :
	    check_folder(path, f);
}

/* Where the store is: the path in *path. */
static enum fault_kind
store_path(const char *home, const char *uri, bool create, struct buf *path,
    struct fault *f)
{
	struct span s;

	if (uri == NULL) {
		if (create && report_folder_make(home, f) != FAULT_NONE)
			return f->kind;
		buf_addf(path, "%s/store.db", home);
		return buf_check(path, f);
	}
	s = span_of(uri);
	if (span_starts(s, SPAN("postgresql:")))
		return fault_set(f, FAULT_USAGE, "--store: this program was "
		    "built without PostgreSQL");
	if (!span_starts(s, SPAN("sqlite:")) || s.len <= 7)
		return fault_set(f, FAULT_USAGE,
		    "--store=%s: not sqlite:FILE", uri);
	buf_addspan(path, span_sub(s, 7, s.len));
	return buf_check(path, f);
}

enum fault_kind
report_store_open(const char *home, const char *uri, bool create,
    struct report_store **store, struct fault *f)
{
	const struct sql_how how = { .busy_ms = STORE_BUSY_MS,
	    .create = create, .pragmas = "PRAGMA foreign_keys=OFF;"
	    "PRAGMA cache_size=-4096;PRAGMA temp_store=FILE" };
	struct report_store *s = NULL;
	struct buf path;

	*store = NULL;
	buf_init(&path, STORE_PATH - 1);
	if (store_path(home, uri, create, &path, f) != FAULT_NONE ||
	    store_place(buf_str(&path), create, f) != FAULT_NONE)
		goto out;
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		(void)fault_nomem(f);
		goto out;
	}
	if (sql_open(&s->db, buf_str(&path), &how, f) != FAULT_NONE ||
	    report_store_migrate(s, create, f) != FAULT_NONE) {
		report_store_close(s);
		goto out;
	}
	*store = s;
out:
	buf_free(&path);
	return f->kind;
}

void
report_store_close(struct report_store *s)
{
	if (s == NULL)
		return;
	sql_close(&s->db);
	free(s);
}

enum fault_kind
report_store_begin(struct report_store *s, bool write, struct fault *f)
{
	return sql_begin(&s->db, write, f);
}

enum fault_kind
report_store_commit(struct report_store *s, struct fault *f)
{
	return sql_commit(&s->db, f);
}

void
report_store_rollback(struct report_store *s)
{
	sql_rollback(&s->db);
}

enum fault_kind
report_store_mark(struct report_store *s, struct fault *f)
{
	return sql_exec(&s->db, "SAVEPOINT input", f);
}

enum fault_kind
report_store_undo(struct report_store *s, struct fault *f)
{
	return sql_exec(&s->db, "ROLLBACK TO SAVEPOINT input", f);
}

enum fault_kind
report_store_keep(struct report_store *s, struct fault *f)
{
	return sql_exec(&s->db, "RELEASE SAVEPOINT input", f);
}
