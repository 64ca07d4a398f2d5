/* SPDX-License-Identifier: ISC */
/* Which domains: operands, --files-from, or the owners in the zones. */
#include <string.h>

#include "base/file.h"
#include "cli/cli_impl.h"
#include "dns/resolver.h"

/* The lines of --files-from after the operands. */
static enum fault_kind
domains_list(struct cli *cli, struct cli_names *l, struct span all,
    struct fault *f)
{
	size_t line = 0;

	while (all.len > 0) {
		struct span text, name;
		struct fault bad = { 0 };

		(void)span_cut(all, cli->nul ? '\0' : '\n', &text, &all);
		line++;
		text = span_trim_fws(text);
		if (text.len == 0)
			continue;
		name = text = arena_span(&cli->names, text);
		if (text.p == NULL)
			return fault_nomem(f);
		if (cli_name(cli, "domain", &name, &bad) == FAULT_SOFTWARE)
			return (*f = bad).kind;
		l->names[l->count] = bad.kind == FAULT_NONE ? name : text;
		l->bad[l->count] = bad.kind != FAULT_NONE;
		l->lines[l->count++] = line;
	}
	return FAULT_NONE;
}

/* Room for so many more. */
static enum fault_kind
domains_room(struct cli *cli, struct cli_names *l, size_t more, struct fault *f)
{
	struct arena *a = &cli->names;

	l->names = arena_array(a, cli->noperands + more + 1,
	    sizeof(*l->names));
	l->lines = arena_array(a, cli->noperands + more + 1,
	    sizeof(*l->lines));
	l->bad = arena_array(a, cli->noperands + more + 1, sizeof(*l->bad));
	return l->names == NULL || l->lines == NULL || l->bad == NULL ?
	    fault_nomem(f) : FAULT_NONE;
}

/* No operand: all that the zones say something about mail of. */
static enum fault_kind
domains_of_zones(struct cli *cli, struct cli_names *l, struct fault *f)
{
	struct dns *dns;
	struct span *names;
	size_t n;

	if (cli_dns(cli, &dns, f) != FAULT_NONE ||
	    dns_mail_domains(dns, &cli->names, &names, &n, f) !=
	    FAULT_NONE || domains_room(cli, l, n, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < n; i++)
		l->names[l->count++] = names[i];
	if (n == 0)
		return fault_set(f, FAULT_DATA, "no owner in the zones has "
		    "SPF, MX or _dmarc");
	return FAULT_NONE;
}

enum fault_kind
cli_names(struct cli *cli, struct cli_names *l, struct fault *f)
{
	struct buf b;
	size_t more = 0;

	if (cli->noperands == 0 && cli->files_from == NULL)
		return domains_of_zones(cli, l, f);
	buf_init(&b, CLI_NAMES);
	if (cli->files_from != NULL) {
		if (file_read(strcmp(cli->files_from, "-") == 0 ?
		    "/dev/stdin" : cli->files_from, &b, f) != FAULT_NONE)
			goto out;
		for (size_t i = 0; i < b.len; i++)
			more += b.p[i] == (cli->nul ? '\0' : '\n');
		more++;
	}
	if (domains_room(cli, l, more, f) != FAULT_NONE)
		goto out;
	for (size_t i = 0; i < cli->noperands; i++) {
		struct span *name = &l->names[l->count++];

		*name = span_of(cli->operands[i]);
		if (cli_name(cli, "domain", name, f) != FAULT_NONE)
			goto out;
	}
	(void)domains_list(cli, l, buf_span(&b), f);
out:
	buf_free(&b);
	return f->kind;
}
