/* SPDX-License-Identifier: ISC */
/* Who hears of what: approvers who are asked, and all who are concerned. */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/num.h"
#include "grant/person.h"
#include "jit/mail_impl.h"

#define TELL_MAX 64	/* people notified of one event */

/* The first address of a person, or NULL. */
static const char *
mail_of(const struct policy *p, const char *person)
{
	for (const struct policy_section *s = p->sections; s != NULL;
	    s = s->next)
		if (s->section == POLICY_PERSON && s->ids.mail_count > 0 &&
		    strcmp(s->label, person) == 0)
			return s->ids.mails[0];
	return NULL;
}

static void
mail_ask_one(struct jit *j, const struct jit_post *post,
    const struct grant *g, const char *person, const unsigned char key[32])
{
	const char *to = mail_of(&j->policy, person);
	char code[APPROVAL_CODE];
	struct buf b;

	if (!jit_mail_ready(j, post, to))
		return;
	approval_code((struct span){ (const char *)key, 32 }, g->id, person,
	    g->digest, code);
	buf_init(&b, JIT_MAIL_BYTES);
	jit_mail_request_text(g, j->policy.mail_from, to, code, &b);
	if (code[0] != '\0')
		jit_mail_post(j, post, j->policy.mail_from, &b);
	OPENSSL_cleanse(code, sizeof(code));
	buf_cleanse(&b);
}

/* What the policy says of a stored request today; limits to be dropped. */
struct tell_case {
	struct jit *j;
	const struct jit_post *post;
	const struct grant *g;
	json_t *limits;
	const char *keys[JIT_LIMITS], *values[JIT_LIMITS];
	struct policy_verdict v;
	const char *to[TELL_MAX];
	size_t count;
};

/* Is that person one of those who may vote on it? */
static bool
tell_approver(const struct tell_case *c, const char *person)
{
	bool among = false;

	for (size_t i = 0; i < c->v.needs; i++)
		among = among || policy_person_among(&c->j->policy,
		    c->v.need[i].who, person);
	return among && !person_is_requester(&c->j->policy, c->g, person);
}

/* Each approver gets a mail with a code of his own. */
static void
tell_ask(struct tell_case *c)
{
	unsigned char key[32];
	struct fault f = { .kind = FAULT_NONE };

	if (c->v.needs == 0 || jit_mail_key(c->j, key, &f) != FAULT_NONE)
		return;
	for (const struct policy_section *s = c->j->policy.sections;
	    s != NULL; s = s->next)
		if (s->section == POLICY_PERSON &&
		    tell_approver(c, s->label))
			mail_ask_one(c->j, c->post, c->g, s->label, key);
	OPENSSL_cleanse(key, sizeof(key));
}

/* Nobody twice. */
static void
tell_add(struct tell_case *c, const char *to)
{
	if (to == NULL || c->count == TELL_MAX)
		return;
	for (size_t i = 0; i < c->count; i++)
		if (span_eq_nocase(span_of(c->to[i]), span_of(to)))
			return;
	c->to[c->count++] = to;
}

static void
tell_requester(struct tell_case *c)
{
	const struct grant *g = c->g;
	struct policy_asker who = { g->uid, NULL };
	const char *person = g->person[0] != '\0' ? g->person :
	    policy_person(&c->j->policy, &who);

	if (span_starts(span_of(g->requester), SPAN("mail:")))
		tell_add(c, g->requester + 5);
	else if (person != NULL)
		tell_add(c, mail_of(&c->j->policy, person));
}

static void
tell_approvers(struct tell_case *c)
{
	for (const struct policy_section *s = c->j->policy.sections;
	    s != NULL; s = s->next)
		if (s->section == POLICY_PERSON &&
		    tell_approver(c, s->label))
			tell_add(c, mail_of(&c->j->policy, s->label));
}

static enum fault_kind
tell_voter(const struct store_vote *v, void *arg, struct fault *f)
{
	struct tell_case *c = arg;

	(void)f;
	tell_add(c, mail_of(&c->j->policy, v->person));
	return FAULT_NONE;
}

