/* SPDX-License-Identifier: ISC */
/*
 * Mails that go out: to approvers, and answers.  A stranger's text stands in
 * the body only, as printable ASCII behind a mark; a header field holds
 * addresses that were checked and words of our own.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "jit_mail.h"
#include "num.h"

#define JIT_MAIL_BYTES ((size_t)65536)
#define JIT_SENDMAIL "/usr/sbin/sendmail"

/* Printable bytes in lines of at most 70, each behind four blanks. */
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
static void
mail_facts(struct buf *b, const struct grant *g)
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
	mail_facts(b, g);
	/* The answer never stands here in one piece: what quotes this mail
	 * approves nothing. */
	buf_addf(b, "\nTo vote, answer in plain text.  The first line of the "
	    "answer is made of\nthree words: the verb, the request and your "
	    "code.\n\n    the verb: approve, or deny\n    the request: %s\n"
	    "    your code: %s\n\n", g->id, code);
	buf_adds(b, "Behind `approve' you may write `shorten' and a duration "
	    "such as 30m, to\ngrant it for less time.  The code is yours "
	    "alone: do not pass this mail on.\n");
}

static const char *
mail_program(const struct jit *j)
{
	return j->policy.sendmail != NULL ? j->policy.sendmail :
	    JIT_SENDMAIL;
}

/* Is mail set up, and is this an address that may stand in a header? */
static bool
mail_ready(const struct jit *j, const struct jit_post *post, const char *to)
{
	return post != NULL && post->send != NULL && to != NULL &&
	    j->has_policy && j->policy.mail_from != NULL &&
	    approval_address(span_of(j->policy.mail_from)) &&
	    approval_address(span_of(to));
}

/* One of today's answers to him: is there one left? */
static bool
mail_allowed(struct jit *j, const char *to)
{
	struct policy_asker who = { UINT32_MAX, to };
	const char *person = policy_person(&j->policy, &who);
	char day[GRANT_ID], hash[SHA256_HEX];
	int64_t n = JIT_MAIL_ANSWERS + 1;
	struct fault f = { .kind = FAULT_NONE };

	sha256_hex(span_of(person != NULL ? person : to), hash);
	if (jit_begin(j, true, &f) == FAULT_NONE) {
		(void)snprintf(day, sizeof(day), "@%u",
		    (unsigned)(j->now.wall / 86400));
		if (store_tries(j->store, day, hash, 1, &n, &f) !=
		    FAULT_NONE || jit_commit(j, &f) != FAULT_NONE)
			n = JIT_MAIL_ANSWERS + 1;
	}
	jit_abort(j);
	return n <= JIT_MAIL_ANSWERS;
}

void
jit_mail_answer(struct jit *j, const struct jit_post *post, const char *to,
    const char *reply_to_id, const char *subject, const char *text)
{
	struct buf b;

	if (!mail_ready(j, post, to) || !mail_allowed(j, to))
		return;
	buf_init(&b, JIT_MAIL_BYTES);
	/* Only an id of the usual form goes back into a header. */
	if (reply_to_id != NULL && reply_to_id[0] == '<' &&
	    span_find(span_of(reply_to_id), '>') + 1 == strlen(reply_to_id) &&
	    strpbrk(reply_to_id, " \\(),;") == NULL)
		buf_addf(&b, "In-Reply-To: %s\n", reply_to_id);
	mail_head(&b, j->policy.mail_from, to, "auto-replied", subject);
	buf_adds(&b, text);
	if (!b.nomem && !b.full)
		(void)post->send(post->arg, mail_program(j), "",
		    buf_span(&b));
	buf_free(&b);
}

/* The first address of a person, or NULL. */
static const char *
mail_of(const struct policy *p, const char *person)
{
	for (const struct policy_section *s = p->sections; s != NULL;
	    s = s->next)
		if (s->section == POLICY_PERSON && s->mail_count > 0 &&
		    strcmp(s->label, person) == 0)
			return s->mails[0];
	return NULL;
}

