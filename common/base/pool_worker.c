/* SPDX-License-Identifier: ISC */
/* The worker's side of the pool. */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/pool_impl.h"

/* Results are handed in when so many wait, so many bytes, or nothing else is
 * to be done. */
#define HELD_RESULTS 16
#define HELD_BYTES ((size_t)64 * 1024)
#define READ_BYTES ((size_t)64 * 1024)

bool
pool_frame_take(const struct buf *in, size_t *at, struct pool_frame *frame,
    struct span *bytes)
{
	struct span left = span_sub(buf_span(in), *at, in->len);

	if (left.len < sizeof(*frame))
		return false;
	memcpy(frame, left.p, sizeof(*frame));
	if (frame->len > left.len - sizeof(*frame))
		return false;
	*bytes = span_sub(left, sizeof(*frame), (size_t)frame->len);
	*at += sizeof(*frame) + bytes->len;
	return true;
}

void
pool_frame_put(struct buf *out, uint64_t serial, int64_t status,
    struct span bytes)
{
	struct pool_frame frame = { serial, bytes.len, status };

	buf_add(out, &frame, sizeof(frame));
	buf_addspan(out, bytes);
}

void
pool_shift(struct buf *b, size_t *at)
{
	if (*at == 0)
		return;
	memmove(b->p, b->p + *at, b->len - *at);
	b->len -= *at;
	*at = 0;
}

/* Hand in what waits.  The parent is gone if that fails. */
static bool
hand_in(int fd, struct buf *out)
{
	size_t at = 0;
	ssize_t n;

	if (out->nomem || out->full)
		return false;
	while (at < out->len) {
		n = send(fd, out->p + at, out->len - at, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		at += (size_t)n;
	}
	buf_reset(out);
	return true;
}

/* Wait for more jobs; false when there will be none. */
static bool
more_jobs(int fd, struct buf *in)
{
	char *room = buf_room(in, READ_BYTES);
	ssize_t n;

	if (room == NULL)
		return false;
	do
		n = recv(fd, room, READ_BYTES, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	buf_grew(in, (size_t)n);
	return true;
}

static bool
start(const struct pool_ops *ops, void *ctx, int fd, struct buf *out)
{
	struct fault f = { .kind = FAULT_NONE };

	if (ops->start == NULL || ops->start(ctx, &f) == FAULT_NONE)
		return true;
	pool_frame_put(out, POOL_FAULT, f.kind, span_of(f.text));
	(void)hand_in(fd, out);
	return false;
}

/* Do the jobs that have arrived whole. */
static bool
do_jobs(const struct pool_ops *ops, void *ctx, int fd, struct buf *in,
    struct buf *result, struct buf *out, volatile uint64_t *mark)
{
	struct pool_frame frame;
	size_t at = 0, held = 0;
	struct span job;
	int status;

	while (pool_frame_take(in, &at, &frame, &job)) {
		*mark = frame.serial + 1;
		buf_reset(result);
		status = ops->work(ctx, job, result);
		if (result->nomem || result->full)
			return false;
		*mark = 0;
		pool_frame_put(out, frame.serial, status, buf_span(result));
		if ((++held >= HELD_RESULTS || out->len >= HELD_BYTES) &&
		    !hand_in(fd, out))
			return false;
		if (out->len == 0)
			held = 0;
	}
	pool_shift(in, &at);
	return hand_in(fd, out);
}

_Noreturn void
pool_worker(const struct pool_ops *ops, void *ctx, int fd,
    volatile uint64_t *mark)
{
	struct buf in, result, out;

	buf_init(&in, POOL_BYTES_MAX * 2);
	buf_init(&result, POOL_BYTES_MAX);
	buf_init(&out, POOL_BYTES_MAX * 2);
	if (start(ops, ctx, fd, &out))
		while (more_jobs(fd, &in) && do_jobs(ops, ctx, fd, &in,
		    &result, &out, mark))
			;
	_exit(0);
}
