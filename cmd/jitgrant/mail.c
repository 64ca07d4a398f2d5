/* SPDX-License-Identifier: ISC */
/* A mail on standard input, and the DNS to judge it by. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/b64.h"
#include "dns/resolver.h"
#include "jit/mail.h"
#include "jitgrant/jitgrant.h"

#define MAIL_DNS_SECONDS 30	/* for all questions of a mail */

/* The mail, and one byte more if it is too large. */
static enum fault_kind
read_mail(struct buf *b, struct fault *f)
{
	ssize_t n = 1;

	while (n != 0 && b->len <= APPROVAL_BYTES) {
		char *room = buf_room(b, 16384);

		if (room == NULL)
			return buf_check(b, f);
		n = read(STDIN_FILENO, room, 16384);
		if (n < 0 && errno != EINTR)
			return fault_errno(f, FAULT_IO, errno,
			    "standard input");
		if (n > 0)
			buf_grew(b, (size_t)n);
	}
	return FAULT_NONE;
}

static bool
takes_request(const struct jitgrant *g)
{
	return strcmp(g->ask.verb, "request") == 0;
}

/* Judge a mail in the open home. */
static enum fault_kind
judge(struct jitgrant *g, struct jit *j, struct jit_mail *mail,
    struct jit_answer *a, struct fault *f)
{
	struct jitgrant_mail *m = &g->mail;
	struct clock clock = clock_system();
	struct jit_post post = { jitgrant_send, g };
	enum fault_kind kind = cli_dns_open(&m->asked, clock, &mail->dns, f);

	if (kind != FAULT_NONE)
		return kind;
	mail->request = takes_request(g);
	mail->dns->clock = &clock;
	mail->dns->deadline_ms = clock_mono_ms(&clock) +
	    MAIL_DNS_SECONDS * 1000;
	jit_mail(j, mail, &post, a);
	dns_close(mail->dns);
	return FAULT_NONE;
}

/*
 * Give the mail to who may open the home.  The envelope sender goes along as
 * what it always is, a claim: it keeps machines from answering machines.  By
 * whose DNS a mail is judged is not for the caller to say.
 */
static enum fault_kind
hand_over(struct jitgrant *g, struct span raw, struct jit_answer *a,
    struct fault *f)
{
	const struct jitgrant_mail *m = &g->mail;
	struct buf b;

	if (cli_dns_given(&m->asked))
		return fault_set(f, FAULT_NOPERM, "this account may not open "
		    "the home: --zone, --nameserver and --offline are of "
		    "jitgrant serve");
	buf_init(&b, JITGRANT_QUESTION);
	b64_encode(&b, raw.p, raw.len);
	g->ask.mail = buf_str(&b);
	g->ask.mail_from = m->mail_from;
	g->ask.sender = secure_getenv("SENDER");
	if (buf_check(&b, f) == FAULT_NONE)
		(void)jitgrant_remote(g, g->socket != NULL ? g->socket :
		    JITGRANT_SOCKET, a, f);
	g->ask.mail = NULL;
	buf_free(&b);
	return f->kind;
}

enum fault_kind
jitgrant_mail_run(struct jitgrant *g, struct jit_answer *a, struct fault *f)
{
	struct jit_mail mail = { .mail_from = g->mail.mail_from,
	    .sender = secure_getenv("SENDER") };
	struct jit j = { .store = NULL };
	struct buf b;
	enum fault_kind kind;

	buf_init(&b, APPROVAL_BYTES + 65536);
	kind = read_mail(&b, f);
	mail.raw = buf_span(&b);
	if (kind == FAULT_NONE && g->socket != NULL)
		kind = hand_over(g, mail.raw, a, f);
	else if (kind == FAULT_NONE) {
		kind = jitgrant_open(g, &j, f);
		if (kind == FAULT_NOPERM && g->home == NULL) {
			fault_clear(f);
			kind = hand_over(g, mail.raw, a, f);
		} else if (kind == FAULT_NONE) {
			kind = judge(g, &j, &mail, a, f);
			jit_close(&j);
		}
	}
	buf_free(&b);
	return kind;
}

enum fault_kind
jitgrant_mail_served(struct jitgrant *g, struct jit_answer *a,
    struct fault *f)
{
	struct span text = span_of(g->ask.mail);
	struct jit_mail mail = { .mail_from = g->ask.mail_from,
	    .sender = g->ask.sender };
	unsigned char *raw = malloc(B64_DECODED_MAX(text.len));
	struct jit j = { .store = NULL };
	size_t len = 0;
	enum fault_kind kind;

	if (raw == NULL)
		return fault_nomem(f);
	jit_answer_init(a, takes_request(g) ? "request" : "approve");
	if (!b64_decode(text, raw, &len))
		kind = fault_set(f, FAULT_USAGE, "the mail is not base64");
	else {
		mail.raw = (struct span){ (const char *)raw, len };
		kind = jitgrant_open(g, &j, f);
	}
	if (kind == FAULT_NONE) {
		kind = judge(g, &j, &mail, a, f);
		jit_close(&j);
	}
	free(raw);
	return kind;
}
