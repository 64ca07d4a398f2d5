/* SPDX-License-Identifier: ISC */
/*
 * What changed between two runs, by the facts of either (posture_facts(), as
 * JSON): DIF001 to DIF009.  Sets are compared as sets; a family that one of
 * the two did not see is not compared.
 */
#ifndef POSTURE_DRIFT_H
#define POSTURE_DRIFT_H

#include "posture/posture.h"

/*
 * Add the findings to p->lint.  `old` and `old_checks` are the facts and the
 * families' results before, `now` and `checks` those of p.
 */
enum fault_kind posture_drift(struct posture *p, const json_t *old,
    const json_t *old_checks, const json_t *now, const json_t *checks,
    struct fault *f);

/* The bytes of a string member; p NULL if it is none. */
struct span posture_json_span(const json_t *object, const char *key);
/* Is the family there in the results: neither skipped nor temperror? */
bool posture_json_seen(const json_t *checks, const char *family);
/* The value of the p tag of a key record; empty: revoked, or none. */
struct span posture_json_key(const json_t *key);

#endif
