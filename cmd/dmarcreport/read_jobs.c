/* SPDX-License-Identifier: ISC */
/*
 * dmarcreport read -j: workers that each have a store and a resolver of their
 * own.  What they print comes out in the order of the inputs.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/pool.h"
#include "dmarcreport/read.h"
#include "mail/verdict.h"

/* Inputs of one job, and of one transaction. */
#define JOB_INPUTS 25
#define JOB_BYTES ((size_t)1 << 20)

struct jobs {
	struct read *r;
	struct input *in;
};

static enum fault_kind
jobs_next(void *ctx, struct buf *job, bool *more, struct fault *f)
{
	struct jobs *j = ctx;
	struct input_item item;
	struct buf one;
	bool next = true;

	buf_init(&one, JOB_BYTES);
	for (size_t n = 0; n < JOB_INPUTS && job->len < JOB_BYTES / 2 &&
	    input_next(j->in, &item, &next, f) == FAULT_NONE && next; n++) {
		buf_reset(&one);
		input_item_encode(&item, &one);
		if (buf_check(&one, f) != FAULT_NONE)
			break;
		buf_addpart(job, buf_span(&one));
	}
	buf_free(&one);
	*more = job->len > 0;
	return f->kind != FAULT_NONE ? f->kind : buf_check(job, f);
}

/* The next part of a job; its length stands before it. */
static bool
jobs_part(struct span *rest, struct span *part)
{
	const unsigned char *p = (const unsigned char *)rest->p;
	size_t len;

	if (rest->len < 4)
		return false;
	len = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 |
	    p[3];
	*part = span_sub(*rest, 4, len);
	*rest = span_sub(*rest, 4 + len, rest->len);
	return part->len == len;
}

static enum fault_kind
jobs_start(void *ctx, struct fault *f)
{
	struct jobs *j = ctx;
	int fd = memfd_create("dmarcreport", MFD_CLOEXEC);

	if (fd < 0)
		return fault_errno(f, FAULT_SOFTWARE, errno, "memfd_create");
	out_init(&j->r->out, fd, "a worker's output");
	return read_open(j->r, f);
}

/* What was printed since the last job. */
static enum fault_kind
jobs_take(struct read *r, struct buf *result, struct fault *f)
{
	off_t at = 0;

	if (out_flush(&r->out, f) != FAULT_NONE)
		return f->kind;
	for (;;) {
		char *room = buf_room(result, 65536);
		ssize_t n = room == NULL ? -1 :
		    pread(r->out.fd, room, 65536, at);

		if (room == NULL)
			return fault_set(f, FAULT_SOFTWARE,
			    "too much output for -j");
		if (n <= 0)
			break;
		buf_grew(result, (size_t)n);
		at += n;
	}
	if (ftruncate(r->out.fd, 0) != 0 || lseek(r->out.fd, 0, SEEK_SET) != 0)
		return fault_errno(f, FAULT_SOFTWARE, errno, "a worker");
	return FAULT_NONE;
}

static int
jobs_work(void *ctx, struct span job, struct buf *result)
{
	struct jobs *j = ctx;
	struct read *r = j->r;
	struct fault f = { .kind = FAULT_NONE };
	struct input_item item;
	struct span part;

	r->any = false;
	r->exit = 0;
	while (f.kind == FAULT_NONE && jobs_part(&job, &part)) {
		if (!input_item_decode(part, &item))
			(void)fault_set(&f, FAULT_SOFTWARE, "a broken job");
		else
			(void)read_input(r, &item, j->in, &f);
	}
	if (f.kind == FAULT_NONE)
		(void)read_commit(r, &f);
	if (f.kind == FAULT_NONE) {
		buf_addc(result, r->any ? '1' : '0');
		(void)jobs_take(r, result, &f);
	}
	if (f.kind == FAULT_NONE)
		return r->exit;
	(void)plain_fail(r->common.name, &f);
	read_forget(r);
	buf_reset(result);
	return (int)f.kind;
}

static int
jobs_died(void *ctx, struct span job, struct buf *result)
{
	struct jobs *j = ctx;

	(void)job;
	(void)result;
	front_say(j->r->common.name, "a worker died: some inputs were not "
	    "read, or not printed");
	return FAULT_SOFTWARE;
}

static enum fault_kind
jobs_emit(void *ctx, struct span job, struct span result, int status,
    struct fault *f)
{
	struct jobs *j = ctx;

	(void)job;
	j->r->exit = verdict_worse_exit(j->r->exit, status);
	if (result.len == 0)
		return FAULT_NONE;
	j->r->any |= result.p[0] == '1';
	out_addspan(&j->r->out, span_sub(result, 1, result.len));
	*f = j->r->out.fault;
	return f->kind;
}

enum fault_kind
read_jobs(struct read *r, struct input *in, struct fault *f)
{
	const struct pool_ops ops = { .next = jobs_next, .start = jobs_start,
	    .work = jobs_work, .died = jobs_died, .emit = jobs_emit };
	struct jobs j = { r, in };
	struct report_store *store = NULL;

	/* Its tables are made before many want to. */
	if (!r->no_store && dmarcreport_store(&r->common, true, &store, f) !=
	    FAULT_NONE)
		return f->kind;
	report_store_close(store);
	return pool_run(&ops, &j, r->jobs, NULL, f);
}
