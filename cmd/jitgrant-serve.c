/* SPDX-License-Identifier: ISC */
/*
 * One question, one answer, over a socket: who asks is what the kernel says
 * (SO_PEERCRED) and nothing else.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "jitgrant-serve_cli.h"
#include "jitgrant-serve_options.h"
#include "jitgrant.h"

#define QUESTION_MAX ((size_t)65536)
#define ANSWER_MAX ((size_t)64 * 1024 * 1024)
/* Seconds a silent caller may hold a process, and a question may take. */
#define SERVE_SECONDS 10
/* Of a question that is too long, so much is read away, for a second: who is
 * still writing does not read the answer. */
#define DRAIN_BYTES ((size_t)4 * 1024 * 1024)
#define ANSWER_SECONDS 120

static int64_t
now_ms(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Read up to a newline, or for so many seconds. */
static enum fault_kind
read_line(int fd, struct buf *b, int seconds, struct fault *f)
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

static void
drain(int fd)
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
		return fault_errno(f, FAULT_UNAVAILABLE, errno, "%s", path);
	}
	buf_init(&ask, QUESTION_MAX);
	buf_init(&answer, ANSWER_MAX);
	out_init(&out, fd, path);
	if (jit_ask_json(&g->ask, &ask, f) == FAULT_NONE) {
		out_addspan(&out, buf_span(&ask));
		(void)out_flush(&out, f);
	}
	if (f->kind == FAULT_NONE &&
	    read_line(fd, &answer, ANSWER_SECONDS, f) == FAULT_NONE)
		(void)jit_answer_read(buf_span(&answer), a, f);
	(void)close(fd);
	buf_free(&ask);
	buf_free(&answer);
	return f->kind;
}

/* The caller as the kernel knows him. */
static enum fault_kind
peer(struct jitgrant *g, struct fault *f)
{
	struct ucred cred = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(cred);

	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_PEERCRED, &cred, &len) !=
	    0 || len != sizeof(cred) || cred.uid == (uid_t)-1)
		return fault_set(f, FAULT_NOPERM,
		    "standard input is no local socket");
	g->env.caller = cred.uid;
	g->env.admin = cred.uid == 0;
	g->env.apply = false;
	g->env.emit = NULL;
	return FAULT_NONE;
}

/* May it be asked over the socket?  Paths of the caller's mean nothing here. */
static bool
served(const struct jit_ask *ask)
{
	static const char *const verbs[] = { "request", "approve", "deny",
	    "use", "check", "list", "show", "renew", "release", "revoke",
	    "freeze", "unfreeze", "clock", "policy" };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(ask->verb, verbs[i]) == 0)
			return ask->file == NULL && ask->anchor == NULL;
	return false;
}

static void
answer_one(struct jitgrant *g, struct span line, struct jit_answer *a,
    struct fault *f)
{
	struct jit j;
	json_t *holder = NULL;

	if (jit_ask_read(line, &g->ask, &holder, f) != FAULT_NONE)
		return;
	if (!served(&g->ask))
		(void)fault_set(f, FAULT_USAGE, "not over the socket");
	else if (jitgrant_open(g, &j, f) == FAULT_NONE) {
		/* The verb's text lives in the question: copy what stays. */
		jit_do(&j, &g->ask, a);
		jit_close(&j);
	}
	json_decref(holder);
}

int
jitgrant_serve(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("serve", serve);
	struct jitgrant g;
	struct jit_answer a;
	struct fault f = { .kind = FAULT_NONE };
	struct buf b;
	int first, status;
	bool done = false;
	enum fault_kind kind;

	jitgrant_init_state(&g, &tool, "serve");
	jit_answer_init(&a, "serve");
	buf_init(&b, QUESTION_MAX);
	kind = plain_parse(&tool, &g, argc, argv, &first, &done, &f);
	if (kind == FAULT_NONE && !done)
		kind = peer(&g, &f);
	if (done || kind != FAULT_NONE)
		return kind == FAULT_NONE ? 0 : plain_fail(tool.name, &f);
	if (read_line(STDIN_FILENO, &b, SERVE_SECONDS, &f) == FAULT_NONE)
		answer_one(&g, buf_span(&b), &a, &f);
	else if (f.kind == FAULT_DATA)
		drain(STDIN_FILENO);
	if (f.kind != FAULT_NONE) {
		a.fault = f.kind;
		(void)snprintf(a.text, sizeof(a.text), "%s", f.text);
		(void)snprintf(a.reason, sizeof(a.reason), "failed");
	}
	g.json = g.quiet = true;
	g.ask.sub = NULL;
	status = jitgrant_print(&g, &a);
	jit_answer_free(&a);
	buf_free(&b);
	jitgrant_free(&g);
	/* The question was answered; what the answer is, is the caller's. */
	return status == FAULT_IO ? status : 0;
}
