/* SPDX-License-Identifier: ISC */
/*
 * Mails that go out: to approvers, and answers.  A stranger's text stands in
 * the body only, as printable ASCII after a mark; a header field holds
 * addresses that were checked and words of our own.
 */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "grant/person.h"
#include "jit/mail_impl.h"

#define JIT_SENDMAIL "/usr/sbin/sendmail"

/* Printable bytes in lines of at most 70, each after four blanks. */
static void
mail_text(struct buf *b, const char *name, struct span s)
{
	struct buf line;

	buf_init(&line, 16384);
	buf_addprint(&line, s);
	s = buf_span(&line);
	buf_addf(b, "    %s: ", name);
	for (size_t i = 0; i < s.len; i += 64) {
		if (i > 0)
			buf_adds(b, "\n        ");
		buf_addspan(b, span_sub(s, i, 64));
	}
	buf_addc(b, '\n');
	b->nomem |= line.nomem;
	buf_free(&line);
}

static void
mail_duration(struct buf *b, int64_t s)
{
	if (s % 86400 == 0)
		buf_addf(b, "%lldd", (long long)(s / 86400));
	else if (s % 3600 == 0)
		buf_addf(b, "%lldh", (long long)(s / 3600));
	else if (s % 60 == 0)
		buf_addf(b, "%lldm", (long long)(s / 60));
	else
		buf_addf(b, "%llds", (long long)s);
}

/* What is asked, for approver and requester alike. */
void
jit_mail_facts(struct buf *b, const struct grant *g)
{
	char time[NUM_RFC3339_LEN];

	mail_text(b, "who", span_of(g->person[0] != '\0' ? g->person :
	    g->requester));
	if (g->person[0] != '\0')
		mail_text(b, "as", span_of(g->requester));
	mail_text(b, "kind", span_of(g->kind));
	mail_text(b, "resource", span_of(g->resource));
	buf_adds(b, "    for: ");
	mail_duration(b, g->duration);
	buf_addc(b, '\n');
	if (g->uses >= 0)
		buf_addf(b, "    uses: %lld\n", (long long)g->uses);
	if (g->start > 0) {
		num_rfc3339(g->start, time);
		buf_addf(b, "    start: %s\n", time);
	}
	if (strcmp(g->limits, "{}") != 0)
		mail_text(b, "limits", span_of(g->limits));
	if (g->renews[0] != '\0')
		mail_text(b, "renews", span_of(g->renews));
	mail_text(b, "reason", span_of(g->reason));
	if (g->pending_until > 0) {
		num_rfc3339(g->pending_until, time);
		buf_addf(b, "    answer until: %s\n", time);
	}
}

static void
mail_head(struct buf *b, const char *from, const char *to,
    const char *automatic, const char *subject)
{
	buf_addf(b, "From: %s\nTo: %s\n", from, to);
	buf_adds(b, "Subject: ");
	/* Printable, in one line, whatever it was. */
	for (const char *p = subject; *p != '\0'; p++)
		buf_addc(b, ascii_is_print(*p) ? *p : '?');
	buf_addf(b, "\nAuto-Submitted: %s\n", automatic);
	buf_adds(b, "MIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=us-ascii\n"
	    "Content-Transfer-Encoding: 7bit\n\n");
}

void
jit_mail_request_text(const struct grant *g, const char *from,
    const char *to, const char *code, struct buf *b)
{
	char subject[64];

	(void)snprintf(subject, sizeof(subject), "Approval wanted: %s",
	    g->id);
	mail_head(b, from, to, "auto-generated", subject);
	buf_adds(b, "A grant was asked for and waits for your vote:\n\n");
	jit_mail_facts(b, g);
	/* The answer never stands here in one piece: what quotes this mail
	 * approves nothing. */
	buf_addf(b, "\nTo vote, answer in plain text.  The first line of the "
	    "answer is made of\nthree words: the verb, the request and your "
	    "code.\n\n    the verb: approve, or deny\n    the request: %s\n"
	    "    your code: %s\n\n", g->id, code);
	buf_adds(b, "After `approve' you may write `shorten' and a duration "
	    "such as 30m, to\ngrant it for less time.  The code is yours "
	    "alone: do not pass this mail on.\n");
}

const char *
jit_mail_program(const struct jit *j)
{
	return j->policy.sendmail != NULL ? j->policy.sendmail :
	    JIT_SENDMAIL;
}

bool
jit_mail_ready(const struct jit *j, const struct jit_post *post, const char *to)
{
	return post != NULL && post->send != NULL && to != NULL &&
	    j->has_policy && j->policy.mail_from != NULL &&
	    approval_address(span_of(j->policy.mail_from)) &&
	    approval_address(span_of(to));
}

/* One more of today's mails of that sort to him: are there any left? */
static bool
mail_allowed(struct jit *j, const char *to, char sort, int64_t most)
{
	struct policy_asker who = { UINT32_MAX, to };
	char key[PERSON_KEY], hash[SHA256_HEX];
	int64_t n = most + 1;
	struct fault f = { .kind = FAULT_NONE };

	person_key(&j->policy, &who, key);
	sha256_hex(span_of(key), hash);
	if (jit_begin(j, true, &f) == FAULT_NONE &&
	    (jit_mail_count(j, sort, hash, &n, &f) != FAULT_NONE ||
	    jit_commit(j, &f) != FAULT_NONE))
		n = most + 1;
	jit_abort(j);
	return n <= most;
}

void
jit_mail_notice(struct jit *j, const struct jit_post *post, const char *to,
    const char *subject, struct span text)
{
	struct buf b;

	if (!jit_mail_ready(j, post, to) || !mail_allowed(j, to,
	    JIT_DAY_NOTICES, JIT_MAIL_NOTICES))
		return;
	buf_init(&b, JIT_MAIL_BYTES);
	mail_head(&b, j->policy.mail_from, to, "auto-generated", subject);
	buf_addspan(&b, text);
	jit_mail_post(j, post, "", &b);
	buf_free(&b);
}

void
jit_mail_answer(struct jit *j, const struct jit_post *post, const char *to,
    const char *reply_to_id, const char *subject, const char *text)
{
	struct buf b;

	if (!jit_mail_ready(j, post, to) || !mail_allowed(j, to,
	    JIT_DAY_ANSWERS, JIT_MAIL_ANSWERS))
		return;
	buf_init(&b, JIT_MAIL_BYTES);
	/* Only an id of the usual form goes back into a header. */
	if (reply_to_id != NULL && reply_to_id[0] == '<' &&
	    span_find(span_of(reply_to_id), '>') + 1 == strlen(reply_to_id) &&
	    strpbrk(reply_to_id, " \\(),;") == NULL)
		buf_addf(&b, "In-Reply-To: %s\n", reply_to_id);
	mail_head(&b, j->policy.mail_from, to, "auto-replied", subject);
	buf_adds(&b, text);
	jit_mail_post(j, post, "", &b);
	buf_free(&b);
}
