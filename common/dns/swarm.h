/* SPDX-License-Identifier: ISC */
/*
 * Many questions to the network at once, in one process: each with a socket,
 * and so a port, and an id of its own; TCP where an answer is cut.
 *
 * A question that fails is asked again, at another server or the same one
 * after a second.  What failed all over gets a second chance, few at a time,
 * ten seconds later or when nothing else is under way: overload looks like
 * SERVFAIL.  What comes of that is final.
 */
#ifndef DNS_SWARM_H
#define DNS_SWARM_H

#include "dns/net.h"

/* Questions under way at one server; of one on loopback. */
#define DNS_SWARM_OUTSTANDING 64
#define DNS_SWARM_OUTSTANDING_OWN 256
/* Questions a second to one server; one on loopback has no such limit. */
#define DNS_SWARM_RATE 500

struct dns_swarm;

struct dns_swarm_config {
	struct dns_net_config net;	/* servers, patience, clock */
	unsigned outstanding;	/* at each server; 0: as above */
	bool rated;		/* `rate` was given: */
	unsigned rate;		/* a second at each server; 0: no limit */
	/* What came of a question; the answer is borrowed for the call.  A
	 * fault ends the run.  It may ask more. */
	enum fault_kind (*done)(void *state, void *tag,
	    const struct dns_answer *answer, struct fault *f);
	void *state;
};

/* Nothing is opened before the first question.  Fault: no memory. */
enum fault_kind dns_swarm_open(const struct dns_swarm_config *config,
    struct dns_swarm **out, struct fault *f);
/* What is under way is forgotten; NULL is fine. */
void dns_swarm_close(struct dns_swarm *s);

/* Ask; its deadline does not matter.  done() is called with the tag, in
 * dns_swarm_run(). */
enum fault_kind dns_swarm_ask(struct dns_swarm *s,
    const struct dns_question *q, void *tag, struct fault *f);

/*
 * Send and receive until at least one question is done, or until_ms of the
 * monotonic clock (0: no limit), or nothing is under way.
 */
enum fault_kind dns_swarm_run(struct dns_swarm *s, int64_t until_ms,
    struct fault *f);

/* Questions that are not done. */
size_t dns_swarm_open_questions(const struct dns_swarm *s);

#endif
