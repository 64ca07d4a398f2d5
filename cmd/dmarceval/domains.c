/* SPDX-License-Identifier: ISC */
/* dmarceval(1): domains instead of messages, --lint and --lookup. */
#include "base/json.h"
#include "cli/domains.h"
#include "dmarc/lint.h"
#include "dmarc/lookup.h"
#include "dmarceval/dmarceval.h"

/* --lookup as text or JSON. */
static enum fault_kind
show_lookup(const struct cli *cli, const struct dmarc_lookup *lookup,
    struct buf *b, struct fault *f)
{
	json_t *o;
	bool failed = false;
	enum fault_kind k;

	if (cli->format != CLI_JSON) {
		if (!cli->quiet)
			dmarc_lookup_text(lookup, b);
		return FAULT_NONE;
	}
	o = json_object();
	js_set(o, "schema", js_str("vouchsafe/1"), &failed);
	js_set(o, "tool", js_str("dmarceval"), &failed);
	js_set(o, "version", js_str(VOUCHSAFE_VERSION), &failed);
	js_set(o, "time", js_int(clock_wall(&cli->clock)), &failed);
	js_set(o, "lookup", dmarc_lookup_json(lookup), &failed);
	k = o == NULL || failed ? fault_nomem(f) : js_line(o, b, f);
	json_decref(o);
	return k;
}

static enum fault_kind
domain_judge(void *state, const struct cli_domain *one, int *status,
    struct fault *f)
{
	struct dmarceval *d = state;
	const struct cli *cli = d->cli;
	struct dmarc_lookup lookup;
	struct lint lint;

	if (dmarc_lint(one->name, one->dns, one->arena, &lint, &lookup, f) !=
	    FAULT_NONE || cli_domain_asks(one))
		return f->kind;
	lint_filter_apply(&d->filter, &lint);
	*status = d->lint ? (int)lint_exit(&lint) :
	    dmarc_lookup_exit(&lookup);
	if (d->lookup && (cli->format == CLI_TEXT || cli->format == CLI_JSON))
		return show_lookup(cli, &lookup, one->out, f);
	return cli_findings(cli, one, &lint, cli->format == CLI_JSON ?
	    dmarc_lookup_json(&lookup) : NULL, f);
}

void
dmarceval_domains(struct dmarceval *d)
{
	const struct cli_domains what = { .judge = domain_judge,
	    .baseline = d->baseline, .filter = &d->filter };

	cli_domains(d->cli, &what);
}
