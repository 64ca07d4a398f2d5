/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pool.h"
#include "cli/value.h"
#include "dmarcreport/read.h"
#include "dmarcreport/verb_read_cli.h"
#include "dmarcreport/verb_read_options.h"
#include "report/limits.h"
#include "report/print.h"

#define NAME "dmarcreport read"

static enum fault_kind
take_format(struct read *r, const char *value, struct fault *f)
{
	if (strcmp(value, "text") == 0)
		r->format = READ_TEXT;
	else if (strcmp(value, "json") == 0)
		r->format = READ_JSON;
	else if (strcmp(value, "csv") == 0)
		r->format = READ_CSV;
	else
		return fault_set(f, FAULT_USAGE,
		    "--output=%s: not one of text json csv", value);
	return FAULT_NONE;
}

static enum fault_kind
take_require(struct read *r, const char *value, struct fault *f)
{
	if (strcmp(value, "verified") == 0)
		r->require = REPORT_VERIFIED;
	else if (strcmp(value, "authentic") == 0)
		r->require = REPORT_AUTHENTIC;
	else if (strcmp(value, "any") != 0)
		return fault_set(f, FAULT_USAGE,
		    "--require=%s: not one of verified authentic any", value);
	return FAULT_NONE;
}

static enum fault_kind
take_pair(struct read *r, const char *value, struct fault *f)
{
	const char *sign = strchr(value, '=');

	if (sign == NULL || sign == value || sign[1] == '\0')
		return fault_set(f, FAULT_USAGE,
		    "--reporter=%s: not AUTHOR=REPORTER", value);
	if (r->npairs == READ_PAIRS)
		return fault_set(f, FAULT_USAGE,
		    "--reporter: given too often");
	r->pairs[r->npairs++] = value;
	return FAULT_NONE;
}

static bool
take_flag(struct read *r, const char *name)
{
	struct {
		const char *name;
		bool *flag;
	} flags[] = { { "nul", &r->nul }, { "rows", &r->rows },
		{ "no-store", &r->no_store }, { "no-verify", &r->no_verify },
		{ "filter", &r->filter }, { "delete", &r->del },
		{ "replace", &r->replace } };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(name, flags[i].name) == 0) {
			*flags[i].flag = true;
			return true;
		}
	}
	return false;
}

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct read *r = state;
	bool taken;

	if (dmarcreport_option(&r->common, name, value, &taken, f) !=
	    FAULT_NONE || taken || take_flag(r, name))
		return f->kind;
	if (strcmp(name, "files-from") == 0)
		r->files_from = value;
	else if (strcmp(name, "move-to") == 0)
		r->move_to = value;
	else if (strcmp(name, "keep") == 0)
		r->keep = value;
	else if (strcmp(name, "keep-samples") == 0)
		r->samples = value;
	else if (strcmp(name, "output") == 0)
		return take_format(r, value, f);
	else if (strcmp(name, "require") == 0)
		return take_require(r, value, f);
	else if (strcmp(name, "reporter") == 0)
		return take_pair(r, value, f);
	else if (strcmp(name, "mail-from") == 0)
		r->client.mail_from = span_of(value);
	else if (strcmp(name, "helo") == 0)
		r->client.helo = span_of(value);
	else if (strcmp(name, "ip") == 0)
		return ipaddr_parse(span_of(value), &r->client.ip) ?
		    FAULT_NONE : fault_set(f, FAULT_USAGE,
		    "--ip=%s: not an IPv4 or IPv6 address", value);
	else if (strcmp(name, "jobs") == 0)
		return dmarcreport_number(name, value, 0, 1024, &r->jobs, f);
	else if (strcmp(name, "time-limit") == 0)
		return dmarcreport_number(name, value, 1, 3600, &r->limit_s,
		    f);
	else
		return cli_untaken(name, f);
	return FAULT_NONE;
}

static const char *const repeatable[] = { "zone", "nameserver", "reporter",
	NULL };

