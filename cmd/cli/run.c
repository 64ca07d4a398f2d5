/* SPDX-License-Identifier: ISC */
/* From the operands to the exit status. */
#include <string.h>

#include "cli/cli_impl.h"
#include "cli/value.h"

/* The operands: one message, or several. */
static enum fault_kind
cli_operands(struct cli *cli, struct input *in, struct fault *f)
{
	struct cli_work work;
	struct input_item item;
	bool several, more;

	if (input_several(in, &several, f) != FAULT_NONE)
		return f->kind;
	if (several && (cli->format == CLI_HEADER ||
	    cli->format == CLI_MESSAGE))
		return fault_set(f, FAULT_USAGE,
		    "--output=header and message take one message");
	if (several || cli->tool->collect != NULL) {
		if (cli_many(cli, in) == 0 && cli->exit == 0)
			return fault_set(f, FAULT_DATA, "no message");
		return FAULT_NONE;
	}
	if (input_next(in, &item, &more, f) != FAULT_NONE)
		return f->kind;
	if (!more)
		return fault_set(f, FAULT_DATA, "no message");
	cli_work_init(&work, cli);
	cli_exit(cli, cli_one(&work, &item, in));
	cli_work_free(&work);
	return FAULT_NONE;
}

void
cli_run(struct cli *cli)
{
	const struct input_config config = { .operands = cli->operands,
	    .noperands = cli->noperands, .files_from = cli->files_from,
	    .nul = cli->nul, .mbox = cli->mbox, .tmpdir = cli_tmpdir() };
	struct input *in = NULL;
	struct buf b;
	struct dns *dns;
	struct fault f = { 0 };

	if (cli->format > CLI_MESSAGE)
		(void)fault_set(&f, FAULT_USAGE,
		    "--output=tap, junit, github and sarif are for lists "
		    "of findings");
	else if (cli_dns(cli, &dns, &f) == FAULT_NONE &&
	    input_open(&in, &config, &f) == FAULT_NONE) {
		if (cli->progress)
			cli_progress_start(cli);
		(void)cli_operands(cli, in, &f);
		if (cli->progress)
			cli_progress(cli, 0, true);
		input_close(in);
	}
	if (f.kind == FAULT_NONE && cli->tool->finish != NULL) {
		buf_init(&b, 64 * 1024 * 1024);
		if (cli->tool->finish(cli->state, cli, &b, &f) == FAULT_NONE &&
		    buf_check(&b, &f) == FAULT_NONE)
			cli_print(cli, buf_span(&b));
		buf_free(&b);
	}
	if (f.kind == FAULT_NONE)
		return;
	(void)cli_fail(cli, &f);
	if (cli->format == CLI_MESSAGE && f.kind != FAULT_USAGE)
		cli->exit = FAULT_TEMP;
}
