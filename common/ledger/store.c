/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "ledger/store_impl.h"

/* How long a lock is waited for, in milliseconds. */
#define STORE_BUSY_MS 15000

static int64_t
store_ms(void)
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
store_busy(void *arg, int count)
{
	struct store *s = arg;
	struct timespec ts = { 0, 0 };
	long most;

	if (count == 0)
		s->busy_since = store_ms();
	else if (store_ms() - s->busy_since > STORE_BUSY_MS)
		return 0;
	s->jitter = s->jitter * 1664525U + 1013904223U;
	most = 3000000L << (count < 8 ? 0 : count < 16 ? 1 : count < 24 ? 2 :
	    3);
	ts.tv_nsec = 300000L + (long)(s->jitter >> 6) % most;
	(void)nanosleep(&ts, NULL);
	return 1;
}

enum fault_kind
store_fault(struct store *s, int rc, struct fault *f)
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

void
store_prepare(struct store_sql *q, struct store *s, const char *sql)
{
	*q = (struct store_sql){ .s = s };
	q->rc = sqlite3_prepare_v2(s->db, sql, -1, &q->stmt, NULL);
}

void
store_bind_int(struct store_sql *q, const char *name, int64_t n)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_int64(q->stmt,
		    sqlite3_bind_parameter_index(q->stmt, name), n);
}

void
store_bind_text(struct store_sql *q, const char *name, const char *p)
{
	int at;

	if (q->rc != SQLITE_OK)
		return;
	at = sqlite3_bind_parameter_index(q->stmt, name);
	q->rc = p == NULL ? sqlite3_bind_null(q->stmt, at) :
	    sqlite3_bind_text(q->stmt, at, p, -1, SQLITE_STATIC);
}

bool
store_step(struct store_sql *q)
{
	if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW)
		return false;
	q->rc = sqlite3_step(q->stmt);
	return q->rc == SQLITE_ROW;
}

int64_t
store_int(const struct store_sql *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

void
store_text(const struct store_sql *q, int column, char *out, size_t len)
{
	const unsigned char *p = sqlite3_column_text(q->stmt, column);
	size_t n = p == NULL ? 0 :
	    (size_t)sqlite3_column_bytes(q->stmt, column);

	if (n > len - 1)
		n = len - 1;
	if (n > 0)
		memcpy(out, p, n);
	out[n] = '\0';
}

enum fault_kind
store_end(struct store_sql *q, struct fault *f)
{
	enum fault_kind kind = store_fault(q->s, q->rc, f);

	(void)sqlite3_finalize(q->stmt);
	q->stmt = NULL;
	return kind;
}

enum fault_kind
store_exec(struct store *s, const char *sql, struct fault *f)
{
	return store_fault(s, sqlite3_exec(s->db, sql, NULL, NULL, NULL), f);
}

static enum fault_kind
store_set_up(struct store *s, bool create, struct fault *f)
{
	enum fault_kind kind;

	(void)sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_busy_handler(s->db, store_busy, s);
	/* No checkpoint by whoever happens to close last: the log and the WAL
	 * are synced, and a use should not pay for others'. */
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
	    NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0,
	    NULL);
	if (create) {
		kind = store_exec(s, "PRAGMA journal_mode=WAL", f);
		if (kind != FAULT_NONE)
			return kind;
	}
	kind = store_exec(s, "PRAGMA synchronous=FULL;"
	    "PRAGMA wal_autocheckpoint=128", f);
	return kind == FAULT_NONE ? store_migrate(s, create, f) : kind;
}


static enum fault_kind
store_place(const char *path, struct fault *f)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return fault_errno(f, errno == ENOENT ? FAULT_NOINPUT :
		    FAULT_NOPERM, errno, "%s", path);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fault_set(f, FAULT_CONFIG, "%s: not a plain file of "
		    "one name that only its owner may write", path);
	return FAULT_NONE;
}

static enum fault_kind
store_make(const char *path, struct fault *f)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);

	if (fd < 0)
		return fault_errno(f, FAULT_CANTCREAT, errno, "%s", path);
	(void)close(fd);
	return FAULT_NONE;
}

