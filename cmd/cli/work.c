/* SPDX-License-Identifier: ISC */
/* What one message costs the front end, whichever way it comes. */
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/json.h"
#include "cli/cli_impl.h"
#include "mail/received.h"

void
cli_work_init(struct cli_work *w, struct cli *cli)
{
	const size_t max = 64 * 1024 * 1024;

	*w = (struct cli_work){ .cli = cli };
	arena_init(&w->arena, BOUND_MESSAGE_ARENA);
	buf_init(&w->verdict.text, max);
	buf_init(&w->verdict.fields, max);
	buf_init(&w->verdict.note, max);
}

void
cli_work_free(struct cli_work *w)
{
	stage_close(&w->stage);
	buf_free(&w->verdict.text);
	buf_free(&w->verdict.fields);
	buf_free(&w->verdict.note);
	arena_free(&w->arena);
	free(w->chunk);
}

void
cli_verdict_reset(struct cli_verdict *v)
{
	buf_reset(&v->text);
	buf_reset(&v->fields);
	buf_reset(&v->note);
	v->result = VERDICT_TEMPERROR;
	v->exit = -1;
	v->json = NULL;
	v->results = NULL;
	v->nresults = 0;
}

void
cli_work_reset(struct cli_work *w)
{
	arena_reset(&w->arena);
	cli_verdict_reset(&w->verdict);
}

bool
cli_wanted(const struct cli *cli, const struct cli_verdict *v)
{
	return cli->only == 0 || (cli->only & 1U << v->result) != 0;
}

void
cli_prefix(struct span file, struct span text, struct buf *b)
{
	struct span line;

	while (text.len > 0) {
		(void)span_cut(text, '\n', &line, &text);
		buf_addprint(b, file);
		buf_adds(b, ": ");
		buf_addspan(b, line);
		buf_addc(b, '\n');
	}
}

enum fault_kind
cli_json(struct cli *cli, struct span file, struct cli_verdict *v,
    struct buf *b, struct fault *f)
{
	bool failed = false;
	json_t *o = json_object();
	enum fault_kind kind;

	js_set(o, "schema", js_str("vouchsafe/1"), &failed);
	js_set(o, "tool", js_str(cli->tool->name), &failed);
	js_set(o, "version", js_str(VOUCHSAFE_VERSION), &failed);
	js_set(o, "file", js_span(file), &failed);
	js_set(o, "time", js_int(clock_wall(&cli->clock)), &failed);
	js_set(o, "result", js_str(verdict_word(v->result)), &failed);
	if (o == NULL || failed || json_object_update(o, v->json) != 0)
		kind = fault_nomem(f);
	else
		kind = js_line(o, b, f);
	json_decref(o);
	return kind;
}

enum fault_kind
cli_ask(struct cli_work *w, struct span name, struct source *src,
    struct message *m, struct fault *f)
{
	struct cli *cli = w->cli;
	struct cli_mail mail = { .name = name, .message = m,
	    .arena = &w->arena };

	if (w->chunk == NULL && (w->chunk = malloc(MESSAGE_CHUNK)) == NULL)
		return fault_nomem(f);
	if (cli_dns(cli, &mail.dns, f) != FAULT_NONE ||
	    message_open(m, src, w->chunk, &w->arena, f) != FAULT_NONE)
		return f->kind;
	stage_fence(m);
	/* A filter lets every byte through, if only a From_ line came. */
	if (src != &w->stage.source && (m->empty ||
	    (m->header.len == 0 && m->separator.len == 0)))
		return fault_set(f, FAULT_DATA, "empty: not a message");
	mail.now = clock_wall(&cli->clock);
	if (cli->now_received && !received_time(m, &mail.now))
		cli_warn(cli, "%.*s: no time in its topmost Received field: "
		    "judged as of now", SPAN_ARG(name));
	if (src == &w->stage.source && w->stage.nbelieved > 0)
		mail.stage = &w->stage;
	if (cli->format == CLI_JSON &&
	    (w->verdict.json = json_object()) == NULL)
		return fault_nomem(f);
	if (cli->tool->judge(cli->state, &mail, &w->verdict, f) != FAULT_NONE)
		return f->kind;
	if (w->verdict.exit < 0)
		w->verdict.exit = verdict_exit(w->verdict.result);
	return buf_check(&w->verdict.text, f);
}

enum fault_kind
cli_work_run(struct cli_work *w, const struct input_item *item,
    const struct input *in, enum fault_kind (*give)(struct cli_work *w,
    const struct input_item *item, struct source *src, void *arg,
    struct fault *f), void *arg)
{
	struct cli *cli = w->cli;
	struct input_message input;
	struct fault f = item->fault;

	cli_work_reset(w);
	if (f.kind != FAULT_NONE ||
	    input_message_open(&input, item, in, &f) != FAULT_NONE)
		return cli_unopened(cli, item->name, &f);
	(void)give(w, item, &input.source, arg, &f);
	if (input.from_again)
		cli_warn(cli, "%s looks like an mbox and is read as one "
		    "message: see --mbox", item->path == NULL ?
		    "standard input" : item->path);
	input_message_close(&input);
	json_decref(w->verdict.json);
	w->verdict.json = NULL;
	if (f.kind != FAULT_NONE)
		cli_complain(cli, item->name, &f);
	else if (cli->syslog != NULL)
		cli_syslog(cli, item->name, &w->verdict);
	return f.kind;
}

/* Judge, and append the lines to arg, a struct buf. */
static enum fault_kind
work_append(struct cli_work *w, const struct input_item *item,
    struct source *src, void *arg, struct fault *f)
{
	struct cli *cli = w->cli;
	struct message m;

	if (cli_ask(w, item->name, src, &m, f) != FAULT_NONE)
		return f->kind;
	if (!cli_wanted(cli, &w->verdict))
		return FAULT_NONE;
	if (cli->list) {
		/* For other programs: as it is, whatever it holds. */
		buf_addspan(arg, item->name);
		buf_addc(arg, '\n');
		return FAULT_NONE;
	}
	if (cli->format == CLI_JSON)
		return cli_json(cli, item->name, &w->verdict, arg, f);
	if (!cli->quiet)
		cli_prefix(item->name, buf_span(&w->verdict.text), arg);
	return FAULT_NONE;
}

int
cli_judge(struct cli_work *w, const struct input_item *item,
    const struct input *in, struct buf *result)
{
	size_t start = result->len;
	enum fault_kind kind = cli_work_run(w, item, in, work_append, result);

	if (kind == FAULT_NONE)
		return w->verdict.exit;
	/* No half of a line goes out. */
	result->len = start;
	buf_reset(&w->verdict.note);
	return (int)kind;
}
