/* SPDX-License-Identifier: ISC */
/* `dkimkey check`: the DNS against the signatures of a mail, and the answer
 * made of both comparisons. */
#ifndef DKIM_KEYS_MAIL_H
#define DKIM_KEYS_MAIL_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/span.h"
#include "dkim/dkim.h"
#include "dkim/key_publish.h"
#include "dns/dns.h"
#include "mail/message.h"

/* Verify all signatures of a mail.  FAULT_DATA if the input is empty. */
enum fault_kind key_mail_read(struct source *source, struct dns *dns,
    int64_t now, struct arena *a, struct dkim_report *report,
    struct fault *f);

struct key_mail_answer {
	struct span domain, selector;	/* only these signatures; p NULL: all */
	const struct key_check *check;	/* or NULL */
	const struct dkim_report *report;	/* or NULL */
};

/* 0 agree, 1 differ, 4 broken, 6 no record or no such signature, 75: the
 * worst. */
int key_mail_exit(const struct key_mail_answer *answer);
void key_mail_text(const struct key_mail_answer *answer, struct buf *b);
/* NULL without memory. */
json_t *key_mail_json(const struct key_mail_answer *answer);

#endif
