/* SPDX-License-Identifier: ISC */
/* Many messages: the pool's side of the front end. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/pool.h"
#include "cli/cli_impl.h"

struct cli_batch {
	struct cli *cli;
	struct input *in;
	size_t count;		/* messages whose results are out */
	struct cli_work work;
};

static volatile int cli_stop;	/* the signal that ends the run */

/*
 * A read that starts just after the signal would wait for ever (a pipe), so
 * it is interrupted again each second until the run has seen cli_stop.
 */
static void
cli_signal(int sig)
{
	if (sig != SIGALRM)
		cli_stop = sig;
	(void)alarm(1);
}

static enum fault_kind
batch_next(void *ctx, struct buf *job, bool *more, struct fault *f)
{
	struct cli_batch *b = ctx;
	struct input_item item;

	if (input_next(b->in, &item, more, f) != FAULT_NONE || !*more)
		return f->kind;
	input_item_encode(&item, job);
	return buf_check(job, f);
}

/* A result is the length of the text, the text, and the note. */
static void
batch_pack(struct span text, struct span note, struct buf *result)
{
	uint64_t len = text.len;

	buf_add(result, &len, sizeof(len));
	buf_addspan(result, text);
	buf_addspan(result, note);
}

static int
batch_work(void *ctx, struct span job, struct buf *result)
{
	struct cli_batch *b = ctx;
	struct input_item item;
	uint64_t len = 0;
	int status;

	if (!input_item_decode(job, &item))
		return FAULT_SOFTWARE;
	/* The text goes where it belongs at once; its length follows. */
	buf_add(result, &len, sizeof(len));
	status = cli_judge(&b->work, &item, b->in, result);
	if (result->nomem || result->full) {
		buf_reset(result);
		return FAULT_SOFTWARE;
	}
	len = result->len - sizeof(len);
	memcpy(result->p, &len, sizeof(len));
	buf_addspan(result, buf_span(&b->work.verdict.note));
	return status;
}

static int
batch_died(void *ctx, struct span job, struct buf *result)
{
	struct cli_batch *b = ctx;
	struct cli *cli = b->cli;
	struct cli_verdict v = { .result = VERDICT_TEMPERROR };
	struct input_item item;
	struct buf text;
	struct fault f = { 0 };

	if (!input_item_decode(job, &item))
		return FAULT_SOFTWARE;
	(void)fault_set(&f, FAULT_SOFTWARE, "%s",
	    reason_text(REASON_WORKER_DIED));
	cli_complain(cli, item.name, &f);
	fault_clear(&f);
	buf_init(&text, 65536);
	if (cli->format == CLI_JSON) {
		v.json = json_object();
		if (v.json == NULL)
			(void)fault_nomem(&f);
		else if (cli->tool->nothing(v.json, REASON_WORKER_DIED, &f) ==
		    FAULT_NONE)
			(void)cli_json(cli, item.name, &v, &text, &f);
		json_decref(v.json);
	} else if (!cli->quiet) {
		buf_addprint(&text, item.name);
		buf_addf(&text, ": %s=temperror reason=\"%s\"\n",
		    cli->tool->method, reason_word(REASON_WORKER_DIED));
	}
	batch_pack(buf_span(&text), (struct span){ "", 0 }, result);
	buf_free(&text);
	return FAULT_SOFTWARE;
}

static enum fault_kind
batch_emit(void *ctx, struct span job, struct span result, int status,
    struct fault *f)
{
	struct cli_batch *b = ctx;
	struct cli *cli = b->cli;
	uint64_t len = 0;

	(void)job;
	b->count++;
	cli_exit(cli, status);
	if (result.len < sizeof(len))
		return FAULT_NONE;
	memcpy(&len, result.p, sizeof(len));
	result = span_sub(result, sizeof(len), result.len);
	cli_print(cli, span_sub(result, 0, (size_t)len));
	result = span_sub(result, (size_t)len, result.len);
	if (result.len > 0 && cli->tool->collect != NULL &&
	    cli->tool->collect(cli->state, result, f) != FAULT_NONE)
		return f->kind;
	if (cli->out.fault.kind != FAULT_NONE)
		*f = cli->out.fault;
	return f->kind;
}

static void
batch_progress(void *ctx, size_t done)
{
	struct cli_batch *b = ctx;

	cli_progress(b->cli, done, false);
}

size_t
cli_many(struct cli *cli, struct input *in)
{
	const struct pool_ops ops = { .next = batch_next, .work = batch_work,
	    .died = batch_died, .emit = batch_emit,
	    .progress = cli->progress ? batch_progress : NULL };
	struct sigaction act = { .sa_handler = cli_signal,
	    .sa_flags = (int)SA_RESETHAND };
	struct cli_batch batch = { .cli = cli, .in = in };
	struct fault f = { 0 };

	cli_work_init(&batch.work, cli);
	(void)sigemptyset(&act.sa_mask);
	(void)sigaction(SIGINT, &act, NULL);
	(void)sigaction(SIGTERM, &act, NULL);
	act.sa_flags = 0;
	(void)sigaction(SIGALRM, &act, NULL);
	if (pool_run(&ops, &batch, cli->jobs, &cli_stop, &f) != FAULT_NONE &&
	    cli->out.fault.kind == FAULT_NONE)
		(void)cli_fail(cli, &f);
	cli_work_free(&batch.work);
	if (cli_stop != 0) {
		(void)out_flush(&cli->out, &f);
		(void)raise(cli_stop);
	}
	return batch.count;
}
