/* SPDX-License-Identifier: ISC */
/* Shared by the files of pool alone: what goes over the sockets. */
#ifndef POOL_IMPL_H
#define POOL_IMPL_H

#include <stdint.h>

#include "base/pool.h"

/* In front of a job's or a result's bytes. */
struct pool_frame {
	uint64_t serial;	/* of the job; POOL_FAULT: the worker cannot
				   start, the bytes say why */
	uint64_t len;
	int64_t status;
};

#define POOL_FAULT UINT64_MAX

/* What of in (from *at) is a whole frame: its bytes, or false. */
bool pool_frame_take(const struct buf *in, size_t *at,
    struct pool_frame *frame, struct span *bytes);
void pool_frame_put(struct buf *out, uint64_t serial, int64_t status,
    struct span bytes);
/* Forget the first `at` bytes. */
void pool_shift(struct buf *b, size_t *at);

/*
 * The life of a worker: jobs come and results go by fd until its other end is
 * closed.  *mark is shared with the parent: the serial of the job being done
 * and one more, or 0.  Never returns.
 */
_Noreturn void pool_worker(const struct pool_ops *ops, void *ctx, int fd,
    volatile uint64_t *mark);

#endif
