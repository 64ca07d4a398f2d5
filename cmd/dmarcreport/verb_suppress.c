/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/out.h"
#include "cli/plain.h"
#include "cli/value.h"
#include "dmarcreport/dmarcreport.h"
#include "dmarcreport/verb_suppress_cli.h"
#include "dmarcreport/verb_suppress_options.h"
#include "dns/idna.h"
#include "report/make.h"
#include "report/store_send.h"

#define NAME "dmarcreport suppress"
#define DAY INT64_C(86400)

struct suppress {
	struct dmarcreport_common common;
	struct report_store *store;
	struct arena arena;
	struct out out;
	uint64_t days;		/* 0: for ever */
};

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct suppress *k = state;
	bool taken;

	if (dmarcreport_option(&k->common, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	if (strcmp(name, "days") != 0)
		return cli_untaken(name, f);
	return dmarcreport_number(name, value, 1, 36500, &k->days, f);
}

static const struct plain_tool tool = {
	.name = NAME,
	.options = dmarcreport_suppress_options,
	.shorts = dmarcreport_suppress_shorts,
	.text = FRONT_TEXT(dmarcreport_suppress),
	.option = take_option,
};

/* The name as the store has it: lower case, A-labels. */
static enum fault_kind
name_of(struct suppress *k, const char *text, struct span *name,
    struct fault *f)
{
	struct span s = span_of(text);

	*name = arena_lower(&k->arena, s);
	if (name->p == NULL)
		return fault_nomem(f);
	if (s.len > 1 && s.p[0] == '@')
		s = span_sub(*name, 1, name->len);
	else if (span_find(s, '@') < s.len)
		return report_address_good(*name) ? FAULT_NONE :
		    fault_set(f, FAULT_USAGE, "%s: no address", text);
	else
		return idna_name(s, &k->arena, name, "domain", f);
	return idna_name(s, &k->arena, &s, "host", f);
}

static enum fault_kind
change(struct suppress *k, bool add, const char *text, struct fault *f)
{
	int64_t now = dmarcreport_now(&k->common);
	struct span name;
	bool was;

	if (name_of(k, text, &name, f) != FAULT_NONE)
		return f->kind;
	if (add)
		return report_store_suppress(k->store, name, k->days == 0 ?
		    NUM_TIME_MAX : now + (int64_t)k->days * DAY,
		    (int64_t)k->days, SPAN("by hand"), f);
	if (report_store_unsuppress(k->store, name, &was, f) == FAULT_NONE &&
	    !was && !k->common.quiet)
		front_say(NAME, "%s: was not suppressed", text);
	return f->kind;
}

static enum fault_kind
print_one(void *arg, const struct report_suppressed *one, struct fault *f)
{
	struct suppress *k = arg;
	char until[NUM_RFC3339_LEN];
	struct buf b;

	num_rfc3339(one->until, until);
	buf_init(&b, 8192);
	buf_addprint(&b, one->name);
	buf_addf(&b, " %s ", one->until >= NUM_TIME_MAX ? "for-ever" : until);
	buf_addprint(&b, one->why);
	buf_addc(&b, '\n');
	out_addspan(&k->out, buf_span(&b));
	(void)buf_check(&b, f);
	buf_free(&b);
	return f->kind;
}

static enum fault_kind
list(struct suppress *k, struct fault *f)
{
	out_init(&k->out, STDOUT_FILENO, "standard output");
	if (report_store_suppressed(k->store, print_one, k, f) != FAULT_NONE)
		return f->kind;
	return out_close(&k->out, f);
}

static enum fault_kind
suppress_run(struct suppress *k, char **operands, int n, struct fault *f)
{
	const char *what = n > 0 ? operands[0] : "";
	bool add = strcmp(what, "add") == 0;

	if (!add && strcmp(what, "del") != 0 && strcmp(what, "list") != 0)
		return fault_set(f, FAULT_USAGE, "say add, del or list");
	if ((n == 1) != (strcmp(what, "list") == 0))
		return fault_set(f, FAULT_USAGE, n == 1 ? "%s what?" :
		    "%s takes no names", what);
	if (dmarcreport_store(&k->common, true, &k->store, f) != FAULT_NONE)
		return f->kind;
	if (n == 1)
		return list(k, f);
	if (report_store_begin(k->store, true, f) != FAULT_NONE)
		return f->kind;
	for (int i = 1; i < n; i++)
		if (change(k, add, operands[i], f) != FAULT_NONE)
			return f->kind;
	return report_store_commit(k->store, f);
}

int
dmarcreport_suppress(int argc, char **argv)
{
	struct suppress k = { .common = { .name = NAME, .now = -1 } };
	struct fault f = { .kind = FAULT_NONE };
	int first = 0;
	bool done;

	arena_init(&k.arena, 1024 * 1024);
	if (plain_parse(&tool, &k, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done)
		(void)suppress_run(&k, argv + first, argc - first, &f);
	report_store_close(k.store);
	dmarcreport_free(&k.common);
	arena_free(&k.arena);
	return f.kind == FAULT_NONE ? 0 : plain_fail(NAME, &f);
}
