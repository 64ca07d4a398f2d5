/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/num.h"
#include "cli/value.h"
#include "dmarcreport/dmarcreport.h"
#include "dmarcreport/verb_prune_cli.h"
#include "dmarcreport/verb_prune_options.h"
#include "report/store_read.h"

#define NAME "dmarcreport prune"

struct prune {
	struct dmarcreport_common common;
	int64_t older;
};

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct prune *p = state;
	bool taken;

	if (dmarcreport_option(&p->common, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	if (strcmp(name, "older") != 0)
		return cli_untaken(name, f);
	if (!num_duration(span_of(value), &p->older))
		return fault_set(f, FAULT_USAGE, "--older=%s: not like 400d",
		    value);
	return FAULT_NONE;
}

static const struct plain_tool tool = {
	.name = NAME,
	.options = dmarcreport_prune_options,
	.shorts = dmarcreport_prune_shorts,
	.text = FRONT_TEXT(dmarcreport_prune),
	.option = take_option,
};

static enum fault_kind
run(struct prune *p, struct fault *f)
{
	struct report_store *store = NULL;
	int64_t n = 0;

	if (dmarcreport_store(&p->common, false, &store, f) == FAULT_NONE &&
	    report_store_begin(store, true, f) == FAULT_NONE &&
	    report_prune(store, dmarcreport_now(&p->common) - p->older, &n,
	    f) == FAULT_NONE &&
	    report_store_commit(store, f) == FAULT_NONE && n > 0 &&
	    !p->common.quiet)
		front_say(NAME, "%lld reports deleted", (long long)n);
	report_store_close(store);
	return f->kind;
}

int
dmarcreport_prune(int argc, char **argv)
{
	struct prune p = { .common = { .name = NAME, .now = -1 },
	    .older = INT64_C(400) * 86400 };
	struct fault f = { .kind = FAULT_NONE };
	int first = 0;
	bool done = false;

	if (plain_parse(&tool, &p, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done && first < argc)
		(void)fault_set(&f, FAULT_USAGE, "no operands, please");
	if (f.kind == FAULT_NONE && !done)
		(void)run(&p, &f);
	dmarcreport_free(&p.common);
	return f.kind == FAULT_NONE ? 0 : plain_fail(NAME, &f);
}
