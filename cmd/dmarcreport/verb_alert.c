/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/out.h"
#include "cli/value.h"
#include "dmarcreport/alert.h"
#include "dmarcreport/show.h"
#include "dmarcreport/verb_alert_cli.h"
#include "dmarcreport/verb_alert_options.h"

#define NAME "dmarcreport alert"
#define ALERT_ARENA ((size_t)256 << 20)

static enum fault_kind
take_number(struct alerting *s, const char *name, const char *value,
    struct fault *f)
{
	if (strcmp(name, "window") == 0)
		return dmarcreport_number(name, value, 1, 365, &s->window, f);
	if (strcmp(name, "base") == 0)
		return dmarcreport_number(name, value, 1, 3650, &s->base, f);
	if (strcmp(name, "min") == 0)
		return dmarcreport_number(name, value, 1, UINT32_MAX, &s->min,
		    f);
	if (strcmp(name, "drop") == 0)
		return dmarcreport_number(name, value, 0, 100, &s->drop, f);
	if (strcmp(name, "floor") != 0)
		return cli_untaken(name, f);
	s->has_floor = true;
	return dmarcreport_number(name, value, 0, 100, &s->floor, f);
}

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct alerting *s = state;
	bool taken;

	if (dmarcreport_option(&s->common, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	if (strcmp(name, "output") == 0) {
		s->json = strcmp(value, "json") == 0;
		if (!s->json && strcmp(value, "text") != 0)
			return fault_set(f, FAULT_USAGE,
			    "--output=%s: not one of text json", value);
	} else if (strcmp(name, "domain") == 0) {
		s->config.domain = span_of(value);
	} else if (strcmp(name, "trust") == 0) {
		return show_trust(value, &s->config.trust, f);
	} else if (strcmp(name, "ack") == 0) {
		if (s->nacks == ALERTING_ACKS)
			return fault_set(f, FAULT_USAGE,
			    "--ack: given too often");
		s->acks[s->nacks++] = value;
	} else if (strcmp(name, "nagios") == 0) {
		s->nagios = true;
	} else {
		return take_number(s, name, value, f);
	}
	return FAULT_NONE;
}

static const char *const repeatable[] = { "zone", "nameserver", "ack", NULL };

static const struct plain_tool tool = {
	.name = NAME,
	.options = dmarcreport_alert_options,
	.shorts = dmarcreport_alert_shorts,
	.text = FRONT_TEXT(dmarcreport_alert),
	.repeatable = repeatable,
	.option = take_option,
};

static enum fault_kind
look(struct alerting *s, struct report_store *store, struct arena *a,
    struct buf *b, int *status, struct fault *f)
{
	for (size_t i = 0; i < s->nacks; i++)
		if (alerting_ack(store, s->acks[i], s->config.now, f) !=
		    FAULT_NONE)
			return f->kind;
	if (report_alerts(store, &s->config, a, &s->alerts, f) != FAULT_NONE ||
	    report_alerts_keep(store, s->config.now, &s->alerts, f) !=
	    FAULT_NONE)
		return f->kind;
	*status = s->alerts.data ? 0 : 6;
	if (s->nagios) {
		*status = alerting_nagios(s, b);
		return FAULT_NONE;
	}
	for (size_t i = 0; i < s->alerts.count; i++) {
		const struct alert *x = &s->alerts.list[i];

		if (x->acked || !x->fresh)
			continue;
		alerting_print(s, x, b);
		*status = 1;
	}
	return FAULT_NONE;
}

static enum fault_kind
run(struct alerting *s, int *status, struct fault *f)
{
	struct report_store *store = NULL;
	struct dns *dns = NULL;
	struct arena a;
	struct buf b;
	struct out o;

	arena_init(&a, ALERT_ARENA);
	buf_init(&b, (size_t)4 << 20);
	s->config.now = dmarcreport_now(&s->common);
	s->config.window = (int64_t)s->window;
	s->config.base = (int64_t)s->base;
	s->config.min = (int64_t)s->min;
	s->config.drop = (int64_t)s->drop;
	s->config.floor = s->has_floor ? (int64_t)s->floor : -1;
	if ((!s->common.asked.offline || s->common.asked.nzones > 0) &&
	    dmarcreport_dns(&s->common, &dns, f) != FAULT_NONE)
		goto out;
	s->config.dns = dns;
	if (dmarcreport_store(&s->common, false, &store, f) == FAULT_NONE &&
	    report_store_begin(store, true, f) == FAULT_NONE &&
	    look(s, store, &a, &b, status, f) == FAULT_NONE &&
	    buf_check(&b, f) == FAULT_NONE) {
		/* Printed first: what nobody saw is not remembered. */
		out_init(&o, STDOUT_FILENO, "standard output");
		out_addspan(&o, buf_span(&b));
		if (out_close(&o, f) == FAULT_NONE)
			(void)report_store_commit(store, f);
	}
out:
	report_store_close(store);
	dns_close(dns);
	buf_free(&b);
	arena_free(&a);
	return f->kind;
}

int
dmarcreport_alert(int argc, char **argv)
{
	struct alerting *s = calloc(1, sizeof(*s));
	struct fault f = { .kind = FAULT_NONE };
	int first = 0, status = 0;
	bool done = false;

	if (s == NULL) {
		(void)fault_nomem(&f);
		return plain_fail(NAME, &f);
	}
	s->common = (struct dmarcreport_common){ .name = NAME, .now = -1 };
	s->window = 1;
	s->base = 30;
	s->min = 10;
	s->drop = 5;
	s->config.trust = REPORT_UNCHECKED;
	if (plain_parse(&tool, s, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done && first < argc)
		(void)fault_set(&f, FAULT_USAGE, "no operands, please");
	if (f.kind == FAULT_NONE && !done)
		(void)run(s, &status, &f);
	if (f.kind != FAULT_NONE) {
		status = plain_fail(NAME, &f);
		if (s->nagios && f.kind != FAULT_USAGE)
			status = 3;
	}
	dmarcreport_free(&s->common);
	free(s);
	return status;
}
