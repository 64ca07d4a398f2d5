/* SPDX-License-Identifier: ISC */
/* What the printers of findings share with each other alone. */
#ifndef DNS_FINDING_IMPL_H
#define DNS_FINDING_IMPL_H

#include "dns/finding.h"

/* What one finding makes of the exit status. */
enum lint_effect lint_effect_of(const struct lint *l,
    const struct lint_finding *g);
/* "clean", "findings" ...; "note", "warning", "error". */
const char *lint_effect_word(enum lint_effect e);
const char *lint_severity_word(enum lint_severity s);

#endif
