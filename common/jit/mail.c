/* SPDX-License-Identifier: ISC */
/* Rules 6 and 8 to 10 of approval by mail: what the request has to say. */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/b64.h"
#include "base/json.h"
#include "grant/person.h"
#include "jit/mail_impl.h"

enum fault_kind
jit_mail_key(struct jit *j, unsigned char key[32], struct fault *f)
{
	unsigned char raw[B64_DECODED_MAX(128)];
	size_t len = 0;
	struct buf b;
	enum fault_kind kind;

	buf_init(&b, 8192);
	kind = home_read(&j->home, HOME_CODE_KEY, &b, f);
	if (kind == FAULT_NONE && (b.len > 128 ||
	    !b64_decode(buf_span(&b), raw, &len) ||
	    len != 32))
		kind = fault_set(f, FAULT_CONFIG, HOME_CODE_KEY ": not a key");
	if (kind == FAULT_NONE)
		memcpy(key, raw, 32);
	OPENSSL_cleanse(raw, sizeof(raw));
	buf_cleanse(&b);
	return kind;
}

/* May that address write here at all? */
static bool
jit_mail_may_vote(void *arg, const char *address)
{
	struct jit *j = arg;
	struct policy_asker who = { UINT32_MAX, address };

	return policy_person(&j->policy, &who) != NULL;
}

static bool
jit_mail_may_ask(void *arg, const char *address)
{
	struct jit *j = arg;
	struct policy_asker who = { UINT32_MAX, address };

	for (const struct policy_section *s = j->policy.sections; s != NULL;
	    s = s->next)
		if (s->section == POLICY_RULE &&
		    policy_among(&j->policy, s->who, &who))
			return true;
	return false;
}

void
jit_mail_day(const struct jit *j, char sort, unsigned back,
    char out[GRANT_ID])
{
	/* Of one width, so that names sort as days do. */
	(void)snprintf(out, GRANT_ID, "%c%08u", sort,
	    (unsigned)(j->now.wall / 86400) - back);
}

enum fault_kind
jit_mail_count(struct jit *j, char sort, const char *name, int64_t *n,
    struct fault *f)
{
	char day[GRANT_ID], old[GRANT_ID], first[2] = { sort, '\0' };
	enum fault_kind kind;

	jit_mail_day(j, sort, 0, day);
	jit_mail_day(j, sort, JIT_MAIL_DAYS, old);
	kind = store_tries(j->store, day, name, 1, n, f);
	if (kind == FAULT_NONE && *n == 1)
		kind = store_tries_drop(j->store, first, old, f);
	return kind;
}

/* Log a refusal: the first of a day one by one, then only their number. */
static void
jit_mail_refused(struct jit *j, const struct approval *p, const char *word)
{
	int64_t n = 0;
	bool bad = false;
	json_t *o = json_object();
	struct fault f = { .kind = FAULT_NONE };
	enum fault_kind kind = jit_begin(j, true, &f);

	if (kind == FAULT_NONE)
		kind = jit_mail_count(j, JIT_DAY_REFUSED, "mails", &n, &f);
	js_set(o, "reason", js_str(word), &bad);
	js_set(o, "sha256", js_str(p->sha256), &bad);
	js_set(o, "from", js_str(p->from), &bad);
	js_set(o, "detail", js_str(p->detail), &bad);
	js_set(o, "today", js_int(n), &bad);
	if (kind == FAULT_NONE && !bad && (n <= JIT_MAIL_LOGGED ||
	    n % 10000 == 0))
		kind = jit_note(j, "mail-refused", json_incref(o), &f);
	if (kind == FAULT_NONE)
		(void)jit_commit(j, &f);
	json_decref(o);
	jit_abort(j);
}

void
jit_mail_misused(struct jit *j, const char *text)
{
	struct approval p = { .proven = false };

	(void)snprintf(p.detail, sizeof(p.detail), "%s", text);
	jit_mail_refused(j, &p, "usage");
}

/*
 * Within a transaction: did the same mail bring the same wrong code before?
 * It counts once, whoever delivers it again: what is not counted is no new
 * guess, for the code is part of what is remembered (add is 1), beside the
 * tries of the person and under names that no person has.
 */
