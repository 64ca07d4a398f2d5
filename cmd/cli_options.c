/* SPDX-License-Identifier: ISC */
/*
 * The options that the verifying tools share.  The table comes from the .ggo;
 * the values are collected here, because gengetopt splits repeatable ones at
 * commas, takes 010 for 8 and an empty or shortened word for an enum's value.
 */
#include <stdio.h>
#include <string.h>

#include "cli_impl.h"

#define CLI_OPTIONS 64	/* one bit of struct cli's `seen` each */

static bool
cli_is_repeatable(const struct cli *cli, const char *name)
{
	const char *const *own = cli->tool->repeatable;

	if (strcmp(name, "zone") == 0 || strcmp(name, "nameserver") == 0 ||
	    strcmp(name, "strip-id") == 0)
		return true;
	for (; own != NULL && *own != NULL; own++)
		if (strcmp(name, *own) == 0)
			return true;
	return false;
}

/* The place in the table of what getopt_long() returned. */
static size_t
cli_place(const struct option *options, int c, int place)
{
	size_t i = 0;

	if (c == 0)
		return (size_t)place;
	while (options[i].name != NULL && options[i].val != c)
		i++;
	return i;
}

static enum fault_kind
cli_unknown(int c, char **argv, struct fault *f)
{
	const char *text = argv[optind - 1];

	if (optopt != 0 && strncmp(text, "--", 2) != 0)
		return fault_set(f, FAULT_USAGE, c == ':' ?
		    "option -%c needs a value" : "unknown option -%c", optopt);
	return fault_set(f, FAULT_USAGE, c == ':' ?
	    "option %s needs a value" : "unknown or ambiguous option, or one "
	    "that takes no value: %s", text);
}

/* The tool's table and, at its end, what every tool has. */
static void
cli_table(const struct cli *cli, struct option table[CLI_OPTIONS])
{
	static const struct option own[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	size_t n = 0;

	while (n < CLI_OPTIONS - sizeof(own) / sizeof(own[0]) &&
	    cli->tool->options[n].name != NULL) {
		table[n] = cli->tool->options[n];
		n++;
	}
	memcpy(&table[n], own, sizeof(own));
}

enum fault_kind
cli_options(struct cli *cli, int argc, char **argv, struct fault *f)
{
	struct option options[CLI_OPTIONS];
	char shorts[128];
	int c, place = 0;

	cli_table(cli, options);
	(void)snprintf(shorts, sizeof(shorts), ":hV%s", cli->tool->shorts);
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, options, &place)) != -1) {
		size_t i;
		uint64_t bit;
		bool taken;

		if (c == '?' || c == ':')
			return cli_unknown(c, argv, f);
		i = cli_place(options, c, place);
		bit = UINT64_C(1) << (i & 63);
		if ((cli->seen & bit) != 0 &&
		    !cli_is_repeatable(cli, options[i].name))
			return fault_set(f, FAULT_USAGE,
			    "--%s: given more than once", options[i].name);
		cli->seen |= bit;
		if (cli_common(cli, options[i].name, optarg, &taken, f) !=
		    FAULT_NONE)
			return f->kind;
		if (!taken && cli->tool->option != NULL &&
		    cli->tool->option(cli->state, options[i].name, optarg,
		    f) != FAULT_NONE)
			return f->kind;
	}
	cli->operands = argv + optind;
	cli->noperands = (size_t)(argc - optind);
	return FAULT_NONE;
}
