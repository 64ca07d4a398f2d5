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

/* What must hold, what is known, what is printed. */
static enum fault_kind
audit_found(struct mailaudit *m, const struct cli_domain *one,
    struct posture *p, int *status, struct fault *f)
{
	json_t *facts = NULL;

	if (m->cli->format == CLI_JSON || m->state != NULL ||
	    m->expect != NULL) {
		facts = posture_facts(p);
		if (facts == NULL)
			return fault_nomem(f);
	}
	if (mailaudit_compare(m, p, facts, f) == FAULT_NONE) {
		*status = (int)lint_exit(&p->lint);
		(void)mailaudit_report(m, one, p, facts, f);
	}
	json_decref(facts);
	return f->kind;
}

/* While answers come in no policy is fetched: that is done once, at last. */
static enum fault_kind
audit_fetch_later(struct posture_fetch *fetch, struct span host,
    const struct ipaddr *addresses, size_t n, struct arena *a,
    struct posture_fetched *out, struct fault *f)
{
	(void)fetch;
	(void)host;
	(void)addresses;
	(void)n;
	(void)a;
	*out = (struct posture_fetched){ .as = POSTURE_FETCH_FAILED };
	return f->kind;
}

static enum fault_kind
audit_judge(void *state, const struct cli_domain *one, int *status,
    struct fault *f)
{
	struct mailaudit *m = state;
	const struct mailaudit_domain *said = &m->domains[one->number - 1];
	struct span selectors[2 * POSTURE_SELECTORS];
	struct span guesses[INPUTS_GUESSES];
	struct posture_request rq = { .domain = one->name, .dns = one->dns,
	    .arena = one->arena, .role = said->role != POSTURE_ROLE_UNKNOWN ?
	    said->role : m->role, .nselectors = m->nselectors,
	    .nameservers = m->state != NULL || m->expect != NULL,
	    .ncerts = m->in.ncerts, .certs = m->in.certs,
	    .nsts = m->in.nsts, .sts = m->in.sts,
	    .subdomain = said->subdomain, .nguesses = m->in.nguesses,
	    .guesses = guesses, .nsigned = m->in.nsigned,
	    .signatures = m->in.signatures, .providers = &m->in.providers,
	    .fetch = m->in.fetches ? &m->in.fetch : NULL };
	struct posture_fetch later = { .get = audit_fetch_later,
	    .allow_private = m->in.fetch.allow_private };
	const struct span *from = m->selectors;
	struct posture p;

	if (one->asks && m->in.fetches)
		rq.fetch = &later;
	if (said->nselectors > 0) {
		rq.nselectors = said->nselectors;
		from = said->selectors;
	}
	memcpy(selectors, from, rq.nselectors * sizeof(*selectors));
	memcpy(guesses, m->in.guesses, sizeof(guesses));
	rq.selectors = selectors;
	/* One that must hold something is in use. */
	if (m->expect != NULL)
		rq.nselectors = expect_selectors(m->expect, one->name,
		    selectors, rq.nselectors, POSTURE_SELECTORS);
	for (size_t i = 0; i < POSTURE_FAMILIES; i++)
		rq.skip[i] = mailaudit_skips(m, i);
	if (mailaudit_zone_keys(&m->in, &rq, selectors, guesses, f) !=
	    FAULT_NONE)
		return f->kind;
	if (posture_audit(&rq, &p, f) == FAULT_NONE &&
	    !cli_domain_asks(one) &&
	    posture_keyring_add(m->in.ring, &p, f) == FAULT_NONE)
		(void)audit_found(m, one, &p, status, f);
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
	    .lints = true, .pages = true, .option = mailaudit_option,
	    .ready = mailaudit_ready };
	m->cli = &cli;
	lint_filter_init(&m->filter, posture_code);
	mailaudit_inputs_init(&m->in);
	buf_init(&m->shape, (size_t)1 << 20);
	if (cli_parse(&cli, &m->tool, m, argc, argv)) {
		const struct cli_domains what = { .judge = audit_judge,
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
