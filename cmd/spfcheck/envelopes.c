/* SPDX-License-Identifier: ISC */
/* Files of lines "IP SENDER HELO [RECIPIENT]". */
#include <string.h>

#include "base/pool.h"
#include "spfcheck/lines.h"
#include "spfcheck/spfcheck.h"

#define ENVELOPE_LINE ((size_t)8192)	/* the longest line */
#define ENVELOPE_CHUNK ((size_t)4096)	/* bytes of lines for one job */

/* A run over a file. */
struct envelopes {
	struct spfcheck_one one;
	struct lines in;
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
	/* A recipient may follow: logs have one. */
	(void)envelope_word(&line);
	return ipaddr_parse(ip, &e->ip) && e->mail_from.len > 0 &&
	    span_trim_fws(line).len == 0;
}

/* A line that says no envelope: its own fault alone, and its own object. */
static int
envelopes_bad(struct envelopes *x, size_t number, bool large, struct buf *out)
{
	struct cli *cli = x->one.spfcheck->cli;
	const struct spfcheck_envelope none = { .reason = REASON_NO_ENVELOPE,
	    .why = "", .eol = EOL_LF };
	struct fault f = { 0 };
	size_t before = out->len;

	(void)fault_set(&f, FAULT_DATA, large ? "%s: line %zu is too long" :
	    "%s: line %zu is not \"IP SENDER HELO [RECIPIENT]\"",
	    x->one.spfcheck->envelopes, number);
	(void)cli_fail(cli, &f);
	if (cli->format != CLI_JSON)
		return FAULT_DATA;
	fault_clear(&f);
	if (spfcheck_one(&x->one, &none, SPAN(""), out, &f) != FAULT_DATA ||
	    f.kind != FAULT_NONE) {
		out->len = before;
		return (int)cli_fail(cli, &f);
	}
	return FAULT_DATA;
}

static int
envelopes_line(struct envelopes *x, size_t number, struct span line,
    struct buf *out)
{
	struct spfcheck_envelope e;
	struct fault f = { 0 };
	size_t before = out->len;
	int status;

	if (line.len > ENVELOPE_LINE || !envelope_parse(line, &e))
		return envelopes_bad(x, number, line.len > ENVELOPE_LINE, out);
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

/* Lines that are too long come with one byte more than they may have. */
static enum fault_kind
envelopes_next(void *ctx, struct buf *job, bool *more, struct fault *f)
{
	struct envelopes *x = ctx;
	size_t begin = job->len + sizeof(x->line);
	struct span line;

	*more = false;
	buf_add(job, &x->line, sizeof(x->line));
	while (job->len < begin + ENVELOPE_CHUNK) {
		if (lines_next(&x->in, ENVELOPE_LINE + 1, &line, more, f) !=
		    FAULT_NONE || !*more)
			break;
		x->some |= envelope_is_some(line);
		buf_addspan(job, line);
		buf_addc(job, '\n');
		x->line++;
	}
	*more = job->len > begin;
	return f->kind == FAULT_NONE ? buf_check(job, f) : f->kind;
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
	*f = cli->out.fault;
	return f->kind;
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
	if (lines_open(&x.in, s->envelopes, &f) == FAULT_NONE &&
	    cli_dns(s->cli, &dns, &f) == FAULT_NONE)
		(void)pool_run(&ops, &x, s->cli->jobs, NULL, &f);
	if (f.kind == FAULT_NONE && !x.some)
		(void)fault_set(&f, FAULT_DATA, "%s: no envelope",
		    s->envelopes);
	if (f.kind != FAULT_NONE && s->cli->out.fault.kind == FAULT_NONE)
		(void)cli_fail(s->cli, &f);
	lines_close(&x.in);
	spfcheck_one_free(&x.one);
}
