/* SPDX-License-Identifier: ISC */
/*
 * The store of grants behind one small interface; today that is
 * SQLite.  No caller sees SQL.
 *
 * A writer MUST hold the write lock (store_begin with write set) from its
 * first read to store_commit(), and MUST have synced the audit line of what it
 * does before store_commit().  A store on a network or user-space file system
 * is refused: their locks are not to be trusted.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/sha256.h"
#include "base/span.h"
#include "grant/grant.h"

#define STORE_SCHEMA 5
#define STORE_SPENT_MAX 8

/* Where the audit log ends, as far as the store knows. */
struct store_head {
	int64_t seq;		/* lines */
	int64_t end;		/* bytes */
	int64_t len;		/* bytes of the last line with its newline */
	char hash[SHA256_HEX];	/* of the last line with its newline */
};

/* What the store knows about its host. */
struct store_host {
	struct store_head head;
	struct jit_mark mark;
	int64_t epoch;		/* of the checkpoint key */
	int64_t swept;		/* wall time of the last sweep, 0: never */
};

struct store_vote {
	char grant[GRANT_ID];
	char person[GRANT_PERSON];
	bool yes;
	int64_t time;
	char via[33];		/* "local" or "mail" */
	const char *evidence;	/* JSON; what a mail proved; NULL none */
};

enum freeze_scope {
	FREEZE_ALL = 0,
	FREEZE_USER,		/* value: "uid:1001" or "mail:..." */
	FREEZE_KIND,
	FREEZE_RESOURCE,
	FREEZE_HOST		/* all that ends on this host */
};

struct store_freeze {
	int64_t id;
	enum freeze_scope scope;
	char value[GRANT_WHO];
	char by[GRANT_WHO];
	char reason[GRANT_REASON];
	int64_t since;
};

/* A use that was charged under an operation key. */
struct store_op {
	char grant[GRANT_ID];
	char key[SHA256_HEX];	/* SHA-256 of the key the caller named */
	char limits[SHA256_HEX];	/* SHA-256 of the limits shown */
	uint32_t uid;
	int64_t count;
	int64_t time;
};

/* A command that runs under a grant, so that sweep ends what outlived it. */
struct store_run {
	int64_t id;
	char grant[GRANT_ID];
	char cgroup[512];	/* path of its own cgroup v2, "" if none */
	int64_t pid;		/* of the supervisor */
	int64_t pid_start;	/* field 22 of /proc/PID/stat, jiffies */
	int64_t child;		/* of the command */
	int64_t child_start;
	char boot_id[JIT_BOOT_ID];
	bool adapter;		/* it is the grant's adapter, not a command */
};

/* A mail that waits for sendmail; its text goes beside it. */
struct store_mail {
	int64_t id;
	char sender[321];	/* of the envelope; "" null */
	int64_t since;		/* when it was written */
	int64_t tries;		/* that failed */
	int64_t next;		/* not tried before this time */
};

struct store;

/* What may be listed. */
enum store_which {
	STORE_LIVE = 0,	/* all that are not ended in any way */
	STORE_ALL,
	STORE_DUE,	/* live ones that sweep has to look at */
	STORE_SPENT	/* ended because they were used up, of one requester,
			   kind and resource: the last STORE_SPENT_MAX */
};

/*
 * Open (or, if create is set, make) the store at an absolute path without
 * symbolic links.  FAULT_NOINPUT if there is none.  Migrates an older schema.
 * From here on FAULT_CONFIG always means: place or content cannot be trusted.
 */
enum fault_kind store_open(const char *path, bool create, struct store **out,
    struct fault *f);
void store_close(struct store *s);

/*
 * Begin a transaction.  With write set it takes the write lock at once and
 * waits up to 15 s for it; then FAULT_TEMP.  store_rollback() after a failure;
 * it is harmless without a transaction.
 */
enum fault_kind store_begin(struct store *s, bool write, struct fault *f);
enum fault_kind store_commit(struct store *s, struct fault *f);
void store_rollback(struct store *s);
/* Did the last store_commit() fail because the disk was full?  Then nothing
 * was committed for certain, not even after a crash. */
bool store_found_no_room(const struct store *s);

enum fault_kind store_host_get(struct store *s, struct store_host *h,
    struct fault *f);
enum fault_kind store_host_put(struct store *s, const struct store_host *h,
    struct fault *f);

/* The grant of that id; *found says whether there is one. */
enum fault_kind store_grant_get(struct store *s, const char *id,
    struct grant *g, bool *found, struct fault *f);
/* Write the whole grant, a new one too. */
enum fault_kind store_grant_put(struct store *s, const struct grant *g,
    struct fault *f);