static enum fault_kind
jit_mail_guess(struct jit *j, const struct approval *p,
    const struct grant *g, const char *person, int64_t add, bool *before,
    struct fault *f)
{
	enum fault_kind kind = FAULT_NONE;

	*before = false;
	for (size_t i = 0; i < p->marks && kind == FAULT_NONE; i++) {
		char text[256], name[SHA256_HEX + 1] = "=";
		int64_t n = 0;

		(void)snprintf(text, sizeof(text), "%s\n%s\n%s", person,
		    p->command.code, p->mark[i]);
		sha256_hex(span_of(text), name + 1);
		kind = store_tries(j->store, g->id, name, add, &n, f);
		*before = *before || n > 0;
	}
	return kind;
}

/* A wrong code is counted and logged. */
static enum fault_kind
jit_mail_wrong(struct jit *j, const struct approval *p,
    const struct grant *g, const char *person, struct fault *f)
{
	json_t *o;
	int64_t n = 0;
	bool bad = false, before;
	enum fault_kind kind = jit_mail_guess(j, p, g, person, 0, &before, f);

	if (kind != FAULT_NONE || before)
		return kind;
	kind = jit_mail_guess(j, p, g, person, 1, &before, f);
	if (kind == FAULT_NONE)
		kind = store_tries(j->store, g->id, person, 1, &n, f);
	o = json_object();
	js_set(o, "grant", js_str(g->id), &bad);
	js_set(o, "person", js_str(person), &bad);
	js_set(o, "try", js_int(n), &bad);
	js_set(o, "sha256", js_str(p->sha256), &bad);
	if (kind == FAULT_NONE)
		kind = bad ? fault_nomem(f) : jit_note(j, "mail-code",
		    json_incref(o), f);
	json_decref(o);
	return kind == FAULT_NONE ? jit_commit(j, f) : kind;
}

/* Within a transaction: rules 5 (time), 6, 8 and the first half of 9. */
static enum fault_kind
jit_mail_judge(struct jit *j, struct approval *p, const char *person,
    const unsigned char key[32], struct jit_answer *a, struct fault *f)
{
	char code[APPROVAL_CODE];
	struct grant g;
	bool found = false, fresh = false, same = false;
	int64_t n = 0, asked;
	enum fault_kind kind;

	kind = store_grant_get(j->store, p->command.id, &g, &found, f);
	if (kind != FAULT_NONE)
		return kind;
	if (!found) {
		jit_say(a, DECISION_NO, "no-grant", "no such request");
		return FAULT_NONE;
	}
	for (size_t i = 0; i < p->times; i++)
		fresh = fresh || p->time[i] >= g.created - APPROVAL_SKEW;
	p->proven = fresh && !person_is_requester(&j->policy, &g, person);
	if (!p->proven) {
		jit_say(a, DECISION_NO, fresh ? "self-approval" : "date",
		    fresh ? "nobody votes on his own request" :
		    "the mail was signed before there was a request");
		return FAULT_NONE;
	}
	kind = store_tries(j->store, g.id, person, 0, &n, f);
	if (kind != FAULT_NONE)
		return kind;
	if (n >= JIT_MAIL_TRIES) {
		jit_say(a, DECISION_NO, "too-many-tries", "too many wrong "
		    "codes: only a local vote counts now");
		return FAULT_NONE;
	}
	/* First of all: a code that fits another digest is no wrong try. */
	kind = jit_unchanged(j, &g, &same, &asked, f);
	if (kind != FAULT_NONE || !same) {
		jit_say(a, DECISION_NO, "changed",
		    "the request is not what was asked");
		return kind;
	}
	approval_code((struct span){ (const char *)key, 32 }, g.id, person,
	    g.digest, code);
	if (approval_code_eq(code, p->command.code))
		a->decision = DECISION_YES;
	else {
		jit_say(a, DECISION_NO, "wrong-code", "the code is not yours "
		    "for this request");
		kind = jit_mail_wrong(j, p, &g, person, f);
	}
	OPENSSL_cleanse(code, sizeof(code));
	return kind;
}

