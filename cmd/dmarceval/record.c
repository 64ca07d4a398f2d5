/* SPDX-License-Identifier: ISC */
/* dmarceval(1): --record, one line a message for aggregate reports. */
#include <string.h>

#include "base/json.h"
#include "cli/home.h"
#include "dmarceval/dmarceval.h"
#include "report/recorder.h"

#define PATH_BYTES ((size_t)4096)

enum fault_kind
dmarceval_record_option(struct dmarceval *d, const char *name,
    const char *value, bool *taken, struct fault *f)
{
	*taken = true;
	if (strcmp(name, "record") == 0) {
		d->record = true;
		d->record_where = value;
		if (value != NULL && *value == '\0')
			return fault_set(f, FAULT_USAGE, "--record=: empty");
	} else if (strcmp(name, "act") == 0) {
		d->recording = name;
		return report_site_act(&d->site, value, f);
	} else if (strcmp(name, "disposition") == 0) {
		d->recording = name;
		return report_site_disposition(&d->site, value, f);
	} else if (strcmp(name, "reason") == 0) {
		d->recording = name;
		return report_site_reason(&d->site, value, f);
	} else if (strcmp(name, "report-address") == 0) {
		d->recording = name;
		return report_site_address(&d->site, value, f);
	} else if (strcmp(name, "envelope-to") == 0) {
		d->recording = name;
		d->site.envelope_to = true;
	} else {
		*taken = false;
	}
	return FAULT_NONE;
}

/* The verdict as JSON, whatever the output is: one reading of it serves
 * both ways of recording. */
static enum fault_kind
record_verdict(const struct dmarceval_judged *j, json_t *o,
    struct report_recorder *to, struct fault *f)
{
	enum report_skip skip;
	struct report_event *event;
	bool failed = false;

	js_set(o, "time", js_int(j->mail->now), &failed);
	if (failed)
		return fault_nomem(f);
	if (dmarceval_json(j, o, f) != FAULT_NONE)
		return f->kind;
	event = arena_alloc(j->arena, sizeof(*event));
	if (event == NULL)
		return fault_nomem(f);
	if (report_event_read(o, &j->d->site, j->arena, event, &skip, f) !=
	    FAULT_NONE || skip != REPORT_TAKEN)
		return f->kind;
	return report_recorder_add(to, j->mail->now, event, f);
}

void
dmarceval_record(const struct dmarceval_judged *j)
{
	struct fault f = { .kind = FAULT_NONE };
	const char *where = j->d->record_where;
	struct report_recorder to;
	struct buf home;
	json_t *o = json_object();

	buf_init(&home, PATH_BYTES);
	if (where == NULL) {
		cli_home("report", &home);
		where = buf_str(&home);
	}
	if (o == NULL || home.nomem)
		(void)fault_nomem(&f);
	else {
		if (report_recorder_open(&to, where, false, &f) == FAULT_NONE)
			(void)record_verdict(j, o, &to, &f);
		(void)report_recorder_close(&to, &f);
	}
	/* Statistics never hold mail up. */
	if (f.kind != FAULT_NONE)
		cli_warn(j->d->cli, "not recorded: %s", f.text);
	json_decref(o);
	buf_free(&home);
}
