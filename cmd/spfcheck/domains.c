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
domain_networks(const struct cli *cli, const struct cli_domain *one,
    const struct spf_lint *l, struct fault *f)
{
	if (cli->format == CLI_JSON)
		return spf_lint_networks_json(l, clock_wall(&cli->clock),
		    one->out, f);
	spf_lint_networks(l, one->out);
	return FAULT_NONE;
}

static enum fault_kind
domain_judge(void *state, const struct cli_domain *one, int *status,
    struct fault *f)
{
	struct spfcheck *s = state;
	struct spf_lint l;

	if (spf_lint(&l, one->name, s->policy, one->dns, one->arena, f) ==
	    FAULT_NONE) {
		lint_filter_apply(&s->filter, &l.lint);
		*status = s->lint ? (int)lint_exit(&l.lint) :
		    domain_whole(s->cli, &l);
		if (s->lint)
			(void)domain_lint(s->cli, one, &l, f);
		else
			(void)domain_networks(s->cli, one, &l, f);
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
