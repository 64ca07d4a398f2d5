/* SPDX-License-Identifier: ISC */
/*
 * The life of a grant as a pure machine: (grant, event, clock) -> (new state,
 * effects).  No file, no clock, no process is touched here.
 *
 *	requested -> approved -> applying -> active -> revoking -> ended
 *
 * A grant without an adapter skips applying and revoking.  Side ends: denied,
 * cancelled, lapsed, failed.  Each arrow is one transaction and one audit
 * line.  `applying` and `revoking` MUST be on the disk before the adapter
 * runs: a crash then leaves a record of what is to be undone.
 */
#ifndef GRANT_H
#define GRANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/sha256.h"
#include "grant/clocks.h"

#define GRANT_ID 16		/* bytes of each text with its NUL */
#define GRANT_KIND 33
#define GRANT_RESOURCE 256
#define GRANT_RULE 256
#define GRANT_WHO 330
#define GRANT_PERSON 65
#define GRANT_REASON 1025
#define GRANT_LIMITS 2049
#define GRANT_PLAN 16385
#define GRANT_ERROR 257

/* The zero value is no grant at all. */
enum grant_state {
	GRANT_NONE = 0,
	GRANT_REQUESTED,	/* waits for votes */
	GRANT_APPROVED,		/* waits for its start, or for the sweeper */
	GRANT_APPLYING,		/* the adapter may have begun */
	GRANT_ACTIVE,
	GRANT_REVOKING,		/* over; the adapter's effect may still stand */
	GRANT_ENDED,		/* over and gone; enum grant_end says why */
	GRANT_DENIED,
	GRANT_CANCELLED,	/* released while pending */
	GRANT_LAPSED,		/* nobody approved or applied it in time */
	GRANT_FAILED		/* the adapter could not apply it; undone */
};

enum grant_end {
	GRANT_END_NONE = 0,
	GRANT_END_EXPIRED,
	GRANT_END_EXHAUSTED,
	GRANT_END_RELEASED,
	GRANT_END_REVOKED,
	GRANT_END_FAILED,	/* on its way to GRANT_FAILED */
	GRANT_END_RENEWED	/* a renewal: it went into its grant */
};

/* One grant, as it is stored.  Texts are NUL-terminated; times are seconds
 * since 1970, 0 where they are not known yet. */
struct grant {
	char id[GRANT_ID];
	enum grant_state state;
	enum grant_end end;
	char kind[GRANT_KIND];
	char resource[GRANT_RESOURCE];
	char renews[GRANT_ID];		/* "": a grant, no renewal */
	char rule[GRANT_RULE];		/* deciding sections, ", " between */
	char requester[GRANT_WHO];	/* "uid:1001" or "mail:a@example.org" */
	char person[GRANT_PERSON];	/* "" if the policy knows none */
	uint32_t uid;			/* UINT32_MAX for a requester by mail */
	char reason[GRANT_REASON];
	char limits[GRANT_LIMITS];	/* canonical JSON object of strings */
	bool break_glass;
	int64_t created;
	int64_t start;			/* not before; 0: at once */
	int64_t duration;		/* seconds, from activation */
	int64_t pending_until;
	int64_t activate_by;
	int64_t activated;		/* wall time of activation */
	int64_t not_after;		/* wall time of the end */
	int64_t boot_end;		/* boot time of the end */
	char boot_id[JIT_BOOT_ID];
	int64_t max_total;		/* most seconds with all renewals */
	int64_t review_by;		/* break-glass: to be reviewed until */
	int64_t uses;			/* asked for; -1: not counted */
	int64_t uses_left;		/* -1: not counted */
	char policy[SHA256_HEX];	/* SHA-256 of the policy that decided */
	char digest[SHA256_HEX];	/* SHA-256 of the request (grant.h),
					   as it was asked */
	int64_t asked;			/* byte of the audit log where the line
					   of the request begins */
	char plan[GRANT_PLAN];		/* JSON of the adapter; "": none */
	char effect[SHA256_HEX];	/* what others may hold too; "": none */
	int64_t tries;			/* failed runs of the adapter */
	int64_t next_try;		/* no adapter run before this time */
	int64_t next_boot;		/* the same by the boot clock ... */
	char next_boot_id[JIT_BOOT_ID];	/* ... of this boot */
	int64_t apply_again;		/* the effect of this active grant is
					   not what it should be (1) */
	int64_t unanswered;		/* boot time since when no adapter sends
					   any more that did not say what
					   became of what it sent ... */
	char unanswered_id[JIT_BOOT_ID];	/* ... of this boot; "": none */
	int64_t undone;			/* (1) revoking still, for what was sent
					   before may arrive after the undo */
	char error[GRANT_ERROR];	/* what the adapter said last */
	int64_t seq;			/* the audit line of the last change */
	char hash[SHA256_HEX];
};