static void
tell_voters(struct tell_case *c)
{
	struct fault f = { .kind = FAULT_NONE };

	if (jit_begin(c->j, false, &f) == FAULT_NONE)
		(void)store_vote_each(c->j->store, c->g->id, tell_voter, c,
		    &f);
	jit_abort(c->j);
}

/* The list of notify=: persons, roles and addresses. */
static void
tell_listed(struct tell_case *c)
{
	for (const struct policy_who *w = c->v.notify; w != NULL;
	    w = w->next) {
		struct policy_who one = *w;

		one.next = NULL;
		if (w->kind == POLICY_WHO_MAIL && w->name[0] != '@')
			tell_add(c, w->name);
		for (const struct policy_section *s = c->j->policy.sections;
		    s != NULL; s = s->next)
			if (s->section == POLICY_PERSON &&
			    policy_person_among(&c->j->policy, &one,
			    s->label))
				tell_add(c, mail_of(&c->j->policy,
				    s->label));
	}
}

/* Events, what is said of them, and to whom. */
#define TELL_REQUESTER 1U
#define TELL_VOTERS 2U
#define TELL_APPROVERS 4U
#define TELL_LISTED 8U

static const struct tell_event {
	const char *event, *text;
	unsigned who;
} tell_events[] = {
	{ "request", "was asked for", TELL_LISTED },
	{ "vote", "was approved by one person", TELL_REQUESTER },
	{ "deny", "was denied", TELL_REQUESTER | TELL_APPROVERS |
	    TELL_LISTED },
	{ "active", "is active now", TELL_REQUESTER | TELL_LISTED },
	{ "ended", "is over", TELL_REQUESTER | TELL_VOTERS | TELL_LISTED },
	{ "lapsed", "was not approved in time", TELL_REQUESTER |
	    TELL_APPROVERS | TELL_LISTED },
	{ "failed", "could not be put into effect", TELL_REQUESTER |
	    TELL_VOTERS | TELL_LISTED },
};

static void
tell_all(struct tell_case *c, const struct tell_event *e)
{
	const struct grant *g = c->g;
	char subject[96], until[NUM_RFC3339_LEN];
	struct buf b;

	/* Who got it for the asking has his answer already. */
	if ((e->who & TELL_REQUESTER) != 0 && (c->v.needs > 0 ||
	    g->break_glass))
		tell_requester(c);
	if ((e->who & TELL_VOTERS) != 0)
		tell_voters(c);
	if ((e->who & TELL_APPROVERS) != 0)
		tell_approvers(c);
	if ((e->who & TELL_LISTED) != 0)
		tell_listed(c);
	(void)snprintf(subject, sizeof(subject), "Grant %s %s", g->id,
	    e->text);
	buf_init(&b, JIT_MAIL_BYTES);
	buf_addf(&b, "The grant %s %s%s%s:\n\n", g->id, e->text,
	    g->end == GRANT_END_NONE ? "" : ", ", g->end == GRANT_END_NONE ?
	    "" : grant_end_word(g->end));
	jit_mail_facts(&b, g);
	if (g->state == GRANT_ACTIVE && g->not_after > 0) {
		num_rfc3339(g->not_after, until);
		buf_addf(&b, "    until: %s\n", until);
	}
	for (size_t i = 0; i < c->count && !b.nomem && !b.full; i++)
		jit_mail_notice(c->j, c->post, c->to[i], subject,
		    buf_span(&b));
	buf_free(&b);
}

void
jit_mail_notify(struct jit *j, const struct jit_post *post,
    const struct grant *g, const char *event)
{
	struct tell_case c = { .j = j, .post = post, .g = g };

	if (!jit_need_policy(j, NULL) || j->policy.mail_from == NULL)
		return;
	c.limits = json_loads(g->limits, 0, NULL);
	if (c.limits == NULL)
		return;
	jit_ask_again(j, g, c.limits, c.keys, c.values, &c.v);
	if (strcmp(event, "request") == 0)
		tell_ask(&c);
	for (size_t i = 0; i < sizeof(tell_events) / sizeof(*tell_events);
	    i++)
		if (strcmp(event, tell_events[i].event) == 0)
			tell_all(&c, &tell_events[i]);
	json_decref(c.limits);
}
