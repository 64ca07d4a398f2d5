/* SPDX-License-Identifier: ISC */
/* The options that go with --mail, and what a mail server gets. */
#include <string.h>

#include "cli/value.h"
#include "jit/mail.h"
#include "jitgrant/jitgrant.h"

enum fault_kind
jitgrant_mail_option(struct jitgrant *g, const char *name, const char *value,
    bool *taken, struct fault *f)
{
	struct jitgrant_mail *m = &g->mail;

	*taken = true;
	if (strcmp(name, "mail") == 0)
		m->on = true;
	else if (strcmp(name, "mta") == 0)
		m->mta = true;
	else if (strcmp(name, "mail-from") == 0)
		m->mail_from = value;
	else
		return cli_dns_option(&m->asked, name, value, taken, f);
	return FAULT_NONE;
}

enum fault_kind
jitgrant_mail_usage(const struct jitgrant *g, struct fault *f)
{
	const struct jitgrant_mail *m = &g->mail;

	const struct jit_ask *a = &g->ask;
	bool dns = cli_dns_given(&m->asked);
	bool more = a->id != NULL || a->shorten != NULL || a->kind != NULL ||
	    a->resource != NULL || a->duration != NULL || a->uses != NULL ||
	    a->reason != NULL || a->start != NULL || a->break_glass != NULL ||
	    a->limits > 0;
	const struct cli_rule rules[] = {
		{ !m->on && (m->mta || m->mail_from != NULL || dns),
		    "--mta, --mail-from, --zone, --nameserver and --offline "
		    "go with --mail" },
		{ m->on && more, "--mail takes all else from the mail" },
		{ m->on && g->socket != NULL && dns, "--zone, --nameserver "
		    "and --offline belong to jitgrant serve, not to --socket" },
	};

	return cli_rules(rules, sizeof(rules) / sizeof(rules[0]), f);
}

void
jitgrant_mail_misused(struct jitgrant *g, int argc, char **argv,
    const struct fault *why)
{
	struct jit j = { .store = NULL };
	struct fault f = { .kind = FAULT_NONE };

	/* What stands after the slip was not read. */
	for (int i = 1; i < argc; i++) {
		g->mail.on = g->mail.on || strcmp(argv[i], "--mail") == 0;
		g->mail.mta = g->mail.mta || strcmp(argv[i], "--mta") == 0;
	}
	if (!g->mail.on || !g->mail.mta || g->socket != NULL ||
	    jitgrant_open(g, &j, &f) != FAULT_NONE)
		return;
	jit_mail_misused(&j, why->text);
	jit_close(&j);
}

int
jitgrant_mail_exit(const struct jitgrant *g, int status)
{
	if (!g->mail.mta || !g->mail.on)
		return status;
	if ((status >= 1 && status <= 8) || status == FAULT_USAGE ||
	    status == FAULT_DATA)
		return 0;
	return status == 0 ? 0 : FAULT_TEMP;
}
