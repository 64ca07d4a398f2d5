/* SPDX-License-Identifier: ISC */
/* The parent's side of the pool. */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pool.h"
#include "base/pool_impl.h"

/* Workers at most; more only wait for each other. */
#define WORKERS_MAX ((size_t)256)
/* Jobs a worker may have before it: few at first, so that slow jobs spread
 * over all workers; more each time a worker had to wait for the next. */
#define WINDOW_MIN ((size_t)2)
#define WINDOW_MAX ((size_t)64)
/* Jobs on their way, for each worker, and bytes of them, for all. */
#define SLOTS_PER_WORKER ((size_t)256)
#define BYTES_ON_THE_WAY ((size_t)64 * 1024 * 1024)
/* How often a handler's *stop is looked at, for a signal may arrive just
 * before poll(2). */
#define STOP_MS 200

struct slot {
	struct buf job;
	struct buf result;
	int status;
	bool done;
};

struct worker {
	pid_t pid;		/* 0: not running */
	int fd;
	size_t window;
	bool served;		/* it has finished a job */
	struct buf in, out;	/* from it, to it */
	size_t in_at, out_at;
	uint64_t jobs[WINDOW_MAX];	/* serials it has, in a ring */
	size_t first, njobs;
	volatile uint64_t *mark;	/* see pool_worker() */
};

struct pool {
	const struct pool_ops *ops;
	void *ctx;
	const volatile int *stop;
	struct slot *slots;	/* job n lives in slot n % nslots */
	size_t nslots;
	uint64_t next;		/* serial of the next job */
	uint64_t emitted;	/* jobs that were emitted */
	size_t bytes;		/* of jobs and results in slots */
	bool exhausted;
	struct worker *workers;
	struct pollfd *polls;
	size_t nworkers;
	uint64_t *marks;	/* shared memory */
};

size_t
pool_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : (size_t)n;
}

static bool
stopped(const struct pool *p)
{
	return p->stop != NULL && *p->stop != 0;
}

/* One process does it all. */
static enum fault_kind
run_here(const struct pool_ops *ops, void *ctx, const volatile int *stop,
    struct fault *f)
{
	enum fault_kind kind = FAULT_NONE;
	struct buf job, result;
	size_t done = 0;
	bool more;
	int status;

	buf_init(&job, POOL_BYTES_MAX);
	buf_init(&result, POOL_BYTES_MAX);
	if (ops->start != NULL)
		kind = ops->start(ctx, f);
	while (kind == FAULT_NONE && (stop == NULL || *stop == 0)) {
		buf_reset(&job);
		buf_reset(&result);
		kind = ops->next(ctx, &job, &more, f);
		if (kind == FAULT_NONE && more)
			kind = buf_check(&job, f);
		if (kind != FAULT_NONE || !more)
			break;
		status = ops->work(ctx, buf_span(&job), &result);
		if (stop != NULL && *stop != 0)
			break;	/* it may be what was interrupted */
		kind = buf_check(&result, f);
		if (kind == FAULT_NONE)
			kind = ops->emit(ctx, buf_span(&job),
			    buf_span(&result), status, f);
		if (kind == FAULT_NONE && ops->progress != NULL)
			ops->progress(ctx, ++done);
	}
	buf_free(&job);
	buf_free(&result);
	return kind;
}

static struct slot *
slot_of(struct pool *p, uint64_t serial)
{
	return &p->slots[serial % p->nslots];
}

/* In the child: only its own socket, and signals as they were at the start,
 * for the caller's handlers belong to the parent. */
static void
become_worker(struct pool *p, struct worker *w, int fd)
{
	for (size_t i = 0; i < p->nworkers; i++)
		if (p->workers[i].pid > 0)
			(void)close(p->workers[i].fd);
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	pool_worker(p->ops, p->ctx, fd, w->mark);
}

