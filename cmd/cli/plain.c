/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/out.h"
#include "cli/getopt.h"
#include "cli/plain.h"

int
plain_fail(const char *name, const struct fault *f)
{
	front_say(name, "%s", f->text);
	return (int)f->kind;
}

/* What is asked for instead of work. */
static enum fault_kind
plain_print(const char *name, const struct front_text *help, struct fault *f)
{
	struct out o;

	out_init(&o, STDOUT_FILENO, "standard output");
	if (help != NULL)
		front_help(&o, help);
	else
		front_version(&o, name);
	return out_close(&o, f);
}

enum fault_kind
plain_parse(const struct plain_tool *tool, void *state, int argc,
    char **argv, int *first, bool *done, struct fault *f)
{
	struct cli_getopt g = { .argc = argc, .argv = argv,
	    .options = tool->options, .shorts = tool->shorts,
	    .repeatable = tool->repeatable };
	const char *name, *value;

	cli_descriptors();
	cli_signals();
	*done = false;
	while (cli_getopt(&g, &name, &value, f) == FAULT_NONE &&
	    name != NULL) {
		*done = strcmp(name, "help") == 0 ||
		    strcmp(name, "version") == 0;
		if (*done)
			return plain_print(tool->name, *name == 'h' ?
			    &tool->text : NULL, f);
		if (tool->option(state, name, value, f) != FAULT_NONE)
			return f->kind;
	}
	*first = optind;
	return f->kind;
}

static enum fault_kind
verbs_help(const struct plain_verbs *v, struct fault *f)
{
	struct out o;

	out_init(&o, STDOUT_FILENO, "standard output");
	out_adds(&o, "Usage: ");
	out_adds(&o, v->name);
	out_adds(&o, " VERB [OPTION]...\n");
	out_adds(&o, v->purpose);
	out_adds(&o, "\n\n");
	for (size_t i = 0; i < v->count; i++) {
		out_adds(&o, "  ");
		out_adds(&o, v->verbs[i].name);
		out_adds(&o, strlen(v->verbs[i].name) < 6 ? "\t\t" : "\t");
		out_adds(&o, v->verbs[i].text);
		out_adds(&o, "\n");
	}
	out_adds(&o, "\n");
	out_adds(&o, v->name);
	out_adds(&o, " VERB --help says the options of a verb.\n");
	return out_close(&o, f);
}

int
plain_verb(const struct plain_verbs *v, int argc, char **argv)
{
	struct fault f = { .kind = FAULT_NONE };
	const char *verb = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < v->count; i++)
		if (strcmp(verb, v->verbs[i].name) == 0)
			return v->verbs[i].run(argc - 1, argv + 1);
	if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0)
		(void)verbs_help(v, &f);
	else if (strcmp(verb, "--version") == 0 || strcmp(verb, "-V") == 0)
		(void)plain_print(v->name, NULL, &f);
	else if (verb[0] == '\0')
		(void)fault_set(&f, FAULT_USAGE, "say what to do: %s --help "
		    "lists the verbs", v->name);
	else
		(void)fault_set(&f, FAULT_USAGE, "unknown verb %.40s: "
		    "%s --help lists them", verb, v->name);
	return f.kind == FAULT_NONE ? 0 : plain_fail(v->name, &f);
}
