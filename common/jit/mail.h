/* SPDX-License-Identifier: ISC */
/*
 * Mail in and out: votes and requests by mail, the mails that ask for votes,
 * and the answers.
 */
#ifndef JIT_MAIL_H
#define JIT_MAIL_H

#include "approval/approval.h"
#include "dns/dns.h"
#include "jit/jit_impl.h"

/* Most pending requests by mail of one address, and of one domain. */
#define JIT_MAIL_ADDRESS 3
#define JIT_MAIL_DOMAIN 10
/* Wrong codes a person may send for one request. */
#define JIT_MAIL_TRIES 5
/* Answers a person gets in a day. */
#define JIT_MAIL_ANSWERS 5
/* And mails about what became of requests; those that ask for a vote are as
 * many as there are requests. */
#define JIT_MAIL_NOTICES 100
/* Mails that wait for sendmail at most, and for how many seconds. */
#define JIT_MAIL_QUEUE 1000
#define JIT_MAIL_KEEP 172800
/* Refused mails a day that are listed one by one in the log. */
#define JIT_MAIL_LOGGED 100
/* Seconds a request by mail may be on its way, and the days within which it
 * may come again. */
#define JIT_MAIL_AGE 86400
#define JIT_MAIL_DAYS 3

/* One mail that came. */
struct jit_mail {
	struct span raw;
	const char *mail_from;	/* envelope sender; NULL: not known */
	const char *sender;	/* SENDER of the environment, or NULL */
	struct dns *dns;
	bool request;		/* it is to be a request */
};

/* How a mail goes out; NULL functions send nothing. */
struct jit_post {
	/* from: envelope sender, "" null; mail: whole, its To: says to whom */
	bool (*send)(void *arg, const char *program, const char *from,
	    struct span mail);
	void *arg;
};

/* Judge the mail, act, answer its author if rules 1 to 6 hold. */
void jit_mail(struct jit *j, const struct jit_mail *m,
    const struct jit_post *post, struct jit_answer *a);

/* Send what is due of the mails that sendmail did not take before; at the
 * first failure the rest goes on waiting. */
void jit_mail_again(struct jit *j, const struct jit_post *post);

/* Notify those concerned of an event; see jit_env.notify. */
void jit_mail_notify(struct jit *j, const struct jit_post *post,
    const struct grant *g, const char *event);

/* Answer one person, as often as a day allows. */
void jit_mail_answer(struct jit *j, const struct jit_post *post,
    const char *to, const char *reply_to_id, const char *subject,
    const char *text);

/* The secret of the codes, into 32 bytes. */
enum fault_kind jit_mail_key(struct jit *j, unsigned char key[32],
    struct fault *f);

/* The request mail for one approver (pure). */
void jit_mail_request_text(const struct grant *g, const char *from,
    const char *to, const char *code, struct buf *b);

/* Log that a filter's command line is wrong, as often as refusals are. */
void jit_mail_misused(struct jit *j, const char *text);

#endif
