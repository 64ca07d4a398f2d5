/* SPDX-License-Identifier: ISC */
/* The way of one message through a tool. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bounds.h"
#include "cli_impl.h"
#include "js.h"

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

/* Forget the last message, keep its memory. */
static void
cli_work_reset(struct cli_work *w)
{
	struct cli_verdict *v = &w->verdict;

	arena_reset(&w->arena);
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

/* Open the message that src gives, let the tool judge it. */
static enum fault_kind
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
	if (m->empty || (m->header.len == 0 && m->separator.len == 0))
		return fault_set(f, FAULT_DATA, "empty: not a message");
	mail.now = clock_wall(&cli->clock);
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

int
cli_judge(struct cli_work *w, const struct input_item *item,
    const struct input *in, struct buf *result)
{
	struct cli *cli = w->cli;
	struct cli_verdict *v = &w->verdict;
	struct input_message input;
	struct message m;
	struct fault f = { 0 };

	cli_work_reset(w);
	if (item->fault.kind != FAULT_NONE) {
		(void)cli_fail(cli, &item->fault);
		return item->fault.kind;
	}
	if (input_message_open(&input, item, in, &f) != FAULT_NONE) {
		(void)cli_fail(cli, &f);
		return f.kind;
	}
	if (cli_ask(w, item->name, &input.source, &m, &f) == FAULT_NONE) {
		if (cli->format == CLI_JSON)
			(void)cli_json(cli, item->name, v, result, &f);
		else if (!cli->quiet)
			cli_prefix(item->name, buf_span(&v->text), result);
	}
	input_message_close(&input);
	json_decref(v->json);
	v->json = NULL;
	if (f.kind != FAULT_NONE) {
		cli_complain(cli, item->name, &f);
		return f.kind;
	}
	if (cli->syslog != NULL)
		cli_syslog(cli, item->name, v);
	return v->exit;
}

/* Say what the stage took away that an earlier stage may have meant well. */
static void
cli_removed(const struct cli_work *w)
{
	if (w->cli->secret.len == 0 && w->stage.sealed > 0)
		cli_warn(w->cli, "VOUCHSAFE_SEAL is not set: removed %zu "
		    "sealed results of earlier stages", w->stage.sealed);
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
	buf_init(&b, 64 * 1024 * 1024);
	if (cli->format == CLI_JSON)
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

/* Judge the message; behind a stage if we know who we are. */
static enum fault_kind
cli_staged(struct cli_work *w, const struct input_item *item,
    struct source *src, struct fault *f)
{
	struct cli *cli = w->cli;
	const char *tmpdir = getenv("TMPDIR");
	struct stage_config config = { .id = cli->authserv_id,
	    .strip = cli->strip, .nstrip = cli->nstrip, .secret = cli->secret,
	    .final = cli->final, .keep = cli->format == CLI_MESSAGE,
	    .tmpdir = tmpdir == NULL || *tmpdir == '\0' ? "/tmp" : tmpdir };
	bool staged = cli->authserv_id.p != NULL;
	struct message m;

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
	struct cli *cli = w->cli;
	struct input_message input;
	struct fault f = item->fault;
	int status;

	cli_work_reset(w);
	if (f.kind != FAULT_NONE ||
	    input_message_open(&input, item, in, &f) != FAULT_NONE) {
		(void)cli_fail(cli, &f);
		return (int)(cli->format == CLI_MESSAGE ? FAULT_TEMP : f.kind);
	}
	(void)cli_staged(w, item, &input.source, &f);
	input_message_close(&input);
	json_decref(w->verdict.json);
	w->verdict.json = NULL;
	status = (int)f.kind;
	if (f.kind != FAULT_NONE)
		cli_complain(cli, item->name, &f);
	else {
		if (cli->syslog != NULL)
			cli_syslog(cli, item->name, &w->verdict);
		status = cli->format == CLI_MESSAGE ? 0 : w->verdict.exit;
	}
	return cli->format == CLI_MESSAGE && status != 0 ? FAULT_TEMP :
	    status;
}
