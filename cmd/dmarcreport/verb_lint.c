/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/out.h"
#include "cli/value.h"
#include "dmarcreport/lint.h"
#include "dmarcreport/verb_lint_cli.h"
#include "dmarcreport/verb_lint_options.h"
#include "mail/input.h"
#include "mail/verdict.h"

#define NAME "dmarcreport lint"
#define BASELINE ((size_t)16 << 20)

static enum fault_kind
take_format(struct lint *l, const char *value, struct fault *f)
{
	static const char *const words[] = { "text", "json", "tap", "junit" };

	for (size_t i = 0; i < 4; i++) {
		if (strcmp(value, words[i]) == 0) {
			l->format = (enum lint_format)i;
			return FAULT_NONE;
		}
	}
	return fault_set(f, FAULT_USAGE,
	    "--output=%s: not one of text json tap junit", value);
}

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct lint *l = state;
	enum report_code code;
	bool taken;

	if (dmarcreport_option(&l->common, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	if (strcmp(name, "files-from") == 0) {
		l->files_from = value;
	} else if (strcmp(name, "nul") == 0) {
		l->nul = true;
	} else if (strcmp(name, "output") == 0) {
		return take_format(l, value, f);
	} else if (strcmp(name, "dialect") == 0) {
		l->strict = strcmp(value, "rfc9990") == 0;
		if (!l->strict && strcmp(value, "rfc7489") != 0)
			return fault_set(f, FAULT_USAGE, "--dialect=%s: not "
			    "one of rfc9990 rfc7489", value);
	} else if (strcmp(name, "ignore") == 0) {
		if (!report_code_of(span_of(value), &code))
			return fault_set(f, FAULT_USAGE,
			    "--ignore=%s: no code of a finding", value);
		l->ignore[code] = true;
	} else if (strcmp(name, "baseline") == 0) {
		l->baseline = value;
	} else {
		return cli_untaken(name, f);
	}
	return FAULT_NONE;
}

static const char *const repeatable[] = { "ignore", NULL };

static const struct plain_tool tool = {
	.name = NAME,
	.options = dmarcreport_lint_options,
	.shorts = dmarcreport_lint_shorts,
	.text = FRONT_TEXT(dmarcreport_lint),
	.repeatable = repeatable,
	.option = take_option,
};

static enum fault_kind
read_one(struct lint *l, const struct report_reader *r,
    const struct input_item *item, const struct input *in, struct fault *f)
{
	struct input_message m;
	enum report_outcome o;

	if (item->fault.kind != FAULT_NONE) {
		l->exit = verdict_worse_exit(l->exit, plain_fail(NAME,
		    &item->fault));
		return FAULT_NONE;
	}
	if (input_message_open(&m, item, in, f) != FAULT_NONE)
		return f->kind;
	(void)report_read_input(r, item->name, &m.source, &o, f);
	input_message_close(&m);
	return f->kind;
}

static enum fault_kind
run(struct lint *l, char **operands, int n, struct fault *f)
{
	const struct input_config config = { .operands = operands,
	    .noperands = (size_t)n, .files_from = l->files_from,
	    .nul = l->nul };
	struct clock clock = clock_system();
	const struct report_reader r = { .now = dmarcreport_now(&l->common),
	    .clock = &clock, .tmp = "/tmp", .state = l, .item = lint_item };
	struct input_item item;
	struct input *in;
	struct out o;
	bool more;

	buf_init(&l->known, BASELINE);
	if ((l->baseline != NULL && file_read(l->baseline, &l->known, f) !=
	    FAULT_NONE) || input_open(&in, &config, f) != FAULT_NONE)
		return f->kind;
	while (f->kind == FAULT_NONE && input_next(in, &item, &more, f) ==
	    FAULT_NONE && more)
		(void)read_one(l, &r, &item, in, f);
	input_close(in);
	if (f->kind != FAULT_NONE || l->common.quiet)
		return f->kind;
	lint_end(l);
	if (buf_check(&l->text, f) != FAULT_NONE)
		return f->kind;
	out_init(&o, STDOUT_FILENO, "standard output");
	out_addspan(&o, buf_span(&l->text));
	return out_close(&o, f);
}

int
dmarcreport_lint(int argc, char **argv)
{
	struct lint *l = calloc(1, sizeof(*l));
	struct fault f = { .kind = FAULT_NONE };
	int first = 0, status;
	bool done = false;

	if (l == NULL) {
		(void)fault_nomem(&f);
		return plain_fail(NAME, &f);
	}
	l->common = (struct dmarcreport_common){ .name = NAME, .now = -1 };
	buf_init(&l->text, (size_t)64 << 20);
	if (plain_parse(&tool, l, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done)
		(void)run(l, argv + first, argc - first, &f);
	status = f.kind != FAULT_NONE ? plain_fail(NAME, &f) : done ? 0 :
	    l->exit == 0 && !l->any ? 6 : l->exit;
	buf_free(&l->text);
	buf_free(&l->known);
	dmarcreport_free(&l->common);
	free(l);
	return status;
}
