/* SPDX-License-Identifier: ISC */
/* The file of a store, and its transactions. */
#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sql.h"

static int64_t
sql_ms(void)
{
	struct clock c = clock_system();

	return clock_mono_ms(&c);
}

/*
 * SQLite's own back-off sleeps up to 100 ms, and a thousand callers then wait
 * in step; short sleeps of random length share a lock better.  Where a disk is
 * slow to sync they grow, or the crowd would keep the processors busy waking.
 */
static int
sql_busy(void *arg, int count)
{
	struct sql_db *d = arg;
	struct timespec ts = { 0, 0 };
	long most;

	if (count == 0)
		d->busy_since = sql_ms();
	else if (sql_ms() - d->busy_since > d->busy_ms)
		return 0;
	d->jitter = d->jitter * 1664525U + 1013904223U;
	most = 3000000L << (count < 8 ? 0 : count < 16 ? 1 : count < 24 ? 2 :
	    3);
	ts.tv_nsec = 300000L + (long)(d->jitter >> 6) % most;
	(void)nanosleep(&ts, NULL);
	return 1;
}

enum fault_kind
sql_fault(struct sql_db *d, int rc, struct fault *f)
{
	const char *text = d->db != NULL ? sqlite3_errmsg(d->db) :
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
sql_exec(struct sql_db *d, const char *text, struct fault *f)
{
	return sql_fault(d, sqlite3_exec(d->db, text, NULL, NULL, NULL), f);
}

enum fault_kind
sql_file_check(const char *path, struct fault *f)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return fault_errno(f, errno == ENOENT || errno == ENOTDIR ?
		    FAULT_NOINPUT : FAULT_NOPERM, errno, "%s", path);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fault_set(f, FAULT_CONFIG, "%s: not a plain file of "
		    "one name that only its owner may write", path);
	return FAULT_NONE;
}

static enum fault_kind
sql_set_up(struct sql_db *d, const struct sql_how *how, struct fault *f)
{
	(void)sqlite3_extended_result_codes(d->db, 1);
	(void)sqlite3_busy_handler(d->db, sql_busy, d);
	if (how->no_checkpoint)
		(void)sqlite3_db_config(d->db,
		    SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	(void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0,
	    NULL);
	if (how->create && sql_exec(d, "PRAGMA journal_mode=WAL", f) !=
	    FAULT_NONE)
		return f->kind;
	if (sql_exec(d, "PRAGMA synchronous=FULL", f) != FAULT_NONE)
		return f->kind;
	return sql_exec(d, how->pragmas, f);
}

enum fault_kind
sql_open(struct sql_db *d, const char *path, const struct sql_how *how,
    struct fault *f)
{
	int rc;

	*d = (struct sql_db){ .busy_ms = how->busy_ms,
	    .jitter = (uint32_t)getpid() * 2654435761U };
	rc = sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, NULL);
	return sql_fault(d, rc, f) != FAULT_NONE ? f->kind :
	    sql_set_up(d, how, f);
}

void
sql_close(struct sql_db *d)
{
	sql_rollback(d);
	for (size_t i = 0; i < d->nkept; i++)
		(void)sqlite3_finalize(d->kept[i].stmt);
	(void)sqlite3_close(d->db);
	d->db = NULL;
	d->nkept = 0;
}

enum fault_kind
sql_begin(struct sql_db *d, bool write, struct fault *f)
{
	d->full = false;
	d->open = sql_exec(d, write ? "BEGIN IMMEDIATE" : "BEGIN", f) ==
	    FAULT_NONE;
	return d->open ? FAULT_NONE : f->kind;
}

enum fault_kind
sql_commit(struct sql_db *d, struct fault *f)
{
	int rc = sqlite3_exec(d->db, "COMMIT", NULL, NULL, NULL);
	enum fault_kind kind = sql_fault(d, rc, f);

	d->full = (rc & 0xff) == SQLITE_FULL;
	if (kind == FAULT_NONE)
		d->open = false;
	return kind;
}

void
sql_rollback(struct sql_db *d)
{
	if (d->open)
		(void)sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
	d->open = false;
}