static void
jit_mail_vote(struct jit *j, struct approval *p, struct jit_answer *a)
{
	struct policy_asker who = { UINT32_MAX, p->from };
	const char *person = policy_person(&j->policy, &who);
	struct jit_ballot ballot = { .person = person,
	    .yes = p->command.verb == APPROVAL_APPROVE, .via = "mail",
	    .shorten = p->command.shorten[0] != '\0' ? p->command.shorten :
	    NULL, .evidence = p->evidence };
	unsigned char key[32];
	struct fault f = { .kind = FAULT_NONE };
	enum fault_kind kind = FAULT_NONE;

	if (person == NULL || strlen(p->command.id) >= GRANT_ID) {
		jit_say(a, DECISION_NO, "no-grant", "no such request");
		return;
	}
	kind = jit_mail_key(j, key, &f);
	if (kind == FAULT_NONE)
		kind = jit_begin(j, true, &f);
	if (kind == FAULT_NONE)
		kind = jit_mail_judge(j, p, person, key, a, &f);
	jit_abort(j);
	OPENSSL_cleanse(key, sizeof(key));
	if (kind != FAULT_NONE)
		jit_fail(j, a, kind, &f);
	else if (a->decision == DECISION_YES)
		jit_vote(j, p->command.id, &ballot, a);
}

/* The question of a mail, put to the engine as its author's. */
static void
jit_mail_ask(struct jit *j, struct approval *p, struct jit_answer *a)
{
	struct approval_command *c = &p->command;
	struct jit_ask ask = { .verb = "request", .kind = c->kind,
	    .resource = c->resource, .duration = c->duration,
	    .uses = c->uses[0] != '\0' ? c->uses : NULL,
	    .reason = c->reason };

	for (size_t i = 0; i < c->limits; i++) {
		char *equals = strchr(c->limit[i], '=');

		*equals = '\0';
		ask.limit_key[ask.limits] = c->limit[i];
		ask.limit_value[ask.limits++] = equals + 1;
	}
	j->author = p->from;
	jit_request(j, &ask, a);
	j->author = NULL;
}

/* Within a transaction: is that mark remembered? */
static enum fault_kind
jit_mail_known(struct jit *j, const char *mark, bool *known, struct fault *f)
{
	char day[GRANT_ID];
	int64_t n = 0;
	enum fault_kind kind = FAULT_NONE;

	for (unsigned back = 0; back < JIT_MAIL_DAYS && kind == FAULT_NONE;
	    back++) {
		jit_mail_day(j, JIT_DAY_MAILS, back, day);
		kind = store_tries(j->store, day, mark, 0, &n, f);
		*known = *known || n > 0;
	}
	return kind;
}

/*
 * Within a transaction: was it taken before?  One mark is enough: a mail that
 * was signed again has the Message-ID that it had, and one whose Message-ID is
 * written otherwise its signature.  All of them are the author's own, so that
 * nobody else's mail is in the way of his.  Older mails than JIT_MAIL_AGE are
 * refused for their date, so that three days are enough to remember.
 */
static enum fault_kind
jit_mail_once(struct jit *j, const struct approval *p, bool *once,
    struct fault *f)
{
	bool known = false;
	int64_t n = 0;
	enum fault_kind kind = FAULT_NONE;

	for (size_t i = 0; i < p->marks && kind == FAULT_NONE; i++)
		kind = jit_mail_known(j, p->mark[i], &known, f);
	*once = kind == FAULT_NONE && !known;
	if (!*once)
		return kind;
	for (size_t i = 0; i < p->marks && kind == FAULT_NONE; i++)
		kind = jit_mail_count(j, JIT_DAY_MAILS, p->mark[i], &n, f);
	return kind == FAULT_NONE ? jit_commit(j, f) : kind;
}

/* Nothing came of it: only what became a request is remembered.  All of its
 * marks go, or none; midnight may have passed since. */
