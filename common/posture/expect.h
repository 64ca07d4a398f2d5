/* SPDX-License-Identifier: ISC */
/*
 * What must hold of domains, as their owner wrote it down:
 *
 *	[*] [!*.test.example]		# globs; ! excludes; role:parked
 *	dmarc.policy >= quarantine
 *	warn spf.lookups <= 8 until 2027-03-01
 *	parked
 *
 * A fact (mailaudit(1) lists them), an operator, values.  No expressions: who
 * needs more has the JSON.
 */
#ifndef POSTURE_EXPECT_H
#define POSTURE_EXPECT_H

#include "posture/posture.h"

struct expect;

/*
 * Read the text of a file; path is for messages and borrowed.  FAULT_CONFIG
 * for what it cannot mean, with line and column: an unknown fact, an operator
 * or a value that its type does not have, a fact of a family that is skipped.
 */
enum fault_kind expect_parse(struct span text, const char *path,
    const bool skip[POSTURE_FAMILIES], struct expect **out, struct fault *f);
/* NULL is fine. */
void expect_free(struct expect *e);

/* Add the selectors that sections of this domain name to the n at out, at
 * most up to `most`; how many stand there. */
size_t expect_selectors(const struct expect *e, struct span domain,
    struct span *out, size_t n, size_t most);

/*
 * Add a finding to p->lint for each expectation about the domain that does
 * not hold, or cannot be looked at.  facts: posture_facts(p), borrowed; now:
 * seconds since 1970.
 */
enum fault_kind expect_judge(struct expect *e, struct posture *p,
    const json_t *facts, int64_t now, struct fault *f);

/* The next section that matched no domain, after line `after`; 0: none. */
size_t expect_idle(const struct expect *e, size_t after);

#endif