enum fault_kind
store_open(const char *path, bool create, struct store **out, struct fault *f)
{
	struct store *s;
	enum fault_kind kind;
	int rc;

	*out = NULL;
	kind = create ? store_make(path, f) : FAULT_NONE;
	if (kind == FAULT_NONE)
		kind = store_place(path, f);
	if (kind != FAULT_NONE)
		return kind;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fault_nomem(f);
	s->jitter = (uint32_t)getpid() * 2654435761U;
	rc = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, NULL);
	kind = store_fault(s, rc, f);
	if (kind == FAULT_NONE)
		kind = store_set_up(s, create, f);
	if (kind != FAULT_NONE) {
		store_close(s);
		return kind;
	}
	*out = s;
	return FAULT_NONE;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	store_rollback(s);
	(void)sqlite3_close(s->db);
	free(s);
}

enum fault_kind
store_begin(struct store *s, bool write, struct fault *f)
{
	enum fault_kind kind = store_exec(s, write ? "BEGIN IMMEDIATE" :
	    "BEGIN", f);

	s->full = false;
	s->open = kind == FAULT_NONE;
	return kind;
}

enum fault_kind
store_commit(struct store *s, struct fault *f)
{
	int rc = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
	enum fault_kind kind = store_fault(s, rc, f);

	s->full = (rc & 0xff) == SQLITE_FULL;
	if (kind == FAULT_NONE)
		s->open = false;
	return kind;
}

bool
store_found_no_room(const struct store *s)
{
	return s->full;
}

void
store_rollback(struct store *s)
{
	if (s->open)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->open = false;
}

enum fault_kind
store_host_get(struct store *s, struct store_host *h, struct fault *f)
{
	struct store_sql q;
	bool row;
	enum fault_kind kind;

	*h = (struct store_host){ 0 };
	store_prepare(&q, s, "SELECT log_seq, log_end, log_len, log_hash,"
	    " seen_max, wall, boot, boot_id, epoch, swept FROM host"
	    " WHERE one = 1");
	row = store_step(&q);
	if (row) {
		h->head.seq = store_int(&q, 0);
		h->head.end = store_int(&q, 1);
		h->head.len = store_int(&q, 2);
		store_text(&q, 3, h->head.hash, sizeof(h->head.hash));
		h->mark.seen_max = store_int(&q, 4);
		h->mark.wall = store_int(&q, 5);
		h->mark.boot = store_int(&q, 6);
		store_text(&q, 7, h->mark.boot_id, sizeof(h->mark.boot_id));
		h->epoch = store_int(&q, 8);
		h->swept = store_int(&q, 9);
	}
	kind = store_end(&q, f);
	if (kind == FAULT_NONE && !row)
		kind = fault_set(f, FAULT_CONFIG, "the store has no host row");
	return kind;
}

enum fault_kind
store_host_put(struct store *s, const struct store_host *h, struct fault *f)
{
	struct store_sql q;

	store_prepare(&q, s, "UPDATE host SET log_seq = :seq, log_end = :end,"
	    " log_len = :len, log_hash = :hash, seen_max = :seen,"
	    " wall = :wall, boot = :boot, boot_id = :boot_id, epoch = :epoch,"
	    " swept = :swept WHERE one = 1");
	store_bind_int(&q, ":seq", h->head.seq);
	store_bind_int(&q, ":end", h->head.end);
	store_bind_int(&q, ":len", h->head.len);
	store_bind_text(&q, ":hash", h->head.hash);
	store_bind_int(&q, ":seen", h->mark.seen_max);
	store_bind_int(&q, ":wall", h->mark.wall);
	store_bind_int(&q, ":boot", h->mark.boot);
	store_bind_text(&q, ":boot_id", h->mark.boot_id);
	store_bind_int(&q, ":epoch", h->epoch);
	store_bind_int(&q, ":swept", h->swept);
	(void)store_step(&q);
	return store_end(&q, f);
}
