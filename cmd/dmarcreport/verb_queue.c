/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/num.h"
#include "base/out.h"
#include "cli/plain.h"
#include "dmarcreport/dmarcreport.h"
#include "dmarcreport/verb_queue_cli.h"
#include "dmarcreport/verb_queue_options.h"
#include "report/store_send.h"

#define NAME "dmarcreport queue"

struct queue {
	struct dmarcreport_common common;
	struct report_store *store;
	bool json, failed;
	struct out out;
	struct buf line;
};

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct queue *k = state;
	bool taken;

	if (dmarcreport_option(&k->common, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	k->json = strcmp(value, "json") == 0;
	if (!k->json && strcmp(value, "text") != 0)
		return fault_set(f, FAULT_USAGE,
		    "--output=%s: not text or json", value);
	return FAULT_NONE;
}

static const struct plain_tool tool = {
	.name = NAME,
	.options = dmarcreport_queue_options,
	.shorts = dmarcreport_queue_shorts,
	.text = FRONT_TEXT(dmarcreport_queue),
	.option = take_option,
};

static void
as_text(struct queue *k, const struct report_made *m,
    const struct report_delivery *d)
{
	char begin[NUM_RFC3339_LEN], next[NUM_RFC3339_LEN];
	struct buf *b = &k->line;

	num_rfc3339(m->begin, begin);
	num_rfc3339(d->next_try, next);
	buf_addf(b, "%.10s ", begin);
	buf_addprint(b, m->policy_domain);
	buf_addc(b, ' ');
	buf_addprint(b, d->address);
	buf_addf(b, " %s tries=%lld next=%s id=%.*s",
	    report_delivery_word(d->state), (long long)d->tries,
	    d->next_try == 0 ? "now" : next, SPAN_ARG(m->report_id));
	if (d->last_reply.len > 0) {
		buf_adds(b, " last=");
		buf_addprint(b, d->last_reply);
	}
	buf_addc(b, '\n');
}

static void
as_json(struct queue *k, const struct report_made *m,
    const struct report_delivery *d)
{
	struct fault f = { .kind = FAULT_NONE };
	json_t *o = json_object();
	bool failed = o == NULL;

	js_set(o, "schema", js_str("vouchsafe/1"), &failed);
	js_set(o, "tool", js_str("dmarcreport"), &failed);
	js_set(o, "version", js_str(VOUCHSAFE_VERSION), &failed);
	js_set(o, "policy_domain", js_span(m->policy_domain), &failed);
	js_set(o, "report_id", js_span(m->report_id), &failed);
	js_set(o, "file", js_span(m->file), &failed);
	js_set(o, "begin", js_int(m->begin), &failed);
	js_set(o, "end", js_int(m->end), &failed);
	js_set(o, "uri", js_span(d->uri), &failed);
	js_set(o, "address", js_span(d->address), &failed);
	js_set(o, "state", js_str(report_delivery_word(d->state)), &failed);
	js_set(o, "consent", js_span(d->consent), &failed);
	js_set(o, "tries", js_int(d->tries), &failed);
	js_set(o, "next_try", js_int(d->next_try), &failed);
	js_set(o, "last_reply", js_span(d->last_reply), &failed);
	if (failed || js_line(o, &k->line, &f) != FAULT_NONE)
		k->failed = true;
	json_decref(o);
}

static void
print_one(void *arg, const struct report_made *m,
    const struct report_delivery *d)
{
	struct queue *k = arg;

	buf_reset(&k->line);
	if (k->json)
		as_json(k, m, d);
	else
		as_text(k, m, d);
	out_addspan(&k->out, buf_span(&k->line));
}

int
dmarcreport_queue(int argc, char **argv)
{
	struct queue k = { .common = { .name = NAME, .now = -1 } };
	struct fault f = { .kind = FAULT_NONE };
	struct arena a;
	int first = 0;
	bool done;

	arena_init(&a, 1024 * 1024);
	buf_init(&k.line, 64 * 1024);
	if (plain_parse(&tool, &k, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done) {
		out_init(&k.out, STDOUT_FILENO, "standard output");
		if (first < argc)
			(void)fault_set(&f, FAULT_USAGE,
			    "no operands, please");
		else if (dmarcreport_store(&k.common, false, &k.store, &f) ==
		    FAULT_NONE && report_store_queue(k.store, &a, print_one,
		    &k, &f) == FAULT_NONE)
			(void)out_close(&k.out, &f);
		if (f.kind == FAULT_NONE && k.failed)
			(void)fault_nomem(&f);
	}
	report_store_close(k.store);
	dmarcreport_free(&k.common);
	buf_free(&k.line);
	arena_free(&a);
	return f.kind == FAULT_NONE ? 0 : plain_fail(NAME, &f);
}
