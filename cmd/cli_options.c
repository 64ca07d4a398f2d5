/* SPDX-License-Identifier: ISC */
/*
 * The options that the verifying tools share.  The table comes from the .ggo;
 * the values are collected here, because gengetopt splits repeatable ones at
 * commas, takes 010 for 8 and an empty or shortened word for an enum's value.
 */
#include <stdio.h>
#include <string.h>

#include "cli_impl.h"
#include "num.h"
#include "pool.h"

#define CLI_OPTIONS 64	/* one bit of struct cli's `seen` each */

static const char *const formats[] =
    { "text", "json", "header", "message", "tap", "junit", NULL };
static const char *const facilities[] = { "mail", "daemon", "user", "auth",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7", NULL };

enum fault_kind
cli_number(const char *name, const char *value, uint64_t min, uint64_t max,
    uint64_t *out, struct fault *f)
{
	if (!num_u64(span_of(value), max, out) || *out < min)
		return fault_set(f, FAULT_USAGE,
		    "--%s=%s: not a number from %llu to %llu", name, value,
		    (unsigned long long)min, (unsigned long long)max);
	return FAULT_NONE;
}

enum fault_kind
cli_word(const char *name, const char *value, const char *const *words,
    size_t *out, struct fault *f)
{
	char list[256] = "";

	for (size_t i = 0; words[i] != NULL; i++) {
		size_t used = strlen(list);

		if (strcmp(words[i], value) == 0) {
			*out = i;
			return FAULT_NONE;
		}
		(void)snprintf(list + used, sizeof(list) - used, " %s",
		    words[i]);
	}
	return fault_set(f, FAULT_USAGE, "--%s=%s: not one of%s", name, value,
	    list);
}

/* An authserv-id: as a domain name is written. */
static enum fault_kind
cli_id(const char *name, const char *value, struct span *out, struct fault *f)
{
	struct span s = span_of(value);

	*out = s;
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_alnum(s.p[i]) && s.p[i] != '.' &&
		    s.p[i] != '-' && s.p[i] != '_')
			s.len = 0;
	if (s.len == 0 || s.len > 253)
		return fault_set(f, FAULT_USAGE,
		    "--%s=%s: not letters, digits, dots, - and _", name,
		    value);
	return FAULT_NONE;
}

static enum fault_kind
cli_full(const char *name, struct fault *f)
{
	return fault_set(f, FAULT_USAGE, "--%s: given too often", name);
}

/* Options that may be given more than once. */
static enum fault_kind
cli_list(struct cli *cli, const char *name, const char *value, bool *taken,
    struct fault *f)
{
	*taken = true;
	if (strcmp(name, "zone") == 0) {
		if (cli->nzones == CLI_LIST)
			return cli_full(name, f);
		cli->zones[cli->nzones++] = value;
	} else if (strcmp(name, "strip-id") == 0) {
		if (cli->nstrip == CLI_LIST)
			return cli_full(name, f);
		return cli_id(name, value, &cli->strip[cli->nstrip++], f);
	} else if (strcmp(name, "nameserver") == 0) {
		if (cli->nservers == CLI_SERVERS)
			return cli_full(name, f);
		if (!dns_server_parse(span_of(value),
		    &cli->servers[cli->nservers++]))
			return fault_set(f, FAULT_USAGE,
			    "--nameserver=%s: not IP, IP:PORT or [IPv6]:PORT",
			    value);
	} else
		*taken = false;
	return FAULT_NONE;
}

/* Options with numbers. */
static enum fault_kind
cli_count(struct cli *cli, const char *name, const char *value, bool *taken,
    struct fault *f)
{
	uint64_t n = 0;
	int64_t now;

	*taken = true;
	if (strcmp(name, "jobs") == 0) {
		(void)cli_number(name, value, 0, 1024, &n, f);
		cli->jobs = n == 0 && f->kind == FAULT_NONE ?
		    (unsigned)pool_processors() : (unsigned)n;
	} else if (strcmp(name, "timeout") == 0) {
		(void)cli_number(name, value, 1, 3600, &n, f);
		cli->timeout_ms = (int64_t)n * 1000;
	} else if (strcmp(name, "time-limit") == 0) {
		(void)cli_number(name, value, 1, 86400, &n, f);
		cli->time_limit_ms = (int64_t)n * 1000;
	} else if (strcmp(name, "now") == 0) {
		if (!num_time(span_of(value), &now))
			return fault_set(f, FAULT_USAGE, "--now=%s: not "
			    "seconds since 1970 and no RFC 3339 time", value);
		cli->clock = clock_fixed(now);
	} else
		*taken = false;
	return f->kind;
}

/* Flags; false if it is none of the common ones. */
static bool
cli_flag(struct cli *cli, const char *name)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "quiet", &cli->quiet }, { "verbose", &cli->verbose },
		{ "progress", &cli->progress }, { "offline", &cli->offline },
		{ "final", &cli->final }, { "defer", &cli->defer },
		{ "null", &cli->nul }, { "help", &cli->help },
		{ "version", &cli->version },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(name, flags[i].name) == 0) {
			*flags[i].flag = true;
			return true;
		}
	}
	return false;
}

/* One option by its long name. */
static enum fault_kind
cli_option(struct cli *cli, const char *name, const char *value,
    struct fault *f)
{
	bool taken;
	size_t word;

	if (cli_list(cli, name, value, &taken, f) != FAULT_NONE || taken ||
	    cli_count(cli, name, value, &taken, f) != FAULT_NONE || taken ||
	    cli_flag(cli, name))
		return f->kind;
	if (strcmp(name, "output") == 0) {
		if (cli_word(name, value, formats, &word, f) == FAULT_NONE)
			cli->format = (enum cli_format)word;
	} else if (strcmp(name, "authserv-id") == 0) {
		return cli_id(name, value, &cli->authserv_id, f);
	} else if (strcmp(name, "files-from") == 0) {
		cli->files_from = value;
	} else if (strcmp(name, "syslog") == 0) {
		cli->syslog = value == NULL ? facilities[0] : value;
		return cli_word(name, cli->syslog, facilities, &word, f);
	} else if (cli->tool->option != NULL)
		return cli->tool->option(cli->state, name, value, f);
	return f->kind;
}

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

	while (cli->tool->options[n].name != NULL &&
	    n < CLI_OPTIONS - sizeof(own) / sizeof(own[0])) {
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

		if (c == '?' || c == ':')
			return cli_unknown(c, argv, f);
		i = cli_place(options, c, place);
		bit = UINT64_C(1) << (i & 63);
		if ((cli->seen & bit) != 0 &&
		    !cli_is_repeatable(cli, options[i].name))
			return fault_set(f, FAULT_USAGE,
			    "--%s: given more than once", options[i].name);
		cli->seen |= bit;
		if (cli_option(cli, options[i].name, optarg, f) != FAULT_NONE)
			return f->kind;
	}
	cli->operands = argv + optind;
	cli->noperands = (size_t)(argc - optind);
	return FAULT_NONE;
}
