/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli_impl.h"
#include "cli/getopt.h"
#include "dns/resolver.h"

/* `tool: text` on stderr, in one write. */
static void
cli_say(const struct cli *cli, const char *text)
{
	char line[FAULT_TEXT_MAX + 64];
	int n = snprintf(line, sizeof(line), "%s: %s\n", cli->tool->name,
	    text);

	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
		return;	/* there is nobody to tell */
}

void
cli_warn(const struct cli *cli, const char *fmt, ...)
{
	char text[FAULT_TEXT_MAX];
	struct fault f;
	va_list ap;

	if (cli->quiet)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* A fault's text is one line of printable ASCII. */
	(void)fault_set(&f, FAULT_SOFTWARE, "%s", text);
	cli_say(cli, f.text);
}

void
cli_exit(struct cli *cli, int status)
{
	cli->exit = verdict_worse_exit(cli->exit, status);
}

enum fault_kind
cli_fail(struct cli *cli, const struct fault *f)
{
	cli_say(cli, f->text);
	if (f->kind == FAULT_USAGE)
		cli->exit = FAULT_USAGE;
	else
		cli_exit(cli, (int)f->kind);
	return f->kind;
}

void
cli_complain(const struct cli *cli, struct span file, const struct fault *f)
{
	struct fault copy = *f;

	(void)fault_context(&copy, "%.*s", SPAN_ARG(file));
	cli_say(cli, copy.text);
}

enum fault_kind
cli_unopened(struct cli *cli, struct span name, const struct fault *f)
{
	struct fault hint = *f;

	if (f->kind == FAULT_NOINPUT && cli->tool->looks != NULL &&
	    memchr(name.p, '/', name.len) == NULL &&
	    memchr(name.p, '.', name.len) != NULL)
		(void)fault_set(&hint, f->kind,
		    "%s (to look at a domain: %s)", f->text,
		    cli->tool->looks);
	return cli_fail(cli, &hint);
}

void
cli_print(struct cli *cli, struct span bytes)
{
	if (!cli->out_open)
		out_init(&cli->out, STDOUT_FILENO, "standard output");
	cli->out_open = true;
	out_addspan(&cli->out, bytes);
}

static void
cli_help(struct cli *cli)
{
	cli_print(cli, span_of(*cli->tool->usage));
	cli_print(cli, SPAN("\n"));
	for (const char *const *p = cli->tool->help; *p != NULL; p++) {
		cli_print(cli, span_of(*p));
		cli_print(cli, SPAN("\n"));
	}
}

/* The options that must go together; VOUCHSAFE_SEAL. */
static enum fault_kind
cli_check(struct cli *cli, struct fault *f)
{
	const char *secret;

	if (cli->tool->ready != NULL &&
	    cli->tool->ready(cli->state, cli, f) != FAULT_NONE)
		return f->kind;
	if ((cli->format == CLI_HEADER || cli->format == CLI_MESSAGE) &&
	    cli->authserv_id.p == NULL)
		return fault_set(f, FAULT_USAGE, "--output=%s needs "
		    "--authserv-id", cli->format == CLI_HEADER ? "header" :
		    "message");
	if (cli->nul && cli->files_from == NULL)
		return fault_set(f, FAULT_USAGE, "-0 needs --files-from");
	if (cli->authserv_id.p == NULL ||
	    (secret = getenv("VOUCHSAFE_SEAL")) == NULL)
		return FAULT_NONE;
	if (seal_secret_ok(span_of(secret)))
		cli->secret = span_of(secret);
	else
		cli_warn(cli, "VOUCHSAFE_SEAL is not 32 to 128 hexadecimal "
		    "digits: not used");
	return FAULT_NONE;
}

bool
cli_parse(struct cli *cli, const struct cli_tool *tool, void *state,
    int argc, char **argv)
{
	struct fault f = { 0 };

	memset(cli, 0, offsetof(struct cli, out));
	cli->out_open = false;
	arena_init(&cli->names, CLI_NAMES);
	cli->tool = tool;
	cli->state = state;
	cli->final = tool->final;
	cli->jobs = 1;
	cli->time_limit_ms = 20000;
	cli->clock = clock_system();
	cli_descriptors();
	cli_signals();
	if (cli_options(cli, argc, argv, &f) == FAULT_NONE) {
		if (cli->help) {
			cli_help(cli);
			return false;
		}
		if (cli->version) {
			cli_print(cli, span_of(tool->name));
			cli_print(cli, SPAN(" (vouchsafe) "
			    VOUCHSAFE_VERSION "\n"));
			return false;
		}
		if (cli_check(cli, &f) == FAULT_NONE)
			return true;
	}
	cli_fail(cli, &f);
	return false;
}

enum fault_kind
cli_dns(struct cli *cli, struct dns **dns, struct fault *f)
{
	if (cli->dns == NULL) {
		if (cli_dns_open(&cli->asked, cli->clock, &cli->dns, f) !=
		    FAULT_NONE)
			return f->kind;
		if (cli->verbose) {
			cli->dns->trace = cli_trace;
			cli->dns->trace_state = cli;
		}
	}
	cli->dns->deadline_ms = clock_mono_ms(&cli->clock) +
	    cli->time_limit_ms;
	cli->dns->queries = 0;
	*dns = cli->dns;
	return FAULT_NONE;
}

int
cli_end(struct cli *cli)
{
	struct fault f = { 0 };

	dns_close(cli->dns);
	arena_free(&cli->names);
	if (cli->out_open && out_close(&cli->out, &f) != FAULT_NONE)
		(void)cli_fail(cli, &f);
	/* A mail server bounces on other codes. */
	if (cli->format == CLI_MESSAGE && cli->exit != 0 &&
	    cli->exit != FAULT_USAGE)
		return FAULT_TEMP;
	return cli->exit;
}
