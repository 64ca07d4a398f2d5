/* SPDX-License-Identifier: ISC */
#include "cli/plain.h"
#include "cli/value.h"
#include "dmarcreport/dmarcreport.h"
#include "dmarcreport/verb_init_cli.h"
#include "dmarcreport/verb_init_options.h"

#define NAME "dmarcreport init"

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	bool taken;

	if (dmarcreport_option(state, name, value, &taken, f) != FAULT_NONE ||
	    taken)
		return f->kind;
	return cli_untaken(name, f);
}

static const struct plain_tool tool = {
	.name = NAME,
	.options = dmarcreport_init_options,
	.shorts = dmarcreport_init_shorts,
	.text = FRONT_TEXT(dmarcreport_init),
	.option = take_option,
};

int
dmarcreport_init(int argc, char **argv)
{
	struct dmarcreport_common c = { .name = NAME, .now = -1 };
	struct fault f = { .kind = FAULT_NONE };
	struct report_store *store = NULL;
	int first = 0;
	bool done;

	if (plain_parse(&tool, &c, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done) {
		if (first < argc)
			(void)fault_set(&f, FAULT_USAGE,
			    "no operands, please");
		else
			(void)dmarcreport_store(&c, true, &store, &f);
	}
	report_store_close(store);
	dmarcreport_free(&c);
	return f.kind == FAULT_NONE ? 0 : plain_fail(NAME, &f);
}
