/* SPDX-License-Identifier: ISC */
/* Whether a freeze holds. */
#include <string.h>

#include "grant/person.h"
#include "jit/jit_impl.h"

struct jit_freezes {
	struct jit *j;
	const struct grant *g;
	bool holds;
};

static bool
jit_freeze_of_user(struct jit *j, const char *value, const struct grant *g)
{
	struct policy_asker a = person_asker(value);
	struct policy_asker b = person_asker(g->requester);

	if (strcmp(value, g->requester) == 0)
		return true;
	return !jit_need_policy(j, NULL) || person_same(&j->policy, &a, &b);
}

static enum fault_kind
jit_freeze_holds(const struct store_freeze *z, void *arg, struct fault *f)
{
	struct jit_freezes *c = arg;

	(void)f;
	/* A scope that we do not know freezes all. */
	c->holds |= (unsigned)z->scope > FREEZE_HOST;
	switch (z->scope) {
	case FREEZE_ALL:
	case FREEZE_HOST:
		c->holds = true;
		break;
	case FREEZE_USER:
		c->holds |= jit_freeze_of_user(c->j, z->value, c->g);
		break;
	case FREEZE_KIND:
		c->holds |= strcmp(z->value, c->g->kind) == 0;
		break;
	case FREEZE_RESOURCE:
		c->holds |= strcmp(z->value, c->g->resource) == 0;
		break;
	}
	return FAULT_NONE;
}

enum fault_kind
jit_frozen(struct jit *j, const struct grant *g, bool *frozen,
    struct fault *f)
{
	struct jit_freezes c = { j, g, false };
	enum fault_kind kind;

	kind = store_freeze_each(j->store, jit_freeze_holds, &c, f);
	*frozen = c.holds;
	return kind;
}
