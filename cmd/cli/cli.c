/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli_impl.h"
#include "cli/front.h"
#include "cli/getopt.h"
#include "dns/resolver.h"

void
cli_warn(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli->quiet)
		return;
	va_start(ap, fmt);
	front_vsay(cli->tool->name, fmt, ap);
	va_end(ap);
}

void
cli_exit(struct cli *cli, int status)
{
	cli->exit = verdict_worse_exit(cli->exit, status);
}

enum fault_kind
cli_fail(struct cli *cli, const struct fault *f)
{
	front_say(cli->tool->name, "%s", f->text);
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
	front_say(cli->tool->name, "%s", copy.text);
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

static struct out *
cli_out(struct cli *cli)
{
	if (!cli->out_open)
		out_init(&cli->out, STDOUT_FILENO, "standard output");
	cli->out_open = true;
	return &cli->out;
}

void
cli_print(struct cli *cli, struct span bytes)
{
	out_addspan(cli_out(cli), bytes);
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
	if ((cli->list || cli->only != 0) && (cli->format == CLI_HEADER ||
	    cli->format == CLI_MESSAGE))
		return fault_set(f, FAULT_USAGE, "--only and -l choose among "
		    "messages: not with this --output");
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
	cli->time_limit_ms = tool->time_limit != 0 ?
	    (int64_t)tool->time_limit * 1000 : 20000;
	cli->clock = clock_system();
	cli_descriptors();
	cli_signals();
	if (cli_options(cli, argc, argv, &f) == FAULT_NONE) {
		if (cli->help)
			front_help(cli_out(cli), &tool->text);
		else if (cli->version)
			front_version(cli_out(cli), tool->name);
		else if (cli_check(cli, &f) == FAULT_NONE)
			return true;
	}
	if (f.kind != FAULT_NONE)
		(void)cli_fail(cli, &f);
	return false;
}

static void
cli_zone_warn(void *state, const char *text)
{
	cli_warn(state, "%s", text);
}

enum fault_kind
cli_dns(struct cli *cli, struct dns **dns, struct fault *f)
{
	if (cli->dns == NULL) {
		cli->asked.warn = cli_zone_warn;
		cli->asked.warn_state = cli;
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
