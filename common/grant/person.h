/* SPDX-License-Identifier: ISC */
/*
 * Who somebody is: the one place that decides whether two askers are the same
 * human.
 *
 * A person of the policy has uids and addresses.  Whoever asks comes in one
 * guise: a uid, or the author of a signed mail.  Two rules, and no third:
 *
 * - Where something is *refused* (deny, freeze, a vote on one's own request, a
 *   limit on how many), every guise counts: all uids and all addresses of the
 *   person, letter case of the whole address and a +tag left out of account.
 * - Where something is *allowed* (request=, approve=, who= of break-glass,
 *   freeze=), only the guise itself does: policy_among().  An allow for
 *   alice@d.example is none for alice+x@d.example, nor for alice's uid.
 */
#ifndef PERSON_H
#define PERSON_H

#include <stdbool.h>

#include "base/span.h"
#include "grant/grant.h"
#include "grant/policy.h"

/* Bytes of person_key()'s text with its NUL. */
#define PERSON_KEY (GRANT_WHO + 8)

/* Two addresses of one mailbox: equal without letter case and +tag. */
bool person_mailbox_eq(struct span a, struct span b);

/* The person who asks, in whatever guise; NULL if the policy knows
 * none.  Borrowed from p. */
const char *person_behind(const struct policy *p,
    const struct policy_asker *who);

/* Are a and b the same human, as far as the policy lets one know? */
bool person_same(const struct policy *p, const struct policy_asker *a,
    const struct policy_asker *b);

/* Does who stand in the list in any of his guises?  For refusals alone. */
bool person_refused(const struct policy *p, const struct policy_who *list,
    const struct policy_asker *who);

/* "uid:1001" or "mail:a@example.org", as grants and freezes name who asks;
 * mail borrows from text.  Anything else is nobody: uid UINT32_MAX, mail
 * NULL. */
struct policy_asker person_asker(const char *text);

/* Did this person ask for the grant, in any guise, by today's policy or by
 * that of the request? */
bool person_is_requester(const struct policy *p, const struct grant *g,
    const char *person);

/* One text for all guises of an asker: what limits are counted under. */
void person_key(const struct policy *p, const struct policy_asker *who,
    char out[PERSON_KEY]);

#endif
