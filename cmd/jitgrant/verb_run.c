/* SPDX-License-Identifier: ISC */
/* jitgrant run: take a use, and run a command under the grant. */
#include <stdio.h>
#include <unistd.h>

#include "jitgrant/desk.h"
#include "jitgrant/verb_run_cli.h"
#include "jitgrant/verb_run_options.h"

/* Take the use; true if the command may run. */
static bool
take(struct desk *d, struct run_job *job, struct fault *f)
{
	struct jitgrant *g = d->g;
	struct jit_answer a;
	enum fault_kind kind;

	d->socket = g->socket;
	kind = d->calls.open(d, f);
	if (kind == FAULT_NOPERM && g->home == NULL) {
		fault_clear(f);
		d->socket = JITGRANT_SOCKET;
	}
	if (f->kind != FAULT_NONE)
		return false;
	(void)desk_ask(d, "use", NULL, &a, f);
	if (f->kind == FAULT_NONE && a.decision != DECISION_YES)
		front_say(g->tool, "%s%s%s", a.reason,
		    a.text[0] != '\0' ? ": " : "", a.text);
	else if (f->kind == FAULT_NONE)
		(void)snprintf(d->grant, sizeof(d->grant), "%s", a.grant);
	jit_answer_free(&a);
	g->ask.id = d->grant;
	/* What root does in another's home only he could end. */
	job->no_cgroup = d->socket == NULL && getuid() == 0 &&
	    d->j.home.own && d->j.home.owner != 0;
	desk_close(d);
	return d->grant[0] != '\0';
}

int
jitgrant_run(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("run", run);
	struct jitgrant g;
	struct desk d;
	struct run_job job = { .envp = environ, .grant = d.grant,
	    .desk = &d.calls };
	struct fault f = { .kind = FAULT_NONE };
	int first = 0, status = RUN_EXIT_REFUSED;
	bool done = false;

	jitgrant_init_state(&g, &tool, "use");
	desk_init(&d, &g);
	if (plain_parse(&tool, &g, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done && first >= argc)
		(void)fault_set(&f, FAULT_USAGE, "no command: jitgrant run "
		    "--id ID -- COMMAND...");
	job.argv = argv + first;
	if (f.kind == FAULT_NONE && !done && take(&d, &job, &f))
		status = run_front(&job);
	if (f.kind != FAULT_NONE)
		(void)plain_fail(g.tool, &f);
	desk_close(&d);
	jitgrant_free(&g);
	return done && f.kind == FAULT_NONE ? 0 : status;
}