/* Words for states and ends, as logs and JSON show them. */
const char *grant_state_word(enum grant_state s);
/* Is this the word of a state? */
bool grant_state_known(const char *word);
const char *grant_end_word(enum grant_end e);

/* What a verb answers.  The zero value says no. */
enum decision {
	DECISION_NO = 0,	/* exit 1 */
	DECISION_YES,		/* exit 0 */
	DECISION_PENDING,	/* 2 ... */
	DECISION_EXPIRED,
	DECISION_SPENT,
	DECISION_NOT_YET,
	DECISION_FROZEN,
	DECISION_UNTRUSTED,	/* clock or store */
	DECISION_REPLAY		/* ... 8 */
};

int decision_exit(enum decision d);
const char *decision_word(enum decision d);

enum grant_event {
	GRANT_EV_ENOUGH = 0,	/* all approvals are there (or none needed) */
	GRANT_EV_DENY,		/* an approver denied */
	GRANT_EV_RELEASE,	/* the requester gives it back */
	GRANT_EV_REVOKE,	/* someone pulls it */
	GRANT_EV_TICK,		/* time passed: what is due now? */
	GRANT_EV_APPLIED,	/* the adapter says present */
	GRANT_EV_APPLY_FAILED,	/* it does not, and is not tried again */
	GRANT_EV_UNDONE,	/* the adapter says absent */
	GRANT_EV_RENEWED,	/* longer by `duration`, under new approval */
	GRANT_EV_BOOTED		/* the host was started since, and its effect
				   stands again: this boot's clock counts */
};

/* What the caller has to do, besides storing the grant. */
enum grant_effect {
	GRANT_FX_NONE = 0,
	GRANT_FX_LOG = 1,	/* the state changed: one audit line */
	GRANT_FX_APPLY = 2,	/* then run the adapter's grant */
	GRANT_FX_UNDO = 4,	/* then run the adapter's revoke */
	GRANT_FX_KILL = 8,	/* end what runs under it */
	GRANT_FX_RENEW = 16	/* put this renewal into the grant it renews */
};

/* Circumstances of a step. */
struct grant_context {
	struct jit_now now;
	enum jit_trust trust;	/* of the clock */
	bool frozen;
	bool has_runs;		/* commands still run under it */
	bool busy;		/* the adapter of this grant is running now */
	int64_t duration;	/* GRANT_EV_RENEWED: seconds more */
	int64_t flight;		/* seconds in which what the adapter sent may
				   still arrive: so long nothing is undone */
	int64_t lead;		/* begin the end so many seconds early: what
				   others may keep of the effect (a TTL) */
};

/*
 * One arrow: changes *g (state, end, times; never the text members) and tells
 * the effects.  GRANT_FX_NONE: the event means nothing in this state, and *g
 * is unchanged.  Call again with GRANT_EV_TICK until that happens.
 */
unsigned grant_step(struct grant *g, enum grant_event ev,
    const struct grant_context *c);

/* May the grant be used now, `uses` times (0: does it stand at all)?  Judges
 * state, time, uses and freezes itself; never waits for a sweeper. */
enum decision grant_judge(const struct grant *g, int64_t uses,
    const struct grant_context *c);
/* The word for the answer: "active", "expired", "clock-behind" ... */
const char *grant_reason(const struct grant *g, enum decision d,
    const struct grant_context *c);

/* Is it over by either clock, though its state may not say so yet? */
bool grant_over(const struct grant *g, const struct jit_now *now);
/* Not ended in any way. */
bool grant_live(const struct grant *g);

/* Seconds to wait after the n-th failure in a row: 2, 4, 8 ... 3600. */
int64_t grant_backoff(int64_t tries);
#define GRANT_PAUSE_MAX 86400	/* the longest that an adapter may ask for */
/* Wait so many seconds before the adapter is asked again. */
void grant_pause(struct grant *g, int64_t seconds, const struct jit_now *now);
/*
 * Is that pause still on?  It counts by the boot clock: a wall clock that was
 * wrong neither keeps an undo waiting once it is right again nor, if it jumps
 * ahead, makes more of it than one early try.  Another boot ends it.
 */
bool grant_pauses(const struct grant *g, const struct jit_now *now);
/*
 * Seconds for which what an adapter sent without an answer may still arrive
 * elsewhere, if it can be on its way for `flight` seconds; 0: nothing can.  It
 * counts by the boot clock alone; what an earlier boot sent was sent before
 * this one began.
 */
int64_t grant_in_flight(const struct grant *g, int64_t flight,
    const struct jit_now *now);
/* Nothing is sent any more from now on, and no answer came. */
void grant_unanswered(struct grant *g, const struct jit_now *now);
/* Failures after which applying is given up and undone. */
#define GRANT_APPLY_TRIES 5

/*
 * SHA-256 over what an approver approves: id, requester, kind, resource,
 * duration, uses, start, limits and reason, each after its 4-byte length.
 */
enum fault_kind grant_digest(const struct grant *g, char out[SHA256_HEX],
    struct fault *f);

#endif
