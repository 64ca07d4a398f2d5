/* SPDX-License-Identifier: ISC */
/* The options that the verifying tools share. */
#include <string.h>

#include "base/pool.h"
#include "cli/cli_impl.h"
#include "cli/getopt.h"
#include "dns/domain.h"
#include "dns/idna.h"

/* In the order of enum cli_format. */
static const char *const formats[] =
    { "text", "json", "header", "message", NULL };
static const char *const lint_formats[] =
    { "text", "json", "header", "message", "tap", "junit",
    "github", "sarif", NULL };
static const char *const page_formats[] =
    { "text", "json", "", "", "tap", "junit",
    "github", "sarif", "markdown", "csv", "html", "prometheus", NULL };
static const char *const facilities[] = { "mail", "daemon", "user", "auth",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7", NULL };

enum fault_kind
cli_name(struct cli *cli, const char *what, struct span *name,
    struct fault *f)
{
	struct span text = domain_undot(*name);

	/* A lone hyphen is standard input elsewhere, and no name. */
	if (span_eq(text, SPAN("-")))
		text.len = 0;
	return idna_name(text, &cli->names, name, what, f);
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

/* Options that may be given more than once. */
static enum fault_kind
cli_list(struct cli *cli, const char *name, const char *value, bool *taken,
    struct fault *f)
{
	enum verdict only;

	*taken = true;
	/* Of a tool that judges no message it is the tool's. */
	if (strcmp(name, "only") == 0 && cli->tool->judge != NULL) {
		if (!verdict_parse(span_of(value), &only))
			return fault_set(f, FAULT_USAGE,
			    "--only=%s: not a result", value);
		cli->only |= 1U << only;
		return FAULT_NONE;
	}
	if (strcmp(name, "strip-id") == 0) {
		if (cli->nstrip == CLI_LIST)
			return fault_set(f, FAULT_USAGE,
			    "--%s: given too often", name);
		return cli_id(name, value, &cli->strip[cli->nstrip++], f);
	}
	return cli_dns_option(&cli->asked, name, value, taken, f);
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
	} else if (strcmp(name, "time-limit") == 0) {
		(void)cli_number(name, value, 1, 86400, &n, f);
		cli->time_limit_ms = (int64_t)n * 1000;
	} else if (strcmp(name, "now") == 0) {
		cli->now_received = strcmp(value, "received") == 0;
		if (!cli->now_received &&
		    cli_time(name, value, &now, f) == FAULT_NONE)
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
		{ "progress", &cli->progress }, { "final", &cli->final },
		{ "defer", &cli->defer },
		{ "list", &cli->list }, { "null", &cli->nul },
		{ "mbox", &cli->mbox },
		{ "help", &cli->help },
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

/* One of the common options.  *taken: it is one. */
static enum fault_kind
cli_common(struct cli *cli, const char *name, const char *value, bool *taken,
    struct fault *f)
{
	size_t word;

	if (cli_list(cli, name, value, taken, f) != FAULT_NONE || *taken ||
	    cli_count(cli, name, value, taken, f) != FAULT_NONE || *taken)
		return f->kind;
	*taken = true;
	if (cli_flag(cli, name))
		return FAULT_NONE;
	if (strcmp(name, "output") == 0) {
		if (cli_word(name, value, cli->tool->pages ? page_formats :
		    cli->tool->lints ? lint_formats : formats, &word, f) ==
		    FAULT_NONE)
			cli->format = (enum cli_format)word;
	} else if (strcmp(name, "authserv-id") == 0) {
		return cli_id(name, value, &cli->authserv_id, f);
	} else if (strcmp(name, "files-from") == 0) {
		if (*value == '\0')
			return fault_set(f, FAULT_USAGE,
			    "--files-from needs a file");
		cli->files_from = value;
	} else if (strcmp(name, "syslog") == 0) {
		cli->syslog = value == NULL ? facilities[0] : value;
		return cli_word(name, cli->syslog, facilities, &word, f);
	} else
		*taken = false;
	return f->kind;
}

enum fault_kind
cli_options(struct cli *cli, int argc, char **argv, struct fault *f)
{
	static const char *const repeatable[] =
	    { "zone", "nameserver", "strip-id", "only", NULL };
	struct cli_getopt g = { .argc = argc, .argv = argv,
	    .options = cli->tool->options, .shorts = cli->tool->shorts,
	    .repeatable = repeatable,
	    .repeatable_too = cli->tool->repeatable };
	const char *name, *value;
	bool taken;

	while (cli_getopt(&g, &name, &value, f) == FAULT_NONE &&
	    name != NULL) {
		if (cli_common(cli, name, value, &taken, f) != FAULT_NONE)
			return f->kind;
		if (!taken && cli->tool->option(cli->state, name, value, f) !=
		    FAULT_NONE)
			return f->kind;
	}
	cli->operands = argv + optind;
	cli->noperands = (size_t)(argc - optind);
	return f->kind;
}
