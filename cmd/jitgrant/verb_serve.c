/* SPDX-License-Identifier: ISC */
/*
 * One question, one answer, over a socket: who asks is what the kernel says
 * (SO_PEERCRED) and nothing else.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_serve_cli.h"
#include "jitgrant/verb_serve_options.h"

/* Seconds a silent caller may hold a process. */
#define SERVE_SECONDS 10

/* The caller as the kernel knows him. */
static enum fault_kind
peer(struct jitgrant *g, struct fault *f)
{
	struct ucred cred = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(cred);

	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_PEERCRED, &cred, &len) !=
	    0 || len != sizeof(cred) || cred.uid == (uid_t)-1)
		return fault_set(f, FAULT_NOPERM,
		    "standard input is no local socket");
	g->env.caller = cred.uid;
	g->env.admin = cred.uid == 0;
	g->env.apply = false;
	g->env.emit = NULL;
	return FAULT_NONE;
}

/* May it be asked over the socket?  Paths of the caller's mean nothing here. */
static bool
served(const struct jit_ask *ask)
{
	static const char *const verbs[] = { "request", "approve", "deny",
	    "use", "check", "run", "list", "show", "renew", "release", "revoke",
	    "freeze", "unfreeze", "clock", "policy" };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(ask->verb, verbs[i]) == 0)
			return ask->file == NULL && ask->anchor == NULL;
	return false;
}

/* A mail is a vote or a request. */
static bool
takes_mail(const struct jit_ask *ask)
{
	return strcmp(ask->verb, "approve") == 0 ||
	    strcmp(ask->verb, "request") == 0;
}

static void
answer_one(struct jitgrant *g, struct span line, struct jit_answer *a,
    struct fault *f)
{
	struct jit j;
	json_t *holder = NULL;

	if (jit_ask_read(line, &g->ask, &holder, f) != FAULT_NONE)
		return;
	if (!served(&g->ask) || (g->ask.mail != NULL && !takes_mail(&g->ask)))
		(void)fault_set(f, FAULT_USAGE, "not over the socket");
	else if (g->ask.mail != NULL)
		(void)jitgrant_mail_served(g, a, f);
	else if (jitgrant_open(g, &j, f) == FAULT_NONE) {
		/* The verb's text lives in the question: copy what stays. */
		jit_do(&j, &g->ask, a);
		jit_close(&j);
	}
	json_decref(holder);
}

int
jitgrant_serve(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("serve", serve);
	struct jitgrant g;
	struct jit_answer a;
	struct fault f = { .kind = FAULT_NONE };
	struct buf b;
	int first, status;
	bool done = false;
	enum fault_kind kind;

	jitgrant_init_state(&g, &tool, "serve");
	jit_answer_init(&a, "serve");
	buf_init(&b, JITGRANT_QUESTION);
	kind = plain_parse(&tool, &g, argc, argv, &first, &done, &f);
	if (kind == FAULT_NONE && !done)
		kind = peer(&g, &f);
	if (done || kind != FAULT_NONE)
		return kind == FAULT_NONE ? 0 : plain_fail(tool.name, &f);
	if (jitgrant_line(STDIN_FILENO, &b, SERVE_SECONDS, &f) == FAULT_NONE)
		answer_one(&g, buf_span(&b), &a, &f);
	else if (f.kind == FAULT_DATA)
		jitgrant_drain(STDIN_FILENO);
	if (f.kind != FAULT_NONE) {
		a.fault = f.kind;
		(void)snprintf(a.text, sizeof(a.text), "%s", f.text);
		(void)snprintf(a.reason, sizeof(a.reason), "failed");
	}
	g.json = g.quiet = true;
	g.ask.sub = NULL;
	status = jitgrant_print(&g, &a);
	jit_answer_free(&a);
	buf_free(&b);
	jitgrant_free(&g);
	/* The question was answered; what the answer is, is the caller's. */
	return status == FAULT_IO ? status : 0;
}
