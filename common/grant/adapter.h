/* SPDX-License-Identifier: ISC */
/*
 * Adapters make a grant real somewhere: a group, a sudoers file, a DNS record.
 *
 * An adapter is an executable of root's in a folder only root may write.  It
 * is run with one argument (plan, grant, revoke, status), a fixed environment,
 * and one JSON object on stdin:
 *
 *   {"schema":"vouchsafe-adapter/1","verb":"grant","grant":"gxxxx",
 *    "kind":"...","resource":"...","uid":1001,"user":"alice",
 *    "requester":"uid:1001","limits":{},"not_after":0,"duration":600,
 *    "config":{...},"undo":{...}}
 *
 * It answers with one JSON object on stdout: {"ok":true,"undo":{...}} to plan,
 * {"ok":true,"state":"present"|"absent"} to the others; a refusal is
 * {"ok":false,"text":"why"}.  To revoke, {"ok":true,"state":"withdrawn",
 * "again":300,"undo":{...}} says that the right is gone and the rest is to be
 * asked for so many seconds later, with this undo record; with "last":true in
 * the question nobody will come again.
 *
 * "settled":true, with whatever answer, says that nothing it sent to another
 * host is on its way: all of it was answered, or nothing was sent.  Without
 * that an effect elsewhere may still be made after it has ended.
 *
 * Exit 0: done; 65: the values are not to be written there; 75: try again;
 * others: failed.  All verbs may be run again at any time: granting what is
 * there and revoking what is not are successes.
 */
#ifndef ADAPTER_H
#define ADAPTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/fault.h"
#include "grant/grant.h"
#include "grant/policy.h"

#define ADAPTER_ANSWER_MAX ((size_t)65536)
#define ADAPTER_TIMEOUT 30	/* seconds, unless the kind says else */
/* The variable that marks what an adapter starts; it passes it on. */
#define ADAPTER_MARK "VOUCHSAFE_RUN="
#define ADAPTER_AGAIN_MAX 86400	/* seconds, most until the rest of an end */

enum adapter_verb {
	ADAPTER_PLAN = 0,
	ADAPTER_GRANT,
	ADAPTER_REVOKE,
	ADAPTER_STATUS
};

/* The zero value: it did not work. */
enum adapter_result {
	ADAPTER_FAILED = 0,
	ADAPTER_RETRY,		/* it says try again */
	ADAPTER_REFUSED,	/* the values cannot be written there (65) */
	ADAPTER_WITHDRAWN,	/* revoke: the right is gone, the rest later */
	ADAPTER_DONE		/* present after grant, absent after revoke */
};

struct adapter_reply {
	enum adapter_result result;
	bool present;		/* status */
	json_t *undo;		/* plan, withdrawn: owned by the reply */
	int64_t again;		/* withdrawn: seconds until the rest */
	bool settled;		/* nothing it sent is on its way */
	bool busy;		/* not asked: another is at work on it */
	char text[256];		/* why not, printable ASCII */
};

/* How adapters are run; tests bring their own run(). */
struct adapter_runner {
	const char *dir;	/* folder of the executables */
	uid_t owner;		/* who must own them and the path, or root */
	uid_t uid;		/* whom they run as */
	gid_t gid;
	bool last;		/* nobody will ask again: undo it all now */
	enum fault_kind (*run)(const struct adapter_runner *,
	    const char *adapter, enum adapter_verb verb, struct span in,
	    int64_t timeout, struct buf *out, int *status, struct fault *f);
	/* How its processes are held together: a word for the environment
	 * (NULL: none), a PID namespace, a holder between (base/spawn.h; NULL:
	 * none), and who is called, with the process that waits to begin; a
	 * failure keeps it from beginning. */
	const char *mark;
	bool space;
	void (*hold)(pid_t program);
	enum fault_kind (*begin)(void *arg, pid_t pid, struct fault *f);
	void *arg;		/* for begin(), or a test's run() */
};

/* Executables in dir, started with fork and execve: never a shell. */
struct adapter_runner adapter_runner_system(const char *dir, uid_t owner,
    uid_t uid, gid_t gid);

/*
 * Is `adapter` one we know, and may its target be given this resource, these
 * limits and this account?  Values with a byte that the target would read as
 * syntax are refused: FAULT_DATA, before any adapter runs.
 */
enum fault_kind adapter_values(const char *adapter, const struct grant *g,
    const char *user, struct fault *f);
/* Seconds for which what this adapter sent, without an answer, may still make
 * its effect on another host; 0: it has none there.  The most for one that is
 * not known. */
#define ADAPTER_FLIGHT_MAX 310
int64_t adapter_flight(const char *adapter);

/*
 * Ask the adapter that plan names about g: plan is {"adapter","config","undo",
 * "timeout","user"}, of whoever may decide what is run, never of the store
 * alone.  A failing adapter is a reply, not a fault.
 */
enum fault_kind adapter_ask(const struct adapter_runner *r,
    const struct grant *g, const json_t *plan, enum adapter_verb verb,
    struct adapter_reply *reply, struct fault *f);
void adapter_reply_free(struct adapter_reply *reply);

/* May this adapter be run: is it there, and nobody else's to change, along its
 * whole path?  FAULT_UNAVAILABLE or FAULT_CONFIG. */
enum fault_kind adapter_check(const struct adapter_runner *r,
    const char *adapter, struct fault *f);

/* The plan that a kind of the policy makes for this account; undo may be NULL
 * (before the adapter was asked).  To be released; NULL: no memory. */
json_t *adapter_plan(const struct policy_section *s, const char *user,
    const json_t *undo);
/* Write it into g->plan.  FAULT_DATA if it does not fit; NULL is no memory. */
enum fault_kind adapter_plan_text(struct grant *g, const json_t *plan,
    struct fault *f);

/* Is there an undo record in the plan that the grant's row holds: was the
 * adapter asked for it? */
bool adapter_planned(const struct grant *g);

const char *adapter_verb_word(enum adapter_verb v);

#endif
