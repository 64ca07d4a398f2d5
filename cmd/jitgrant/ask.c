/* SPDX-License-Identifier: ISC */
/* From the command line to a question, and to where it is answered. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/value.h"
#include "jitgrant/jitgrant.h"

const char *const jitgrant_repeatable[] = { "limit", "zone",
    "nameserver", NULL };

static enum fault_kind
take_limit(struct jitgrant *g, const char *value, struct fault *f)
{
	char *copy, *equals;

	if (g->ask.limits == JIT_LIMITS)
		return fault_set(f, FAULT_USAGE, "--limit: at most %d",
		    JIT_LIMITS);
	copy = strdup(value);
	if (copy == NULL)
		return fault_nomem(f);
	g->limits[g->ask.limits] = copy;
	equals = strchr(copy, '=');
	if (equals == NULL || equals == copy) {
		free(copy);
		return fault_set(f, FAULT_USAGE, "--limit: expected "
		    "NAME=VALUE");
	}
	*equals = '\0';
	g->ask.limit_key[g->ask.limits] = copy;
	g->ask.limit_value[g->ask.limits++] = equals + 1;
	return FAULT_NONE;
}

static enum fault_kind
take_anchor(struct jitgrant *g, const char *path, struct fault *f)
{
	buf_init(&g->anchor, (size_t)1024 * 1024);
	if ((strcmp(path, "-") == 0 ?
	    file_read_fd(STDIN_FILENO, &g->anchor, f) :
	    file_read(path, &g->anchor, f)) != FAULT_NONE)
		return f->kind;
	g->ask.anchor = buf_str(&g->anchor);
	return buf_check(&g->anchor, f);
}

enum fault_kind
jitgrant_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct jitgrant *g = state;
	const char *text = value != NULL ? value : "yes";
	static const char *const outputs[] = { "text", "json", NULL };
	size_t word = 0;
	bool taken = false;

	if (jitgrant_mail_option(g, name, value, &taken, f) != FAULT_NONE ||
	    taken)
		return f->kind;
	if (strcmp(name, "home") == 0)
		g->home = text;
	else if (strcmp(name, "socket") == 0)
		g->socket = text;
	else if (strcmp(name, "policy") == 0)
		g->policy = text;
	else if (strcmp(name, "quiet") == 0)
		g->quiet = true;
	else if (strcmp(name, "output") == 0) {
		if (cli_word(name, text, outputs, &word, f) != FAULT_NONE)
			return f->kind;
		g->json = word == 1;
	} else if (strcmp(name, "limit") == 0)
		return take_limit(g, text, f);
	else if (strcmp(name, "anchor") == 0)
		return take_anchor(g, text, f);
#define TAKE(member, option) \
	else if (strcmp(name, option) == 0) \
		g->ask.member = text;
	JIT_FIELDS(TAKE)
#undef TAKE
	else
		return cli_untaken(name, f);
	return FAULT_NONE;
}

void
jitgrant_init_state(struct jitgrant *g, const struct plain_tool *tool,
    const char *verb)
{
	*g = (struct jitgrant){ .tool = tool->name, .ask = { .verb = verb } };
	buf_init(&g->anchor, 1);
	out_init(&g->out, STDOUT_FILENO, "standard output");
	jitgrant_env(g);
}

void
jitgrant_free(struct jitgrant *g)
{
	for (size_t i = 0; i < g->ask.limits; i++)
		free(g->limits[i]);
	buf_free(&g->anchor);
}

static enum fault_kind
operand(struct jitgrant *g, enum jitgrant_operands operands, int i,
    const char *text, struct fault *f)
{
	if (i == 0 && operands == JITGRANT_ID && g->ask.id == NULL)
		g->ask.id = text;
	else if (i == 0 && operands >= JITGRANT_SUB)
		g->ask.sub = text;
	else if (i == 1 && operands == JITGRANT_SUB_FILE)
		g->ask.file = text;
	else
		return fault_set(f, FAULT_USAGE, "one operand too many: %s",
		    text);
	return FAULT_NONE;
}

/* Ask the home, or the socket where the home may not be opened. */
static enum fault_kind
ask(struct jitgrant *g, struct jit_answer *a, struct fault *f)
{
	struct jit j = { .store = NULL };
	enum fault_kind kind;

	if (g->mail.on)
		return jitgrant_mail_run(g, a, f);
	if (strcmp(g->ask.verb, "policy") == 0 && g->ask.file == NULL)
		g->ask.file = g->policy;
	/* For programs, the log is what it is. */
	if (g->json && g->ask.sub != NULL && strcmp(g->ask.verb, "log") == 0 &&
	    strcmp(g->ask.sub, "show") == 0)
		g->ask.sub = "export";
	if (g->ask.file != NULL) {
		jit_policy_file(&g->env, &g->ask, a);
		return FAULT_NONE;
	}
	if (g->socket != NULL)
		return jitgrant_remote(g, g->socket, a, f);
	kind = jitgrant_open(g, &j, f);
	if (kind == FAULT_NOPERM && g->home == NULL) {
		fault_clear(f);
		return jitgrant_remote(g, JITGRANT_SOCKET, a, f);
	}
	if (kind == FAULT_NONE) {
		g->env.admin = g->env.caller == 0 || (j.home.own &&
		    g->env.caller == j.home.owner);
		jit_do(&j, &g->ask, a);
		jit_close(&j);
	} else if (kind == FAULT_CONFIG) {
		a->decision = DECISION_UNTRUSTED;
		(void)snprintf(a->reason, sizeof(a->reason), "store");
		(void)snprintf(a->text, sizeof(a->text), "%s", f->text);
		kind = FAULT_NONE;
		if (strcmp(g->ask.verb, "doctor") == 0)
			jit_doctor_closed(f, a);
	}
	return kind;
}

int
jitgrant_answer(const struct plain_tool *tool, const char *verb,
    enum jitgrant_operands operands, int argc, char **argv)
{
	struct jitgrant g;
	struct jit_answer a;
	struct fault f = { .kind = FAULT_NONE };
	int first, status;
	bool done = false;
	enum fault_kind kind;

	jitgrant_init_state(&g, tool, verb);
	jit_answer_init(&a, verb);
	kind = plain_parse(tool, &g, argc, argv, &first, &done, &f);
	for (int i = first; kind == FAULT_NONE && !done && i < argc; i++)
		kind = operand(&g, operands, i - first, argv[i], &f);
	if (kind == FAULT_NONE && !done)
		kind = jitgrant_mail_usage(&g, &f);
	if (kind == FAULT_USAGE)
		jitgrant_mail_misused(&g, argc, argv, &f);
	if (kind == FAULT_NONE && !done)
		kind = ask(&g, &a, &f);
	if (kind != FAULT_NONE) {
		a.fault = kind;
		(void)snprintf(a.text, sizeof(a.text), "%s", f.text);
		(void)snprintf(a.reason, sizeof(a.reason), "%s",
		    kind == FAULT_USAGE ? "usage" : "failed");
	}
	status = jitgrant_mail_exit(&g, done ? (int)kind :
	    jitgrant_print(&g, &a));
	jit_answer_free(&a);
	jitgrant_free(&g);
	return status;
}