static const struct plain_tool tool = {
	.name = NAME,
	.options = dmarcreport_read_options,
	.shorts = dmarcreport_read_shorts,
	.text = FRONT_TEXT(dmarcreport_read),
	.repeatable = repeatable,
	.option = take_option,
};

static enum fault_kind
check_usage(const struct read *r, int operands, struct fault *f)
{
	bool move = r->move_to != NULL || r->del;
	bool ip = r->client.ip.family != 0;
	bool sender = r->client.mail_from.p != NULL ||
	    r->client.helo.p != NULL;
	const struct cli_rule rules[] = {
		{ r->move_to != NULL && r->del,
		    "--move-to and --delete exclude each other" },
		{ r->no_store && (move || r->replace), "--no-store goes with "
		    "none of --move-to --delete --replace" },
		{ r->filter && (operands > 0 || r->files_from != NULL || move),
		    "--filter takes one mail on standard input and nothing "
		    "else" },
		{ r->filter && r->jobs > 1,
		    "--filter takes one mail: no --jobs" },
		{ !ip && sender, "--mail-from and --helo need --ip" },
		{ ip && !sender, "--ip needs --mail-from or --helo" },
		{ r->rows && (r->format == READ_TEXT ||
		    r->format == READ_SILENT),
		    "--rows goes with -o json or -o csv" },
	};

	return cli_rules(rules, sizeof(rules) / sizeof(rules[0]), f);
}

static enum fault_kind
run(struct read *r, char **operands, int n, struct fault *f)
{
	if (r->jobs == 0)
		r->jobs = pool_processors();
	r->clock = clock_system();
	r->reader = (struct report_reader){ .clock = &r->clock, .state = r,
	    .now = dmarcreport_now(&r->common), .require = r->require,
	    .dns_ms = (int64_t)r->limit_s * 1000, .client = &r->client,
	    .replace = r->replace,
	    .tmp = cli_tmpdir(),
	    .pairs = r->pairs, .npairs = r->npairs, .begin = read_begin,
	    .row = r->format == READ_JSON || r->format == READ_CSV ?
	    read_row : NULL, .item = read_item,
	    .sample = r->samples != NULL ? read_sample : NULL };
	if (r->no_store && r->format == READ_SILENT)
		r->format = READ_TEXT;
	spool_init(&r->flat, REPORT_SPOOL_MEMORY, r->reader.tmp);
	spool_init(&r->sample, REPORT_SPOOL_MEMORY, r->reader.tmp);
	out_init(&r->out, STDOUT_FILENO, "standard output");
	if (r->format == READ_CSV)
		out_adds(&r->out, print_csv_header);
	if (dmarcreport_home(&r->common, &r->home, f) == FAULT_NONE)
		(void)read_run(r, operands, (size_t)n, f);
	if (f->kind == FAULT_NONE)
		(void)out_close(&r->out, f);
	report_store_close(r->store);
	spool_free(&r->flat);
	spool_free(&r->sample);
	dns_close(r->dns);
	return f->kind;
}

int
dmarcreport_read(int argc, char **argv)
{
	struct read *r = calloc(1, sizeof(*r));
	struct fault f = { .kind = FAULT_NONE };
	int first = 0, status;
	bool done = false;

	if (r == NULL) {
		(void)fault_nomem(&f);
		return plain_fail(NAME, &f);
	}
	r->common = (struct dmarcreport_common){ .name = NAME, .now = -1 };
	r->limit_s = 20;
	r->jobs = 1;
	if (plain_parse(&tool, r, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done && check_usage(r, argc - first, &f) ==
	    FAULT_NONE)
		(void)run(r, argv + first, argc - first, &f);
	status = r->exit;
	if (f.kind != FAULT_NONE) {
		status = plain_fail(NAME, &f);
		/* An MDA bounces on other codes. */
		if (r->filter && f.kind != FAULT_USAGE)
			status = FAULT_TEMP;
	}
	dmarcreport_free(&r->common);
	free(r);
	return status;
}
