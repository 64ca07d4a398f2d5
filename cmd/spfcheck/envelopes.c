/* SPDX-License-Identifier: ISC */
/* Files of lines "IP SENDER HELO". */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/pool.h"
#include "spfcheck/spfcheck.h"

#define ENVELOPE_LINE ((size_t)8192)	/* the longest line */
#define ENVELOPE_CHUNK ((size_t)4096)	/* bytes of lines for one job */
#define ENVELOPE_READ ((size_t)65536)

/* A run over a file. */
struct envelopes {
	struct spfcheck_one one;
	int fd;
	struct buf read;	/* bytes not yet given to a job */
	bool end;
	bool some;		/* there was a line to judge */
	size_t line;		/* of the next job's first line */
};

/* The next word of a line. */
static struct span
envelope_word(struct span *line)
{
	size_t n = 0;
	struct span word;

	*line = span_trim_fws(*line);
	while (n < line->len && !ascii_is_wsp(line->p[n]))
		n++;
	word = span_sub(*line, 0, n);
	*line = span_sub(*line, n, line->len);
	return word;
}

/* Neither empty nor a comment? */
static bool
envelope_is_some(struct span line)
{
	line = span_trim_fws(line);
	return line.len > 0 && line.p[0] != '#';
}

static bool
envelope_parse(struct span line, struct spfcheck_envelope *e)
{
	struct span ip = envelope_word(&line);

	*e = (struct spfcheck_envelope){ .source = "file", .eol = EOL_LF };
	e->mail_from = envelope_word(&line);
	e->helo = envelope_word(&line);
	return ipaddr_parse(ip, &e->ip) && e->mail_from.len > 0 &&
	    span_trim_fws(line).len == 0;
}

static int
envelopes_line(struct envelopes *x, size_t number, struct span line,
    struct buf *out)
{
	struct spfcheck_envelope e;
	struct fault f = { 0 };
	size_t before = out->len;
	int status;

	if (!envelope_parse(line, &e)) {
		(void)fault_set(&f, FAULT_DATA,
		    "%s: line %zu is not \"IP SENDER HELO\"",
		    x->one.spfcheck->envelopes, number);
		return (int)cli_fail(x->one.spfcheck->cli, &f);
	}
	status = spfcheck_one(&x->one, &e, line, out, &f);
	if (f.kind != FAULT_NONE) {
		(void)cli_fail(x->one.spfcheck->cli, &f);
		out->len = before;
	}
	return status;
}

/* A job is the number of its first line, and lines. */
static int
envelopes_work(void *ctx, struct span job, struct buf *result)
{
	struct span line, rest;
	size_t number;
	int worst = 0;
	bool some = false;

	memcpy(&number, job.p, sizeof(number));
	rest = span_sub(job, sizeof(number), job.len);
	while (rest.len > 0) {
		(void)span_cut(rest, '\n', &line, &rest);
		if (envelope_is_some(line)) {
			int status = envelopes_line(ctx, number,
			    span_trim_fws(line), result);

			worst = some ? verdict_worse_exit(worst, status) :
			    status;
			some = true;
		}
		number++;
	}
	return worst;
}

static int
envelopes_died(void *ctx, struct span job, struct buf *result)
{
	const struct spfcheck *s = ((struct envelopes *)ctx)->one.spfcheck;
	struct fault f = { 0 };
	size_t number;

	(void)result;
	memcpy(&number, job.p, sizeof(number));
	(void)fault_set(&f, FAULT_SOFTWARE, "%s: from line %zu on: %s",
	    s->envelopes, number, reason_text(REASON_WORKER_DIED));
	return (int)cli_fail(s->cli, &f);
}

static enum fault_kind
envelopes_fill(struct envelopes *x, struct fault *f)
{
	while (!x->end && x->read.len < ENVELOPE_READ) {
		char *p = buf_room(&x->read, ENVELOPE_READ);
		ssize_t n;

		if (p == NULL)
			return buf_check(&x->read, f);
		n = read(x->fd, p, ENVELOPE_READ);
		if (n < 0 && errno != EINTR)
			return fault_errno(f, FAULT_IO, errno, "%s",
			    x->one.spfcheck->envelopes);
		x->end = n == 0;
		buf_grew(&x->read, n > 0 ? (size_t)n : 0);
	}
	return FAULT_NONE;
}

static enum fault_kind
envelopes_next(void *ctx, struct buf *job, bool *more, struct fault *f)
{
	struct envelopes *x = ctx;
	size_t take = 0;

	if (envelopes_fill(x, f) != FAULT_NONE)
		return f->kind;
	buf_add(job, &x->line, sizeof(x->line));
	while (take < x->read.len && take < ENVELOPE_CHUNK) {
		size_t n = span_find(span_sub(buf_span(&x->read), take,
		    x->read.len), '\n');

		if (n > ENVELOPE_LINE)
			return fault_set(f, FAULT_DATA, "%s: line %zu is "
			    "too long", x->one.spfcheck->envelopes, x->line);
		x->some |= envelope_is_some(span_sub(buf_span(&x->read), take,
		    n));
		take += n;
		take += take < x->read.len;
		x->line++;
	}
	*more = take > 0;
	buf_add(job, x->read.p, take);
	if (x->read.len > take)
		memmove(x->read.p, x->read.p + take, x->read.len - take);
	x->read.len -= take;
	return buf_check(job, f);
}

static enum fault_kind
envelopes_emit(void *ctx, struct span job, struct span result, int status,
    struct fault *f)
{
	struct envelopes *x = ctx;
	struct cli *cli = x->one.spfcheck->cli;

	(void)job;
	cli_exit(cli, status);
	cli_print(cli, result);
	return (*f = cli->out.fault).kind;
}

void
spfcheck_envelopes(struct spfcheck *s)
{
	const struct pool_ops ops = { .next = envelopes_next, .emit =
	    envelopes_emit, .work = envelopes_work, .died = envelopes_died };
	struct envelopes x = { .line = 1 };
	struct fault f = { 0 };
	struct dns *dns;

	spfcheck_one_init(&x.one, s);
	buf_init(&x.read, 2 * ENVELOPE_READ);
	x.fd = strcmp(s->envelopes, "-") == 0 ? STDIN_FILENO :
	    open(s->envelopes, O_RDONLY | O_CLOEXEC);
	if (x.fd < 0)
		(void)fault_errno(&f, FAULT_NOINPUT, errno, "%s",
		    s->envelopes);
	else if (cli_dns(s->cli, &dns, &f) == FAULT_NONE)
		(void)pool_run(&ops, &x, s->cli->jobs, NULL, &f);
	if (f.kind == FAULT_NONE && !x.some)
		(void)fault_set(&f, FAULT_DATA, "%s: no envelope",
		    s->envelopes);
	if (f.kind != FAULT_NONE && s->cli->out.fault.kind == FAULT_NONE)
		(void)cli_fail(s->cli, &f);
	if (x.fd > STDIN_FILENO)
		(void)close(x.fd);
	buf_free(&x.read);
	spfcheck_one_free(&x.one);
}
