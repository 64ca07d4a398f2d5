/* SPDX-License-Identifier: ISC */
/* What stands in a policy: sections by name, persons, members of lists. */
#include <string.h>

#include "grant/policy_impl.h"

const struct policy_section *
policy_find(const struct policy *p, enum policy_section_kind kind,
    const char *label)
{
	const struct policy_section *s = p->sections;

	while (s != NULL && (s->section != kind ||
	    strcmp(s->label, label) != 0))
		s = s->next;
	return s;
}

const struct policy_section *
policy_kind(const struct policy *p, const char *kind)
{
	return policy_find(p, POLICY_KIND, kind);
}

const char *
policy_pair(const struct policy_section *s, const char *key)
{
	for (const struct policy_pair *pair = s->pairs; pair != NULL;
	    pair = pair->next)
		if (strcmp(pair->key, key) == 0)
			return pair->value;
	return NULL;
}

static const char *
policy_person_of_mail(const struct policy *p, struct span mail)
{
	for (const struct policy_section *s = p->sections; s != NULL;
	    s = s->next)
		for (size_t i = 0; i < s->ids.mail_count; i++)
			if (span_eq_nocase(mail, span_of(s->ids.mails[i])))
				return s->label;
	return NULL;
}

const char *
policy_person(const struct policy *p, const struct policy_asker *who)
{
	if (who->mail != NULL)
		return policy_person_of_mail(p, span_of(who->mail));
	if (who->uid == UINT32_MAX)
		return NULL;
	for (const struct policy_section *s = p->sections; s != NULL;
	    s = s->next)
		for (size_t i = 0; i < s->ids.uid_count; i++)
			if (s->ids.uids[i] == who->uid)
				return s->label;
	return NULL;
}

/* Members of a role are persons by name: no role in a role. */
bool
policy_in_role(const struct policy *p, const char *role, const char *person)
{
	const struct policy_section *s = policy_find(p, POLICY_ROLE, role);

	if (s == NULL || person == NULL)
		return false;
	for (const struct policy_who *w = s->who; w != NULL; w = w->next)
		if (strcmp(w->name, person) == 0)
			return true;
	return false;
}

static bool
policy_mail_is(const char *pattern, const char *mail)
{
	struct span m = span_of(mail), want = span_of(pattern);

	if (want.p[0] == '@')
		m = span_sub(m, span_rfind(m, '@'), m.len);
	return span_eq_nocase(m, want);
}

bool
policy_among(const struct policy *p, const struct policy_who *list,
    const struct policy_asker *who)
{
	const char *person = policy_person(p, who);

	for (const struct policy_who *w = list; w != NULL; w = w->next) {
		switch (w->kind) {
		case POLICY_WHO_NONE:
			break;
		case POLICY_WHO_UID:
			if (who->mail == NULL && who->uid == w->uid &&
			    who->uid != UINT32_MAX)
				return true;
			break;
		case POLICY_WHO_PERSON:
			if (person != NULL && strcmp(person, w->name) == 0)
				return true;
			break;
		case POLICY_WHO_ROLE:
			if (policy_in_role(p, w->name, person))
				return true;
			break;
		case POLICY_WHO_MAIL:
			if (who->mail != NULL &&
			    policy_mail_is(w->name, who->mail))
				return true;
			break;
		}
	}
	return false;
}

bool
policy_person_among(const struct policy *p, const struct policy_who *list,
    const char *person)
{
	const struct policy_section *s = policy_find(p, POLICY_PERSON,
	    person);
	struct policy_asker who = { UINT32_MAX, NULL };

	if (s == NULL)
		return false;
	for (size_t i = 0; i < s->ids.uid_count; i++) {
		who.uid = s->ids.uids[i];
		if (policy_among(p, list, &who))
			return true;
	}
	who.uid = UINT32_MAX;
	for (size_t i = 0; i < s->ids.mail_count; i++) {
		who.mail = s->ids.mails[i];
		if (policy_among(p, list, &who))
			return true;
	}
	return false;
}
