/* SPDX-License-Identifier: ISC */
/* What the files of the engine share; nobody else includes this. */
#ifndef JIT_INT_H
#define JIT_INT_H

#include "jit/jit.h"
#include "ledger/note.h"

/* Seconds within which a use of the same operation key is the same use. */
#define JIT_OP_WINDOW 600
/* More arrows than any grant has in a row. */
#define JIT_ARROWS 16
/* Most grants one requester may have waiting for approval. */
#define JIT_PENDING_MAX 100

/*
 * Begin a transaction with everything judged: clock, log against store.  A
 * writer with a log that is ahead recovers it here.  FAULT_CONFIG: store or
 * log cannot be trusted; j->log_why says why.
 *
 * With j->ending set a log that cannot be trusted is no failure.  Nothing is
 * written to it then, and the clock counts as one that can't be trusted: what
 * takes a right away goes on, and is in the store alone; what gives one does
 * not.  The verb reports it with jit_unlogged().
 */
enum fault_kind jit_begin(struct jit *j, bool write, struct fault *f);
/* The answer of a verb that went on without its log: untrusted, and why. */
void jit_unlogged(struct jit *j, struct jit_answer *a);
/* Raise the mark, sync the log, commit.  On failure all is rolled back. */
enum fault_kind jit_commit(struct jit *j, struct fault *f);
void jit_abort(struct jit *j);

/* The account that the engine acts for, UINT32_MAX for the author of a mail,
 * who is none; and may it do what an administrator may? */
uint32_t jit_uid(const struct jit *j);
bool jit_admin(const struct jit *j);
/* "uid:1001" of the caller. */
void jit_caller(const struct jit *j, char out[GRANT_WHO]);

/*
 * Add the audit line of an event of a grant, put (seq, hash) into it and the
 * row into the store.  more: further members, taken; NULL none.
 */
enum fault_kind jit_record(struct jit *j, struct grant *g, const char *event,
    enum grant_state from, json_t *more, struct fault *f);
/* An audit line that belongs to no grant; takes fields.  A transaction has one
 * line: a second one is FAULT_SOFTWARE. */
enum fault_kind jit_note(struct jit *j, const char *event, json_t *fields,
    struct fault *f);

/* now, trust, freezes and runs of a grant, within a transaction. */
enum fault_kind jit_context(struct jit *j, const struct grant *g,
    struct grant_context *c, struct fault *f);

/*
 * Does a freeze hold for the grant, its requester taken in any guise?  Within
 * a transaction.  Where the policy that could say cannot be read, a freeze of
 * any user holds for all.
 */
enum fault_kind jit_frozen(struct jit *j, const struct grant *g,
    bool *frozen, struct fault *f);

/* Load the policy if it is not loaded; FAULT_CONFIG in j->policy_fault. */
bool jit_need_policy(struct jit *j, struct jit_answer *a);

/* How approvals stand, within a transaction. */
enum fault_kind jit_enough(struct jit *j, const struct grant *g, bool *enough,
    struct fault *f);

/*
 * One step under the write lock; *fx says what to do then; more is taken.  On
 * a full disk the ballast makes room for an end, never for a beginning.
 */
enum fault_kind jit_step(struct jit *j, const char *id, enum grant_event ev,
    const char *name, json_t *more, struct grant *g, unsigned *fx,
    struct fault *f);

/* What one event means to a grant that was read in this transaction; nothing
 * is stored.  *name is changed if the audit event has a name of its own. */
enum fault_kind jit_decide(struct jit *j, struct grant *g,
    enum grant_event ev, const char **name, unsigned *fx, struct fault *f);

/* Read the grant as it is now (GRANT_NONE if there is none), with the
 * clock. */
enum fault_kind jit_peek(struct jit *j, const char *id, struct grant *g,
    struct fault *f);
/* How adapters of this home are run. */
struct adapter_runner jit_runner(const struct jit *j);

#define JIT_TREE_MARK 64
/* An adapter's processes; see effect_tree.c. */
struct jit_tree {
	struct jit *j;
	const struct grant *g;
	enum adapter_verb verb;
	struct store_run row;
	char mark[JIT_TREE_MARK];
	bool written;	/* the row is in the store */
	bool busy;	/* another is at work, or it is too late: not begun */
	bool groupless;	/* there is no cgroup to be had, or it could not be
			   made: then it has not begun */
};
/*
 * Ask the adapter, held as a tree while it works: a cgroup, else a PID
 * namespace for root, else a holder between; again without the cgroup if it
 * could not be made.  j, g and verb of t are set.  What it leaves at work is
 * ended.
 */
enum fault_kind jit_tree_ask(struct jit_tree *t, const struct grant *as,
    const json_t *plan, struct adapter_reply *reply, struct fault *f);
