/* SPDX-License-Identifier: ISC */
/* mailaudit(1): options, one audit a domain, report. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/domains.h"
#include "mailaudit/mailaudit.h"
#include "mailaudit/mailaudit_cli.h"
#include "mailaudit/mailaudit_options.h"
#include "posture/rule.h"

/* What is skipped, in either way of saying it. */
static bool
mailaudit_skips(const struct mailaudit *m, size_t family)
{
	return m->skip[family] || (m->any_only && !m->only[family]);
}

/* The findings and facts in the format that was asked for. */
static enum fault_kind
audit_report(const struct mailaudit *m, const struct cli_domain *one,
    struct posture *p, struct fault *f)
{
	bool json = m->cli->format == CLI_JSON, failed = false;
	json_t *more = json ? json_object() : NULL;
	enum fault_kind kind;
	struct buf b;

	buf_init(&b, 256);
	posture_words(p, &b);
	p->lint.words = buf_span(&b);
	if (json) {
		js_set(more, "checks", posture_checks(p), &failed);
		js_set(more, "queries", js_int((int64_t)p->queries),
		    &failed);
		p->lint.more = more;
	}
	kind = buf_check(&b, f) != FAULT_NONE ? f->kind : failed ?
	    fault_nomem(f) : cli_findings(m->cli, one, &p->lint,
	    json ? posture_facts(p) : NULL, f);
	json_decref(more);
	buf_free(&b);
	return kind;
}

static enum fault_kind
audit_judge(void *state, const struct cli_domain *one, int *status,
    struct fault *f)
{
	struct mailaudit *m = state;
	const struct mailaudit_domain *said = &m->domains[one->number - 1];
	struct posture_request rq = { .domain = one->name, .dns = one->dns,
	    .arena = one->arena, .role = said->role != POSTURE_ROLE_UNKNOWN ?
	    said->role : m->role, .nselectors = m->nselectors,
	    .selectors = m->selectors };
	struct posture p;

	if (said->nselectors > 0) {
		rq.nselectors = said->nselectors;
		rq.selectors = said->selectors;
	}
	for (size_t i = 0; i < POSTURE_FAMILIES; i++)
		rq.skip[i] = mailaudit_skips(m, i);
	if (posture_audit(&rq, &p, f) == FAULT_NONE) {
		lint_filter_apply(&m->filter, &p.lint);
		*status = (int)lint_exit(&p.lint);
		(void)audit_report(m, one, &p, f);
	}
	posture_free(&p);
	return f->kind;
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
	} else if (strcmp(name, "all-findings") == 0) {
		m->filter.all = true;
	} else {
		return cli_untaken(name, f);
	}
	return FAULT_NONE;
}

static enum fault_kind
mailaudit_ready(void *state, struct cli *cli, struct fault *f)
{
	struct mailaudit *m = state;
	const struct cli_rule rules[] = {
		{ cli->format == CLI_HEADER || cli->format == CLI_MESSAGE,
		    "--output: not one of text json tap junit github sarif" },
		{ cli->nul && cli->files_from == NULL,
		    "-0 needs --files-from" },
		{ m->filter.all && m->baseline == NULL,
		    "--all-findings needs --baseline" },
	};

	if (cli_rules(rules, sizeof(rules) / sizeof(rules[0]), f) !=
	    FAULT_NONE)
		return f->kind;
	return mailaudit_operands(m, f);
}

int
main(int argc, char **argv)
{
	static const char *const repeatable[] = { "only", "skip", "selector",
	    "ignore", NULL };
	struct mailaudit *m = calloc(1, sizeof(*m));
	struct cli cli;
	int status;

	if (m == NULL)
		return FAULT_SOFTWARE;
	m->tool = (struct cli_tool){ .name = "mailaudit",
	    .options = mailaudit_options, .shorts = mailaudit_shorts,
	    .text = FRONT_TEXT(mailaudit), .repeatable = repeatable,
	    .lints = true, .option = mailaudit_option,
	    .ready = mailaudit_ready };
	m->cli = &cli;
	lint_filter_init(&m->filter, posture_code);
	if (cli_parse(&cli, &m->tool, m, argc, argv)) {
		const struct cli_domains what = { .judge = audit_judge,
		    .baseline = m->baseline, .filter = &m->filter };

		cli_domains(&cli, &what);
	}
	status = cli_end(&cli);
	lint_filter_free(&m->filter);
	mailaudit_operands_free(m);
	free(m);
	return status;
}
