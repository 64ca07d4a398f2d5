/* SPDX-License-Identifier: ISC */
/* The table of the verbs: above all that they do. */
#include <string.h>

#include "jit/jit_impl.h"

void
jit_do(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	static const struct {
		const char *name;
		void (*fn)(struct jit *, const struct jit_ask *,
		    struct jit_answer *);
	} verbs[] = {
		{ "request", jit_request }, { "approve", jit_approve },
		{ "deny", jit_deny }, { "use", jit_use },
		{ "check", jit_check }, { "list", jit_list },
		{ "show", jit_show }, { "renew", jit_renew },
		{ "release", jit_release }, { "revoke", jit_revoke },
		{ "freeze", jit_freeze }, { "unfreeze", jit_unfreeze },
		{ "sweep", jit_sweep }, { "policy", jit_policy },
		{ "log", jit_log }, { "clock", jit_clock },
		{ "doctor", jit_doctor }, { "run", jit_run },
	};

	jit_answer_init(a, ask->verb);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(ask->verb, verbs[i].name) == 0) {
			a->verb = verbs[i].name;
			verbs[i].fn(j, ask, a);
			return;
		}
	jit_usage(a, "no such verb");
}