/* Is there still a jitgrant, not stopped, that waits for this adapter? */
bool jit_tree_held(const struct jit *j, const struct store_run *r);
/* Kill an adapter's tree as written down; false if something does not go. */
bool jit_tree_kill(const struct jit *j, const struct store_run *r);
/* Forget a dead tree; unless it is settled its grant is to know that what it
 * sent may still arrive. */
enum fault_kind jit_tree_drop(struct jit *j, const struct store_run *r,
    bool settled, struct fault *f);
/* For how many seconds may what was sent for a grant that is revoking still
 * arrive?  0: its undo counts.  Within a transaction. */
enum fault_kind jit_flight(struct jit *j, const struct grant *g,
    int64_t *seconds, struct fault *f);
/* End the trees that others left on the effect of this grant; *busy if one is
 * at work, or does not go. */
enum fault_kind jit_trees_end(struct jit *j, const struct grant *g,
    bool *busy, struct fault *f);

/*
 * What an adapter gets to know of a grant: *plan is {"adapter","user",
 * "timeout","config","undo"}, a new reference; as is the grant with the values
 * for it.  See order.c for whose word counts.  To grant, the order is on the
 * disk when this returns.  FAULT_CONFIG, FAULT_DATA: it is not to be asked.
 */
enum fault_kind jit_order_for(struct jit *j, enum adapter_verb verb,
    struct grant *as, json_t **plan, struct fault *f);
/* Write the order of a grant, or its new undo record. */
enum fault_kind jit_order_put(struct jit *j, const struct grant *g,
    json_t *plan, struct fault *f);
enum fault_kind jit_order_keep(struct jit *j, const struct grant *g,
    const json_t *undo, struct fault *f);
/* The undo record of a grant, from its order or else the store; a new
 * reference, NULL if there is none. */
enum fault_kind jit_order_undo(struct jit *j, const struct grant *g,
    json_t **undo, struct fault *f);
/* It is undone: the order goes. */
void jit_order_drop(struct jit *j, const char *id);

/* Which verb of its adapter a grant waits for; false if for none, or not
 * yet. */
bool jit_waits(const struct jit *j, const struct grant *g,
    enum adapter_verb *verb);
/* Run the adapter once, if the grant waits for it.  *did: it ran; *stuck: it
 * failed, or its time to be tried again has not come. */
enum fault_kind jit_adapt(struct jit *j, const char *id, bool *did,
    bool *stuck, struct fault *f);
/* Is it undone, but what was sent before may still arrive? */
bool jit_settling(const struct grant *g);
/* Is the right gone and only the rest of its effect to be cleared, later? */
bool jit_withdrawn(const struct grant *g);
/*
 * Have the effect of an active grant made again: its end was moved, or (look)
 * the host was started since and it may be gone.  If that fails the effect
 * ends as it would have; nothing is open longer than it should be.
 */
enum fault_kind jit_reapply(struct jit *j, const char *id, bool look,
    bool *stuck, struct fault *f);
/*
 * The end of a grant could not be written down, not even with the ballast:
 * take its effect away all the same.  The next sweep writes it down.
 */
void jit_undo_first(struct jit *j, const struct grant *g);

/*
 * Move a grant on as far as it goes now: approve, apply, activate, end, undo;
 * each arrow in a transaction of its own.  *stuck says that an adapter failed
 * and is to be tried again.
 */
enum fault_kind jit_advance(struct jit *j, const char *id, bool *stuck,
    struct fault *f);
/* One event for a grant and then jit_advance().  *meant: it had a meaning. */
enum fault_kind jit_event(struct jit *j, const char *id, enum grant_event ev,
    const char *name, json_t *more, bool *meant, struct fault *f);

/*
 * Is the request what its line in the log says was asked?  Only its duration
 * may have become less, by votes; *duration is what was asked.
 */
enum fault_kind jit_unchanged(struct jit *j, const struct grant *g,
    bool *same, int64_t *duration, struct fault *f);
/* "denied by the policy, line N: why", without a line if no line decided. */
void jit_denied(struct jit_answer *a, const struct policy_verdict *v,
    const char *how);