/*
 * Call each() for the grants listed, oldest first, of this requester if
 * requester is not NULL, of this kind and resource if those are not NULL.  A
 * fault from each() ends the walk.
 */
enum fault_kind store_grant_each(struct store *s, enum store_which which,
    const char *requester, const char *kind, const char *resource,
    enum fault_kind (*each)(const struct grant *, void *, struct fault *),
    void *arg, struct fault *f);
/*
 * The oldest other grant of that effect that has a right to it now: applying,
 * or active and not over by either clock.  With now NULL: whose adapter may
 * have made it, so also one that is revoking or over.
 */
enum fault_kind store_grant_sharing(struct store *s, const char *effect,
    const char *id, const struct jit_now *now, struct grant *g, bool *found,
    struct fault *f);
/*
 * Take n uses from an active grant, in one conditional UPDATE: only if it is
 * active, not over by wall or boot clock, and has n left.  *taken says whether
 * it did, and then *left what is left (-1: not counted).  seq and hash are
 * written into the row.
 */
enum fault_kind store_grant_burn(struct store *s, const char *id, int64_t n,
    const struct jit_now *now, const struct store_head *head, bool *taken,
    int64_t *left, struct fault *f);

/* One vote a person: *fresh is false if there was one already. */
enum fault_kind store_vote_put(struct store *s, const struct store_vote *v,
    bool *fresh, struct fault *f);
/* Is there a vote of that person? */
enum fault_kind store_vote_find(struct store *s, const char *grant,
    const char *person, bool *found, struct fault *f);
enum fault_kind store_vote_each(struct store *s, const char *grant,
    enum fault_kind (*each)(const struct store_vote *, void *, struct fault *),
    void *arg, struct fault *f);
/* Tries of a code by a person at a request; adds `add` and gives the sum. */
enum fault_kind store_tries(struct store *s, const char *grant,
    const char *person, int64_t add, int64_t *sum, struct fault *f);
/* Forget one such count, and all of names from `from` up to before `to`. */
enum fault_kind store_tries_forget(struct store *s, const char *grant,
    const char *person, struct fault *f);
enum fault_kind store_tries_drop(struct store *s, const char *from,
    const char *to, struct fault *f);

enum fault_kind store_op_get(struct store *s, const char *grant,
    const char *key, struct store_op *op, bool *found, struct fault *f);
enum fault_kind store_op_put(struct store *s, const struct store_op *op,
    struct fault *f);

enum fault_kind store_freeze_put(struct store *s,
    const struct store_freeze *z, struct fault *f);
/* Lift the freezes of that scope and value; *n says how many. */
enum fault_kind store_freeze_drop(struct store *s, enum freeze_scope scope,
    const char *value, int64_t *n, struct fault *f);
enum fault_kind store_freeze_each(struct store *s,
    enum fault_kind (*each)(const struct store_freeze *, void *,
    struct fault *), void *arg, struct fault *f);

/* Remember a run; its number is put into r->id.  Forget it again. */
enum fault_kind store_run_put(struct store *s, struct store_run *r,
    struct fault *f);
enum fault_kind store_run_drop(struct store *s, int64_t id, struct fault *f);
/* Runs of one grant, or of all if grant is NULL. */
enum fault_kind store_run_each(struct store *s, const char *grant,
    enum fault_kind (*each)(const struct store_run *, void *, struct fault *),
    void *arg, struct fault *f);

/* Keep a mail; its number is put into *id. */
enum fault_kind store_mail_put(struct store *s, const struct store_mail *m,
    const char *text, int64_t *id, struct fault *f);
enum fault_kind store_mail_drop(struct store *s, int64_t id, struct fault *f);
/* Not before `next` again; failed: count it. */
enum fault_kind store_mail_later(struct store *s, int64_t id, int64_t next,
    bool failed, struct fault *f);
/* The one that has been due for longest; its text is appended.  longest is
 * the longest pause: what is further away was put there by a clock that was
 * ahead then, and is due. */
enum fault_kind store_mail_due(struct store *s, int64_t now,
    int64_t longest, struct store_mail *m, struct buf *text, bool *found,
    struct fault *f);
/* How many wait, how many of them failed, and since when the oldest does. */
enum fault_kind store_mail_waiting(struct store *s, int64_t *all,
    int64_t *failed, int64_t *since, struct fault *f);

/* Words for scopes, as logs and JSON show them. */
const char *freeze_scope_word(enum freeze_scope s);
bool freeze_scope_parse(struct span word, enum freeze_scope *out);

#endif
