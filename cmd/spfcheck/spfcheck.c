/* SPDX-License-Identifier: ISC */
/* spfcheck(1): options, and which way to run. */
#include <string.h>

#include "spf/lint.h"
#include "spfcheck/spfcheck.h"
#include "spfcheck/spfcheck_cli.h"
#include "spfcheck/spfcheck_options.h"

static enum fault_kind
spfcheck_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	static const char *const identities[] =
	    { "mailfrom", "helo", "both", NULL };
	static const char *const formats[] =
	    { "postfix", "nft", "record", NULL };
	struct spfcheck *s = state;
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "trace", &s->trace }, { "lint", &s->lint },
		{ "networks", &s->networks },
		{ "received-spf", &s->received_spf },
	};
	size_t word = 0;
	bool taken;

	if (cli_envelope_option(&s->asked, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(name, flags[i].name) == 0) {
			*flags[i].flag = true;
			return FAULT_NONE;
		}
	}
	if (strcmp(name, "identity") == 0) {
		(void)cli_word(name, value, identities, &word, f);
		s->identity = (enum spfcheck_identity)word;
	} else if (strcmp(name, "policy") == 0)
		s->policy = span_of(value);
	else if (strcmp(name, "envelopes") == 0)
		s->envelopes = value;
	else if (strcmp(name, "format") == 0) {
		(void)cli_word(name, value, formats, &word, f);
		s->format = (enum spfcheck_format)(word + 1);
	} else if (strcmp(name, "baseline") == 0)
		s->baseline = value;
	else if (strcmp(name, "all-findings") == 0) {
		s->ignores = true;
		s->filter.all = true;
	} else if (strcmp(name, "fail-on") == 0) {
		s->ignores = true;
		return lint_filter_fail_on(&s->filter, span_of(value), f);
	} else if (strcmp(name, "ignore") == 0) {
		s->ignores = true;
		return lint_filter_ignore(&s->filter, span_of(value), f);
	} else
		return cli_untaken(name, f);
	return f->kind;
}

/* What stands on the message side of spfcheck has no sense for domains. */
static enum fault_kind
spfcheck_ready_domains(const struct spfcheck *s, const struct cli *cli,
    struct fault *f)
{
	bool envelope = s->asked.ip.family != 0 || s->envelopes != NULL ||
	    s->trace || s->received_spf || s->asked.from_message ||
	    cli->list || cli->only != 0;
	bool listed = cli->files_from != NULL || cli->asked.nzones > 0;
	const struct cli_rule rules[] = {
		{ s->lint && s->networks,
		    "--lint and --networks do not go together" },
		{ envelope, "--lint and --networks take domains, and no "
		    "envelope" },
		{ cli->format == CLI_HEADER || cli->format == CLI_MESSAGE ||
		    (s->networks && cli->format > CLI_JSON),
		    "--output: no header or message with --lint; text or "
		    "json with --networks" },
		{ s->policy.p != NULL && (cli->noperands != 1 ||
		    cli->files_from != NULL),
		    "--policy is the record of one domain" },
		{ cli->noperands == 0 && !listed, "which domains?" },
	};

	return cli_rules(rules, sizeof(rules) / sizeof(rules[0]), f);
}

static enum fault_kind
spfcheck_ready(void *state, struct cli *cli, struct fault *f)
{
	struct spfcheck *s = state;
	bool field = cli->format == CLI_HEADER || cli->format == CLI_MESSAGE;
	bool ip = s->asked.ip.family != 0;
	bool operands = cli->noperands > 0 || cli->files_from != NULL;
	const struct cli_rule always[] = {
		{ (s->baseline != NULL || s->ignores) && !s->lint,
		    "--baseline, --all-findings, --fail-on and --ignore "
		    "need --lint" },
		{ s->filter.all && s->baseline == NULL,
		    "--all-findings needs --baseline" },
		{ s->format != SPFCHECK_LIST && (!s->networks ||
		    cli->format != CLI_TEXT),
		    "--format is for the text of --networks" },
	};
	const struct cli_rule messages[] = {
		{ cli->format > CLI_MESSAGE,
		    "--output=tap, junit, github and sarif need --lint" },
		{ s->envelopes != NULL && (ip || field || operands),
		    "--envelopes goes with text and json, and without --ip "
		    "and operands" },
		{ s->received_spf && !field,
		    "--received-spf needs --output=header or message" },
	};

	if (cli_rules(always, sizeof(always) / sizeof(always[0]), f) !=
	    FAULT_NONE)
		return f->kind;
	if (cli_envelope_ready(&s->asked, cli, s->policy.p != NULL, f) !=
	    FAULT_NONE)
		return f->kind;
	if (s->lint || s->networks)
		return spfcheck_ready_domains(s, cli, f);
	return cli_rules(messages, sizeof(messages) / sizeof(messages[0]), f);
}

/* The envelope of one message: the options', else what the message says. */
static enum fault_kind
spfcheck_message(void *state, struct cli_mail *mail, struct cli_verdict *v,
    struct fault *f)
{
	struct spfcheck *s = state;
	struct spfcheck_run run = { s, mail->dns, mail->arena, mail->now };
	struct spfcheck_envelope e = { .ip = s->asked.ip, .helo =
	    s->asked.helo, .mail_from = s->asked.mail_from, .source =
	    "option", .eol = mail->message->eol };
	struct received r = { .usable = false };

	if (s->asked.ip.family == 0) {
		e.source = NULL;
		e.malformed = mail->message->defect != MESSAGE_OK;
		if (e.malformed)
			e.why = message_defect_text(mail->message->defect);
		else
			cli_envelope_read(&s->asked, mail->message, &r);
		if (!e.malformed)
			e.why = r.why;
		e.reason = r.reason;
		if (r.usable) {
			e.source = "message";
			e.ip = r.ip;
			e.helo = r.helo;
			e.no_mail_from = !r.has_mail_from;
			if (r.has_mail_from)
				e.mail_from = r.mail_from;
		}
	}
	return spfcheck_judge(&run, &e, v, f);
}

static const char *const repeatable[] = { "ignore", "relay", NULL };

static const struct cli_tool tool = {
	.name = "spfcheck",
	.method = "spf",
	.lints = true,
	.looks = "--lint or --networks",
	.options = spfcheck_options,
	.shorts = spfcheck_shorts,
	.text = FRONT_TEXT(spfcheck),
	.repeatable = repeatable,
	.option = spfcheck_option,
	.ready = spfcheck_ready,
	.judge = spfcheck_message,
	.nothing = spfcheck_nothing,
};

int
main(int argc, char **argv)
{
	struct spfcheck s = { .trace = false };
	struct cli cli;
	int status;

	s.cli = &cli;
	lint_filter_init(&s.filter, spf_lint_code);
	if (cli_parse(&cli, &tool, &s, argc, argv)) {
		if (s.lint || s.networks)
			spfcheck_domains(&s);
		else if (s.envelopes != NULL)
			spfcheck_envelopes(&s);
		else if (s.asked.ip.family != 0 && cli.format != CLI_MESSAGE &&
		    cli.noperands == 0 && cli.files_from == NULL)
			spfcheck_alone(&s);
		else
			cli_run(&cli);
	}
	status = cli_end(&cli);
	lint_filter_free(&s.filter);
	return status;
}