static enum fault_kind
spawn(struct pool *p, struct worker *w, struct fault *f)
{
	int fds[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return fault_errno(f, FAULT_SOFTWARE, errno,
		    "cannot make a socket pair");
	*w->mark = 0;
	w->pid = fork();
	if (w->pid == 0) {
		(void)close(fds[0]);
		become_worker(p, w, fds[1]);
	}
	err = errno;
	(void)close(fds[1]);
	if (w->pid < 0) {
		w->pid = 0;
		(void)close(fds[0]);
		return fault_errno(f, FAULT_SOFTWARE, err, "cannot fork");
	}
	w->fd = fds[0];
	w->served = false;
	buf_reset(&w->in);
	buf_reset(&w->out);
	w->in_at = w->out_at = 0;
	if (fcntl(w->fd, F_SETFL, O_NONBLOCK) < 0)
		return fault_errno(f, FAULT_SOFTWARE, errno,
		    "cannot set up a socket");
	return FAULT_NONE;
}

static void
queue_job(struct pool *p, struct worker *w, uint64_t serial)
{
	pool_frame_put(&w->out, serial, 0, buf_span(&slot_of(p, serial)->job));
}

static void
finish_job(struct pool *p, uint64_t serial, int status)
{
	struct slot *s = slot_of(p, serial);

	s->status = status;
	s->done = true;
	p->bytes += s->result.len;
}

/*
 * The worker is gone.  It was at the job its mark names; without a mark, one
 * that never finished a job will not finish the first either.  What else it
 * had goes to its successor.
 */
static enum fault_kind
bury(struct pool *p, struct worker *w, struct fault *f)
{
	uint64_t culprit = *w->mark == 0 ? UINT64_MAX : *w->mark - 1;
	size_t left = 0, n = w->njobs;
	enum fault_kind kind;
	struct slot *s;

	(void)close(w->fd);
	while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
		;
	w->pid = 0;
	if (n == 0)
		return FAULT_NONE;
	if (culprit == UINT64_MAX && !w->served)
		culprit = w->jobs[w->first];
	kind = spawn(p, w, f);
	if (kind != FAULT_NONE)
		return kind;
	for (size_t i = 0; i < n; i++) {
		uint64_t serial = w->jobs[(w->first + i) % WINDOW_MAX];

		if (serial != culprit) {
			w->jobs[(w->first + left++) % WINDOW_MAX] = serial;
			queue_job(p, w, serial);
			continue;
		}
		s = slot_of(p, serial);
		buf_reset(&s->result);
		finish_job(p, serial, p->ops->died(p->ctx,
		    buf_span(&s->job), &s->result));
	}
	w->njobs = left;
	return buf_check(&w->out, f);
}

/* Take the results that have arrived whole. */
static enum fault_kind
take_results(struct pool *p, struct worker *w, struct fault *f)
{
	struct pool_frame frame;
	struct span bytes;
	struct slot *s;

	while (pool_frame_take(&w->in, &w->in_at, &frame, &bytes)) {
		if (frame.serial == POOL_FAULT)
			return fault_set(f, (enum fault_kind)frame.status,
			    "%.*s", SPAN_ARG(bytes));
		if (w->njobs == 0 || frame.serial != w->jobs[w->first])
			return fault_set(f, FAULT_SOFTWARE,
			    "a worker lost its place");
		w->first = (w->first + 1) % WINDOW_MAX;
		w->njobs--;
		w->served = true;
		s = slot_of(p, frame.serial);
		buf_reset(&s->result);
		buf_addspan(&s->result, bytes);
		finish_job(p, frame.serial, (int)frame.status);
		if (s->result.nomem)
			return fault_nomem(f);
	}
	pool_shift(&w->in, &w->in_at);
	if (w->njobs == 0 && w->window < WINDOW_MAX)
		w->window *= 2;
	return FAULT_NONE;
}

/* Read what a worker sent; at its end, bury it. */
static enum fault_kind
hear(struct pool *p, struct worker *w, struct fault *f)
{
	const size_t len = (size_t)64 * 1024;
	enum fault_kind kind;
	bool gone;
	char *room;
	ssize_t n;

	for (;;) {
		room = buf_room(&w->in, len);
		if (room == NULL)
			return fault_nomem(f);
		n = recv(w->fd, room, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0)
			buf_grew(&w->in, (size_t)n);
		if (n > 0 && (size_t)n == len)
			continue;
		break;
	}
	gone = n == 0 || (n < 0 && errno != EAGAIN);
	kind = take_results(p, w, f);
	return kind == FAULT_NONE && gone ? bury(p, w, f) : kind;
}

/* Send what waits for a worker.  That it is gone is seen by hear(). */
static void
tell(struct worker *w)
{
	ssize_t n;

	while (w->out_at < w->out.len) {
		n = send(w->fd, w->out.p + w->out_at, w->out.len - w->out_at,
		    MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		w->out_at += (size_t)n;
	}
	w->out_at = 0;
	buf_reset(&w->out);
}

/* The worker for the next job: the one with the fewest, a new one if none is
 * idle; NULL if all have enough. */
static struct worker *
choose(struct pool *p)
{
	struct worker *best = NULL, *absent = NULL;

	for (size_t i = 0; i < p->nworkers; i++) {
		struct worker *w = &p->workers[i];

		if (w->pid == 0) {
			absent = absent == NULL ? w : absent;
			continue;
		}
		if (best == NULL || w->njobs < best->njobs)
			best = w;
	}
	if (absent != NULL && (best == NULL || best->njobs > 0))
		return absent;
	return best != NULL && best->njobs < best->window ? best : NULL;
}

/* Hand out jobs as long as somebody can take one. */
static enum fault_kind
hand_out(struct pool *p, struct fault *f)
{
	enum fault_kind kind;
	struct worker *w;
	struct slot *s;
	bool more;

	while (!p->exhausted && p->next - p->emitted < p->nslots &&
	    p->bytes < BYTES_ON_THE_WAY && (w = choose(p)) != NULL) {
		s = slot_of(p, p->next);
		s->done = false;
		buf_reset(&s->job);
		kind = p->ops->next(p->ctx, &s->job, &more, f);
		if (kind != FAULT_NONE)
			return kind;
		p->exhausted = !more;
		if (!more)
			break;
		kind = buf_check(&s->job, f);
		if (kind == FAULT_NONE && w->pid == 0)
			kind = spawn(p, w, f);
		if (kind != FAULT_NONE)
			return kind;
		p->bytes += s->job.len;
		w->jobs[(w->first + w->njobs++) % WINDOW_MAX] = p->next;
		queue_job(p, w, p->next++);
		kind = buf_check(&w->out, f);
		if (kind != FAULT_NONE)
			return kind;
	}
	return FAULT_NONE;
}

/* Emit what is finished, in order. */
static enum fault_kind
emit_done(struct pool *p, struct fault *f)
{
	enum fault_kind kind;
	struct slot *s;

	while (p->emitted < p->next) {
		s = slot_of(p, p->emitted);
		if (!s->done)
			break;
		kind = p->ops->emit(p->ctx, buf_span(&s->job),
		    buf_span(&s->result), s->status, f);
		if (kind != FAULT_NONE)
			return kind;
		p->bytes -= s->job.len + s->result.len;
		/* One huge result must not keep its memory. */
		if (s->result.cap > 65536)
			buf_free(&s->result);
		p->emitted++;
		if (p->ops->progress != NULL)
			p->ops->progress(p->ctx, (size_t)p->emitted);
	}
	return FAULT_NONE;
}

/* Wait until a worker can be read or written to. */
static enum fault_kind
wait_workers(struct pool *p, struct fault *f)
{
	enum fault_kind kind = FAULT_NONE;
	int n;

	for (size_t i = 0; i < p->nworkers; i++) {
		struct worker *w = &p->workers[i];

		if (w->pid > 0)
			tell(w);
		p->polls[i] = (struct pollfd){ .fd = w->pid > 0 ? w->fd : -1,
		    .events = POLLIN };
		if (w->out.len > 0)
			p->polls[i].events |= POLLOUT;
	}
	n = poll(p->polls, (nfds_t)p->nworkers,
	    p->stop == NULL ? -1 : STOP_MS);
	if (n < 0 && errno != EINTR)
		return fault_errno(f, FAULT_SOFTWARE, errno, "poll");
	for (size_t i = 0; n > 0 && kind == FAULT_NONE && i < p->nworkers;
	    i++)
		if ((p->polls[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
			kind = hear(p, &p->workers[i], f);
	return kind;
}

static enum fault_kind
run_workers(struct pool *p, struct fault *f)
{
	enum fault_kind kind;

	while (!stopped(p)) {
		kind = hand_out(p, f);
		if (kind == FAULT_NONE)
			kind = emit_done(p, f);
		if (kind != FAULT_NONE)
			return kind;
		if (p->emitted == p->next && p->exhausted)
			break;
		if (p->emitted == p->next)
			continue;
		kind = wait_workers(p, f);
		if (kind != FAULT_NONE)
			return kind;
	}
	return FAULT_NONE;
}

static enum fault_kind
set_up(struct pool *p, size_t workers, struct fault *f)
{
	void *shared;

	p->nslots = workers * SLOTS_PER_WORKER;
	p->slots = calloc(p->nslots, sizeof(*p->slots));
	p->workers = calloc(workers, sizeof(*p->workers));
	p->polls = calloc(workers, sizeof(*p->polls));
	shared = mmap(NULL, workers * sizeof(*p->marks),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	p->marks = shared == MAP_FAILED ? NULL : shared;
	if (p->slots == NULL || p->workers == NULL || p->polls == NULL ||
	    p->marks == NULL)
		return fault_nomem(f);
	p->nworkers = workers;
	for (size_t i = 0; i < p->nslots; i++) {
		buf_init(&p->slots[i].job, POOL_BYTES_MAX);
		buf_init(&p->slots[i].result, POOL_BYTES_MAX);
	}
	for (size_t i = 0; i < workers; i++) {
		struct worker *w = &p->workers[i];

		w->window = WINDOW_MIN;
		w->mark = &p->marks[i];
		buf_init(&w->in, POOL_BYTES_MAX * 4);
		buf_init(&w->out, POOL_BYTES_MAX * 4);
	}
	return FAULT_NONE;
}

/* End the workers: by the end of their jobs, or at once. */
static void
tear_down(struct pool *p, bool at_once)
{
	for (size_t i = 0; i < p->nworkers; i++) {
		struct worker *w = &p->workers[i];

		if (w->pid > 0) {
			(void)close(w->fd);
			if (at_once)
				(void)kill(w->pid, SIGKILL);
		}
		buf_free(&w->in);
		buf_free(&w->out);
	}
	for (size_t i = 0; i < p->nworkers; i++)
		if (p->workers[i].pid > 0)
			while (waitpid(p->workers[i].pid, NULL, 0) < 0 &&
			    errno == EINTR)
				;
	for (size_t i = 0; p->slots != NULL && i < p->nslots; i++) {
		buf_free(&p->slots[i].job);
		buf_free(&p->slots[i].result);
	}
	if (p->marks != NULL)
		(void)munmap(p->marks, p->nworkers * sizeof(*p->marks));
	free(p->slots);
	free(p->workers);
	free(p->polls);
}

enum fault_kind
pool_run(const struct pool_ops *ops, void *ctx, size_t workers,
    const volatile int *stop, struct fault *f)
{
	struct pool p = { .ops = ops, .ctx = ctx, .stop = stop };
	enum fault_kind kind;

	if (workers <= 1)
		return run_here(ops, ctx, stop, f);
	if (workers > WORKERS_MAX)
		workers = WORKERS_MAX;
	kind = set_up(&p, workers, f);
	if (kind == FAULT_NONE)
		kind = run_workers(&p, f);
	tear_down(&p, kind != FAULT_NONE || stopped(&p));
	return kind;
}
