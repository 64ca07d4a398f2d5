/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/getopt.h"

void
cli_descriptors(void)
{
	struct pollfd fds[3] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };

	if (poll(fds, 3, 0) <= 0)
		return;
	for (int i = 0; i < 3; i++)
		if ((fds[i].revents & POLLNVAL) != 0 &&
		    open("/dev/null", i == 0 ? O_WRONLY : O_RDONLY) < 0)
			_exit(FAULT_SOFTWARE);
}

void
cli_signals(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
}

static bool
getopt_in(const char *name, const char *const *list)
{
	for (; list != NULL && *list != NULL; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

/* The place in the table of what getopt_long() returned. */
static size_t
getopt_place(const struct option *options, int c, int place)
{
	size_t i = 0;

	if (c == 0)
		return (size_t)place;
	while (options[i].name != NULL && options[i].val != c)
		i++;
	return i;
}

static enum fault_kind
getopt_unknown(int c, const char *text, struct fault *f)
{

	if (optopt != 0 && strncmp(text, "--", 2) != 0)
		return fault_set(f, FAULT_USAGE, c == ':' ?
		    "option -%c needs a value" : "unknown option -%c", optopt);
	return fault_set(f, FAULT_USAGE, c == ':' ?
	    "option %s needs a value" : "unknown or ambiguous option, or one "
	    "that takes no value: %s", text);
}

enum fault_kind
cli_getopt(struct cli_getopt *g, const char **name, const char **value,
    struct fault *f)
{
	char shorts[128];
	int c, place = 0, before;
	const char *text;
	uint64_t bit;
	size_t i;

	if (!g->begun)
		optind = 0;
	g->begun = true;
	opterr = 0;
	*name = *value = NULL;
	(void)snprintf(shorts, sizeof(shorts), ":%s", g->shorts);
	before = optind;
	c = getopt_long(g->argc, g->argv, shorts, g->options, &place);
	if (c == -1)
		return FAULT_NONE;
	/* In the middle of -abc optind stays at it. */
	text = g->argv[optind == before ? optind : optind - 1];
	if (c == '?' || c == ':')
		return getopt_unknown(c, text, f);
	i = getopt_place(g->options, c, place);
	if (g->options[i].name == NULL)
		return getopt_unknown('?', text, f);
	bit = UINT64_C(1) << (i & 63);
	*name = g->options[i].name;
	*value = optarg;
	if ((g->seen & bit) != 0 && !getopt_in(*name, g->repeatable) &&
	    !getopt_in(*name, g->repeatable_too))
		return fault_set(f, FAULT_USAGE, "--%s: given more than once",
		    *name);
	g->seen |= bit;
	return FAULT_NONE;
}
