/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "cli/plain.h"
#include "cli/value.h"
#include "dmarcreport/make.h"
#include "dmarcreport/verb_make_cli.h"
#include "dmarcreport/verb_make_options.h"
#include "dns/idna.h"
#include "report/fold.h"
#include "report/make.h"

#define NAME "dmarcreport make"
#define DAY INT64_C(86400)

static enum fault_kind
take_day(struct make *k, const char *value, struct fault *f)
{
	char text[NUM_RFC3339_LEN];
	int64_t t;

	(void)snprintf(text, sizeof(text), "%sT00:00:00Z", value);
	if (strlen(value) != 10 || !num_time(span_of(text), &t))
		return fault_set(f, FAULT_USAGE, "--day=%s: not YYYY-MM-DD",
		    value);
	k->maker.day = t / DAY;
	return FAULT_NONE;
}

static enum fault_kind
take_dialect(struct make *k, const char *value, struct fault *f)
{
	k->maker.dialect = REPORT_RFC9990;
	if (strcmp(value, "rfc7489") == 0)
		k->maker.dialect = REPORT_RFC7489;
	else if (strcmp(value, "rfc9990") != 0)
		return fault_set(f, FAULT_USAGE,
		    "--dialect=%s: not rfc9990 or rfc7489", value);
	return FAULT_NONE;
}

static enum fault_kind
take_option(void *state, const char *name, const char *value,
    struct fault *f)
{
	struct make *k = state;
	const struct {
		const char *name;
		struct span *to;
	} texts[] = { { "from", &k->maker.from },
	    { "receiver", &k->maker.receiver }, { "org", &k->maker.org },
	    { "email", &k->maker.email }, { "contact", &k->maker.contact },
	    { "domain", &k->maker.domain } };
	bool taken;

	if (dmarcreport_option(&k->common, name, value, &taken, f) !=
	    FAULT_NONE || taken)
		return f->kind;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (strcmp(name, texts[i].name) != 0)
			continue;
		*texts[i].to = span_of(value);
		return FAULT_NONE;
	}
	if (strcmp(name, "day") == 0)
		return take_day(k, value, f);
	if (strcmp(name, "dialect") == 0)
		return take_dialect(k, value, f);
	if (strcmp(name, "unknown-per-day") == 0)
		return dmarcreport_number(name, value, 0, 1000000000,
		    &k->maker.unknown_per_day, f);
	if (strcmp(name, "stdout") != 0)
		return cli_untaken(name, f);
	k->to_stdout = true;
	return FAULT_NONE;
}

static const char *const repeatable[] = { "zone", "nameserver", NULL };

static const struct plain_tool tool = {
	.name = NAME,
	.options = dmarcreport_make_options,
	.shorts = dmarcreport_make_shorts,
	.text = FRONT_TEXT(dmarcreport_make),
	.repeatable = repeatable,
	.option = take_option,
};

static void
say_failed(void *arg, const struct report_due *due, const struct fault *f)
{
	(void)arg;
	front_say(NAME, "%.*s: not made: %s", SPAN_ARG(due->policy_domain),
	    f->text);
}

static void
say_sum(const struct make *k, const struct report_folded *folded,
    const struct report_make_sum *sum)
{
	if (!k->common.quiet && folded->torn > 0)
		front_say(NAME, "%llu torn lines in the spool do not count",
		    (unsigned long long)folded->torn);
	if (!k->common.quiet && sum->limited > 0)
		front_say(NAME, "%llu reports were not made: "
		    "--unknown-per-day", (unsigned long long)sum->limited);
	if (!k->common.verbose)
		return;
	front_say(NAME, "folded %llu lines of %llu files, %llu counted "
	    "before", (unsigned long long)folded->lines,
	    (unsigned long long)folded->files,
	    (unsigned long long)folded->duplicates);
	front_say(NAME, "made %llu reports; %llu would be about reports alone,"
	    " %llu have no address", (unsigned long long)sum->reports,
	    (unsigned long long)sum->optional,
	    (unsigned long long)sum->nobody);
}

static enum fault_kind
make_run(struct make *k, bool *some_failed, struct fault *f)
{
	struct report_folded folded;
	struct report_make_sum sum;

	k->maker.now = dmarcreport_now(&k->common);
	if (report_maker_check(&k->maker, &k->arena, f) != FAULT_NONE)
		return f->kind;
	if (k->maker.domain.p != NULL && idna_name(k->maker.domain,
	    &k->arena, &k->maker.domain, "domain", f) != FAULT_NONE)
		return f->kind;
	if (k->to_stdout && (k->maker.domain.p == NULL || k->maker.day < 0))
		return fault_set(f, FAULT_USAGE,
		    "--stdout needs --domain and --day");
	if (dmarcreport_home(&k->common, &k->maker.home, f) != FAULT_NONE ||
	    dmarcreport_store(&k->common, true, &k->store, f) != FAULT_NONE)
		return f->kind;
	dmarcreport_make_warn(k);
	if (report_fold(k->store, k->maker.home, k->maker.now, &folded, f) !=
	    FAULT_NONE || report_make(k->store, &k->maker, &sum, f) !=
	    FAULT_NONE)
		return f->kind;
	say_sum(k, &folded, &sum);
	*some_failed = sum.failed > 0;
	return k->to_stdout ? dmarcreport_make_print(k, f) : FAULT_NONE;
}

int
dmarcreport_make(int argc, char **argv)
{
	struct make k = { .common = { .name = NAME, .now = -1 },
	    .maker = { .day = -1, .unknown_per_day = 200,
	    .dialect = REPORT_RFC9990, .failed = say_failed } };
	struct fault f = { .kind = FAULT_NONE };
	bool done, some_failed = false;
	int first = 0;

	arena_init(&k.arena, 16 * 1024 * 1024);
	if (plain_parse(&tool, &k, argc, argv, &first, &done, &f) ==
	    FAULT_NONE && !done) {
		if (first < argc)
			(void)fault_set(&f, FAULT_USAGE,
			    "no operands, please");
		else
			(void)make_run(&k, &some_failed, &f);
	}
	report_store_close(k.store);
	dmarcreport_free(&k.common);
	arena_free(&k.arena);
	if (f.kind != FAULT_NONE)
		return plain_fail(NAME, &f);
	return some_failed ? 1 : 0;
}