/* The answer about a grant: state, uses, end. */
void jit_about(struct jit_answer *a, const struct grant *g);
void jit_say(struct jit_answer *a, enum decision d, const char *reason,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* A fault as an answer: FAULT_CONFIG of store and log is "untrusted". */
void jit_fail(struct jit *j, struct jit_answer *a, enum fault_kind kind,
    const struct fault *f);
/* Wrong usage of a verb. */
void jit_usage(struct jit_answer *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The grant as JSON, for show, list and the log. */
json_t *jit_grant_json(const struct grant *g, const struct grant_context *c,
    enum decision d, const char *reason);

/* Fetch the grant named by ask->id, or the caller's live one of that kind and
 * resource, within a transaction; false: the answer says why. */
bool jit_find(struct jit *j, const struct jit_ask *ask, struct grant *g,
    struct jit_answer *a);
/* Is the caller this grant's requester? */
bool jit_mine(const struct jit *j, const struct grant *g);
/* Is the caller one of the approvers of this grant? */
bool jit_approver(struct jit *j, const struct grant *g);

/* Limits of a question as a canonical JSON object. */
enum fault_kind jit_limits_text(const struct jit_ask *ask,
    char out[GRANT_LIMITS], struct fault *f);

/* A new random id. */
enum fault_kind jit_new_id(struct jit *j, char id[GRANT_ID], struct fault *f);

/*
 * A person's vote, already known to be his: judged and written down, then the
 * grant moves on.  via: "local" or "mail"; evidence: JSON or NULL.
 */
struct jit_ballot {
	const char *person;
	bool yes;
	const char *shorten;	/* a duration, or NULL */
	const char *via;
	const char *evidence;
};
void jit_vote(struct jit *j, const char *id, const struct jit_ballot *ballot,
    struct jit_answer *a);

/*
 * Judge a stored grant's question again by today's policy.  limits is the
 * object after g->limits; keys and values hold what v borrows.
 */
void jit_ask_again(struct jit *j, const struct grant *g, json_t *limits,
    const char *keys[JIT_LIMITS], const char *values[JIT_LIMITS],
    struct policy_verdict *v);

/*
 * An active grant that an earlier boot activated, and that this one may look
 * after now: what lived in memory or below /run is gone.
 */
bool jit_of_old_boot(const struct jit *j, const struct grant *g);

/* The key of checkpoints: its name is the log's origin and its epoch.  Cleanse
 * it when done. */
enum fault_kind jit_log_key(struct jit *j, struct note_key *key,
    char origin[NOTE_NAME], struct fault *f);
/*
 * The checkpoint of this log in a text, or in the decoded text of a mail.
 * FAULT_DATA if there is none that the log's key has signed.
 */
enum fault_kind jit_anchor(struct jit *j, const char *anchor,
    struct checkpoint *c, struct fault *f);

/* What a sweep did, or would do. */
struct jit_sweep_count {
	int64_t live, changed, stuck, withdrawn, failed;
	int64_t settling;	/* undone, until nothing can arrive late */
	int64_t runs;		/* commands that outlived their end */
	int64_t booted;		/* of an earlier boot, looked after */
};
/* Move every live grant on as far as it goes; with revoke, end it first. */
enum fault_kind jit_sweep_all(struct jit *j, bool revoke,
    struct jit_sweep_count *count, struct fault *f);
/* What a sweep would do, as JSON in *would; nothing is written. */
enum fault_kind jit_dry_run(struct jit *j, bool revoke,
    struct jit_sweep_count *count, json_t **would, struct fault *f);

/* Read the grant and answer by how it stands now. */
void jit_answer_now(struct jit *j, const char *id, struct jit_answer *a);

/* The verbs. */
void jit_request(struct jit *j, const struct jit_ask *ask,
    struct jit_answer *a);
void jit_approve(struct jit *j, const struct jit_ask *ask,
    struct jit_answer *a);
void jit_deny(struct jit *j, const struct jit_ask *ask, struct jit_answer *a);
void jit_use(struct jit *j, const struct jit_ask *ask, struct jit_answer *a);
void jit_check(struct jit *j, const struct jit_ask *ask,
    struct jit_answer *a);
void jit_run(struct jit *j, const struct jit_ask *ask, struct jit_answer *a);
void jit_list(struct jit *j, const struct jit_ask *ask, struct jit_answer *a);
void jit_show(struct jit *j, const struct jit_ask *ask, struct jit_answer *a);
void jit_renew(struct jit *j, const struct jit_ask *ask,
    struct jit_answer *a);
void jit_release(struct jit *j, const struct jit_ask *ask,
    struct jit_answer *a);
void jit_revoke(struct jit *j, const struct jit_ask *ask,
    struct jit_answer *a);
void jit_freeze(struct jit *j, const struct jit_ask *ask,
    struct jit_answer *a);
void jit_unfreeze(struct jit *j, const struct jit_ask *ask,
    struct jit_answer *a);
void jit_sweep(struct jit *j, const struct jit_ask *ask,
    struct jit_answer *a);
void jit_policy(struct jit *j, const struct jit_ask *ask,
    struct jit_answer *a);
void jit_log(struct jit *j, const struct jit_ask *ask, struct jit_answer *a);
void jit_clock(struct jit *j, const struct jit_ask *ask,
    struct jit_answer *a);
void jit_doctor(struct jit *j, const struct jit_ask *ask,
    struct jit_answer *a);

#endif
