/* SPDX-License-Identifier: ISC */
/*
 * jitgrant's engine: one question, one answer.  The same code answers a
 * command line in a personal home and a socket in front of the system's home.
 */
#ifndef JIT_H
#define JIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/fault.h"
#include "grant/adapter.h"
#include "grant/clocks.h"
#include "grant/grant.h"
#include "grant/policy.h"
#include "ledger/audit.h"
#include "ledger/home.h"
#include "ledger/store.h"

#define JIT_LIMITS 32
#define JIT_SCHEMA "vouchsafe-jit/1"

/*
 * What may be asked: each field a text or NULL.  X(member, "option").  A flag
 * that is given holds "yes".
 */
#define JIT_FIELDS(X) \
	X(id, "id") X(kind, "kind") X(resource, "resource") \
	X(duration, "for") X(uses, "uses") X(reason, "reason") \
	X(start, "start") X(break_glass, "break-glass") \
	X(shorten, "shorten") X(op, "op") X(user, "user") X(host, "host") \
	X(all, "all") X(boot, "boot") X(dry_run, "dry-run") X(state, "state") \
	X(sub, "sub") X(anchor, "anchor") X(size, "size") X(hash, "hash") \
	X(accept_restore, "accept-restore") X(file, "file") \
	X(mail, "mail") X(mail_from, "mail-from") X(sender, "sender") \
	X(pid, "pid") X(pid_start, "pid-start") X(child, "child") \
	X(child_start, "child-start") X(cgroup, "cgroup") X(way, "way")

struct jit_ask {
	const char *verb;
#define JIT_MEMBER(member, option) const char *member;
	JIT_FIELDS(JIT_MEMBER)
#undef JIT_MEMBER
	size_t limits;
	const char *limit_key[JIT_LIMITS];
	const char *limit_value[JIT_LIMITS];
};

/* The members of an answer that are always in the JSON; more are in `more`. */
struct jit_answer {
	enum decision decision;
	enum fault_kind fault;	/* not FAULT_NONE: this is the exit code */
	const char *verb;
	char grant[GRANT_ID];	/* "" is null */
	char state[16];		/* "" is null */
	char reason[64];	/* one word, or "" for null */
	int64_t uses_left;	/* -1 is null */
	int64_t not_after;	/* 0 is null */
	char text[FAULT_TEXT_MAX];	/* for people: one line on stderr */
	json_t *more;		/* further members; owned */
};

/* What the engine needs from the world. */
struct jit_env {
	struct jit_clock clock;
	struct policy_names names;
	enum fault_kind (*random)(void *p, size_t len, struct fault *f);
	uid_t caller;		/* who asks */
	/* For doctor: is the clock kept by somebody; can this account read
	 * that file?  NULL: nobody knows. */
	bool (*clock_synced)(void);
	bool (*can_read)(uint32_t uid, const char *path);
	bool admin;		/* root, or the owner of a personal home */
	const char *adapters;	/* folder of the adapters */
	bool apply;		/* may run adapters: not for serve */
	/*
	 * A request waits, or something was decided: notify those concerned.
	 * NULL: nobody is notified.  Runs after the commit; cannot fail it.
	 */
	void (*notify)(void *arg, const struct grant *g, const char *event);
	/* Try the mails again that wait; NULL: nobody does. */
	void (*mail_again)(void *arg);
	void *notify_arg;	/* of both */
	/* Lines of `log show`, `export`, `checkpoint`; NULL: not served. */
	enum fault_kind (*emit)(void *arg, struct span line, struct fault *f);
	void *emit_arg;
};

/* An open home, with what stands in it. */
struct jit {
	struct home home;
	const struct jit_env *env;
	const char *author;	/* not NULL: of a mail that the caller hands
				   in, and whom the engine acts for */
	struct store *store;
	struct audit log;
	struct policy policy;
	bool has_policy;
	struct fault policy_fault;	/* why there is none */
	bool store_trusted, log_open;
	struct store_host host;		/* of the current transaction */
	struct store_host was;		/* as it was when that began */
	bool eager;			/* adapters: try again at once */
	bool mail_down;			/* sendmail failed just now */
	bool last;			/* and nobody will come again */
	bool ending;			/* go on without a log that fits */
	struct jit_now now;
	enum jit_trust trust;
	enum audit_state log_state;
	const char *log_why;
};

/* Make a home in dir: store, log, keys, ballast and, in a personal home, a
 * sample policy.  The folder must be empty or not there. */
enum fault_kind jit_init(const char *dir, bool own, const struct jit_env *env,
    struct fault *f);

/* Open a home.  FAULT_NOPERM: ask `serve`. */
enum fault_kind jit_open(struct jit *j, const char *dir, bool own,
    const char *policy, const struct jit_env *env, struct fault *f);
void jit_close(struct jit *j);

/* Answer.  Never fails: what goes wrong is in the answer. */
void jit_do(struct jit *j, const struct jit_ask *ask, struct jit_answer *a);

/* `policy check` and `explain` of ask->file alone, without a home.  It must be
 * the caller's or root's. */
void jit_policy_file(const struct jit_env *env, const struct jit_ask *ask,
    struct jit_answer *a);

/* What doctor says of a home that cannot be opened: one finding. */
void jit_doctor_closed(const struct fault *f, struct jit_answer *a);

/* Exit status of an answer. */
int jit_exit(const struct jit_answer *a);
void jit_answer_init(struct jit_answer *a, const char *verb);
void jit_answer_free(struct jit_answer *a);
/* The answer as one JSON line. */
enum fault_kind jit_answer_json(const struct jit_answer *a, struct buf *out,
    struct fault *f);
enum fault_kind jit_answer_read(struct span line, struct jit_answer *a,
    struct fault *f);
/* The question as one JSON line, and back (strings live in *holder). */
enum fault_kind jit_ask_json(const struct jit_ask *ask, struct buf *out,
    struct fault *f);
enum fault_kind jit_ask_read(struct span line, struct jit_ask *ask,
    json_t **holder, struct fault *f);

#endif
