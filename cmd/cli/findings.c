/* SPDX-License-Identifier: ISC */
/* What was found about one domain, in the format that was asked for. */
#include <string.h>

#include "cli/cli_impl.h"
#include "cli/domains.h"

enum fault_kind
cli_findings(const struct cli *cli, const struct cli_domain *one,
    const struct lint *lint, json_t *facts, struct fault *f)
{
	/* -q leaves what is new: cron sends it once, and nothing else. */
	bool silent = cli->quiet && lint->only_new &&
	    !lint_any_shown(lint) && lint->ngone == 0;
	uint64_t counted = 0;
	size_t left = 0, at;

	if (one->dns != NULL)
		lint_places(lint, one->dns);
	/* What annotates a repository wants a place: the list's line. */
	if (one->listed.file != NULL && (cli->format == CLI_GITHUB ||
	    cli->format == CLI_SARIF))
		lint_place_rest(lint, &one->listed);
	switch (cli->format) {
	case CLI_TEXT:
		if (!cli->quiet || lint->only_new)
			lint_text(lint, one->out);
		break;
	case CLI_JSON:
		if (facts == NULL)
			return fault_nomem(f);
		if (silent) {
			json_decref(facts);
			break;
		}
		return lint_json(lint, cli->tool->name,
		    clock_wall(&cli->clock), facts, one->out, f);
	case CLI_TAP:
		lint_tap(lint, one->number, one->out);
		break;
	case CLI_JUNIT:
		lint_junit(lint, cli->tool->name, one->out);
		break;
	case CLI_GITHUB:
		lint_github(lint, one->out);
		break;
	case CLI_SARIF:
		/* How many were left out stands before the results. */
		at = one->out->len;
		buf_add(one->out, &counted, sizeof(counted));
		if (lint_sarif(lint, one->out, &left, f) != FAULT_NONE)
			break;
		counted = left;
		if (!one->out->nomem && !one->out->full)
			memcpy(one->out->p + at, &counted, sizeof(counted));
		break;
	case CLI_HEADER:
	case CLI_MESSAGE:
	case CLI_MARKDOWN:
	case CLI_CSV:
	case CLI_HTML:
	case CLI_PROMETHEUS:
	case CLI_NAGIOS:
		break;
	}
	return f->kind;
}
