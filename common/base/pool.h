/* SPDX-License-Identifier: ISC */
/*
 * Many jobs, forked workers, results in the order of the jobs.
 *
 * A job and a result are bytes; only the caller knows what they mean.  With
 * one worker everything happens in this process and nothing is forked.  A
 * worker that dies costs the job it was at, and is replaced; jobs that it had
 * done but not yet handed in are done again, so work() must be repeatable.
 * At most a fixed number of jobs and bytes are ever on their way.
 */
#ifndef POOL_H
#define POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

/* Most bytes of one job or one result. */
#define POOL_BYTES_MAX ((size_t)64 * 1024 * 1024)

struct pool_ops {
	/* Parent: write the next job into the empty buf; *more false at the
	 * end.  A fault ends the run. */
	enum fault_kind (*next)(void *ctx, struct buf *job, bool *more,
	    struct fault *f);
	/* Worker, once, before its first job (own sockets, own caches); may
	 * be NULL.  A fault ends the run.  In-process too. */
	enum fault_kind (*start)(void *ctx, struct fault *f);
	/* Worker: do the job, write the result into the empty buf, return an
	 * exit status. */
	int (*work)(void *ctx, struct span job, struct buf *result);
	/* Parent: the worker died on this job; as work(). */
	int (*died)(void *ctx, struct span job, struct buf *result);
	/* Parent, in the order of the jobs.  A fault ends the run. */
	enum fault_kind (*emit)(void *ctx, struct span job,
	    struct span result, int status, struct fault *f);
	/* Parent: so many jobs are done; may be NULL. */
	void (*progress)(void *ctx, size_t done);
};

/*
 * Run all jobs with `workers` processes (0 and 1: in this one).  Returns after
 * every worker is gone.  The first fault of next, emit or the machine; a job
 * that fails is a status, not a fault.  The caller may set *stop from a signal
 * handler (NULL: never): the run then ends, workers are killed, and what was
 * finished in order has been emitted.
 */
enum fault_kind pool_run(const struct pool_ops *ops, void *ctx,
    size_t workers, const volatile int *stop, struct fault *f);

/* Number of processors that are online, at least 1. */
size_t pool_processors(void);

#endif
