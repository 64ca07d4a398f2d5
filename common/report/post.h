/* SPDX-License-Identifier: ISC */
/* The mail that carries an aggregate report (RFC 9990). */
#ifndef REPORT_POST_H
#define REPORT_POST_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"

struct report_post {
	struct span org;	/* UTF-8; shown beside the address */
	struct span from, to;	/* addresses */
	struct span receiver, policy_domain;
	struct span report_id, file;
	int64_t begin, end;
	int64_t date;		/* the same for each resend */
};

/*
 * Append the whole mail, lines ended by CRLF, ASCII alone, no line over 998
 * bytes.  gzip: the report's file.
 */
enum fault_kind report_post_format(const struct report_post *p,
    struct span gzip, struct buf *b, struct fault *f);

/* "Thu, 26 Nov 2026 16:55:27 +0000" (RFC 5322 3.3). */
void report_post_date(int64_t time, struct buf *b);
/* A display name: a quoted-string, or encoded-words of RFC 2047. */
void report_post_name(struct span name, struct buf *b);

#endif
