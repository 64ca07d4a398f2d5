/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/plain.h"
#include "cli/value.h"
#include "dmarcreport/dmarcreport.h"
#include "dmarcreport/verb_record_cli.h"
#include "dmarcreport/verb_record_options.h"
#include "mail/verdict.h"
#include "report/recorder.h"

#define NAME "dmarcreport record"
/* One verdict: 10 signatures with their header lists take a few KiB. */
#define VERDICT_MAX ((size_t)1024 * 1024)

struct record {
	struct dmarcreport_common common;
	struct report_site site;
	const char *socket;
	bool accept, sync;
	int status;		/* of lines that are none */
	uint64_t taken, skipped[REPORT_SKIPS];
	struct report_recorder to;
	struct report_event event;
};

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct record *r = state;
	bool taken;

	if (dmarcreport_option(&r->common, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	if (strcmp(name, "act") == 0)
		return report_site_act(&r->site, value, f);
	if (strcmp(name, "disposition") == 0)
		return report_site_disposition(&r->site, value, f);
	if (strcmp(name, "reason") == 0)
		return report_site_reason(&r->site, value, f);
	if (strcmp(name, "report-address") == 0)
		return report_site_address(&r->site, value, f);
	if (strcmp(name, "socket") == 0)
		r->socket = value;
	else if (strcmp(name, "envelope-to") == 0)
		r->site.envelope_to = true;
	else if (strcmp(name, "accept") == 0)
		r->accept = true;
	else if (strcmp(name, "sync") == 0)
		r->sync = true;
	else
		return cli_untaken(name, f);
	return FAULT_NONE;
}

static const char *const repeatable[] = { "reason", "report-address", NULL };

static const struct plain_tool tool = {
	.name = NAME,
	.options = dmarcreport_record_options,
	.shorts = dmarcreport_record_shorts,
	.text = FRONT_TEXT(dmarcreport_record),
	.repeatable = repeatable,
	.option = take_option,
};

/* Not a verdict: said, and the next line is read. */
static void
refuse(struct record *r, uint64_t number, const char *why)
{
	if (!r->common.quiet)
		front_say(NAME, "line %llu: %s", (unsigned long long)number,
		    why);
	r->status = FAULT_DATA;
}

static enum fault_kind
record_line(struct record *r, struct span line, uint64_t number,
    struct fault *f)
{
	enum report_skip skip = REPORT_SKIP_INVALID;
	struct arena a;
	json_error_t error;
	json_t *o;

	if (span_trim_fws(line).len == 0)
		return FAULT_NONE;
	o = json_loadb(line.p, line.len, JSON_REJECT_DUPLICATES, &error);
	arena_init(&a, 4 * VERDICT_MAX);
	if (o == NULL)
		refuse(r, number, "not JSON");
	else if (report_event_read(o, &r->site, &a, &r->event, &skip, f) ==
	    FAULT_NONE) {
		r->skipped[skip]++;
		if (skip == REPORT_TAKEN) {
			(void)report_recorder_add(&r->to,
			    dmarcreport_now(&r->common), &r->event, f);
			r->taken += f->kind == FAULT_NONE;
		} else if (skip == REPORT_SKIP_INVALID) {
			refuse(r, number, "not a verdict of dmarceval");
		}
	}
	json_decref(o);
	arena_free(&a);
	return f->kind;
}

/* Each line as soon as it is there: what was read and not yet written would
 * be lost with us. */
static enum fault_kind
record_all(struct record *r, struct buf *b, struct fault *f)
{
	uint64_t number = 0;
	ssize_t n = 1;

	while (n > 0) {
		struct span rest = buf_span(b), line;
		char *room;

		while (span_find(rest, '\n') < rest.len) {
			(void)span_cut(rest, '\n', &line, &rest);
			if (record_line(r, line, ++number, f) != FAULT_NONE)
				return f->kind;
		}
		if (rest.len > 0 && rest.p != b->p)
			memmove(b->p, rest.p, rest.len);
		b->len = rest.len;
		room = buf_room(b, 65536);
		if (room == NULL)
			return fault_set(f, FAULT_DATA,
			    "line %llu: too long",
			    (unsigned long long)number + 1);
		n = read(STDIN_FILENO, room, 65536);
		if (n > 0)
			buf_grew(b, (size_t)n);
		else if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return fault_errno(f, FAULT_IO, errno,
			    "standard input");
	}
	return record_line(r, buf_span(b), number + 1, f);
}

static void
say_counts(const struct record *r)
{
	if (!r->common.verbose)
		return;
	front_say(NAME, "%llu recorded", (unsigned long long)r->taken);
	for (size_t i = 1; i < REPORT_SKIPS; i++)
		if (r->skipped[i] > 0)
			front_say(NAME, "%llu not recorded: %s",
			    (unsigned long long)r->skipped[i],
			    report_skip_word((enum report_skip)i));
}

static enum fault_kind
record_run(struct record *r, struct fault *f)
{
	const char *where = r->socket;
	struct buf b;

	if (where == NULL && dmarcreport_home(&r->common, &where, f) !=
	    FAULT_NONE)
		return f->kind;
	if (r->accept)
		return report_recorder_serve(STDIN_FILENO, where, r->sync,
		    dmarcreport_now(&r->common), f);
	buf_init(&b, VERDICT_MAX + 65536);
	if ((r->socket != NULL ? report_recorder_connect(&r->to, where, f) :
	    report_recorder_open(&r->to, where, r->sync, f)) == FAULT_NONE)
		(void)record_all(r, &b, f);
	(void)report_recorder_close(&r->to, f);
	buf_free(&b);
	say_counts(r);
	return f->kind;
}

int
dmarcreport_record(int argc, char **argv)
{
	struct record r = { .common = { .name = NAME, .now = -1 } };
	struct fault f = { .kind = FAULT_NONE };
	int first = 0;
	bool done;

	if (plain_parse(&tool, &r, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done) {
		if (first < argc)
			(void)fault_set(&f, FAULT_USAGE,
			    "no operands, please");
		else if (r.socket != NULL && r.accept)
			(void)fault_set(&f, FAULT_USAGE,
			    "--socket and --accept do not go together");
		else
			(void)record_run(&r, &f);
	}
	dmarcreport_free(&r.common);
	return verdict_worse_exit(r.status, f.kind == FAULT_NONE ? 0 :
	    plain_fail(NAME, &f));
}
