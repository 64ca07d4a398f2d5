/* SPDX-License-Identifier: ISC */
/* The one message of a run, within a stage if we know who we are. */
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli_impl.h"
#include "cli/value.h"

/* Read what the tool left of the body. */
static enum fault_kind
cli_drain(struct message *m, struct fault *f)
{
	struct span bytes;

	do {
		if (message_body(m, &bytes, f) != FAULT_NONE)
			return f->kind;
	} while (bytes.len > 0);
	return FAULT_NONE;
}

/* Say what the stage took away that an earlier stage may have meant well. */
static void
cli_removed(const struct cli_work *w)
{
	size_t n = w->stage.removed;

	if (w->cli->secret.len == 0 && n > 0)
		cli_warn(w->cli, "removed %zu Authentication-Results field%s "
		    "with our id: without a valid VOUCHSAFE_SEAL none is "
		    "believed", n, n == 1 ? "" : "s");
}

/* -o message: nothing goes out before all is known. */
static enum fault_kind
cli_message(struct cli_work *w, struct message *m, const struct authres *ar,
    struct fault *f)
{
	struct cli *cli = w->cli;

	if (cli->defer && w->verdict.result == VERDICT_TEMPERROR)
		return fault_set(f, FAULT_TEMP, "temperror, and --defer");
	out_init(&cli->out, STDOUT_FILENO, "standard output");
	if (stage_write(&w->stage, m, ar, buf_span(&w->verdict.fields),
	    &cli->out, f) != FAULT_NONE)
		return f->kind;
	return out_close(&cli->out, f);
}

/* What goes to standard output, by the format. */
static enum fault_kind
cli_output(struct cli_work *w, struct span name, struct message *m,
    struct fault *f)
{
	struct cli *cli = w->cli;
	struct cli_verdict *v = &w->verdict;
	struct authres ar = { .id = cli->authserv_id, .count = v->nresults,
	    .results = v->results };
	struct buf b;

	if (cli->format == CLI_MESSAGE)
		return cli_message(w, m, &ar, f);
	if (!cli_wanted(cli, v))
		return FAULT_NONE;
	buf_init(&b, 64 * 1024 * 1024);
	if (cli->list) {
		buf_addspan(&b, name);
		buf_addc(&b, '\n');
	} else if (cli->format == CLI_JSON)
		(void)cli_json(cli, name, v, &b, f);
	else if (cli->format == CLI_HEADER) {
		authres_format(&ar, m->eol, &b);
		buf_addspan(&b, buf_span(&v->fields));
	} else if (!cli->quiet)
		buf_addspan(&b, buf_span(&v->text));
	if (f->kind == FAULT_NONE && buf_check(&b, f) == FAULT_NONE)
		cli_print(cli, buf_span(&b));
	buf_free(&b);
	return f->kind;
}

/* Judge the message; within a stage if we know who we are. */
static enum fault_kind
cli_staged(struct cli_work *w, const struct input_item *item,
    struct source *src, void *arg, struct fault *f)
{
	struct cli *cli = w->cli;
	struct stage_config config = { .id = cli->authserv_id,
	    .strip = cli->strip, .nstrip = cli->nstrip, .secret = cli->secret,
	    .final = cli->final, .keep = cli->format == CLI_MESSAGE,
	    .tmpdir = cli_tmpdir() };
	bool staged = cli->authserv_id.p != NULL;
	struct message m = { 0 };

	(void)arg;
	if (staged) {
		if (stage_open(&w->stage, &config, src, &w->arena, f) !=
		    FAULT_NONE)
			return f->kind;
		src = &w->stage.source;
	}
	if (cli_ask(w, item->name, src, &m, f) != FAULT_NONE)
		return f->kind;
	if (staged) {
		if (cli_drain(&m, f) != FAULT_NONE ||
		    stage_check(&w->stage, f) != FAULT_NONE)
			return f->kind;
		if (stage_empty(&w->stage, &m))
			return fault_set(f, FAULT_DATA,
			    "empty: not a message");
		cli_removed(w);
	}
	return cli_output(w, item->name, &m, f);
}

int
cli_one(struct cli_work *w, const struct input_item *item,
    const struct input *in)
{
	enum fault_kind kind = cli_work_run(w, item, in, cli_staged, NULL);

	/* A mail server bounces on other codes. */
	if (w->cli->format == CLI_MESSAGE)
		return kind == FAULT_NONE ? 0 : FAULT_TEMP;
	return kind == FAULT_NONE ? w->verdict.exit : (int)kind;
}
