/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/store_impl.h"

/* How long a lock is waited for, in milliseconds. */
#define STORE_BUSY_MS 15000

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
	/* No checkpoint by whoever happens to close last: the log and the WAL
	 * are synced, and a use should not pay for others'. */
	const struct sql_how how = { .busy_ms = STORE_BUSY_MS,
	    .create = create, .no_checkpoint = true,
	    .pragmas = "PRAGMA wal_autocheckpoint=128" };
	struct store *s;
	enum fault_kind kind;

	*out = NULL;
	kind = create ? store_make(path, f) : FAULT_NONE;
	if (kind == FAULT_NONE)
		kind = sql_file_check(path, f);
	if (kind != FAULT_NONE)
		return kind;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fault_nomem(f);
	kind = sql_open(&s->db, path, &how, f);
	if (kind == FAULT_NONE)
		kind = store_migrate(s, create, f);
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
	sql_close(&s->db);
	free(s);
}

enum fault_kind
store_begin(struct store *s, bool write, struct fault *f)
{
	return sql_begin(&s->db, write, f);
}

enum fault_kind
store_commit(struct store *s, struct fault *f)
{
	return sql_commit(&s->db, f);
}

bool
store_found_no_room(const struct store *s)
{
	return s->db.full;
}

void
store_rollback(struct store *s)
{
	sql_rollback(&s->db);
}

enum fault_kind
store_host_get(struct store *s, struct store_host *h, struct fault *f)
{
	struct sql q;
	bool row;
	enum fault_kind kind;

	*h = (struct store_host){ 0 };
	sql_made(&q, &s->db, "SELECT log_seq, log_end, log_len, log_hash,"
	    " seen_max, wall, boot, boot_id, epoch, swept FROM host"
	    " WHERE one = 1");
	row = sql_step(&q);
	if (row) {
		h->head.seq = sql_column(&q, 0);
		h->head.end = sql_column(&q, 1);
		h->head.len = sql_column(&q, 2);
		sql_copy(&q, 3, h->head.hash, sizeof(h->head.hash));
		h->mark.seen_max = sql_column(&q, 4);
		h->mark.wall = sql_column(&q, 5);
		h->mark.boot = sql_column(&q, 6);
		sql_copy(&q, 7, h->mark.boot_id, sizeof(h->mark.boot_id));
		h->epoch = sql_column(&q, 8);
		h->swept = sql_column(&q, 9);
	}
	kind = sql_end(&q, f);
	if (kind == FAULT_NONE && !row)
		kind = fault_set(f, FAULT_CONFIG, "the store has no host row");
	return kind;
}

enum fault_kind
store_host_put(struct store *s, const struct store_host *h, struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, "UPDATE host SET log_seq = :seq, log_end = :end,"
	    " log_len = :len, log_hash = :hash, seen_max = :seen,"
	    " wall = :wall, boot = :boot, boot_id = :boot_id, epoch = :epoch,"
	    " swept = :swept WHERE one = 1");
	sql_int_as(&q, ":seq", h->head.seq);
	sql_int_as(&q, ":end", h->head.end);
	sql_int_as(&q, ":len", h->head.len);
	sql_text_as(&q, ":hash", h->head.hash);
	sql_int_as(&q, ":seen", h->mark.seen_max);
	sql_int_as(&q, ":wall", h->mark.wall);
	sql_int_as(&q, ":boot", h->mark.boot);
	sql_text_as(&q, ":boot_id", h->mark.boot_id);
	sql_int_as(&q, ":epoch", h->epoch);
	sql_int_as(&q, ":swept", h->swept);
	(void)sql_step(&q);
	return sql_end(&q, f);
}
