/* SPDX-License-Identifier: ISC */
/* release and revoke. */
#include <string.h>

#include "base/json.h"
#include "jit/jit_impl.h"

/* Read the grant named and say whether the caller may end it. */
static enum fault_kind
jit_end_judge(struct jit *j, const struct jit_ask *ask, bool revoke,
    struct grant *g, bool *may, struct jit_answer *a, struct fault *f)
{
	enum fault_kind kind = jit_begin(j, false, f);

	*may = false;
	if (kind == FAULT_NONE && jit_find(j, ask, g, a)) {
		jit_about(a, g);
		*may = jit_mine(j, g) || jit_admin(j) ||
		    (revoke && jit_approver(j, g));
		if (!*may)
			jit_say(a, DECISION_NO, "not-yours", revoke ?
			    "only the requester, an approver or root revokes "
			    "it" : "the grant is another's");
	}
	jit_abort(j);
	return kind;
}


static void
jit_end(struct jit *j, const struct jit_ask *ask, bool revoke,
    struct jit_answer *a)
{
	struct grant g = { 0 };
	struct fault f = { 0 };
	bool may, meant = false, failed = false;
	json_t *why = NULL;
	enum fault_kind kind;

	j->ending = true;
	kind = jit_end_judge(j, ask, revoke, &g, &may, a, &f);
	if (kind == FAULT_NONE && !may)
		return;
	if (kind == FAULT_NONE && ask->reason != NULL) {
		why = json_object();
		js_set(why, "reason", js_span(span_sub(span_of(ask->reason),
		    0, GRANT_REASON - 1)), &failed);
	}
	if (kind == FAULT_NONE)
		kind = jit_event(j, g.id, revoke ? GRANT_EV_REVOKE :
		    GRANT_EV_RELEASE, revoke ? "revoke" : "release", why,
		    &meant, &f);
	if (kind != FAULT_NONE) {
		jit_fail(j, a, kind, &f);
		return;
	}
	if (meant && j->env->notify != NULL)
		j->env->notify(j->env->notify_arg, &g, revoke ? "revoke" :
		    "release");
	jit_answer_now(j, g.id, a);
	/* Gone is gone: "already" is a success.  An undo that failed is not
	 * one yet: the sweeper goes on with it. */
	if (a->fault != FAULT_NONE || a->decision == DECISION_UNTRUSTED)
		return;
	/* Its effect is gone, and only traces of it are left for later; or
	 * what was sent before may still make it again, as the text says. */
	if (jit_peek(j, g.id, &g, &f) != FAULT_NONE)
		g.state = GRANT_NONE;
	if (jit_settling(&g))
		a->decision = DECISION_PENDING;
	else if (jit_withdrawn(&g)) {
		a->decision = DECISION_YES;
		(void)snprintf(a->text, sizeof(a->text), "the right is taken "
		    "and withdrawn; jitgrant sweep clears the rest later");
	} else if (strcmp(a->state, "revoking") == 0) {
		a->decision = DECISION_PENDING;
		(void)snprintf(a->text, sizeof(a->text), "the right is taken; "
		    "its effect is yet to be undone by jitgrant sweep");
	} else
		a->decision = DECISION_YES;
	jit_unlogged(j, a);
}

void
jit_release(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	jit_end(j, ask, false, a);
}

void
jit_revoke(struct jit *j, const struct jit_ask *ask, struct jit_answer *a)
{
	jit_end(j, ask, true, a);
}
