/* SPDX-License-Identifier: ISC */
/* What is printed: of each domain, and at the end. */
#include "base/file.h"
#include "base/json.h"
#include "mailaudit/mailaudit.h"
#include "posture/ignore.h"

#define IGNORE_MAX ((size_t)16 * 1024 * 1024)

/* One line a domain, for those who watch a log. */
static void
report_log(const struct mailaudit *m, const struct lint *l)
{
	struct buf b;

	buf_init(&b, 4096);
	buf_addprint(&b, l->domain);
	buf_addf(&b, ": %s ", lint_effect_word(lint_exit(l)));
	buf_addspan(&b, l->words);
	for (const struct lint_finding *g = l->first; g != NULL; g = g->next)
		if (lint_shown(l, g) && g->severity != LINT_NOTE)
			buf_addf(&b, " %s", g->rule->code);
	cli_log(m->cli, buf_str(&b));
	buf_free(&b);
}

/* The keys of JSON that are mailaudit's alone. */
static json_t *
report_more(const struct posture *p, bool *failed)
{
	json_t *more = json_object(), *gone = json_array();

	for (size_t i = 0; i < p->lint.ngone; i++) {
		const struct lint_gone *g = &p->lint.gone[i];
		json_t *o = json_object();

		js_set(o, "code", js_span(g->code), failed);
		js_set(o, "domain", js_span(g->domain), failed);
		js_set(o, "term", g->term.len > 0 ? js_span(g->term) :
		    js_null(), failed);
		js_set(o, "since", g->since > 0 ? js_int(g->since) :
		    js_null(), failed);
		js_push(gone, o, failed);
	}
	js_set(more, "checks", posture_checks(p), failed);
	js_set(more, "gone", gone, failed);
	js_set(more, "queries", js_int((int64_t)p->queries), failed);
	return more;
}

enum fault_kind
mailaudit_report(struct mailaudit *m, const struct cli_domain *one,
    struct posture *p, json_t *facts, struct fault *f)
{
	bool json = m->cli->format == CLI_JSON, failed = false;
	json_t *more = json ? report_more(p, &failed) : NULL;
	struct cli_domain listed = *one;
	enum fault_kind kind;
	struct buf b;

	listed.listed = m->domains[one->number - 1].listed;

	buf_init(&b, 1024);
	posture_words(p, &b);
	p->lint.words = buf_span(&b);
	p->lint.more = more;
	kind = buf_check(&b, f) != FAULT_NONE ? f->kind : failed ?
	    fault_nomem(f) : cli_findings(m->cli, &listed, &p->lint,
	    json ? json_incref(facts) : NULL, f);
	if (kind == FAULT_NONE && m->cli->format >= CLI_MARKDOWN)
		posture_page_add(&m->page, &p->lint, p);
	if (kind == FAULT_NONE && m->cli->syslog != NULL)
		report_log(m, &p->lint);
	p->lint.more = NULL;
	json_decref(more);
	buf_free(&b);
	return kind;
}

enum fault_kind
mailaudit_finish(void *state, struct buf *b, struct fault *f)
{
	struct mailaudit *m = state;
	const struct cli *cli = m->cli;

	/* -q: a document only where it says something new. */
	if (cli->format >= CLI_MARKDOWN && !(cli->quiet &&
	    m->filter.baseline && !m->filter.all && m->page.shown == 0 &&
	    cli->format <= CLI_HTML))
		posture_page_end(&m->page, clock_wall(&cli->clock), b);
	for (size_t line = 0; (line = lint_filter_unmatched(&m->filter,
	    line)) > 0;)
		cli_warn(cli, "%s:%zu: matched no finding", m->ignore_file,
		    line);
	for (size_t line = 0; m->expect != NULL &&
	    (line = expect_idle(m->expect, line)) > 0;)
		cli_warn(cli, "%s:%zu: POL003 note: the section matched no "
		    "domain", m->expect_file, line);
	m->whole = true;
	return buf_check(b, f);
}

static void
ignore_note(void *state, size_t line, const char *what)
{
	const struct mailaudit *m = state;

	cli_warn(m->cli, "%s:%zu: %s", m->ignore_file, line, what);
}

enum fault_kind
mailaudit_ignore(struct mailaudit *m, struct fault *f)
{
	struct buf b;

	if (m->ignore_file == NULL)
		return FAULT_NONE;
	buf_init(&b, IGNORE_MAX);
	if (file_read(m->ignore_file, &b, f) == FAULT_NONE &&
	    posture_ignore(&m->filter, buf_span(&b),
	    clock_wall(&m->cli->clock), ignore_note, m, f) != FAULT_NONE)
		(void)fault_context(f, "%s", m->ignore_file);
	buf_free(&b);
	return f->kind;
}
