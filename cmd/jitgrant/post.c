/* SPDX-License-Identifier: ISC */
/* Mail that goes out: sendmail -t, or what the policy names in its place. */
#include <unistd.h>

#include "base/spawn.h"
#include "jit/mail.h"
#include "jitgrant/jitgrant.h"

#define SEND_MS 10000

bool
jitgrant_send(void *arg, const char *program, const char *from,
    struct span mail)
{
	struct jitgrant *g = arg;
	char t[] = "-t", i[] = "-i", dash_f[] = "-f";
	char *argv[] = { (char *)(uintptr_t)program, t, i, dash_f,
	    (char *)(uintptr_t)(from[0] == '\0' ? "<>" : from), NULL };
	/* For good what we act as now, never root again, nor in its groups. */
	struct spawn_ids ids = { geteuid(), getegid(), true };
	struct spawn s = { .argv = argv, .ids = &ids, .err = SPAWN_NULL,
	    .timeout = SEND_MS };
	struct fault f = { .kind = FAULT_NONE };
	int status;

	if (spawn_run(&s, mail, NULL, &status, &f) == FAULT_NONE &&
	    status == 0)
		return true;
	if (!g->quiet)
		front_say(g->tool, "%s: the mail could not be sent", program);
	return false;
}

void
jitgrant_notify(void *arg, const struct grant *grant, const char *event)
{
	struct jitgrant *g = arg;
	struct jit_post post = { jitgrant_send, g };

	if (g->opened != NULL)
		jit_mail_notify(g->opened, &post, grant, event);
}

void
jitgrant_mail_again(void *arg)
{
	struct jitgrant *g = arg;
	struct jit_post post = { jitgrant_send, g };

	if (g->opened != NULL)
		jit_mail_again(g->opened, &post);
}
