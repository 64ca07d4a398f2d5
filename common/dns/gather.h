/* SPDX-License-Identifier: ISC */
/*
 * A dns that gathers questions, so that what is written as if each answer came
 * at once may ask for thousands of names together.
 *
 * What the run has asked is answered.  What it has not is noted, sent, and
 * answered as pending: DNS_TEMPERROR.  A pass that noted anything is thrown
 * away and made again when its answers are in; the pass that noted nothing is
 * the verdict, and is what it would be over dns/net.h.  Each question is asked
 * once in a run; every pass sees the same answer, a failure too.
 */
#ifndef DNS_GATHER_H
#define DNS_GATHER_H

#include "dns/dns.h"
#include "dns/swarm.h"

/* Most passes and questions of one client. */
#define DNS_GATHER_PASSES 40
#define DNS_GATHER_QUESTIONS 400

/* One that asks: a domain.  All zero at first; it must not move. */
struct dns_gather_client {
	uint64_t number;	/* in the order in which clients begin */
	size_t pending;		/* its questions that have no answer yet */
	size_t asked;		/* noted by it, over all passes */
	size_t passes;
	int64_t deadline_ms;	/* of the monotonic clock; 0: none */
	bool late;		/* past that, or past a limit: what is not
				   there is DNS_WHY_DEADLINE from now on */
	bool noted;		/* by its last pass, which counts for nothing */
};

struct dns_gather_config {
	struct dns_swarm_config swarm;	/* done and state are set here */
	uint64_t seed[2];	/* of the table's hash */
	size_t max;		/* bytes of answers */
};

/* done() of the swarm is the gather's.  Fault: no memory. */
enum fault_kind dns_gather_open(const struct dns_gather_config *config,
    struct dns **out, struct fault *f);
void dns_gather_close(struct dns *dns);

/*
 * A pass begins: questions are the client's until dns_gather_end().  Clients
 * below number `oldest` are done: answers that only they saw may be dropped.
 * Outside of a pass a question is asked and waited for, as by dns/net.h.
 */
void dns_gather_begin(struct dns *dns, struct dns_gather_client *c,
    uint64_t oldest);
/* Is the pass the verdict: was nothing noted? */
bool dns_gather_end(struct dns *dns);

/* Was anything noted so far in this pass? */
bool dns_gather_noted(const struct dns *dns);

/* Wait for answers until some came, or until_ms (0: no limit), or nothing is
 * under way. */
enum fault_kind dns_gather_wait(struct dns *dns, int64_t until_ms,
    struct fault *f);

/* The client is given up: its answers may come, nobody waits. */
void dns_gather_forget(struct dns *dns, struct dns_gather_client *c);

/* Questions that were asked; bytes held. */
size_t dns_gather_asked(const struct dns *dns);
size_t dns_gather_bytes(const struct dns *dns);

#endif
