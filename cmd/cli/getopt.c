/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"
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

/* The place in the table of what getopt_long() returned: each has its own. */
static size_t
getopt_place(const struct option *options, int c)
{
	size_t i = 0;

	while (options[i].name != NULL && options[i].val != c)
		i++;
	return i;
}

/* So many changes make a slip of the keyboard, not another word. */
#define NEAR 2
#define NAME_BYTES 40	/* longer than any option's name */

/* Bytes to insert, delete or replace to make one word of the other. */
static size_t
getopt_distance(struct span a, struct span b)
{
	size_t row[NAME_BYTES + 1], corner, up;

	if (a.len > NAME_BYTES || b.len > NAME_BYTES)
		return NAME_BYTES;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			up = row[j];
			row[j] = corner + (a.p[i - 1] != b.p[j - 1]);
			if (up + 1 < row[j])
				row[j] = up + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			corner = up;
		}
	}
	return row[b.len];
}

/* A long option that getopt_long() does not take: why? */
static enum fault_kind
getopt_long_unknown(const struct option *options, const char *text,
    struct fault *f)
{
	struct span word = { text + 2, strcspn(text + 2, "=") }, name;
	const char *near = NULL;
	size_t begun = 0, n, best = NEAR + 1;

	for (; options->name != NULL; options++) {
		name = span_of(options->name);
		if (span_eq(name, word))
			return fault_set(f, FAULT_USAGE,
			    "option --%s takes no value", options->name);
		if (name.len > word.len &&
		    memcmp(name.p, word.p, word.len) == 0)
			begun++;
		n = getopt_distance(word, name);
		if (n < best && 2 * n < word.len) {
			best = n;
			near = options->name;
		}
	}
	/* An abbreviation of one option: with a value that it does not take. */
	if (begun == 1)
		return fault_set(f, FAULT_USAGE, "option takes no value: %s",
		    text);
	if (begun > 1)
		return fault_set(f, FAULT_USAGE, "ambiguous option --%.*s",
		    SPAN_ARG(word));
	if (near != NULL)
		return fault_set(f, FAULT_USAGE,
		    "unknown option --%.*s: did you mean --%s?",
		    SPAN_ARG(word), near);
	return fault_set(f, FAULT_USAGE, "unknown option --%.*s",
	    SPAN_ARG(word));
}

static enum fault_kind
getopt_unknown(const struct option *options, int c, const char *text,
    struct fault *f)
{
	if (optopt != 0 && strncmp(text, "--", 2) != 0)
		return fault_set(f, FAULT_USAGE, c == ':' ?
		    "option -%c needs a value" : "unknown option -%c", optopt);
	if (c == ':')
		return fault_set(f, FAULT_USAGE, "option %s needs a value",
		    text);
	return getopt_long_unknown(options, text, f);
}

enum fault_kind
cli_getopt(struct cli_getopt *g, const char **name, const char **value,
    struct fault *f)
{
	char shorts[128];
	int c, before;
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
	c = getopt_long(g->argc, g->argv, shorts, g->options, NULL);
	if (c == -1)
		return FAULT_NONE;
	/* In the middle of -abc optind stays at it. */
	text = g->argv[optind == before ? optind : optind - 1];
	if (c == '?' || c == ':')
		return getopt_unknown(g->options, c, text, f);
	i = getopt_place(g->options, c);
	if (g->options[i].name == NULL)
		return getopt_unknown(g->options, '?', text, f);
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
