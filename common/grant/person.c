/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "grant/person.h"

/* The local part without its +tag, and the `@` with the domain. */
static void
person_parts(struct span address, struct span *local, struct span *domain)
{
	size_t at = span_rfind(address, '@');

	*local = span_sub(address, 0, at);
	*local = span_sub(*local, 0, span_find(*local, '+'));
	*domain = span_sub(address, at, address.len);
}

bool
person_mailbox_eq(struct span a, struct span b)
{
	struct span local[2], domain[2];

	person_parts(a, &local[0], &domain[0]);
	person_parts(b, &local[1], &domain[1]);
	return span_eq_nocase(local[0], local[1]) &&
	    span_eq_nocase(domain[0], domain[1]);
}

static bool
person_has_mailbox(const struct policy_section *s, const char *mail)
{
	for (size_t i = 0; i < s->ids.mail_count; i++)
		if (person_mailbox_eq(span_of(s->ids.mails[i]), span_of(mail)))
			return true;
	return false;
}

static bool
person_has_uid(const struct policy_section *s, uint32_t uid)
{
	for (size_t i = 0; i < s->ids.uid_count; i++)
		if (s->ids.uids[i] == uid && uid != UINT32_MAX)
			return true;
	return false;
}

static const struct policy_section *
person_section(const struct policy *p, const struct policy_asker *who)
{
	for (const struct policy_section *s = p->sections; s != NULL;
	    s = s->next)
		if (s->section == POLICY_PERSON && (who->mail != NULL ?
		    person_has_mailbox(s, who->mail) :
		    person_has_uid(s, who->uid)))
			return s;
	return NULL;
}

const char *
person_behind(const struct policy *p, const struct policy_asker *who)
{
	const struct policy_section *s = person_section(p, who);

	return s == NULL ? NULL : s->label;
}

bool
person_same(const struct policy *p, const struct policy_asker *a,
    const struct policy_asker *b)
{
	const struct policy_section *s = person_section(p, a);

	if (a->mail != NULL && b->mail != NULL &&
	    person_mailbox_eq(span_of(a->mail), span_of(b->mail)))
		return true;
	if (a->mail == NULL && b->mail == NULL && a->uid == b->uid &&
	    a->uid != UINT32_MAX)
		return true;
	return s != NULL && s == person_section(p, b);
}

/* Is one of this person's addresses, or the asker's own, meant by pattern? */
static bool
person_mail_is(const char *pattern, const char *mail)
{
	struct span local, domain, want = span_of(pattern);

	if (want.p[0] != '@')
		return person_mailbox_eq(want, span_of(mail));
	person_parts(span_of(mail), &local, &domain);
	return span_eq_nocase(domain, want);
}

static bool
person_any_mail(const struct policy_section *s,
    const struct policy_asker *who, const char *pattern)
{
	if (who->mail != NULL && person_mail_is(pattern, who->mail))
		return true;
	for (size_t i = 0; s != NULL && i < s->ids.mail_count; i++)
		if (person_mail_is(pattern, s->ids.mails[i]))
			return true;
	return false;
}

bool
person_refused(const struct policy *p, const struct policy_who *list,
    const struct policy_asker *who)
{
	const struct policy_section *s = person_section(p, who);

	for (const struct policy_who *w = list; w != NULL; w = w->next) {
		switch (w->kind) {
		case POLICY_WHO_NONE:
			break;
		case POLICY_WHO_UID:
			if ((who->mail == NULL && who->uid == w->uid &&
			    who->uid != UINT32_MAX) ||
			    (s != NULL && person_has_uid(s, w->uid)))
				return true;
			break;
		case POLICY_WHO_PERSON:
			if (s != NULL && strcmp(s->label, w->name) == 0)
				return true;
			break;
		case POLICY_WHO_ROLE:
			if (s != NULL && policy_in_role(p, w->name, s->label))
				return true;
			break;
		case POLICY_WHO_MAIL:
			if (person_any_mail(s, who, w->name))
				return true;
			break;
		}
	}
	return false;
}

struct policy_asker
person_asker(const char *text)
{
	struct policy_asker who = { UINT32_MAX, NULL };
	struct span s = span_of(text);
	uint64_t uid;

	if (span_starts(s, SPAN("mail:")))
		who.mail = text + 5;
	else if (span_starts(s, SPAN("uid:")) &&
	    num_canonical(span_sub(s, 4, s.len), UINT32_MAX - 1, &uid))
		who.uid = (uint32_t)uid;
	return who;
}

bool
person_is_requester(const struct policy *p, const struct grant *g,
    const char *person)
{
	struct policy_asker who = person_asker(g->requester);
	const char *behind = person_behind(p, &who);

	return strcmp(g->person, person) == 0 ||
	    (behind != NULL && strcmp(behind, person) == 0);
}

void
person_key(const struct policy *p, const struct policy_asker *who,
    char out[PERSON_KEY])
{
	const char *person = person_behind(p, who);
	struct span local, domain;
	struct buf b;

	if (person != NULL) {
		(void)snprintf(out, PERSON_KEY, "person:%s", person);
		return;
	}
	if (who->mail == NULL) {
		(void)snprintf(out, PERSON_KEY, "uid:%u", (unsigned)who->uid);
		return;
	}
	person_parts(span_of(who->mail), &local, &domain);
	buf_init(&b, PERSON_KEY - 1);
	buf_adds(&b, "mail:");
	buf_addlower(&b, local);
	buf_addlower(&b, domain);
	(void)snprintf(out, PERSON_KEY, "%s", buf_str(&b));
	buf_free(&b);
}
