/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/pool.h"
#include "tap.h"

/* Jobs are numbers; the result is the number with text after it. */
struct run {
	uint64_t jobs;
	uint64_t next;
	uint64_t emitted;
	uint64_t die_each;	/* a job that it divides kills its worker */
	uint64_t died;
	uint64_t fail_at;	/* emit fails here */
	size_t extra;		/* bytes after each result */
	bool no_start;
	bool wrong;		/* an order or a byte was not right */
	pid_t parent;
	size_t progress;
	volatile int stop;
};

static enum fault_kind
next(void *ctx, struct buf *job, bool *more, struct fault *f)
{
	struct run *r = ctx;

	(void)f;
	*more = r->next < r->jobs;
	if (*more)
		buf_addf(job, "%llu", (unsigned long long)r->next++);
	return FAULT_NONE;
}

static enum fault_kind
start(void *ctx, struct fault *f)
{
	struct run *r = ctx;

	if (r->no_start)
		return fault_set(f, FAULT_CONFIG, "no such thing");
	return FAULT_NONE;
}

static int
work(void *ctx, struct span job, struct buf *result)
{
	struct run *r = ctx;
	char *room;
	uint64_t n;

	if (!num_u64(job, UINT64_MAX, &n))
		return 70;
	if (r->die_each != 0 && n % r->die_each == 0 &&
	    getpid() != r->parent)
		(void)kill(getpid(), SIGKILL);
	buf_addspan(result, job);
	room = buf_room(result, r->extra);
	if (room != NULL && r->extra > 0) {
		memset(room, 'x', r->extra);
		buf_grew(result, r->extra);
	}
	return (int)(n % 7);
}

static int
died(void *ctx, struct span job, struct buf *result)
{
	struct run *r = ctx;

	r->died++;
	buf_addspan(result, job);
	buf_adds(result, "died");
	return 70;
}

static enum fault_kind
emit(void *ctx, struct span job, struct span result, int status,
    struct fault *f)
{
	struct run *r = ctx;
	uint64_t n;

	if (r->fail_at != 0 && r->emitted == r->fail_at)
		return fault_set(f, FAULT_IO, "full");
	if (!num_u64(job, UINT64_MAX, &n) || n != r->emitted ||
	    !span_starts(result, job))
		r->wrong = true;
	result = span_sub(result, job.len, result.len);
	if (r->die_each != 0 && n % r->die_each == 0)
		r->wrong = r->wrong || status != 70 ||
		    !span_eq(result, SPAN("died"));
	else
		r->wrong = r->wrong || status != (int)(n % 7) ||
		    result.len != r->extra;
	r->emitted++;
	if (r->emitted == 500)
		r->stop = 1;
	return FAULT_NONE;
}

static void
progress(void *ctx, size_t done)
{
	struct run *r = ctx;

	if (done != ++r->progress)
		r->wrong = true;
}

static const struct pool_ops ops = { next, start, work, died, emit,
    progress };

static enum fault_kind
run(struct run *r, size_t workers, bool stop, struct fault *f)
{
	r->parent = getpid();
	return pool_run(&ops, r, workers, stop ? &r->stop : NULL, f);
}

static void
test_order(void)
{
	static const uint64_t jobs[] = { 0, 1, 2, 3, 600, 20000 };
	struct fault f;

	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		for (size_t workers = 0; workers < 5; workers++) {
			struct run r = { .jobs = jobs[i] };

			CHECKF(run(&r, workers, false, &f) == FAULT_NONE &&
			    !r.wrong && r.emitted == jobs[i] &&
			    r.progress == jobs[i], "%llu jobs, %zu workers",
			    (unsigned long long)jobs[i], workers);
		}
	}
}

static void
test_large(void)
{
	struct run r = { .jobs = 300, .extra = 1000000 };
	struct fault f;

	CHECK(run(&r, 3, false, &f) == FAULT_NONE && !r.wrong &&
	    r.emitted == 300);
}

static void
test_death(void)
{
	struct run r = { .jobs = 3000, .die_each = 37 };
	struct fault f;

	CHECK(run(&r, 2, false, &f) == FAULT_NONE && !r.wrong);
	CHECK(r.emitted == 3000 && r.died == (3000 + 36) / 37);
	r = (struct run){ .jobs = 50, .die_each = 1 };
	CHECK(run(&r, 3, false, &f) == FAULT_NONE && !r.wrong);
	CHECK(r.emitted == 50 && r.died == 50);
}

static void
test_ends(void)
{
	struct fault f;

	for (size_t workers = 1; workers < 4; workers++) {
		struct run r = { .jobs = 100000, .fail_at = 100 };

		CHECK(run(&r, workers, false, &f) == FAULT_IO);
		CHECK(r.emitted == 100 && !r.wrong);
		r = (struct run){ .jobs = 100000, .no_start = true };
		CHECK(run(&r, workers, false, &f) == FAULT_CONFIG);
		CHECK(strcmp(f.text, "no such thing") == 0);
		r = (struct run){ .jobs = 100000 };
		CHECK(run(&r, workers, true, &f) == FAULT_NONE);
		CHECK(r.emitted >= 500 && r.emitted < 100000 && !r.wrong);
	}
	CHECK(pool_processors() >= 1);
}

int
main(void)
{
	test_order();
	test_large();
	test_death();
	test_ends();
	return tap_done();
}
