/* SPDX-License-Identifier: ISC */
/* dmarcreport read: through all inputs, a transaction for a hundred. */
#include <stdlib.h>
#include <string.h>

#include "dmarcreport/read.h"
#include "mail/verdict.h"
#include "report/container.h"
#include "report/limits.h"

enum fault_kind
read_open(struct read *r, struct fault *f)
{
	/* Without a zone there is nobody to ask. */
	if (!r->no_verify &&
	    (!r->common.asked.offline || r->common.asked.nzones > 0) &&
	    dmarcreport_dns(&r->common, &r->dns, f) != FAULT_NONE)
		return f->kind;
	if (!r->no_store && dmarcreport_store(&r->common, true, &r->store,
	    f) != FAULT_NONE)
		return f->kind;
	r->reader.dns = r->dns;
	r->reader.store = r->store;
	return FAULT_NONE;
}

static void
exit_code(struct read *r, int status)
{
	r->exit = verdict_worse_exit(r->exit, status);
}

static void
outcome_exit(struct read *r, enum report_outcome o)
{
	if (o == REPORT_RETRY)
		exit_code(r, FAULT_TEMP);
	else if (o == REPORT_BROKEN || o == REPORT_TOO_BIG ||
	    o == REPORT_CONFLICT || o == REPORT_REFUSED)
		exit_code(r, 1);
}

static bool
may_leave(enum report_outcome o)
{
	return o == REPORT_STORED || o == REPORT_DUPLICATE ||
	    o == REPORT_SUPERSEDED || o == REPORT_CONFLICT;
}

/* What became of one file, until the commit. */
static enum fault_kind
remember(struct read *r, const struct input_item *item,
    enum report_outcome o, struct fault *f)
{
	size_t n = r->npending++;
	bool whole = item->path != NULL && !item->mbox && item->offset == 0;

	r->pending[n].done = may_leave(o) && whole;
	r->pending[n].path = NULL;
	if (!r->pending[n].done || (r->move_to == NULL && !r->del))
		return FAULT_NONE;
	r->pending[n].path = strdup(item->path);
	return r->pending[n].path == NULL ? fault_nomem(f) : FAULT_NONE;
}

enum fault_kind
read_commit(struct read *r, struct fault *f)
{
	if (r->store != NULL && r->npending > 0 &&
	    report_store_commit(r->store, f) != FAULT_NONE)
		return f->kind;
	return read_settle(r, f);
}

/* The first input since the last commit opens a transaction. */
static enum fault_kind
begin(struct read *r, struct fault *f)
{
	return r->store == NULL || r->npending > 0 ? FAULT_NONE :
	    report_store_begin(r->store, true, f);
}

void
read_forget(struct read *r)
{
	for (size_t i = 0; i < r->npending; i++)
		free(r->pending[i].path);
	r->npending = 0;
	if (r->store != NULL)
		report_store_rollback(r->store);
}

enum fault_kind
read_input(struct read *r, const struct input_item *item,
    const struct input *in, struct fault *f)
{
	struct input_message m;
	enum report_outcome o;

	if (item->fault.kind != FAULT_NONE) {
		(void)plain_fail(r->common.name, &item->fault);
		exit_code(r, (int)item->fault.kind);
		return FAULT_NONE;
	}
	if (begin(r, f) != FAULT_NONE)
		return f->kind;
	if (r->common.verbose)
		front_say(r->common.name, "reading %.*s",
		    SPAN_ARG(item->name));
	if (input_message_open(&m, item, in, f) != FAULT_NONE) {
		(void)plain_fail(r->common.name, f);
		exit_code(r, (int)f->kind);
		fault_clear(f);
		return remember(r, item, REPORT_BROKEN, f);
	}
	(void)report_read_input(&r->reader, item->name, &m.source, &o, f);
	input_message_close(&m);
	if (f->kind != FAULT_NONE)
		return fault_context(f, "%.*s", SPAN_ARG(item->name));
	outcome_exit(r, o);
	return remember(r, item, o, f);
}

/* The MDA's mail: kept where it gives nothing, so that it is not lost. */
static enum fault_kind
read_filter(struct read *r, struct fault *f)
{
	const struct input_item item = { .name = SPAN("-"),
	    .length = INPUT_TO_END };
	struct input_message m;
	struct report_range range;
	struct spool bytes;
	enum report_outcome o = REPORT_BROKEN;
	struct buf dir;
	char chunk[16384];
	size_t n = 1;

	spool_init(&bytes, REPORT_SPOOL_MEMORY, r->reader.tmp);
	buf_init(&dir, 4096);
	if (input_message_open(&m, &item, NULL, f) != FAULT_NONE)
		return f->kind;
	while (n > 0 && f->kind == FAULT_NONE && bytes.len <= 2 *
	    REPORT_MAIL_BYTES)
		if (m.source.read(&m.source, chunk, sizeof(chunk), &n, f) ==
		    FAULT_NONE)
			(void)spool_add(&bytes, (struct span){ chunk, n }, f);
	input_message_close(&m);
	report_range_open(&range, &bytes, 0, bytes.len);
	if (f->kind == FAULT_NONE && begin(r, f) == FAULT_NONE &&
	    report_read_input(&r->reader, item.name, &range.source, &o, f) ==
	    FAULT_NONE && remember(r, &item, o, f) == FAULT_NONE &&
	    read_commit(r, f) == FAULT_NONE) {
		if (o == REPORT_RETRY)
			r->exit = FAULT_TEMP;
		else if (!may_leave(o) && o != REPORT_READ) {
			buf_addf(&dir, "%s/broken", r->home);
			(void)read_keep(r->keep != NULL ? r->keep :
			    buf_str(&dir), &bytes, f);
		}
	}
	buf_free(&dir);
	spool_free(&bytes);
	return f->kind;
}

static enum fault_kind
read_all(struct read *r, struct input *in, struct fault *f)
{
	struct input_item item;
	bool more;

	while (input_next(in, &item, &more, f) == FAULT_NONE && more) {
		if (read_input(r, &item, in, f) != FAULT_NONE)
			return f->kind;
		if (r->npending == READ_BATCH &&
		    read_commit(r, f) != FAULT_NONE)
			return f->kind;
	}
	return f->kind == FAULT_NONE ? read_commit(r, f) : f->kind;
}

enum fault_kind
read_run(struct read *r, char *const *operands, size_t n, struct fault *f)
{
	const struct input_config config = { .operands = operands,
	    .noperands = n, .files_from = r->files_from, .nul = r->nul };
	struct input *in;
	bool several = false;

	if (r->filter)
		return read_open(r, f) == FAULT_NONE ? read_filter(r, f) :
		    f->kind;
	if (input_open(&in, &config, f) != FAULT_NONE)
		return f->kind;
	if (r->client.ip.family != 0 &&
	    input_several(in, &several, f) == FAULT_NONE && several)
		(void)fault_set(f, FAULT_USAGE, "--ip is the client of one "
		    "mail: give one");
	if (f->kind != FAULT_NONE)
		;
	else if (r->jobs > 1)
		(void)read_jobs(r, in, f);
	else if (read_open(r, f) == FAULT_NONE)
		(void)read_all(r, in, f);
	input_close(in);
	read_forget(r);
	if (f->kind == FAULT_NONE && r->exit == 0 && !r->any)
		r->exit = 6;
	return f->kind;
}
