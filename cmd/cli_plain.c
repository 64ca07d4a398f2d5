/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli_plain.h"
#include "out.h"

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

static enum fault_kind
plain_version(const struct plain_tool *tool, struct fault *f)
{
	struct out o;

	out_init(&o, STDOUT_FILENO, "standard output");
	out_add(&o, tool->name, strcspn(tool->name, " "));
	out_adds(&o, " (vouchsafe) " VOUCHSAFE_VERSION "\n");
	return out_close(&o, f);
}

static enum fault_kind
plain_unknown(int c, char **argv, struct fault *f)
{
	const char *text = argv[optind - 1];

	if (optopt != 0 && strncmp(text, "--", 2) != 0)
		return fault_set(f, FAULT_USAGE, c == ':' ?
		    "option -%c needs a value" : "unknown option -%c", optopt);
	return fault_set(f, FAULT_USAGE, c == ':' ?
	    "option %s needs a value" : "unknown or ambiguous option, or one "
	    "that takes no value: %s", text);
}

static bool
plain_repeatable(const struct plain_tool *tool, const char *name)
{
	const char *const *own = tool->repeatable;

	for (; own != NULL && *own != NULL; own++)
		if (strcmp(name, *own) == 0)
			return true;
	return false;
}

/* The place in the table of what getopt_long() returned. */
static size_t
plain_place(const struct plain_tool *tool, int c, int place)
{
	size_t i = 0;

	if (c == 0)
		return (size_t)place;
	while (tool->options[i].name != NULL && tool->options[i].val != c)
		i++;
	return i;
}

enum fault_kind
plain_parse(const struct plain_tool *tool, void *state, int argc,
    char **argv, int *first, bool *done, struct fault *f)
{
	uint64_t seen = 0;
	char shorts[128];
	int c, place = 0;

	(void)snprintf(shorts, sizeof(shorts), ":%s", tool->shorts);
	*done = false;
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, tool->options,
	    &place)) != -1) {
		size_t i;
		uint64_t bit;

		if (c == '?' || c == ':')
			return plain_unknown(c, argv, f);
		i = plain_place(tool, c, place);
		bit = UINT64_C(1) << (i & 63);
		if ((seen & bit) != 0 &&
		    !plain_repeatable(tool, tool->options[i].name))
			return fault_set(f, FAULT_USAGE,
			    "--%s: given more than once",
			    tool->options[i].name);
		seen |= bit;
		if (strcmp(tool->options[i].name, "help") == 0) {
			*done = true;
			return plain_help(tool, f);
		}
		if (strcmp(tool->options[i].name, "version") == 0) {
			*done = true;
			return plain_version(tool, f);
		}
		if (tool->option(state, tool->options[i].name, optarg, f) !=
		    FAULT_NONE)
			return f->kind;
	}
	*first = optind;
	return FAULT_NONE;
}
