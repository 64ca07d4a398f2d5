/* SPDX-License-Identifier: ISC */
/* Domains: from the command line, and from a list with words. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dns/domain.h"
#include "mailaudit/mailaudit.h"

#define LIST_MAX ((size_t)64 * 1024 * 1024)

enum fault_kind
mailaudit_role(const char *value, enum posture_role *role, struct fault *f)
{
	size_t word = 0;

	(void)cli_word("role", value, posture_role_words, &word, f);
	*role = (enum posture_role)word;
	return f->kind;
}

enum fault_kind
mailaudit_selector(struct span value, struct span *out, struct fault *f)
{
	*out = value;
	if (domain_is_ldhu(value))
		return FAULT_NONE;
	return fault_set(f, FAULT_USAGE, "selector \"%.*s\": no selector",
	    SPAN_ARG(span_sub(value, 0, 80)));
}

int
mailaudit_order(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Room for one more. */
static enum fault_kind
domain_grow(struct mailaudit *m, struct fault *f)
{
	size_t n = m->capacity == 0 ? 64 : 2 * m->capacity;
	void *p;

	if (m->ndomains < m->capacity)
		return FAULT_NONE;
	if (m->ndomains >= MAILAUDIT_DOMAINS)
		return fault_set(f, FAULT_USAGE, "more than %zu domains",
		    MAILAUDIT_DOMAINS);
	p = realloc(m->names, n * sizeof(*m->names));
	if (p == NULL)
		return fault_nomem(f);
	m->names = p;
	p = realloc(m->domains, n * sizeof(*m->domains));
	if (p == NULL)
		return fault_nomem(f);
	m->domains = p;
	m->capacity = n;
	return FAULT_NONE;
}

/* Add a name, unless it is there; FAULT_USAGE if it is none. */
enum fault_kind
mailaudit_domain(struct mailaudit *m, struct span name,
    const struct mailaudit_domain *one, struct fault *f)
{
	char *text;
	void **node;

	if (cli_name(m->cli, "domain", &name, f) != FAULT_NONE ||
	    domain_grow(m, f) != FAULT_NONE)
		return f->kind;
	name = arena_lower(&m->cli->names, name);
	text = name.p == NULL ? NULL : arena_str(&m->cli->names, name);
	node = text == NULL ? NULL : tsearch(text, &m->tree, mailaudit_order);
	if (node == NULL)
		return fault_nomem(f);
	if (*node != text)
		return FAULT_NONE;
	m->names[m->ndomains] = text;
	m->domains[m->ndomains++] = *one;
	return FAULT_NONE;
}

/* A word after the name. */
static enum fault_kind
line_word(struct span word, struct mailaudit_domain *one, struct fault *f)
{
	struct span name, value;
	char text[16];

	if (!span_cut(word, '=', &name, &value))
		return fault_set(f, FAULT_USAGE, "\"%.*s\": neither role= "
		    "nor selector=", SPAN_ARG(span_sub(word, 0, 80)));
	if (span_eq(name, SPAN("role")) && value.len < sizeof(text)) {
		memcpy(text, value.p, value.len);
		text[value.len] = '\0';
		return mailaudit_role(text, &one->role, f);
	}
	if (!span_eq(name, SPAN("selector")))
		return fault_set(f, FAULT_USAGE, "\"%.*s\": neither role= "
		    "nor selector=", SPAN_ARG(span_sub(word, 0, 80)));
	if (one->nselectors == sizeof(one->selectors) /
	    sizeof(one->selectors[0]))
		return fault_set(f, FAULT_USAGE, "too many selectors");
	return mailaudit_selector(value,
	    &one->selectors[one->nselectors++], f);
}

/* DOMAIN [role=R] [selector=S]... */
static enum fault_kind
line_read(struct mailaudit *m, struct span line,
    const struct dns_place *place, struct fault *f)
{
	struct mailaudit_domain one = { .role = POSTURE_ROLE_UNKNOWN,
	    .listed = *place };
	struct span name = { NULL, 0 }, word;
	size_t at = 0, end;

	while (at < line.len) {
		while (at < line.len && ascii_is_fws(line.p[at]))
			at++;
		end = at;
		while (end < line.len && !ascii_is_fws(line.p[end]))
			end++;
		word = span_sub(line, at, end - at);
		at = end;
		if (word.len == 0 || word.p[0] == '#')
			break;
		if (name.p == NULL)
			name = word;
		else if (line_word(word, &one, f) != FAULT_NONE)
			return f->kind;
	}
	return name.p == NULL ? FAULT_NONE : mailaudit_domain(m, name, &one, f);
}

/* One wrong line does not end the run. */
static enum fault_kind
list_read(struct mailaudit *m, const char *path, struct fault *f)
{
	struct span line, rest;
	size_t number = 0;
	bool more = true;

	buf_init(&m->list, LIST_MAX);
	if (file_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, &m->list,
	    f) != FAULT_NONE)
		return f->kind;
	rest = buf_span(&m->list);
	while (more) {
		struct fault wrong = { .kind = FAULT_NONE };

		more = span_cut(rest, m->cli->nul ? '\0' : '\n', &line,
		    &rest);
		number++;
		if (line_read(m, line, &(struct dns_place){
		    strcmp(path, "-") == 0 ? NULL : path, number, 1 },
		    &wrong) == FAULT_NONE)
			continue;
		if (wrong.kind != FAULT_USAGE) {
			*f = wrong;
			return f->kind;
		}
		cli_warn(m->cli, "%s:%zu: %s", path, number, wrong.text);
		cli_exit(m->cli, FAULT_DATA);
	}
	return FAULT_NONE;
}

enum fault_kind
mailaudit_operands(struct mailaudit *m, struct fault *f)
{
	const struct mailaudit_domain plain =
	    { .role = POSTURE_ROLE_UNKNOWN };
	struct cli *cli = m->cli;

	for (size_t i = 0; i < cli->noperands; i++)
		if (mailaudit_domain(m, span_of(cli->operands[i]), &plain, f) !=
		    FAULT_NONE)
			return f->kind;
	if (cli->files_from != NULL &&
	    list_read(m, cli->files_from, f) != FAULT_NONE)
		return f->kind;
	if (m->ndomains == 0)
		return fault_set(f, cli->files_from == NULL ? FAULT_USAGE :
		    FAULT_DATA, "no domain given");
	/* The list is read: its lines hold more than names. */
	cli->files_from = NULL;
	cli->nul = false;
	cli->operands = m->names;
	cli->noperands = m->ndomains;
	return FAULT_NONE;
}

static void
name_keep(void *name)
{
	(void)name;
}

void
mailaudit_operands_free(struct mailaudit *m)
{
	tdestroy(m->tree, name_keep);
	buf_free(&m->list);
	free(m->names);
	free(m->domains);
}
