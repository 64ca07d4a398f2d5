/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <unistd.h>

#include "base/out.h"
#include "dmarcreport/show.h"
#include "dmarcreport/verb_show_cli.h"
#include "dmarcreport/verb_show_options.h"
#include "report/page.h"

#define NAME "dmarcreport show"
#define OUTPUT_MAX ((size_t)64 << 20)

static enum fault_kind
take_format(struct show *s, const char *value, struct fault *f)
{
	static const char *const words[] = { "text", "json", "csv", "html",
		"prometheus" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i]) == 0) {
			s->format = (enum show_format)i;
			return FAULT_NONE;
		}
	}
	return fault_set(f, FAULT_USAGE, "--output=%s: not one of text json "
	    "csv html prometheus", value);
}

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct show *s = state;
	bool taken;

	if (dmarcreport_option(&s->common, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	if (strcmp(name, "output") == 0)
		return take_format(s, value, f);
	if (strcmp(name, "domain") == 0)
		s->filter.domain = span_of(value);
	else if (strcmp(name, "from") == 0)
		s->filter.from = span_of(value);
	else if (strcmp(name, "since") == 0)
		s->since = value;
	else if (strcmp(name, "until") == 0)
		s->until = value;
	else if (strcmp(name, "reporter") == 0)
		s->filter.reporter = span_of(value);
	else if (strcmp(name, "source") == 0)
		return show_net(name, value, &s->filter, f);
	else if (strcmp(name, "failed") == 0)
		s->filter.failed = true;
	else if (strcmp(name, "limit") == 0)
		return dmarcreport_number(name, value, 1, TABLE_ROWS,
		    &s->limit, f);
	else if (strcmp(name, "sort") == 0)
		s->sort = value;
	else if (strcmp(name, "min") == 0)
		return dmarcreport_number(name, value, 1, UINT32_MAX, &s->min,
		    f);
	else if (strcmp(name, "names") == 0)
		s->names = value;
	else if (strcmp(name, "trust") == 0) {
		s->has_trust = true;
		return show_trust(value, &s->filter.trust, f);
	} else
		return fault_set(f, FAULT_SOFTWARE, "--%s", name);
	return FAULT_NONE;
}

static const struct plain_tool tool = {
	.name = NAME,
	.options = dmarcreport_show_options,
	.shorts = dmarcreport_show_shorts,
	.text = FRONT_TEXT(dmarcreport_show),
	.option = take_option,
};

/* What all is shown of: the default for reject is the last 30 days. */
static enum fault_kind
set_period(struct show *s, const char *what, struct fault *f)
{
	int64_t now = dmarcreport_now(&s->common);

	s->filter.since = strcmp(what, "reject") == 0 ? now / 86400 - 30 : 0;
	s->filter.until = now / 86400 + 3;
	if (s->since != NULL && show_day("since", s->since, now,
	    &s->filter.since, f) != FAULT_NONE)
		return f->kind;
	if (s->until != NULL && show_day("until", s->until, now,
	    &s->filter.until, f) != FAULT_NONE)
		return f->kind;
	if (strcmp(what, "reject") == 0 && !s->has_trust)
		s->filter.trust = REPORT_UNCHECKED;
	return FAULT_NONE;
}

static enum fault_kind
show(struct show *s, const char *what, const char *id, bool *any,
    struct fault *f)
{
	struct report_store *store = NULL;
	struct buf b;
	struct out o;

	buf_init(&b, OUTPUT_MAX);
	if (set_period(s, what, f) == FAULT_NONE &&
	    dmarcreport_store(&s->common, false, &store, f) == FAULT_NONE &&
	    (s->names == NULL || show_names(s->names, store, f) ==
	    FAULT_NONE) && report_store_begin(store, false, f) ==
	    FAULT_NONE) {
		if (s->format == SHOW_HTML) {
			*any = true;
			(void)report_page(store, &s->filter,
			    dmarcreport_now(&s->common), (int64_t)s->min, &b,
			    f);
		} else if (s->format == SHOW_PROMETHEUS) {
			(void)show_prometheus(s, store, &b, any, f);
		} else {
			(void)show_view(s, store, what, id, &b, any, f);
		}
	}
	if (f->kind == FAULT_NONE && buf_check(&b, f) == FAULT_NONE) {
		out_init(&o, STDOUT_FILENO, "standard output");
		out_addspan(&o, buf_span(&b));
		(void)out_close(&o, f);
	}
	report_store_close(store);
	buf_free(&b);
	return f->kind;
}

static enum fault_kind
check_operands(const struct show *s, int n, char **operands, struct fault *f)
{
	enum report_view view;

	if (n > 0 && (s->format == SHOW_HTML || s->format ==
	    SHOW_PROMETHEUS))
		return fault_set(f, FAULT_USAGE, "-o html and -o prometheus "
		    "show all there is: no operands, please");
	if (n > 0 && !report_view_of(span_of(operands[0]), &view))
		return fault_set(f, FAULT_USAGE, "%s: not one of days "
		    "domains sources senders reporters selectors failing "
		    "overrides reject policy failures tls findings reports "
		    "report", operands[0]);
	if (n > 0 && (strcmp(operands[0], "report") == 0) != (n == 2))
		return fault_set(f, FAULT_USAGE, n > 2 || strcmp(operands[0],
		    "report") != 0 ? "one view at a time" :
		    "report needs the number or the Report-ID of one");
	return n > 2 ? fault_set(f, FAULT_USAGE, "one view at a time") :
	    FAULT_NONE;
}

int
dmarcreport_show(int argc, char **argv)
{
	struct show s = { .common = { .name = NAME, .now = -1 }, .min = 10 };
	struct fault f = { .kind = FAULT_NONE };
	int first = 0;
	bool done = false, any = false;

	if (plain_parse(&tool, &s, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done && check_operands(&s, argc - first,
	    argv + first, &f) == FAULT_NONE)
		(void)show(&s, first < argc ? argv[first] : "days",
		    first + 1 < argc ? argv[first + 1] : NULL, &any, &f);
	dmarcreport_free(&s.common);
	if (f.kind != FAULT_NONE)
		return plain_fail(NAME, &f);
	return done || any ? 0 : 6;
}
