/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/out.h"
#include "cli/plain.h"
#include "cli/value.h"
#include "dns/domain.h"
#include "dkimsign/dkimsign.h"

#define NAME "dkimsign"

/* Every failure is "try again" to a mail server: other codes bounce. */
static int
give_up(const struct dkimsign *d, const struct fault *f)
{
	int status = plain_fail(NAME, f);

	if (d->decision != 0)
		status = d->decision;
	return d->filter ? (int)FAULT_TEMP : status;
}

/*
 * Without the DNS nobody knows an Organizational Domain; but names without
 * two labels in common have none, since what stands above is a public suffix.
 */
static bool
unaligned(const struct signing_warnings *w)
{
	for (size_t i = 0; i < w->ndomains; i++)
		if (domain_shares(w->domains[i], w->author, 2))
			return false;
	return w->author.len > 0 && w->ndomains > 0;
}

static void
warn(const struct dkimsign *d, const struct signing *s)
{
	struct signing_warnings w;
	struct span rest, line;

	signing_warn(s, &w);
	if (!d->quiet && w.long_line)
		front_say(NAME, "warning: a line of over 998 octets");
	if (!d->quiet && w.no_date)
		front_say(NAME, "warning: no Date field");
	if (!d->quiet && w.no_message_id)
		front_say(NAME, "warning: no Message-ID field");
	if (!d->quiet && unaligned(&w))
		front_say(NAME, "warning: d=%.*s is not aligned with the From "
		    "domain %.*s: for DMARC it does not count",
		    SPAN_ARG(w.domains[0]), SPAN_ARG(w.author));
	if (d->verbose && w.dropped > 0)
		front_say(NAME, "signed before: %zu signature%s not made",
		    w.dropped, w.dropped == 1 ? "" : "s");
	rest = signing_fields(s);
	while (d->verbose && rest.len > 0) {
		(void)span_cut(rest, '\n', &line, &rest);
		front_say(NAME, "%.*s", SPAN_ARG(span_trim_fws(line)));
	}
}

/* Read and sign; a message that is refused may pass if that was asked for. */
static enum fault_kind
sign(const struct dkimsign *d, struct signing *s, struct fault *f)
{
	if (signing_read(s, f) == FAULT_NONE &&
	    signing_sign(s, f) == FAULT_NONE)
		return FAULT_NONE;
	if (f->kind != FAULT_DATA || !d->pass_through || !signing_refused(s))
		return f->kind;
	if (!d->quiet)
		front_say(NAME, "warning: passed unsigned: %s", f->text);
	fault_clear(f);
	return FAULT_NONE;
}

static int
run(const struct dkimsign *d)
{
	struct fault f = { .kind = FAULT_NONE };
	struct signing *s = NULL;
	struct out o;
	int status = 0;

	if (signing_open(&s, &d->config, &f) != FAULT_NONE)
		return f.kind == FAULT_USAGE ? plain_fail(NAME, &f) :
		    give_up(d, &f);
	out_init(&o, STDOUT_FILENO, "standard output");
	if (sign(d, s, &f) == FAULT_NONE) {
		warn(d, s);
		if (signing_write(s, &o, &f) == FAULT_NONE)
			(void)out_close(&o, &f);
	}
	signing_close(s);
	if (f.kind != FAULT_NONE)
		status = give_up(d, &f);
	return status;
}

int
main(int argc, char **argv)
{
	static struct dkimsign d;
	struct clock clock = clock_system();
	struct fault f = { .kind = FAULT_NONE };
	int first = 0, rest = 1;
	bool done;

	while (rest < argc && strcmp(argv[rest++], "--") != 0)
		;
	d.config.sign.header_canon = d.config.sign.body_canon = DKIM_RELAXED;
	d.config.sign.now = clock_wall(&clock);
	d.config.tmpdir = cli_tmpdir();
	if (plain_parse(&dkimsign_tool, &d, argc, argv, &first, &done, &f) !=
	    FAULT_NONE)
		return plain_fail(NAME, &f);
	if (done)
		return 0;
	if (d.grant != NULL && dkimsign_recipients(&d, argc, argv, &first,
	    rest, &f) != FAULT_NONE)
		return plain_fail(NAME, &f);
	argc -= (int)d.nrecipients;
	if (argc - first > 1)
		(void)fault_set(&f, FAULT_USAGE, "one message at a time");
	else
		(void)dkimsign_ready(&d, &f);
	if (f.kind != FAULT_NONE)
		return plain_fail(NAME, &f);
	if (first < argc && strcmp(argv[first], "-") != 0)
		d.config.path = argv[first];
	return run(&d);
}
