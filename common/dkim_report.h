/* SPDX-License-Identifier: ISC */
/*
 * What DKIM found, in the words of RFC 8601: text lines, results for an
 * Authentication-Results field, JSON.
 */
#ifndef DKIM_REPORT_H
#define DKIM_REPORT_H

#include "arena.h"
#include "authres.h"
#include "buf.h"
#include "dkim.h"
#include "fault.h"
#include "js.h"

/*
 * The signatures as results (all of them; one "none" or, for a malformed
 * message, one "permerror" if there are none), in the arena.
 */
enum fault_kind dkim_report_results(const struct dkim_report *r,
    struct arena *a, struct authres_result **results, size_t *count,
    struct fault *f);

/* One line a result: `dkim=pass header.d=example.com header.s=s1 ...`. */
enum fault_kind dkim_report_text(const struct dkim_report *r, struct arena *a,
    struct buf *b, struct fault *f);

/* The "dkim" array of the JSON output; NULL without memory. */
json_t *dkim_report_json(const struct dkim_report *r);

#endif
