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
	plain_say(name, "%s", f->text);
	return (int)f->kind;
}

void
plain_say(const char *name, const char *fmt, ...)
{
	struct fault line = { .kind = FAULT_NONE };
	char text[FAULT_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* A fault's text is one line of printable ASCII. */
	/* The tool speaks, not its verb. */
	(void)fault_set(&line, FAULT_SOFTWARE, "%.*s: %s",
	    (int)strcspn(name, " "), name, text);
	(void)dprintf(STDERR_FILENO, "%s\n", line.text);
}

static enum fault_kind
plain_help(const struct plain_tool *tool, struct fault *f)
{
	struct out o;

	out_init(&o, STDOUT_FILENO, "standard output");
	out_adds(&o, *tool->usage);
	out_adds(&o, "\n");
	out_adds(&o, *tool->purpose);
	out_adds(&o, "\n");
	out_adds(&o, "\n");
	for (size_t i = 0; tool->help[i] != NULL; i++) {
		out_adds(&o, tool->help[i]);
		out_adds(&o, "\n");
	}
	return out_close(&o, f);
}

/* The tool speaks, not its verb. */
static enum fault_kind
plain_version(const char *name, struct fault *f)
{
	struct out o;

	out_init(&o, STDOUT_FILENO, "standard output");
	out_add(&o, name, strcspn(name, " "));
	out_adds(&o, " (vouchsafe) " VOUCHSAFE_VERSION "\n");
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
			return *name == 'h' ? plain_help(tool, f) :
			    plain_version(tool->name, f);
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
	out_adds(&o, " VERB --help tells the options of a verb.\n");
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
		(void)plain_version(v->name, &f);
	else if (verb[0] == '\0')
		(void)fault_set(&f, FAULT_USAGE, "say what to do: %s --help "
		    "lists the verbs", v->name);
	else
		(void)fault_set(&f, FAULT_USAGE, "unknown verb %.40s: "
		    "%s --help lists them", verb, v->name);
	return f.kind == FAULT_NONE ? 0 : plain_fail(v->name, &f);
}
