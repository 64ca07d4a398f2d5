/* SPDX-License-Identifier: ISC */
/* What is to be seen only when all of the policy was read. */
#include <string.h>

#include "grant/person.h"
#include "grant/policy_impl.h"

#define POLICY_VOTES 100	/* the highest count that can be asked for */

/* Does every name in the list stand for something? */
static bool
policy_refs(struct policy_parser *pp, const struct policy_who *w)
{
	for (; w != NULL; w = w->next) {
		if (w->kind == POLICY_WHO_PERSON &&
		    policy_find(pp->p, POLICY_PERSON, w->name) == NULL)
			return policy_fail_at(pp, w->line, w->column,
			    "no [person %s]", w->name);
		if (w->kind == POLICY_WHO_ROLE &&
		    policy_find(pp->p, POLICY_ROLE, w->name) == NULL)
			return policy_fail_at(pp, w->line, w->column,
			    "no [role %s]", w->name);
	}
	return true;
}

static bool
policy_twice(struct policy_parser *pp, struct policy_place at,
    const char *other)
{
	return policy_fail_at(pp, at.line, at.column,
	    "that is person %s's already", other);
}

/* One uid or mailbox (a +tag makes no other) is one person: two would let
 * someone approve himself. */
static bool
policy_once(struct policy_parser *pp, const struct policy_section *s,
    const struct policy_section *o)
{
	for (size_t i = 0; i < s->ids.uid_count; i++)
		for (size_t k = 0; k < o->ids.uid_count; k++)
			if (s->ids.uids[i] == o->ids.uids[k])
				return policy_twice(pp, s->ids.uid_at[i],
				    o->label);
	for (size_t i = 0; i < s->ids.mail_count; i++)
		for (size_t k = 0; k < o->ids.mail_count; k++)
			if (person_mailbox_eq(span_of(s->ids.mails[i]),
			    span_of(o->ids.mails[k])))
				return policy_twice(pp, s->ids.mail_at[i],
				    o->label);
	return true;
}

/* Different persons of a list, as far as they are needed. */
struct policy_voters {
	const struct policy *p;
	const char *person[POLICY_VOTES];
	size_t count, most;
};

/* person may be NULL: nobody the policy knows. */
static void
policy_count_one(struct policy_voters *v, const char *person)
{
	for (size_t i = 0; person != NULL && i < v->count; i++)
		if (strcmp(v->person[i], person) == 0)
			return;
	if (person != NULL && v->count < v->most)
		v->person[v->count++] = person;
}

/* All persons with an address in `@domain`. */
static void
policy_count_domain(struct policy_voters *v, const char *domain)
{
	for (const struct policy_section *s = v->p->sections; s != NULL;
	    s = s->next)
		for (size_t i = 0; i < s->ids.mail_count; i++)
			if (strcmp(strchr(s->ids.mails[i], '@'), domain) == 0)
				policy_count_one(v, s->label);
}

static void
policy_count(struct policy_voters *v, const struct policy_who *list)
{
	for (const struct policy_who *w = list; w != NULL &&
	    v->count < v->most; w = w->next) {
		struct policy_asker who = { w->uid, NULL };
		const struct policy_who *m;

		switch (w->kind) {
		case POLICY_WHO_NONE:
			break;
		case POLICY_WHO_PERSON:
			policy_count_one(v, w->name);
			break;
		case POLICY_WHO_ROLE:
			for (m = policy_find(v->p, POLICY_ROLE, w->name)->who;
			    m != NULL; m = m->next)
				policy_count_one(v, m->name);
			break;
		case POLICY_WHO_MAIL:
			if (w->name[0] == '@') {
				policy_count_domain(v, w->name);
				break;
			}
			who = (struct policy_asker){ UINT32_MAX, w->name };
			policy_count_one(v, policy_person(v->p, &who));
			break;
		case POLICY_WHO_UID:
			policy_count_one(v, policy_person(v->p, &who));
			break;
		}
	}
}

/* Are there as many persons as each count asks for? */
static bool
policy_votes(struct policy_parser *pp)
{
	for (const struct policy_section *s = pp->p->sections; s != NULL;
	    s = s->next) {
		const struct policy_need *need = &s->terms.need;
		struct policy_voters v = { .p = pp->p, .most = need->k };

		policy_count(&v, need->who);
		if (v.count < need->k)
			return policy_fail_at(pp, need->at.line,
			    need->at.column, "%u approvals, of a list of "
			    "%zu person%s", need->k, v.count,
			    v.count == 1 ? "" : "s");
	}
	return true;
}

bool
policy_whole(struct policy_parser *pp)
{
	if (pp->p->sections == NULL)
		return policy_fail_at(pp, pp->line == 0 ? 1 : pp->line, 1,
		    "no section: a policy that allows nothing says so by "
		    "[defaults]");
	if (!policy_refs(pp, pp->p->freeze))
		return false;
	for (const struct policy_section *s = pp->p->sections; s != NULL;
	    s = s->next) {
		if (!policy_complete(pp, s) || !policy_refs(pp, s->who) ||
		    !policy_refs(pp, s->terms.need.who) ||
		    !policy_refs(pp, s->terms.notify))
			return false;
		for (const struct policy_section *o = pp->p->sections;
		    o != s; o = o->next)
			if (!policy_once(pp, s, o))
				return false;
	}
	return policy_votes(pp);
}
