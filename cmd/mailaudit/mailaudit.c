/* SPDX-License-Identifier: ISC */
/* mailaudit(1): options, one audit a domain, report. */
#include <stdlib.h>
#include <string.h>

#include "cli/domains.h"
#include "mailaudit/mailaudit.h"
#include "mailaudit/mailaudit_cli.h"
#include "mailaudit/mailaudit_options.h"
#include "posture/rule.h"

bool
mailaudit_skips(const struct mailaudit *m, size_t family)
{
	return m->skip[family] || (m->any_only && !m->only[family]);
}

static enum fault_kind
mailaudit_family(bool *list, const char *name, const char *value,
    struct fault *f)
{
	size_t word = 0;

	if (cli_word(name, value, posture_family_words, &word, f) ==
	    FAULT_NONE)
		list[word] = true;
	return f->kind;
}

static enum fault_kind
mailaudit_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct mailaudit *m = state;

	mailaudit_shape(m, name, value);
	if (strcmp(name, "only") == 0) {
		m->any_only = true;
		return mailaudit_family(m->only, name, value, f);
	} else if (strcmp(name, "skip") == 0) {
		return mailaudit_family(m->skip, name, value, f);
	} else if (strcmp(name, "role") == 0) {
		return mailaudit_role(value, &m->role, f);
	} else if (strcmp(name, "selector") == 0) {
		if (m->nselectors == POSTURE_SELECTORS)
			return fault_set(f, FAULT_USAGE,
			    "--selector: given too often");
		return mailaudit_selector(span_of(value),
		    &m->selectors[m->nselectors++], f);
	} else if (strcmp(name, "fail-on") == 0) {
		return lint_filter_fail_on(&m->filter, span_of(value), f);
	} else if (strcmp(name, "ignore") == 0) {
		return lint_filter_ignore(&m->filter, span_of(value), f);
	} else if (strcmp(name, "baseline") == 0) {
		m->baseline = value;
	} else if (strcmp(name, "ignore-file") == 0) {
		m->ignore_file = value;
	} else if (strcmp(name, "state") == 0) {
		m->state_file = value;
	} else if (strcmp(name, "init") == 0) {
		m->init = true;
	} else if (strcmp(name, "expect") == 0) {
		m->expect_file = value;
	} else if (strcmp(name, "validate") == 0) {
		m->cli->asked.validate = true;
	} else if (strcmp(name, "anchor") == 0) {
		m->cli->asked.anchor = value;
	} else if (strcmp(name, "subdomains") == 0) {
		m->subdomains = true;
	} else if (strcmp(name, "window") == 0) {
		uint64_t n = 0;

		(void)cli_number(name, value, 1, 65536, &n, f);
		m->window = (size_t)n;
		return f->kind;
	} else if (strcmp(name, "nagios") == 0) {
		m->nagios = true;
	} else if (strcmp(name, "all-findings") == 0) {
		m->filter.all = true;
	} else {
		return mailaudit_input(&m->in, name, value, f);
	}
	return FAULT_NONE;
}

static enum fault_kind
mailaudit_ready(void *state, struct cli *cli, struct fault *f)
{
	struct mailaudit *m = state;
	const struct cli_rule rules[] = {
		{ m->nagios && cli->format != CLI_TEXT,
		    "--nagios is a format of its own: not with --output" },
		{ cli->nul && cli->files_from == NULL,
		    "-0 needs --files-from" },
		{ m->filter.all && m->baseline == NULL &&
		    m->state_file == NULL,
		    "--all-findings needs --baseline or --state" },
		{ m->init && m->state_file == NULL, "--init needs --state" },
		{ cli->asked.anchor != NULL && !cli->asked.validate,
		    "--anchor needs --validate" },
	};

	if (cli_rules(rules, sizeof(rules) / sizeof(rules[0]), f) !=
	    FAULT_NONE)
		return f->kind;
	/* The zones may be read before cli_domains() says so. */
	cli->asked.gather = !cli->verbose;
	if (m->nagios)
		cli->format = CLI_NAGIOS;
	if (cli->format >= CLI_MARKDOWN)
		posture_page_init(&m->page, (enum posture_format)
		    (cli->format - CLI_MARKDOWN));
	return mailaudit_inputs_ready(&m->in, f) != FAULT_NONE ||
	    mailaudit_ignore(m, f) != FAULT_NONE ||
	    mailaudit_operands(m, f) != FAULT_NONE ||
	    mailaudit_below(m, f) != FAULT_NONE ? f->kind :
	    mailaudit_remember(m, f);
}

/* A plugin has no other status than these four. */
static int
mailaudit_status(const struct mailaudit *m, int status)
{
	if (!m->nagios)
		return status;
	return status >= FAULT_USAGE && status != FAULT_TEMP ? 3 :
	    posture_page_nagios(&m->page);
}

int
main(int argc, char **argv)
{
	static const char *const repeatable[] = { "only", "skip", "selector",
	    "ignore", "cert", "sts-policy",
	    "mail", "providers", NULL };
	struct mailaudit *m = calloc(1, sizeof(*m));
	struct cli cli;
	int status;

	if (m == NULL)
		return FAULT_SOFTWARE;
	m->tool = (struct cli_tool){ .name = "mailaudit",
	    .options = mailaudit_options, .shorts = mailaudit_shorts,
	    .text = FRONT_TEXT(mailaudit), .repeatable = repeatable,
	    .lints = true, .pages = true, .time_limit = 30,
	    .option = mailaudit_option,
	    .ready = mailaudit_ready };
	m->cli = &cli;
	lint_filter_init(&m->filter, posture_code);
	mailaudit_inputs_init(&m->in);
	buf_init(&m->shape, (size_t)1 << 20);
	if (cli_parse(&cli, &m->tool, m, argc, argv)) {
		const struct cli_domains what = { .judge = mailaudit_judge,
		    .baseline = m->baseline, .filter = &m->filter,
		    .finish = mailaudit_finish, .window = m->window };

		cli_domains(&cli, &what);
	}
	status = mailaudit_status(m, mailaudit_keep(m, cli_end(&cli)));
	mailaudit_forget(m);
	posture_page_free(&m->page);
	lint_filter_free(&m->filter);
	mailaudit_operands_free(m);
	mailaudit_inputs_free(&m->in);
	free(m);
	return status;
}
