/* SPDX-License-Identifier: ISC */
/*
 * The audit log: JSON lines, each with the SHA-256 of the line before.
 *
 * A line is one JSON object in canonical form (keys sorted, no white space,
 * ASCII only) and a newline.  It has at least `seq` (1 for the first line),
 * `prev` (the SHA-256 of the line before with its newline, as hexadecimal; 64
 * zeros in the first), `time` (RFC 3339) and `event`.
 *
 * A line MUST be on the disk before the row it describes is committed, and both
 * happen under the store's write lock; so the log is never behind the store,
 * and at most one line ahead of it, apart from the lines that report such an
 * accident (`aborted`, `recovered`).  Anything else is a restored backup or a
 * cut log, and no authority is given until someone accepts it.
 */
#ifndef AUDIT_H
#define AUDIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/fault.h"
#include "ledger/store.h"

#define AUDIT_LINE_MAX 65536
#define AUDIT_ZERO \
	"0000000000000000000000000000000000000000000000000000000000000000"

struct audit {
	int fd;
	struct buf pending;	/* lines added and not yet written */
	int64_t at;		/* where they go */
	int64_t size;		/* of the file when it was opened or written */
	bool synced;		/* the pending lines are on the disk */
};

/* How the log stands to the store.  The zero value trusts nothing. */
enum audit_state {
	AUDIT_UNTRUSTED = 0,	/* *why of audit_judge() says it */
	AUDIT_AHEAD,		/* recoverable: see audit_recover() */
	AUDIT_OK
};

/* Open the log `name` in the folder dirfd; made 0640 with create set, which
 * fails if there is one.  Owner, type and links are checked. */
enum fault_kind audit_open(struct audit *a, int dirfd, const char *name,
    bool create, uid_t owner, struct fault *f);
void audit_close(struct audit *a);

/*
 * Compare the log as it was when opened with the store's head.  A reader
 * opens the log first and begins its transaction then; a writer calls
 * audit_refresh() under the lock first.
 */
enum fault_kind audit_judge(struct audit *a, const struct store_head *head,
    enum audit_state *state, const char **why, struct fault *f);
enum fault_kind audit_refresh(struct audit *a, struct fault *f);

/*
 * Under the write lock, with a log that is AUDIT_AHEAD: add the line that
 * reports it, unless it stands there, and move *head to the end of the log.
 */
enum fault_kind audit_recover(struct audit *a, struct store_head *head,
    const struct jit_now *now, struct fault *f);
/* The same for a log that was judged untrusted, after a human accepted it:
 * adds a line `restored`. */
enum fault_kind audit_accept(struct audit *a, struct store_head *head,
    const struct jit_now *now, const char *by, struct fault *f);

/*
 * Add a line: takes the reference of fields (an object with at least `event`;
 * seq, prev and time are put in here; NULL is reported as no memory) and moves
 * *head after it.  Nothing is written before audit_flush().
 */
enum fault_kind audit_add(struct audit *a, struct store_head *head,
    const struct jit_now *now, json_t *fields, struct fault *f);
/* Write and sync what was added.  On failure the file is cut back. */
enum fault_kind audit_flush(struct audit *a, struct fault *f);
/*
 * Forget what was added; cut back what was written but not synced.  Lines
 * that were synced stay: whether their row was committed only the next writer
 * can tell (audit_recover).  Call it while the write lock is still held.
 */
void audit_rollback(struct audit *a);
/* Under the write lock: what was synced was not committed for certain.  Cut
 * it off again, if it still is the end of the log. */
void audit_cut(struct audit *a);
/* The row is committed: what was written stays. */
void audit_commit(struct audit *a);

/* What audit_verify() found. */
struct audit_verdict {
	bool ok;
	int64_t lines;		/* good lines from the start */
	int64_t bad;		/* number of the first bad line, 0: none */
	char why[160];
	char hash[SHA256_HEX];	/* chain head after the last good line */
	int64_t end;		/* bytes up to there */
	bool end_checked;	/* the end was compared with `head` */
	bool fragment;		/* the bad line is a last one without newline */
	bool mark_checked;	/* the checkpoint's line was reached */
};

/*
 * Check every line of the open file fd: canonical form, numbers, chain; with
 * head not NULL also that the log ends there.  With mark_seq > 0 the chain
 * head after line mark_seq must be mark_hash (a checkpoint).
 */
enum fault_kind audit_verify(int fd, const struct store_head *head,
    int64_t mark_seq, const char *mark_hash, struct audit_verdict *v,
    struct fault *f);

/* The object of one line with its newline, or NULL if it is not canonical;
 * a new reference. */
json_t *audit_object(struct span line);

/*
 * The object of the line that begins at byte `at`, a new reference; *out is
 * NULL if no line begins there.
 */
enum fault_kind audit_at(const struct audit *a, int64_t at, json_t **out,
    struct fault *f);

/* Call each() for each line (with its parsed object), from the first on. */
enum fault_kind audit_each(int fd,
    enum fault_kind (*each)(struct span line, json_t *object, void *arg,
    struct fault *f), void *arg, struct fault *f);

#endif
