/* SPDX-License-Identifier: ISC */
/* The options that go with --mail, and what a mail server is told. */
#include <string.h>

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
	else if (strcmp(name, "offline") == 0)
		m->offline = true;
	else if (strcmp(name, "mail-from") == 0)
		m->mail_from = value;
	else if (strcmp(name, "zone") == 0) {
		if (m->zones == JITGRANT_DNS)
			return fault_set(f, FAULT_USAGE,
			    "--zone: given too often");
		m->zone[m->zones++] = value;
	} else if (strcmp(name, "nameserver") == 0) {
		if (m->servers == JITGRANT_DNS || !dns_server_parse(
		    span_of(value), &m->server[m->servers++]))
			return fault_set(f, FAULT_USAGE, "--nameserver=%s: "
			    "not IP, IP:PORT or [IPv6]:PORT", value);
	} else
		*taken = false;
	return f->kind;
}

enum fault_kind
jitgrant_mail_usage(const struct jitgrant *g, struct fault *f)
{
	const struct jitgrant_mail *m = &g->mail;

	if (!m->on && (m->mta || m->offline || m->mail_from != NULL ||
	    m->zones + m->servers > 0))
		return fault_set(f, FAULT_USAGE, "--mta, --mail-from, "
		    "--zone, --nameserver and --offline go with --mail");
	if (m->on && (g->ask.id != NULL || g->ask.shorten != NULL ||
	    g->ask.kind != NULL || g->ask.resource != NULL ||
	    g->ask.duration != NULL || g->ask.uses != NULL ||
	    g->ask.reason != NULL || g->ask.start != NULL ||
	    g->ask.break_glass != NULL || g->ask.limits > 0))
		return fault_set(f, FAULT_USAGE, "--mail takes all else "
		    "from the mail");
	if (m->on && g->socket != NULL && (m->offline ||
	    m->zones + m->servers > 0))
		return fault_set(f, FAULT_USAGE, "--zone, --nameserver and "
		    "--offline are of jitgrant serve, behind a socket");
	return FAULT_NONE;
}

void
jitgrant_mail_misused(struct jitgrant *g, int argc, char **argv,
    const struct fault *why)
{
	struct jit j = { .store = NULL };
	struct fault f = { .kind = FAULT_NONE };

	/* What stands behind the slip was not read. */
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
