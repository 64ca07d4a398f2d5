/* SPDX-License-Identifier: ISC */
/*
 * What DMARC found: one line of text, a result for Authentication-Results,
 * JSON, and a screen that explains it.
 */
#ifndef DMARC_REPORT_H
#define DMARC_REPORT_H

#include <jansson.h>

#include "base/buf.h"
#include "dmarc/dmarc.h"
#include "mail/authres.h"

/*
 * As a result for Authentication-Results: header.from and policy.dmarc (RFC
 * 9989 9.1), the latter only where a policy may be applied.  Borrows from r.
 */
void dmarc_report_result(const struct dmarc_result *r,
    struct authres_result *out);

/* `dmarc=pass header.from=example.com policy.dmarc=reject` and a newline. */
void dmarc_report_text(const struct dmarc_result *r, struct buf *b);

/* The "dmarc" object of the JSON output; NULL without memory. */
json_t *dmarc_report_json(const struct dmarc_result *r);

/*
 * One screen for people: the verdict first, then each identifier and whether
 * it is aligned, the record, and what would have made the message pass.
 * Lines of at most 80 columns, printable ASCII.
 */
void dmarc_report_explain(const struct dmarc_result *r, struct buf *b);

#endif
