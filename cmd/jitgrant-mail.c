/* SPDX-License-Identifier: ISC */
/* A mail on standard input, and the DNS to judge it by. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns_open.h"
#include "jit_mail.h"
#include "jitgrant.h"

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
	if (m->on && g->socket != NULL)
		return fault_set(f, FAULT_USAGE, "--mail opens the home "
		    "itself: it has no --socket");
	return FAULT_NONE;
}

/* The mail, and one byte more if it is too large. */
static enum fault_kind
read_mail(struct buf *b, struct fault *f)
{
	ssize_t n = 1;

	while (n != 0 && b->len <= APPROVAL_BYTES) {
		char *room = buf_room(b, 16384);

		if (room == NULL)
			return buf_check(b, f);
		n = read(STDIN_FILENO, room, 16384);
		if (n < 0 && errno != EINTR)
			return fault_errno(f, FAULT_IO, errno,
			    "standard input");
		if (n > 0)
			buf_grew(b, (size_t)n);
	}
	return FAULT_NONE;
}

enum fault_kind
jitgrant_mail_run(struct jitgrant *g, struct jit_answer *a, struct fault *f)
{
	struct jitgrant_mail *m = &g->mail;
	struct dns_config config = { .servers = m->server,
	    .server_count = m->servers, .zones = m->zone,
	    .zone_count = m->zones, .offline = m->offline,
	    .clock = clock_system() };
	struct jit_post post = { jitgrant_send, g };
	struct jit_mail mail = { .mail_from = m->mail_from,
	    .sender = secure_getenv("SENDER"),
	    .request = strcmp(g->ask.verb, "request") == 0 };
	struct jit j = { .store = NULL };
	struct buf b;
	enum fault_kind kind;

	buf_init(&b, APPROVAL_BYTES + 65536);
	kind = read_mail(&b, f);
	if (kind == FAULT_NONE)
		kind = dns_open(&config, &mail.dns, f);
	if (kind == FAULT_NONE) {
		kind = jitgrant_open(g, &j, f);
		if (kind == FAULT_NONE) {
			mail.raw = buf_span(&b);
			mail.dns->clock = &config.clock;
			mail.dns->deadline_ms = clock_mono_ms(
			    &config.clock) + 30000;
			jit_mail(&j, &mail, &post, a);
			jit_close(&j);
		}
		dns_close(mail.dns);
	}
	buf_free(&b);
	return kind;
}

int
jitgrant_mail_exit(const struct jitgrant *g, int status)
{
	if (!g->mail.mta)
		return status;
	if ((status >= 1 && status <= 8) || status == FAULT_USAGE ||
	    status == FAULT_DATA)
		return 0;
	return status == 0 ? 0 : FAULT_TEMP;
}
