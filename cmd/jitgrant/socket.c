/* SPDX-License-Identifier: ISC */
/* Asking `jitgrant serve`: one line there, one line back. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "jitgrant/jitgrant.h"

#define ANSWER_MAX ((size_t)64 * 1024 * 1024)
/* Of a question that is too long, so much is read away, for a second. */
#define DRAIN_BYTES ((size_t)4 * 1024 * 1024)
#define ANSWER_SECONDS 120	/* a question may take */

static int64_t
now_ms(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

enum fault_kind
jitgrant_line(int fd, struct buf *b, int seconds, struct fault *f)
{
	int64_t end = now_ms() + seconds * 1000;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = end - now_ms();
		char *room;
		ssize_t n;

		if (left <= 0 || (poll(&p, 1, (int)left) < 0 &&
		    errno != EINTR))
			return fault_set(f, FAULT_TEMP, "no line in time");
		if (p.revents == 0)
			continue;
		room = buf_room(b, 4096);
		if (room == NULL)
			return fault_set(f, FAULT_DATA, "the line is too "
			    "long");
		n = read(fd, room, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fault_set(f, FAULT_IO, "the other side went "
			    "away");
		buf_grew(b, (size_t)n);
		if (b->p[b->len - 1] == '\n')
			return FAULT_NONE;
	}
}

void
jitgrant_drain(int fd)
{
	char skip[4096];
	int64_t end = now_ms() + 1000;
	size_t total = 0;
	ssize_t n = 1;

	while (n > 0 && total < DRAIN_BYTES && now_ms() < end) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, (int)(end - now_ms() + 1)) <= 0)
			return;
		n = read(fd, skip, sizeof(skip));
		if (n > 0)
			total += (size_t)n;
		if (n > 0 && skip[n - 1] == '\n')
			return;
	}
}

enum fault_kind
jitgrant_remote(struct jitgrant *g, const char *path, struct jit_answer *a,
    struct fault *f)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct buf ask, answer;
	struct out out;

	if (fd < 0)
		return fault_errno(f, FAULT_SOFTWARE, errno, "socket");
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (strlen(path) >= sizeof(sun.sun_path) ||
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0) {
		(void)close(fd);
		(void)fault_errno(f, FAULT_UNAVAILABLE, errno, "%s", path);
		return g->socket != NULL ? f->kind : fault_context(f,
		    "no jitgrant serve answers for the system; --home or "
		    "VOUCHSAFE_JIT_HOME names a personal home");
	}
	buf_init(&ask, JITGRANT_QUESTION);
	buf_init(&answer, ANSWER_MAX);
	out_init(&out, fd, path);
	if (jit_ask_json(&g->ask, &ask, f) == FAULT_NONE) {
		out_addspan(&out, buf_span(&ask));
		(void)out_flush(&out, f);
	}
	if (f->kind == FAULT_NONE &&
	    jitgrant_line(fd, &answer, ANSWER_SECONDS, f) == FAULT_NONE)
		(void)jit_answer_read(buf_span(&answer), a, f);
	(void)close(fd);
	buf_free(&ask);
	buf_free(&answer);
	return f->kind;
}
