/* SPDX-License-Identifier: ISC */
/* The table of the verbs: above all that they do. */
#include <string.h>

#include "jit/jit_impl.h"
#include "jit/verb_run.h"

/*
 * Nobody sweeps a personal home by itself: what ran on after its grant there,
 * since its supervisor was stopped or killed, is ended by whatever verb comes
 * next.  `run` has a supervisor of its own, which looks often.
 */
static void
jit_look_after(struct jit *j, const struct jit_ask *ask)
{
	struct fault f = { .kind = FAULT_NONE };
	int64_t ended;
	bool ending = j->ending;

	if (!j->home.own || strcmp(ask->verb, "run") == 0 ||
	    strcmp(ask->verb, "sweep") == 0)
		return;
	j->ending = true;
	(void)run_sweep(j, &ended, &f);
	j->ending = ending;
}

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
	jit_look_after(j, ask);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(ask->verb, verbs[i].name) == 0) {
			a->verb = verbs[i].name;
			verbs[i].fn(j, ask, a);
			return;
		}
	jit_usage(a, "no such verb");
}
