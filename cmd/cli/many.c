/* SPDX-License-Identifier: ISC */
/* Many messages: the pool's side of the front end. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
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
 * A read that starts just behind the signal would wait for ever (a pipe), so
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

/* All of these keys, null but for the result and why. */
static json_t *
batch_unknown(const char *const *keys, bool *failed)
{
	json_t *o = json_object();

	for (; *keys != NULL; keys++)
		js_set(o, *keys, js_null(), failed);
	js_set(o, "result", js_str(verdict_word(VERDICT_TEMPERROR)), failed);
	js_set(o, "reason", js_str(reason_word(REASON_WORKER_DIED)), failed);
	return o;
}

static json_t *
batch_list(const char *const *keys, bool *failed)
{
	json_t *list = json_array();

	if (list == NULL ||
	    json_array_append_new(list, batch_unknown(keys, failed)) != 0)
		*failed = true;
	return list;
}

/* A tool's keys, where nothing is known. */
static json_t *
batch_nothing(const struct cli *cli)
{
	static const char *const spf[] = { "identity", "result", "domain",
	    "mechanism", "explanation", "reason", "lookups", "void_lookups",
	    "queries", NULL };
	static const char *const dkim[] = { "index", "result", "reason",
	    "domain", "selector", "identity", "algorithm", "key_bits",
	    "canonicalization", "headers", "signed_at", "expires_at",
	    "body_length", "body_ok", "header_ok", "testing", NULL };
	static const char *const dmarc[] = { "result", "reason",
	    "author_domain", "organizational_domain", "policy_domain",
	    "record", "policy", "applied_policy", "test_mode", "spf_aligned",
	    "dkim_aligned", "warnings", NULL };
	json_t *o = json_object();
	bool failed = false;

	if (strcmp(cli->tool->method, "dkim") != 0) {
		js_set(o, "envelope", js_null(), &failed);
		js_set(o, "spf", batch_list(spf, &failed), &failed);
	}
	if (strcmp(cli->tool->method, "spf") != 0)
		js_set(o, "dkim", batch_list(dkim, &failed), &failed);
	if (strcmp(cli->tool->method, "dmarc") == 0)
		js_set(o, "dmarc", batch_unknown(dmarc, &failed), &failed);
	if (!failed)
		return o;
	json_decref(o);
	return NULL;
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
		v.json = batch_nothing(cli);
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
