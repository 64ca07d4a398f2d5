/* SPDX-License-Identifier: ISC */
/* dmarceval(1): domains instead of messages, --lint and --lookup. */
#include <fcntl.h>
#include <unistd.h>

#include "bounds.h"
#include "dmarc_lint.h"
#include "dmarc_lookup.h"
#include "dmarceval.h"
#include "domain.h"
#include "idna.h"
#include "js.h"

#define BASELINE_MAX ((size_t)64 * 1024 * 1024)
#define OUTPUT_MAX ((size_t)256 * 1024 * 1024)

enum fault_kind
dmarceval_baseline(struct dmarceval *d, const char *path, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct buf b;
	ssize_t n = 1;
	char *room;

	if (fd < 0)
		return fault_set(f, FAULT_NOINPUT, "%s: cannot open", path);
	buf_init(&b, BASELINE_MAX);
	while (n > 0 && (room = buf_room(&b, 65536)) != NULL) {
		n = read(fd, room, 65536);
		if (n > 0)
			buf_grew(&b, (size_t)n);
	}
	(void)close(fd);
	if (n < 0)
		(void)fault_set(f, FAULT_IO, "%s: cannot read", path);
	else if (buf_check(&b, f) == FAULT_NONE)
		(void)lint_filter_baseline(&d->filter, buf_span(&b), f);
	buf_free(&b);
	return fault_context(f, "--baseline");
}

/* --lookup in one of the formats. */
static enum fault_kind
show_lookup(struct cli *cli, const struct dmarc_lookup *lookup,
    struct buf *b, struct fault *f)
{
	json_t *o;
	bool failed = false;
	enum fault_kind k;

	if (cli->format != CLI_JSON) {
		if (!cli->quiet)
			dmarc_lookup_text(lookup, b);
		return FAULT_NONE;
	}
	o = json_object();
	js_set(o, "schema", js_str("vouchsafe/1"), &failed);
	js_set(o, "tool", js_str("dmarceval"), &failed);
	js_set(o, "version", js_str(VOUCHSAFE_VERSION), &failed);
	js_set(o, "time", js_int(clock_wall(&cli->clock)), &failed);
	js_set(o, "lookup", dmarc_lookup_json(lookup), &failed);
	k = o == NULL || failed ? fault_nomem(f) : js_line(o, b, f);
	json_decref(o);
	return k;
}

/* Findings in one of the formats; n counts domains from 1. */
static enum fault_kind
show_findings(struct cli *cli, const struct lint *lint,
    const struct dmarc_lookup *lookup, size_t n, struct buf *b,
    struct fault *f)
{
	json_t *facts;

	switch (cli->format) {
	case CLI_TEXT:
	case CLI_HEADER:
	case CLI_MESSAGE:
		if (!cli->quiet)
			lint_text(lint, b);
		break;
	case CLI_JSON:
		facts = dmarc_lookup_json(lookup);
		if (facts == NULL)
			return fault_nomem(f);
		return lint_json(lint, "dmarceval",
		    clock_wall(&cli->clock), facts, b, f);
	case CLI_TAP:
		lint_tap(lint, n, b);
		break;
	case CLI_JUNIT:
		lint_junit(lint, "dmarceval", b);
		break;
	}
	return FAULT_NONE;
}

/* One domain; *failing counts those with findings that fail the run. */
static enum fault_kind
one_domain(struct dmarceval *d, struct cli *cli, size_t i, size_t *failing,
    struct buf *b, struct fault *f)
{
	struct dmarc_lookup lookup;
	struct arena arena;
	struct span domain = domain_undot(span_of(cli->operands[i]));
	struct lint lint;
	struct dns *dns;
	int status;

	arena_init(&arena, BOUND_MESSAGE_ARENA);
	if (idna_to_ascii(domain, &arena, &domain, f) != FAULT_NONE)
		goto out;
	if (!domain_is_ldhu(domain)) {
		(void)fault_set(f, FAULT_USAGE, "%s: not a domain name",
		    cli->operands[i]);
		goto out;
	}
	if (cli_dns(cli, &dns, f) != FAULT_NONE ||
	    dmarc_lint(domain, dns, &arena, &lint, &lookup, f) != FAULT_NONE)
		goto out;
	lint_filter_apply(&d->filter, &lint);
	status = d->lint ? (int)lint_exit(&lint) : dmarc_lookup_exit(&lookup);
	cli_exit(cli, status);
	*failing += status != 0;
	if (d->lookup && (cli->format == CLI_TEXT || cli->format == CLI_JSON))
		(void)show_lookup(cli, &lookup, b, f);
	else
		(void)show_findings(cli, &lint, &lookup, i + 1, b, f);
out:
	arena_free(&arena);
	return f->kind;
}

void
dmarceval_domains(struct dmarceval *d, struct cli *cli)
{
	size_t n = cli->noperands, failing = 0;
	struct buf body, whole;
	struct fault f = { 0 };

	buf_init(&body, OUTPUT_MAX);
	buf_init(&whole, OUTPUT_MAX);
	for (size_t i = 0; i < n && f.kind == FAULT_NONE; i++)
		(void)one_domain(d, cli, i, &failing, &body, &f);
	if (cli->format == CLI_TAP)
		buf_adds(&whole, "TAP version 13\n");
	if (cli->format == CLI_JUNIT)
		lint_junit_open("dmarceval", n, failing, &whole);
	buf_addspan(&whole, buf_span(&body));
	if (cli->format == CLI_TAP)
		buf_addf(&whole, "1..%zu\n", n);
	if (cli->format == CLI_JUNIT)
		lint_junit_close(&whole);
	if (f.kind == FAULT_NONE && buf_check(&body, &f) == FAULT_NONE &&
	    buf_check(&whole, &f) == FAULT_NONE)
		cli_print(cli, buf_span(&whole));
	if (f.kind != FAULT_NONE)
		(void)cli_fail(cli, &f);
	buf_free(&body);
	buf_free(&whole);
}
