/* SPDX-License-Identifier: ISC */
/*
 * SPF and DKIM results that need not be found again, because the caller hands
 * them over or a sealed field of an earlier stage holds them, in the form in
 * which SPF and DKIM themselves give them.
 */
#ifndef STAGE_GIVEN_H
#define STAGE_GIVEN_H

#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "dkim/dkim.h"
#include "mail/verdict.h"
#include "pipe/stage.h"
#include "spf/spf.h"

struct stage_given {
	enum verdict result;
	enum reason reason;
	struct span identity;	/* SPF: of MAIL FROM, its domain or all of
				   it; DKIM: d=.  Empty: unknown */
	struct span selector;	/* DKIM: s=; may be empty */
};

/*
 * What the believed fields say, from the top.  SPF counts only as
 * smtp.mailfrom, and not if that stage had no envelope.  *n is 0 if they say
 * nothing.  The array lives in the arena, its spans in the stage's.
 */
enum fault_kind stage_given_spf(const struct stage *s, struct arena *a,
    struct stage_given **given, size_t *n, struct fault *f);
enum fault_kind stage_given_dkim(const struct stage *s, struct arena *a,
    struct stage_given **given, size_t *n, struct fault *f);

/* As spf_check() and dkim_verify_close() would have said it.  A domain that is
 * no valid name is left out: it can be nobody's. */
enum fault_kind stage_given_spf_result(const struct stage_given *given,
    struct arena *a, struct spf_result *result, struct fault *f);
enum fault_kind stage_given_dkim_report(const struct stage_given *given,
    size_t n, struct arena *a, struct dkim_report *report, struct fault *f);

#endif
