/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "report/line.h"
#include "report/recorder.h"

/* An answer that takes longer is none. */
#define ANSWER_SECONDS 10
#define ANSWER_BYTES ((size_t)512)

static enum fault_kind
connect_to(struct report_recorder *r, const char *path, struct fault *f)
{
	const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(a.sun_path))
		return fault_set(f, FAULT_USAGE, "%s: too long for a socket",
		    path);
	memcpy(a.sun_path, path, strlen(path) + 1);
	r->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (r->socket < 0)
		return fault_errno(f, FAULT_SOFTWARE, errno, "socket");
	(void)setsockopt(r->socket, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	(void)setsockopt(r->socket, SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof(patience));
	if (connect(r->socket, (const struct sockaddr *)&a, sizeof(a)) != 0)
		return fault_errno(f, errno == EACCES ? FAULT_NOPERM :
		    FAULT_TEMP, errno, "%s", path);
	return FAULT_NONE;
}

static void
begin(struct report_recorder *r)
{
	*r = (struct report_recorder){ .socket = -1,
	    .spool = { .dir = -1, .fd = -1 } };
	buf_init(&r->line, 1024 * 1024);
}

enum fault_kind
report_recorder_connect(struct report_recorder *r, const char *path,
    struct fault *f)
{
	begin(r);
	return connect_to(r, path, f);
}

enum fault_kind
report_recorder_open(struct report_recorder *r, const char *where, bool sync,
    struct fault *f)
{
	struct stat st;

	begin(r);
	if (stat(where, &st) == 0 && S_ISSOCK(st.st_mode))
		return connect_to(r, where, f);
	(void)report_spool_open(&r->spool, where, f);
	r->spool.sync = sync;
	return f->kind;
}

/* The other side's last word, if it has one. */
static enum fault_kind
answer(struct report_recorder *r, struct fault *f)
{
	char text[ANSWER_BYTES];
	size_t n = 0;
	ssize_t got = 1;

	while (got > 0 && n < sizeof(text)) {
		got = recv(r->socket, text + n, sizeof(text) - n, 0);
		if (got > 0)
			n += (size_t)got;
	}
	if (n >= 3 && memcmp(text, "ok ", 3) == 0)
		return FAULT_NONE;
	if (n < 4 || memcmp(text, "no ", 3) != 0)
		return fault_set(f, FAULT_TEMP,
		    "the recorder gave no answer");
	return fault_set(f, FAULT_TEMP, "%.*s", (int)(n - 4), text + 3);
}

static enum fault_kind
send_line(struct report_recorder *r, struct span line, struct fault *f)
{
	while (line.len > 0) {
		ssize_t n = send(r->socket, line.p, line.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return answer(r, f) != FAULT_NONE ? f->kind :
			    fault_set(f, FAULT_TEMP,
			    "the recorder went away");
		line = span_sub(line, (size_t)n, line.len);
	}
	r->sent++;
	return FAULT_NONE;
}

enum fault_kind
report_recorder_add(struct report_recorder *r, int64_t now,
    struct report_event *event, struct fault *f)
{
	buf_reset(&r->line);
	if (report_line_format(event, &r->line, f) != FAULT_NONE)
		return f->kind;
	return r->socket >= 0 ? send_line(r, buf_span(&r->line), f) :
	    report_spool_add(&r->spool, now, buf_span(&r->line), f);
}

enum fault_kind
report_recorder_close(struct report_recorder *r, struct fault *f)
{
	if (r->socket >= 0) {
		if (f->kind == FAULT_NONE && r->sent > 0 &&
		    shutdown(r->socket, SHUT_WR) == 0)
			(void)answer(r, f);
		(void)close(r->socket);
	}
	report_spool_close(&r->spool);
	buf_free(&r->line);
	return f->kind;
}
