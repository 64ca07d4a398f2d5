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
#include "grant/clocks.h"
#include "base/sha256.h"
#include "ledger/store.h"

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
/* Failures after which applying is given up and undone. */
#define GRANT_APPLY_TRIES 5

/*
 * SHA-256 over what an approver approves: id, requester, kind, resource,
 * duration, uses, start, limits and reason, each behind its 4-byte length.
 */
enum fault_kind grant_digest(const struct grant *g, char out[SHA256_HEX],
    struct fault *f);

#endif
