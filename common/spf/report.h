/* SPDX-License-Identifier: ISC */
/* SPF results for people, machines and header fields. */
#ifndef SPF_REPORT_H
#define SPF_REPORT_H

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "mail/authres.h"
#include "mail/message.h"
#include "spf/spf.h"
#include "spf/trace.h"

/*
 * One result as Authentication-Results has it: spf=pass, its reason, and
 * smtp.mailfrom=USER@DOMAIN (postmaster@HELO for a null sender) or
 * smtp.helo=DOMAIN.  Spans are borrowed.
 */
struct authres_result spf_report_authres(const struct spf_result *result);

/*
 * The contract's object of one identity; with a trace, its steps stand under
 * "trace" and the detail under "detail".  NULL without memory.
 */
json_t *spf_report_json(const struct spf_result *result,
    const struct spf_trace *trace);

/*
 * The contract's "envelope"; source is "option", "message" or "file".  A span
 * whose p is NULL is null.  NULL without memory.
 */
json_t *spf_report_envelope(const struct ipaddr *ip, struct span mail_from,
    struct span helo, const char *source);

/*
 * Append a Received-SPF field (RFC 7208 9.1) with its name and line ends.
 * receiver is who checked; every value that is not a dot-atom becomes a
 * quoted-string, and every byte that is not printable ASCII \xHH in it.
 */
void spf_report_received(const struct spf_result *result,
    const struct spf_request *request, enum eol eol, struct buf *b);

#endif
