/* SPDX-License-Identifier: ISC */
/* The side of the socket that owns the spool. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/num.h"
#include "report/folder.h"
#include "report/line.h"
#include "report/recorder.h"

/* Seconds that a silent peer may hold a process. */
#define SERVE_SECONDS 10
#define RATE_TEXT 64

struct serve {
	int fd;
	uid_t uid;
	int rate;		/* HOME/rate/UID */
	int64_t now;
	uint64_t taken;
	struct report_recorder to;
	struct report_event event;
};

static enum fault_kind
who(struct serve *s, struct fault *f)
{
	const struct timeval patience = { .tv_sec = SERVE_SECONDS };
	struct ucred cred = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(cred);

	if (getsockopt(s->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0 ||
	    len != sizeof(cred) || cred.uid == (uid_t)-1)
		return fault_set(f, FAULT_NOPERM,
		    "standard input is no local socket");
	s->uid = cred.uid;
	(void)setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	return FAULT_NONE;
}

static enum fault_kind
open_rate(struct serve *s, const char *home, struct fault *f)
{
	char name[RATE_TEXT];
	int dir;

	if (report_folder_open(home, "rate", &dir, f) != FAULT_NONE)
		return f->kind;
	(void)snprintf(name, sizeof(name), "%lu", (unsigned long)s->uid);
	s->rate = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (s->rate < 0)
		(void)fault_errno(f, FAULT_TEMP, errno, "rate/%s", name);
	(void)close(dir);
	return f->kind;
}

/* One more line of this account in this minute, if that is allowed. */
static enum fault_kind
count_rate(struct serve *s, struct fault *f)
{
	char text[RATE_TEXT];
	uint64_t minute = 0, count = 0, now = (uint64_t)s->now / 60;
	struct span head, tail;
	ssize_t n;
	int len;

	if (flock(s->rate, LOCK_EX) != 0)
		return fault_errno(f, FAULT_TEMP, errno, "rate");
	n = pread(s->rate, text, sizeof(text), 0);
	if (n > 0 && span_cut((struct span){ text, (size_t)n }, ' ', &head,
	    &tail) && num_u64(head, UINT64_MAX, &minute))
		(void)num_u64(span_trim_fws(tail), UINT64_MAX, &count);
	if (minute != now)
		count = 0;
	if (count >= REPORT_RATE) {
		(void)fault_set(f, FAULT_TEMP, "more than %d lines a minute "
		    "of one account", REPORT_RATE);
	} else {
		len = snprintf(text, sizeof(text), "%llu %llu\n",
		    (unsigned long long)now, (unsigned long long)count + 1);
		if (ftruncate(s->rate, 0) != 0 ||
		    pwrite(s->rate, text, (size_t)len, 0) != len)
			(void)fault_errno(f, FAULT_TEMP, errno, "rate");
	}
	(void)flock(s->rate, LOCK_UN);
	return f->kind;
}

static enum fault_kind
take_line(struct serve *s, struct span line, struct fault *f)
{
	struct arena a;

	arena_init(&a, 64 * REPORT_LINE);
	if (!report_line_parse(line, &a, &s->event))
		(void)fault_set(f, FAULT_DATA, "a line that is none");
	else if (count_rate(s, f) == FAULT_NONE) {
		s->event.uid = (int64_t)s->uid;
		(void)report_recorder_add(&s->to, s->now, &s->event, f);
		s->taken += f->kind == FAULT_NONE;
	}
	arena_free(&a);
	return f->kind;
}

static enum fault_kind
take_all(struct serve *s, struct fault *f)
{
	char bytes[2 * REPORT_LINE];
	size_t have = 0;
	ssize_t n;

	for (;;) {
		struct span all = { bytes, have }, line, rest = all;

		while (span_find(rest, '\n') < rest.len) {
			(void)span_cut(rest, '\n', &line, &rest);
			if (take_line(s, line, f) != FAULT_NONE)
				return f->kind;
		}
		memmove(bytes, rest.p, rest.len);
		have = rest.len;
		if (have == sizeof(bytes))
			return fault_set(f, FAULT_DATA, "a line too long");
		n = recv(s->fd, bytes + have, sizeof(bytes) - have, 0);
		if (n == 0)
			return FAULT_NONE;	/* an unfinished line is none */
		if (n < 0)
			return fault_errno(f, FAULT_TEMP, errno, "the peer");
		have += (size_t)n;
	}
}

enum fault_kind
report_recorder_serve(int fd, const char *home, bool sync, int64_t now,
    struct fault *f)
{
	struct serve s = { .fd = fd, .rate = -1, .now = now };
	char text[FAULT_TEXT_MAX + 8];
	int n;

	if (who(&s, f) != FAULT_NONE)
		return f->kind;
	if (open_rate(&s, home, f) == FAULT_NONE) {
		if (report_recorder_open(&s.to, home, sync, f) == FAULT_NONE)
			(void)take_all(&s, f);
		(void)report_recorder_close(&s.to, f);
		(void)close(s.rate);
	}
	n = f->kind == FAULT_NONE ? snprintf(text, sizeof(text), "ok %llu\n",
	    (unsigned long long)s.taken) : snprintf(text, sizeof(text),
	    "no %s\n", f->text);
	(void)send(fd, text, (size_t)n, MSG_NOSIGNAL);
	return f->kind;
}
