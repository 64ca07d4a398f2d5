/* SPDX-License-Identifier: ISC */
/* What goes beside the output: DNS traffic, progress, the system's log. */
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "cli/cli_impl.h"

#define CLI_BAR 40		/* cells of the bar */
#define CLI_REDRAW_MS 100

/* A line of stderr as a whole; if it fails, nobody is there to know. */
static void
cli_stderr(struct buf *b)
{
	if (!b->nomem && !b->full && b->len > 0 &&
	    write(STDERR_FILENO, b->p, b->len) < 0)
		b->nomem = true;
	buf_free(b);
}

/* A record's data as text. */
static void
cli_record(const struct dns_record *r, enum dns_type type, struct buf *b)
{
	buf_addc(b, ' ');
	if (type == DNS_A || type == DNS_AAAA) {
		ipaddr_format(&r->addr, b);
		return;
	}
	if (type == DNS_MX)
		buf_addf(b, "%u ", r->preference);
	if (type == DNS_TXT)
		buf_addc(b, '"');
	buf_addprint(b, r->text);
	if (type == DNS_TXT)
		buf_addc(b, '"');
}

void
cli_trace(void *state, struct span name, enum dns_type type,
    const struct dns_answer *answer)
{
	const struct cli *cli = state;
	struct buf b;

	buf_init(&b, 256 * 1024);
	buf_addf(&b, "%s: dns: %s ", cli->tool->name, dns_type_word(type));
	buf_addprint(&b, name);
	buf_addf(&b, ": %s%s%s", dns_outcome_word(answer),
	    answer->authentic ? " (authentic)" : "",
	    answer->cached ? " (cached)" : "");
	for (size_t i = 0; i < answer->count; i++)
		cli_record(&answer->records[i], type, &b);
	buf_addc(&b, '\n');
	cli_stderr(&b);
}

static int
cli_facility(const char *name)
{
	if (strcmp(name, "daemon") == 0)
		return LOG_DAEMON;
	if (strcmp(name, "user") == 0)
		return LOG_USER;
	if (strcmp(name, "auth") == 0)
		return LOG_AUTH;
	if (strncmp(name, "local", 5) == 0)
		return LOG_LOCAL0 + ((name[5] - '0') << 3);
	return LOG_MAIL;
}

void
cli_log(const struct cli *cli, const char *line)
{
	openlog(cli->tool->name, LOG_PID, cli_facility(cli->syslog));
	syslog(LOG_INFO, "%s", line);
}

void
cli_syslog(const struct cli *cli, struct span file,
    const struct cli_verdict *v)
{
	struct span text = buf_span(&v->text), line;
	struct buf b;

	buf_init(&b, 4096);
	buf_addprint(&b, file);
	buf_addf(&b, ": %s", verdict_word(v->result));
	while (text.len > 0) {
		(void)span_cut(text, '\n', &line, &text);
		buf_adds(&b, "; ");
		buf_addprint(&b, line);
	}
	cli_log(cli, buf_str(&b));
	buf_free(&b);
}

void
cli_progress_start(struct cli *cli)
{
	const struct input_config config = { .operands = cli->operands,
	    .noperands = cli->noperands, .files_from = cli->files_from,
	    .nul = cli->nul };
	struct input *in;
	struct input_item item;
	struct fault f = { 0 };
	bool more = true;

	/* What comes from standard input cannot be read twice. */
	if (cli->noperands == 0 && cli->files_from == NULL)
		return;
	if (cli->files_from != NULL && strcmp(cli->files_from, "-") == 0)
		return;
	for (size_t i = 0; i < cli->noperands; i++)
		if (strcmp(cli->operands[i], "-") == 0)
			return;
	if (input_open(&in, &config, &f) != FAULT_NONE)
		return;
	while (input_next(in, &item, &more, &f) == FAULT_NONE && more)
		cli->total++;
	input_close(in);
}

void
cli_progress(struct cli *cli, size_t done, bool last)
{
	int64_t now = clock_mono_ms(&cli->clock);
	size_t cells;
	struct buf b;

	if (last)
		done = cli->total;
	if (!last && now - cli->drawn < CLI_REDRAW_MS)
		return;
	cli->drawn = now;
	buf_init(&b, 256);
	if (cli->total > 0) {
		cells = done >= cli->total ? CLI_BAR :
		    done * CLI_BAR / cli->total;
		buf_adds(&b, "\r[");
		for (size_t i = 0; i < CLI_BAR; i++)
			buf_addc(&b, i < cells ? '#' : '.');
		buf_addf(&b, "] %zu/%zu", done, cli->total);
	} else if (!last)
		buf_addf(&b, "\r%zu messages", done);
	if (last)
		buf_addc(&b, '\n');
	cli_stderr(&b);
}
