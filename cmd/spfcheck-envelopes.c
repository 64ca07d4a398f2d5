/* SPDX-License-Identifier: ISC */
/* --ip and nothing else; and files of lines "IP SENDER HELO". */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bounds.h"
#include "cli_impl.h"
#include "pool.h"
#include "spfcheck.h"

#define ENVELOPE_LINE ((size_t)8192)	/* the longest line */
#define ENVELOPE_CHUNK ((size_t)4096)	/* bytes of lines for one job */
#define ENVELOPE_READ ((size_t)65536)

/* A run over a file. */
struct envelopes {
	struct spfcheck *spfcheck;
	int fd;
	struct buf read;	/* bytes not yet given to a job */
	bool end;
	size_t line;		/* of the next job's first line */
	struct arena arena;
	struct cli_verdict verdict;
};

static void
verdict_reset(struct cli_verdict *v)
{
	buf_reset(&v->text);
	buf_reset(&v->fields);
	v->result = VERDICT_TEMPERROR;
	v->exit = -1;
	v->json = NULL;
	v->results = NULL;
	v->nresults = 0;
}

/* Judge one envelope and append what is printed of it. */
static int
envelope_one(struct envelopes *x, const struct spfcheck_envelope *e,
    struct span name, struct buf *out, struct fault *f)
{
	struct spfcheck *s = x->spfcheck;
	struct cli *cli = s->cli;
	struct cli_verdict *v = &x->verdict;
	struct spfcheck_run run = { .spfcheck = s, .arena = &x->arena,
	    .now = clock_wall(&cli->clock) };

	verdict_reset(v);
	arena_reset(&x->arena);
	if (cli_dns(cli, &run.dns, f) != FAULT_NONE)
		return f->kind;
	if (cli->format == CLI_JSON && (v->json = json_object()) == NULL)
		return (int)fault_nomem(f);
	if (spfcheck_judge(&run, e, v, f) == FAULT_NONE) {
		if (cli->format == CLI_JSON) {
			(void)cli_json(cli, x->fd < 0 ? SPAN("-") :
			    span_of(s->envelopes), v, out, f);
		} else if (cli->format == CLI_HEADER) {
			struct authres ar = { .id = cli->authserv_id,
			    .count = v->nresults, .results = v->results };

			authres_format(&ar, EOL_LF, out);
			buf_addspan(out, buf_span(&v->fields));
		} else if (!cli->quiet && name.len > 0) {
			cli_prefix(name, buf_span(&v->text), out);
		} else if (!cli->quiet) {
			buf_addspan(out, buf_span(&v->text));
		}
		if (cli->syslog != NULL)
			cli_syslog(cli, name, v);
	}
	json_decref(v->json);
	if (f->kind != FAULT_NONE || buf_check(out, f) != FAULT_NONE)
		return f->kind;
	return v->exit < 0 ? verdict_exit(v->result) : v->exit;
}

static void
envelopes_init(struct envelopes *x, struct spfcheck *s)
{
	*x = (struct envelopes){ .spfcheck = s, .fd = -1, .line = 1 };
	buf_init(&x->read, 2 * ENVELOPE_READ);
	buf_init(&x->verdict.text, SIZE_MAX / 2);
	buf_init(&x->verdict.fields, SIZE_MAX / 2);
	arena_init(&x->arena, BOUND_MESSAGE_ARENA);
}

static void
envelopes_free(struct envelopes *x)
{
	buf_free(&x->read);
	buf_free(&x->verdict.text);
	buf_free(&x->verdict.fields);
	arena_free(&x->arena);
}

void
spfcheck_alone(struct spfcheck *s)
{
	struct spfcheck_envelope e = { .ip = s->ip, .helo = s->helo,
	    .mail_from = s->mail_from, .source = "option", .eol = EOL_LF };
	struct envelopes x;
	struct fault f = { 0 };
	struct buf out;
	int status;

	envelopes_init(&x, s);
	buf_init(&out, SIZE_MAX / 2);
	status = envelope_one(&x, &e, SPAN(""), &out, &f);
	if (f.kind != FAULT_NONE)
		(void)cli_fail(s->cli, &f);
	else
		cli_exit(s->cli, status);
	cli_print(s->cli, buf_span(&out));
	buf_free(&out);
	envelopes_free(&x);
}

/* ---- files ---- */

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
	int status;

	line = span_trim_fws(line);
	if (line.len == 0 || line.p[0] == '#')
		return 0;
	if (!envelope_parse(line, &e)) {
		(void)fault_set(&f, FAULT_DATA, "%s: line %zu is not \"IP "
		    "SENDER HELO\"", x->spfcheck->envelopes, number);
		return (int)cli_fail(x->spfcheck->cli, &f);
	}
	status = envelope_one(x, &e, line, out, &f);
	if (f.kind != FAULT_NONE)
		(void)cli_fail(x->spfcheck->cli, &f);
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
		line = span_trim_fws(line);
		if (line.len > 0 && line.p[0] != '#') {
			int status = envelopes_line(ctx, number, line,
			    result);

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
	struct envelopes *x = ctx;
	struct fault f = { 0 };
	size_t number;

	(void)result;
	memcpy(&number, job.p, sizeof(number));
	(void)fault_set(&f, FAULT_SOFTWARE, "%s: from line %zu on: %s",
	    x->spfcheck->envelopes, number, reason_text(REASON_WORKER_DIED));
	return (int)cli_fail(x->spfcheck->cli, &f);
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
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, FAULT_IO, errno, "%s",
			    x->spfcheck->envelopes);
		x->end = n == 0;
		buf_grew(&x->read, (size_t)n);
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
			    "too long", x->spfcheck->envelopes, x->line);
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
	struct cli *cli = x->spfcheck->cli;

	(void)job;
	cli_exit(cli, status);
	cli_print(cli, result);
	if (cli->out.fault.kind != FAULT_NONE)
		*f = cli->out.fault;
	return f->kind;
}

void
spfcheck_envelopes(struct spfcheck *s)
{
	const struct pool_ops ops = { .next = envelopes_next,
	    .work = envelopes_work, .died = envelopes_died,
	    .emit = envelopes_emit };
	struct envelopes x;
	struct fault f = { 0 };
	struct dns *dns;

	envelopes_init(&x, s);
	x.fd = strcmp(s->envelopes, "-") == 0 ? STDIN_FILENO :
	    open(s->envelopes, O_RDONLY | O_CLOEXEC);
	if (x.fd < 0)
		(void)fault_errno(&f, FAULT_NOINPUT, errno, "%s",
		    s->envelopes);
	else if (cli_dns(s->cli, &dns, &f) == FAULT_NONE)
		(void)pool_run(&ops, &x, s->cli->jobs, NULL, &f);
	if (f.kind != FAULT_NONE && s->cli->out.fault.kind == FAULT_NONE)
		(void)cli_fail(s->cli, &f);
	if (x.fd > STDIN_FILENO)
		(void)close(x.fd);
	envelopes_free(&x);
}
