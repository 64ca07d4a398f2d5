/* SPDX-License-Identifier: ISC */
/*
 * Findings about a domain's DMARC (`--lint`): codes DMARC001 and up, which
 * never change their meaning.
 */
#ifndef DMARC_LINT_H
#define DMARC_LINT_H

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "dmarc/lookup.h"
#include "dns/dns.h"
#include "dns/finding.h"

/*
 * Look at domain (a valid name, A-labels) and fill lint (initialised here,
 * in the arena) and lookup, whose JSON serves as the finding's facts.
 */
enum fault_kind dmarc_lint(struct span domain, struct dns *dns,
    struct arena *a, struct lint *lint, struct dmarc_lookup *lookup,
    struct fault *f);
/* Does a finding have the code, in any case? */
bool dmarc_lint_code(struct span code);

#endif
