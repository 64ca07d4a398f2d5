/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/num.h"
#include "base/spawn.h"
#include "posture/fetch.h"
#include "posture/sts_policy.h"

/* curl's own limit is ten seconds; one that forgets it has a little more. */
#define FETCH_SECONDS "10"
#define FETCH_MS 12000
#define FETCH_MARK "vouchsafe-fetch "
#define FETCH_FORMAT "%{stderr}\\n" FETCH_MARK "%{http_code} " \
    "%{content_type}\\n"

/* "HOST:443:ADDR,[ADDR]" */
static void
fetch_resolve(struct span host, const struct ipaddr *addresses, size_t n,
    struct buf *b)
{
	buf_addspan(b, host);
	buf_adds(b, ":443:");
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, i > 0 ? "," : "");
		buf_adds(b, addresses[i].family == 6 ? "[" : "");
		ipaddr_format(&addresses[i], b);
		buf_adds(b, addresses[i].family == 6 ? "]" : "");
	}
}

/* The last line that the format wrote: status and media type. */
static void
fetch_said(struct span said, struct arena *a, struct posture_fetched *out)
{
	struct span line, word, rest;
	uint64_t number;
	bool more = true;

	while (more) {
		more = span_cut(said, '\n', &line, &said);
		if (!span_starts(line, SPAN(FETCH_MARK)))
			continue;
		line = span_sub(line, sizeof(FETCH_MARK) - 1, line.len);
		(void)span_cut(line, ' ', &word, &rest);
		out->status = num_u64(word, 999, &number) ?
		    (unsigned)number : 0;
		out->type = arena_span(a, rest.p == NULL ? SPAN("") : rest);
	}
}

static void
fetch_read(int fd, struct arena *a, struct posture_fetched *out)
{
	char text[4096];
	off_t end = lseek(fd, 0, SEEK_END);
	off_t from = end > (off_t)sizeof(text) ?
	    end - (off_t)sizeof(text) : 0;
	ssize_t n = pread(fd, text, sizeof(text), from);

	if (n > 0)
		fetch_said((struct span){ text, (size_t)n }, a, out);
}

static void
fetch_outcome(int status, const struct buf *body, struct posture_fetched *out)
{
	out->code = status;
	if (body->full)
		out->as = POSTURE_FETCH_LARGE;
	else if (status == 60 || status == 35 || status == 51)
		out->as = POSTURE_FETCH_CERT;
	else if (status == 0)
		out->as = POSTURE_FETCH_ANSWER;
	else
		out->as = POSTURE_FETCH_FAILED;
}

/* Run it; what it says of the answer goes to a file in memory. */
static enum fault_kind
fetch_run(const struct posture_fetch *fetch, char *const *argv,
    struct arena *a, struct posture_fetched *out, struct fault *f)
{
	struct spawn s = { .argv = argv, .envp = fetch->envp,
	    .timeout = FETCH_MS, .group = true, .tied = true,
	    .bounded = true };
	struct buf body;
	int status = 0;

	s.err = memfd_create("fetch", MFD_CLOEXEC);
	if (s.err < 0)
		return fault_errno(f, FAULT_SOFTWARE, errno, "memfd_create");
	buf_init(&body, STS_POLICY_BYTES);
	if (spawn_run(&s, SPAN(""), &body, &status, f) == FAULT_NONE) {
		fetch_outcome(status, &body, out);
		fetch_read(s.err, a, out);
		out->body = arena_span(a, buf_span(&body));
		if (status == SPAWN_NOT_THERE || status == SPAWN_NOT_STARTED)
			(void)fault_set(f, FAULT_CONFIG, "%s: cannot be "
			    "started", fetch->program);
		else if (body.nomem || out->body.p == NULL)
			(void)fault_nomem(f);
	}
	buf_free(&body);
	(void)close(s.err);
	return f->kind;
}

enum fault_kind
posture_fetch_curl(struct posture_fetch *fetch, struct span host,
    const struct ipaddr *addresses, size_t n, struct arena *a,
    struct posture_fetched *out, struct fault *f)
{
	static const char format[] = FETCH_FORMAT;
	const char *const flags[] = { "-q", "-sS", "--proto", "=https",
	    "--tlsv1.2", "--max-time", FETCH_SECONDS, "--noproxy", "*", "-o",
	    "-", "-w", format, "--resolve" };
	const size_t nflags = sizeof(flags) / sizeof(flags[0]);
	char *argv[sizeof(flags) / sizeof(flags[0]) + 4];
	struct buf b;

	*out = (struct posture_fetched){ .as = POSTURE_FETCH_FAILED };
	argv[0] = arena_str(a, span_of(fetch->program));
	for (size_t i = 0; i < nflags; i++)
		argv[i + 1] = arena_str(a, span_of(flags[i]));
	buf_init(&b, 8192);
	fetch_resolve(host, addresses, n, &b);
	argv[nflags + 1] = arena_str(a, buf_span(&b));
	buf_reset(&b);
	buf_addf(&b, "https://%.*s/.well-known/mta-sts.txt", SPAN_ARG(host));
	argv[nflags + 2] = arena_str(a, buf_span(&b));
	argv[nflags + 3] = NULL;
	buf_free(&b);
	for (size_t i = 0; i < nflags + 3; i++)
		if (argv[i] == NULL)
			return fault_nomem(f);
	return fetch_run(fetch, argv, a, out, f);
}
