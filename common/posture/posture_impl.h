/* SPDX-License-Identifier: ISC */
/* What the files of posture/ share. */
#ifndef POSTURE_IMPL_H
#define POSTURE_IMPL_H

#include "posture/posture.h"
#include "posture/rule.h"

/* An answer that one audit has seen. */
struct posture_seen {
	struct posture_seen *next;
	struct span name;
	enum dns_type type;
	bool unchecked;
	struct dns_answer answer;
};

/* One audit under way. */
struct posture_run {
	struct dns dns;		/* asks each question once */
	struct posture_seen *seen;
	const struct posture_request *rq;
	struct posture *p;
	struct span domain;
	bool no_domainkey;	/* `_domainkey` is NXDOMAIN */
	bool validates_known, validates;	/* does the resolver? */
	bool dane_said;		/* DANE010, once */
	bool unjudged;		/* the family at hand has no result */
	struct fault *f;
};

/* Ask; an answer of no zone, offline, is counted.  False: a fault. */
bool posture_ask(struct posture_run *r, struct span name, enum dns_type type,
    struct dns_answer *answer);
/* The same with CD and DO: what a validator does not give out. */
bool posture_ask_unchecked(struct posture_run *r, struct span name,
    enum dns_type type, struct dns_answer *answer);
/* Is an answer secure, or surely not?  False: a fault. */
bool posture_secure(struct posture_run *r, const struct dns_answer *answer,
    enum posture_secure *state);
/* Ask at LABELS.DOMAIN. */
bool posture_ask_below(struct posture_run *r, const char *labels,
    enum dns_type type, struct dns_answer *answer);
/* A name in the arena; p NULL (and a fault) without memory. */
struct span posture_below(struct posture_run *r, struct span labels,
    struct span domain);
/* Add a finding about the operand.  False: a fault. */
bool posture_add(struct posture_run *r, enum posture_rule rule,
    struct span term, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The same for an answer that did not come. */
bool posture_unanswered(struct posture_run *r, enum posture_rule rule,
    struct span name, enum dns_type type, const struct dns_answer *answer);
/* Take over the findings of another lint in the same arena. */
void posture_take(struct posture_run *r, struct lint *from);

/* Does the role say so?  False if it is unknown. */
bool posture_sends(const struct posture_run *r);
bool posture_receives(const struct posture_run *r);

/* Is it the root, the exchange of a null MX? */
bool posture_is_root(struct span name);

/* The families.  False: a fault. */
bool posture_mx_gather(struct posture_run *r);
bool posture_mx_judge(struct posture_run *r);
/* After SPF's own lint. */
bool posture_spf_more(struct posture_run *r);
bool posture_dkim(struct posture_run *r);
/* Who sends, by SPF and MX; by a key's alias; what that says.  False: a
 * fault. */
bool posture_senders(struct posture_run *r);
bool posture_sender_key(struct posture_run *r, const struct key_check *check);
bool posture_sender_judge(struct posture_run *r);
json_t *posture_facts_senders(const struct posture *p, bool *failed);
bool posture_sts(struct posture_run *r);
/* After the record: is it there?  The policy, given or fetched. */
bool posture_sts_policy(struct posture_run *r, bool announced);
bool posture_tlsrpt(struct posture_run *r);
bool posture_dane(struct posture_run *r);
bool posture_dnssec(struct posture_run *r);
bool posture_bimi(struct posture_run *r);
bool posture_takeover(struct posture_run *r);
/* Facts of MTA-STS; those of DANE, DNSSEC and BIMI, into o. */
json_t *posture_facts_sts(const struct posture *p, bool *failed);
void posture_facts_dns(const struct posture *p, json_t *o, bool *failed);
/* The domain as a whole. */
bool posture_whole(struct posture_run *r);

/* Put more facts into those that are there. */
void posture_facts_more(const struct posture *p, json_t *facts,
    bool *failed);

/* Does SPF authorise somebody (true too of a record that is broken)? */
bool posture_spf_authorises(const struct posture *p);
/* Is the record exactly `v=spf1 -all`? */
bool posture_spf_refuses(const struct posture *p);

#endif
