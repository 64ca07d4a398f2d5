/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "report/folder.h"
#include "report/store_impl.h"

/* How long a lock is waited for, in milliseconds. */
#define STORE_BUSY_MS 20000
#define STORE_PATH ((size_t)4096)

static int64_t
store_ms(void)
{
	struct clock c = clock_system();

	return clock_mono_ms(&c);
}

/* Short sleeps of random length share a lock better than SQLite's own. */
static int
store_busy(void *arg, int count)
{
	struct report_store *s = arg;
	struct timespec ts = { 0, 0 };
	long most = count < 16 ? 3000000L : 12000000L;

	if (count == 0)
		s->busy_since = store_ms();
	else if (store_ms() - s->busy_since > STORE_BUSY_MS)
		return 0;
	s->jitter = s->jitter * 1664525U + 1013904223U;
	ts.tv_nsec = 300000L + (long)(s->jitter >> 6) % most;
	(void)nanosleep(&ts, NULL);
	return 1;
}

enum fault_kind
report_store_fault(struct report_store *s, int rc, struct fault *f)
{
	const char *text = s->db != NULL ? sqlite3_errmsg(s->db) :
	    sqlite3_errstr(rc);

	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return FAULT_NONE;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return fault_set(f, FAULT_TEMP, "the store is busy: %s", text);
	case SQLITE_NOMEM:
		return fault_nomem(f);
	case SQLITE_FULL:
	case SQLITE_IOERR:
		return fault_set(f, FAULT_IO, "store: %s", text);
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		return fault_set(f, FAULT_NOPERM, "store: %s", text);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_SCHEMA:
		return fault_set(f, FAULT_CONFIG, "store: %s", text);
	default:
		return fault_set(f, FAULT_SOFTWARE, "store: %s (%d)", text,
		    rc);
	}
}

enum fault_kind
report_store_exec(struct report_store *s, const char *sql, struct fault *f)
{
	return report_store_fault(s, sqlite3_exec(s->db, sql, NULL, NULL,
	    NULL), f);
}

enum fault_kind
report_store_local(const char *dir, bool *local, struct fault *f)
{
	/* NFS, SMB, CIFS, SMB2, FUSE, AFS, 9P, Ceph, Coda. */
	static const unsigned long remote[] = { 0x6969, 0x517b, 0xff534d42,
	    0xfe534d42, 0x65735546, 0x5346414f, 0x01021997, 0x00c36400,
	    0x73757245 };
	struct statfs fs;

	*local = true;
	if (statfs(dir, &fs) != 0)
		return fault_errno(f, FAULT_NOINPUT, errno, "%s", dir);
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if (((unsigned long)fs.f_type & 0xffffffffUL) == remote[i])
			*local = false;
	return FAULT_NONE;
}

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
	if (report_store_local(dir, &local, f) != FAULT_NONE)
		return f->kind;
	if (!local)
		return fault_set(f, FAULT_CONFIG, "%s: the store must lie on "
		    "a local disk, not on a network or FUSE file system", dir);
	return FAULT_NONE;
}

static enum fault_kind
store_place(const char *path, bool create, struct fault *f)
{
	struct stat st;
	int fd;

	if (create) {
		fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		    0600);
		if (fd < 0)
			return fault_errno(f, FAULT_CANTCREAT, errno, "%s",
			    path);
		(void)close(fd);
	}
	if (lstat(path, &st) != 0)
		return fault_errno(f, errno == ENOENT || errno == ENOTDIR ?
		    FAULT_NOINPUT : FAULT_NOPERM, errno, "%s", path);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fault_set(f, FAULT_CONFIG, "%s: not a plain file of "
		    "one name that only its owner may write", path);
	return check_folder(path, f);
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

static enum fault_kind
store_set_up(struct report_store *s, bool create, struct fault *f)
{
	(void)sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_busy_handler(s->db, store_busy, s);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0,
	    NULL);
	if (create && report_store_exec(s, "PRAGMA journal_mode=WAL", f) !=
	    FAULT_NONE)
		return f->kind;
	if (report_store_exec(s, "PRAGMA synchronous=FULL;"
	    "PRAGMA foreign_keys=OFF;PRAGMA cache_size=-4096;"
	    "PRAGMA temp_store=FILE", f) != FAULT_NONE)
		return f->kind;
	return report_store_migrate(s, create, f);
}

enum fault_kind
report_store_open(const char *home, const char *uri, bool create,
    struct report_store **store, struct fault *f)
{
	struct report_store *s = NULL;
	struct buf path;
	int rc;

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
	s->jitter = (uint32_t)getpid() * 2654435761U;
	rc = sqlite3_open_v2(buf_str(&path), &s->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, NULL);
	if (report_store_fault(s, rc, f) != FAULT_NONE ||
	    store_set_up(s, create, f) != FAULT_NONE) {
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
	report_store_rollback(s);
	for (size_t i = 0; i < s->nstatements; i++)
		(void)sqlite3_finalize(s->statements[i].stmt);
	(void)sqlite3_close(s->db);
	free(s);
}

enum fault_kind
report_store_begin(struct report_store *s, bool write, struct fault *f)
{
	s->open = report_store_exec(s, write ? "BEGIN IMMEDIATE" : "BEGIN",
	    f) == FAULT_NONE;
	return f->kind;
}

enum fault_kind
report_store_commit(struct report_store *s, struct fault *f)
{
	if (report_store_exec(s, "COMMIT", f) == FAULT_NONE)
		s->open = false;
	return f->kind;
}

void
report_store_rollback(struct report_store *s)
{
	if (s->open)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->open = false;
}

enum fault_kind
report_store_mark(struct report_store *s, struct fault *f)
{
	return report_store_exec(s, "SAVEPOINT input", f);
}

enum fault_kind
report_store_undo(struct report_store *s, struct fault *f)
{
	return report_store_exec(s, "ROLLBACK TO SAVEPOINT input", f);
}

enum fault_kind
report_store_keep(struct report_store *s, struct fault *f)
{
	return report_store_exec(s, "RELEASE SAVEPOINT input", f);
}
