/* SPDX-License-Identifier: ISC */
/* What the files of approval share; nobody else includes this. */
#ifndef APPROVAL_IMPL_H
#define APPROVAL_IMPL_H

#include <jansson.h>

#include "approval/approval.h"
#include "dkim/dkim.h"
#include "dmarc/dmarc.h"
#include "mail/author.h"
#include "mail/message.h"
#include "mail/mime.h"

/* One mail under judgement. */
struct approval_case {
	const struct approval_options *o;
	struct span raw, body;
	struct arena arena;
	struct message m;
	struct author author;
	struct mime_text text;
	struct dkim_report dkim;
	struct dmarc_result dmarc;
	const struct dkim_result *good[APPROVAL_SIGNATURES];
	size_t ngood;
	json_t *answers;	/* of the DNS; NULL without memory */
	struct approval *out;
};

/* Say why not, with a few words for people; always false. */
bool approval_refuse(struct approval_case *c, enum approval_no why,
    const char *detail);

/* Rules 1 and 2; false: refused. */
bool approval_form(struct approval_case *c);
bool approval_by_hand(struct approval_case *c);
/* Is the address of a From with one mailbox written in one piece: no route,
 * no comment, no quoting? */
bool approval_one_piece(struct span from);

/* Rules 3 to 5: verify and weigh.  *ok false: refused. */
enum fault_kind approval_prove(struct approval_case *c, bool *ok,
    struct fault *f);
/* Is the field of that name among those signed? */
bool approval_signs(const struct dkim_result *r, struct span name);

/* Rule 5 for a command that was read: *one if there is no other way to read
 * the mail, or its type is signed. */
enum fault_kind approval_one_reading(struct approval_case *c, bool *one,
    struct fault *f);

/* By what the mail is known when it comes again, into out->mark. */
enum fault_kind approval_marks(struct approval_case *c, struct fault *f);

/* Rule 10: what was proved, into out->evidence. */
enum fault_kind approval_evidence(struct approval_case *c, struct fault *f);
/* A dns trace that collects for it; state is the case. */
void approval_heard(void *state, struct span name, enum dns_type type,
    const struct dns_answer *answer);

/*
 * Give up, for good and with no_new_privs, what no reader of a mail needs.
 * What the kernel gave of the wanted layers.
 */
#define APPROVAL_LANDLOCK 1U
#define APPROVAL_SECCOMP 2U
unsigned approval_jail(unsigned wanted);

#endif
