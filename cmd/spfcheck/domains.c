/* SPDX-License-Identifier: ISC */
/* --lint and --networks: domains instead of messages. */
#include "cli/domains.h"
#include "spf/lint.h"
#include "spfcheck/spfcheck.h"

static enum fault_kind
domain_lint(struct cli *cli, const struct cli_domain *one,
    const struct spf_lint *l, struct fault *f)
{
	json_t *facts = cli->format == CLI_JSON ? spf_lint_facts(l) : NULL;

	if (cli_findings(cli, one, &l->lint, facts, f) == FAULT_NONE &&
	    cli->format == CLI_TEXT && !cli->quiet && !l->lint.only_new)
		spf_lint_text(l, one->out);
	return f->kind;
}

/* The list is whole unless something in the tree could not be read. */
static int
domain_whole(const struct cli *cli, const struct spf_lint *l)
{
	int status = 0;

	for (const struct lint_finding *g = l->lint.first; g != NULL;
	    g = g->next) {
		if (!spf_lint_hole(g))
			continue;
		cli_warn(cli, "%.*s: %s: %.*s", SPAN_ARG(g->domain),
		    g->rule->title, SPAN_ARG(g->message));
		if ((int)g->effect > status)
			status = (int)g->effect;
		/* A firewall's list must be whole. */
		if (status == 0)
			status = LINT_FINDINGS;
	}
	/* Not exact is a finding of its own. */
	if (l->dynamic && status == 0)
		status = LINT_FINDINGS;
	if (l->dynamic)
		cli_warn(cli, "%.*s: macros or ptr: who else may "
		    "send depends on the mail", SPAN_ARG(l->lint.domain));
	return status;
}

static enum fault_kind
domain_networks(const struct spfcheck *s, const struct cli_domain *one,
    const struct spf_lint *l, struct fault *f)
{
	const struct cli *cli = s->cli;

	if (cli->format == CLI_JSON)
		return spf_lint_networks_json(l, clock_wall(&cli->clock),
		    one->out, f);
	switch (s->format) {
	case SPFCHECK_LIST:
		spf_lint_networks(l, one->out);
		break;
	case SPFCHECK_POSTFIX:
		spf_lint_postfix(l, one->out);
		break;
	case SPFCHECK_NFT:
		spf_lint_nft(l, one->out);
		break;
	case SPFCHECK_RECORD:
		break;
	}
	return FAULT_NONE;
}

/* The flattened record, or why there is none; takes l. */
static enum fault_kind
domain_record(const struct spfcheck *s, const struct cli_domain *one,
    struct spf_lint *l, int *status, struct fault *f)
{
	struct fault why = { .kind = FAULT_NONE };

	*status = 0;
	if (spf_lint_flat(l, one->out, &why) == FAULT_DATA) {
		*status = domain_whole(s->cli, l);
		if (*status == 0)
			*status = LINT_FINDINGS;
		cli_warn(s->cli, "%.*s: cannot be flattened: %s",
		    SPAN_ARG(l->lint.domain), why.text);
	} else if (why.kind != FAULT_NONE) {
		*f = why;
	}
	spf_lint_free(l);
	return f->kind;
}

static enum fault_kind
domain_judge(void *state, const struct cli_domain *one, int *status,
    struct fault *f)
{
	struct spfcheck *s = state;
	struct spf_lint l;

	if (spf_lint(&l, one->name, s->policy, one->dns, one->arena, f) ==
	    FAULT_NONE && !cli_domain_asks(one)) {
		l.lint.given = s->policy.p != NULL;
		lint_filter_apply(&s->filter, &l.lint);
		if (s->format == SPFCHECK_RECORD)
			return domain_record(s, one, &l, status, f);
		*status = s->lint ? (int)lint_exit(&l.lint) :
		    domain_whole(s->cli, &l);
		if (s->lint)
			(void)domain_lint(s->cli, one, &l, f);
		else
			(void)domain_networks(s, one, &l, f);
	}
	spf_lint_free(&l);
	return f->kind;
}

void
spfcheck_domains(struct spfcheck *s)
{
	const struct cli_domains what = { .judge = domain_judge,
	    .baseline = s->baseline, .filter = &s->filter };

	cli_domains(s->cli, &what);
}