static void
jit_mail_forget(struct jit *j, const struct approval *p)
{
	char day[GRANT_ID];
	struct fault f = { .kind = FAULT_NONE };
	enum fault_kind kind = jit_begin(j, true, &f);

	for (unsigned back = 0; back < 2; back++) {
		jit_mail_day(j, JIT_DAY_MAILS, back, day);
		for (size_t i = 0; i < p->marks && kind == FAULT_NONE; i++)
			kind = store_tries_forget(j->store, day, p->mark[i],
			    &f);
	}
	if (kind == FAULT_NONE)
		(void)jit_commit(j, &f);
	jit_abort(j);
}

static void
jit_mail_request(struct jit *j, struct approval *p, struct jit_answer *a)
{
	struct fault f = { .kind = FAULT_NONE };
	int64_t when = 0;
	bool once = false, old = false;
	enum fault_kind kind;

	for (size_t i = 0; i < p->times; i++)
		when = p->time[i] > when ? p->time[i] : when;
	kind = jit_begin(j, true, &f);
	old = when < j->now.wall - JIT_MAIL_AGE;
	if (kind == FAULT_NONE && !old)
		kind = jit_mail_once(j, p, &once, &f);
	jit_abort(j);
	if (kind != FAULT_NONE) {
		jit_fail(j, a, kind, &f);
		return;
	}
	p->proven = once;
	if (old)
		jit_say(a, DECISION_NO, "date", "the mail is too old");
	else if (!once)
		jit_say(a, DECISION_REPLAY, "replay", "the mail was taken "
		    "before");
	else {
		jit_mail_ask(j, p, a);
		if (a->grant[0] == '\0')
			jit_mail_forget(j, p);
	}
}

static void
jit_mail_no(const struct approval *p, struct jit_answer *a)
{
	if (p->why == APPROVAL_NO_TEMPERROR)
		a->fault = FAULT_TEMP;
	jit_say(a, DECISION_NO, approval_word(p->why), "%s%s%s",
	    approval_text(p->why), p->detail[0] != '\0' ? ": " : "",
	    p->detail);
}

static enum fault_kind
jit_mail_read(struct jit *j, const struct jit_mail *m, struct approval *p,
    struct fault *f)
{
	struct approval_options o = { .dns = m->dns,
	    .require_policy = j->policy.require_policy,
	    .relaxed = strcmp(j->policy.alignment, "relaxed") == 0,
	    .require_headers = j->policy.require_headers,
	    .mail_from = m->mail_from, .sender = m->sender,
	    .request = m->request, .may = m->request ? jit_mail_may_ask :
	    jit_mail_may_vote, .may_arg = j };
	struct jit_now now;
	enum fault_kind kind = j->env->clock.sample(&j->env->clock, &now, f);

	o.now = now.wall;
	return kind == FAULT_NONE ? approval_judge_apart(m->raw, &o, p, f) :
	    kind;
}

void
jit_mail(struct jit *j, const struct jit_mail *m,
    const struct jit_post *post, struct jit_answer *a)
{
	struct approval p;
	struct fault f = { .kind = FAULT_NONE };
	char subject[APPROVAL_WORD + 8], text[FAULT_TEXT_MAX + 256];

	if (!jit_need_policy(j, a))
		return;
	if (jit_mail_read(j, m, &p, &f) != FAULT_NONE) {
		jit_fail(j, a, f.kind, &f);
		return;
	}
	if (p.why != APPROVAL_YES)
		jit_mail_no(&p, a);
	else if (m->request)
		jit_mail_request(j, &p, a);
	else
		jit_mail_vote(j, &p, a);
	if (a->fault == FAULT_TEMP)
		return;
	if (a->decision != DECISION_YES && a->decision != DECISION_PENDING)
		jit_mail_refused(j, &p, a->reason);
	if (!p.proven)
		return;
	(void)snprintf(subject, sizeof(subject), "Re: %s", p.subject);
	(void)snprintf(text, sizeof(text), "Your mail was %s.\n%s%s%s%s%s",
	    a->decision == DECISION_YES || a->decision == DECISION_PENDING ?
	    "taken" : "refused", a->text, a->text[0] != '\0' ? "\n" : "",
	    a->grant[0] != '\0' ? "Request " : "", a->grant,
	    a->grant[0] != '\0' ? "\n" : "");
	jit_mail_answer(j, post, p.from, p.message_id, subject, text);
}