static void
mail_ask_one(struct jit *j, const struct jit_post *post,
    const struct grant *g, const char *person, const unsigned char key[32])
{
	const char *to = mail_of(&j->policy, person);
	char code[APPROVAL_CODE];
	struct buf b;

	if (!mail_ready(j, post, to))
		return;
	approval_code((struct span){ (const char *)key, 32 }, g->id, person,
	    g->digest, code);
	buf_init(&b, JIT_MAIL_BYTES);
	jit_mail_request_text(g, j->policy.mail_from, to, code, &b);
	if (code[0] != '\0' && !b.nomem && !b.full)
		(void)post->send(post->arg, mail_program(j),
		    j->policy.mail_from, buf_span(&b));
	OPENSSL_cleanse(code, sizeof(code));
	buf_cleanse(&b);
}

/* Each approver gets a mail with a code of his own. */
static void
mail_ask_all(struct jit *j, const struct jit_post *post,
    const struct grant *g)
{
	const char *keys[JIT_LIMITS], *values[JIT_LIMITS];
	struct policy_verdict v;
	json_t *limits = json_loads(g->limits, 0, NULL);
	unsigned char key[32];
	struct fault f = { .kind = FAULT_NONE };

	if (limits == NULL || jit_mail_key(j, key, &f) != FAULT_NONE) {
		json_decref(limits);
		return;
	}
	jit_ask_again(j, g, limits, keys, values, &v);
	for (const struct policy_section *s = j->policy.sections; s != NULL;
	    s = s->next) {
		bool among = false;

		for (size_t i = 0; s->section == POLICY_PERSON &&
		    i < v.needs; i++)
			among = among || policy_person_among(&j->policy,
			    v.need[i].who, s->label);
		if (among && strcmp(s->label, g->person) != 0)
			mail_ask_one(j, post, g, s->label, key);
	}
	OPENSSL_cleanse(key, sizeof(key));
	json_decref(limits);
}

/* Whom to tell what became of a request, or NULL. */
static const char *
mail_requester(struct jit *j, const struct grant *g)
{
	struct policy_asker who = { g->uid, NULL };
	const char *person = g->person[0] != '\0' ? g->person :
	    policy_person(&j->policy, &who);

	if (span_starts(span_of(g->requester), SPAN("mail:")))
		return g->requester + 5;
	return person == NULL ? NULL : mail_of(&j->policy, person);
}

/* For people: what happened; NULL: nobody is told of it. */
static const char *
mail_event(const char *event)
{
	static const char *const texts[][2] = {
	    { "vote", "was approved by one person" },
	    { "deny", "was denied" }, { "active", "is active now" },
	    { "ended", "is over" }, { "lapsed", "was not approved in time" },
	    { "failed", "could not be put into effect" },
	    { "revoke", "was revoked" } };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strcmp(event, texts[i][0]) == 0)
			return texts[i][1];
	return NULL;
}

void
jit_mail_notify(struct jit *j, const struct jit_post *post,
    const struct grant *g, const char *event)
{
	const char *what = mail_event(event);
	char subject[96];
	struct buf b;

	if (!jit_need_policy(j, NULL) || j->policy.mail_from == NULL)
		return;
	if (strcmp(event, "request") == 0) {
		mail_ask_all(j, post, g);
		return;
	}
	if (what == NULL)
		return;
	(void)snprintf(subject, sizeof(subject), "Grant %s %s", g->id, what);
	buf_init(&b, JIT_MAIL_BYTES);
	buf_addf(&b, "The grant %s %s:\n\n", g->id, what);
	mail_facts(&b, g);
	if (!b.nomem && !b.full)
		jit_mail_answer(j, post, mail_requester(j, g), NULL, subject,
		    buf_str(&b));
	buf_free(&b);
}
