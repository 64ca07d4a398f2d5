/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <unistd.h>

#include "cli/places.h"
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_init_cli.h"
#include "jitgrant/verb_init_options.h"

/* The system's home begins without a policy, and nothing is granted. */
static void
next(struct jitgrant *g, bool own)
{
	if (own)
		return;
	jitgrant_ignored(g);
	if (!g->quiet && access(SYSCONFDIR "/policy", F_OK) != 0)
		front_say(g->tool, "next: a policy in " SYSCONFDIR
		    "/policy; until then nothing is granted "
		    "(jitgrant-policy(5))");
}

int
jitgrant_init(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("init", init);
	struct jitgrant g;
	struct jit_answer a;
	struct fault f = { .kind = FAULT_NONE };
	const char *dir = NULL;
	int first, status;
	bool done = false, own = true;
	enum fault_kind kind;

	jitgrant_init_state(&g, &tool, "init");
	jit_answer_init(&a, "init");
	kind = plain_parse(&tool, &g, argc, argv, &first, &done, &f);
	if (kind == FAULT_NONE && !done) {
		if (argc - first > 1)
			kind = fault_set(&f, FAULT_USAGE,
			    "one operand too many: %s", argv[first + 1]);
		else if (argc - first == 1)
			dir = argv[first];
		else
			dir = jitgrant_home(&g, &own);
	}
	if (kind == FAULT_NONE && !done)
		kind = jitgrant_become(dir, &f);
	if (kind == FAULT_NONE && !done)
		kind = jit_init(dir, own, &g.env, &f);
	if (done)
		return (int)kind;
	a.fault = kind;
	a.decision = kind == FAULT_NONE ? DECISION_YES : DECISION_NO;
	(void)snprintf(a.reason, sizeof(a.reason), "%s", kind == FAULT_NONE ?
	    "made" : "failed");
	(void)snprintf(a.text, sizeof(a.text), "%s", f.text);
	status = jitgrant_print(&g, &a);
	if (kind == FAULT_NONE)
		next(&g, own);
	jitgrant_free(&g);
	return status;
}
