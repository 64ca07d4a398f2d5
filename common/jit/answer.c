/* SPDX-License-Identifier: ISC */
/* What a verb answers, and what of it becomes the exit status. */
#include <stdarg.h>
#include <stdio.h>

#include "jit/jit_impl.h"

void
jit_answer_init(struct jit_answer *a, const char *verb)
{
	*a = (struct jit_answer){ .decision = DECISION_NO, .verb = verb,
	    .uses_left = -1 };
}

void
jit_answer_free(struct jit_answer *a)
{
	json_decref(a->more);
	a->more = NULL;
}

int
jit_exit(const struct jit_answer *a)
{
	return a->fault != FAULT_NONE ? (int)a->fault :
	    decision_exit(a->decision);
}

void
jit_say(struct jit_answer *a, enum decision d, const char *reason,
    const char *fmt, ...)
{
	va_list ap;

	a->decision = d;
	(void)snprintf(a->reason, sizeof(a->reason), "%s", reason);
	a->text[0] = '\0';
	if (fmt == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(a->text, sizeof(a->text), fmt, ap);
	va_end(ap);
}

void
jit_usage(struct jit_answer *a, const char *fmt, ...)
{
	va_list ap;

	a->fault = FAULT_USAGE;
	a->decision = DECISION_NO;
	(void)snprintf(a->reason, sizeof(a->reason), "usage");
	va_start(ap, fmt);
	(void)vsnprintf(a->text, sizeof(a->text), fmt, ap);
	va_end(ap);
}

void
jit_fail(struct jit *j, struct jit_answer *a, enum fault_kind kind,
    const struct fault *f)
{
	if (kind == FAULT_CONFIG) {
		a->fault = FAULT_NONE;
		jit_say(a, DECISION_UNTRUSTED, j != NULL &&
		    j->log_why != NULL && j->log_why[0] != '\0' ?
		    j->log_why : "store", "%s", f->text);
		return;
	}
	a->fault = kind;
	jit_say(a, DECISION_NO, kind == FAULT_TEMP ? "busy" :
	    kind == FAULT_DATA ? "data" : kind == FAULT_NOPERM ?
	    "not-permitted" : "failed", "%s", f->text);
}

void
jit_about(struct jit_answer *a, const struct grant *g)
{
	(void)snprintf(a->grant, sizeof(a->grant), "%s", g->id);
	(void)snprintf(a->state, sizeof(a->state), "%s",
	    grant_state_word(g->state));
	a->uses_left = g->uses_left;
	a->not_after = g->not_after;
}
