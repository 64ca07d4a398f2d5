/* SPDX-License-Identifier: ISC */
/* What the files of jit_mail share; nobody else includes this. */
#ifndef JIT_MAIL_INT_H
#define JIT_MAIL_INT_H

#include "jit/mail.h"

#define JIT_MAIL_BYTES ((size_t)65536)	/* of a mail that goes out */

/* Counters of a day, beside the tries under names that no request has. */
#define JIT_DAY_REFUSED '!'
#define JIT_DAY_ANSWERS '@'
#define JIT_DAY_NOTICES '#'
#define JIT_DAY_MAILS '='	/* requests by mail that were taken */

/*
 * Within a transaction: add one to today's count of this sort and name.  The
 * first one of a name drops the counts of that sort that are older than
 * JIT_MAIL_DAYS.
 */
enum fault_kind jit_mail_count(struct jit *j, char sort, const char *name,
    int64_t *n, struct fault *f);
/* The name of a day's counters; back: so many days ago. */
void jit_mail_day(const struct jit *j, char sort, unsigned back,
    char out[GRANT_ID]);

/* Is mail set up, and is this an address that may stand in a header? */
bool jit_mail_ready(const struct jit *j, const struct jit_post *post,
    const char *to);
const char *jit_mail_program(const struct jit *j);

/* What is asked, for approver and requester alike. */
void jit_mail_facts(struct buf *b, const struct grant *g);

/* Keep a mail until it is sent, and try to send it. */
void jit_mail_post(struct jit *j, const struct jit_post *post,
    const char *from, struct buf *mail);

/* Notify one person of what became of a request; so many a day. */
void jit_mail_notice(struct jit *j, const struct jit_post *post,
    const char *to, const char *subject, struct span text);

#endif
