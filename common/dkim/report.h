/* SPDX-License-Identifier: ISC */
/*
 * What DKIM found, in the words of RFC 8601: text lines, results for an
 * Authentication-Results field, JSON.
 */
#ifndef DKIM_REPORT_H
#define DKIM_REPORT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/json.h"
#include "dkim/dkim.h"
#include "mail/authres.h"

/*
 * The signatures that count as results, at most BOUND_AUTHRES_RESULTS, in the
 * arena; before them the message's own if none of them has it ("none", or the
 * "permerror" of a malformed message).
 */
enum fault_kind dkim_report_results(const struct dkim_report *r,
    struct arena *a, struct authres_result **results, size_t *count,
    struct fault *f);

/*
 * One line a result: `dkim=pass header.d=example.com header.s=s1 ...`, with
 * what there is to say for people in a comment after it.
 */
void dkim_report_text(const struct dkim_report *r, struct buf *b);

/* The "dkim" array of the JSON output; NULL without memory. */
json_t *dkim_report_json(const struct dkim_report *r);

#endif
