/* SPDX-License-Identifier: ISC */
/* Tables of Markdown, for job summaries, wikis and mails. */
#include <string.h>

#include "posture/page_impl.h"

/* What would begin something there: a cell, code, a link, a tag, emphasis. */
static void
markdown_put(char c, struct buf *b)
{
	if (c == '&')
		buf_adds(b, "&amp;");
	else if (c == '<')
		buf_adds(b, "&lt;");
	else if (c == '>')
		buf_adds(b, "&gt;");
	else if (c == '@')
		/* Nobody is to be notified by a record. */
		buf_adds(b, "&#64;");
	else if (strchr("\\`*_{}[]()#!|~:$", c) != NULL)
		buf_addf(b, "\\%c", c);
	else
		buf_addc(b, c);
}

static void
markdown_span(struct span s, bool printed, struct buf *b)
{
	page_text(s, printed, markdown_put, b);
}

static void
markdown_finding(const struct lint *l, const struct lint_finding *g,
    struct buf *b)
{
	buf_adds(b, "| ");
	markdown_span(l->domain, false, b);
	buf_addf(b, " | %s | %s%s | ", g->rule->code,
	    lint_severity_word(g->severity), g->known ? " (known)" : "");
	if (!span_eq_nocase(g->domain, l->domain)) {
		markdown_span(g->domain, false, b);
		buf_adds(b, "\\: ");
	}
	markdown_span(span_of(g->rule->title), true, b);
	buf_adds(b, "\\: ");
	markdown_span(g->message, true, b);
	if (g->place.file != NULL) {
		buf_adds(b, " (");
		markdown_span(span_of(g->place.file), false, b);
		buf_addf(b, "\\:%zu)", g->place.line);
	}
	buf_adds(b, " | ");
	markdown_span(span_of(g->rule->remedy), true, b);
	buf_adds(b, " |\n");
}

void
page_markdown_add(struct posture_page *page, const struct lint *l,
    const struct posture *p)
{
	struct buf *all = &page->parts[0], *b = &page->parts[1];

	if (l->only_new && !lint_any_shown(l) && l->ngone == 0)
		return;
	buf_adds(all, "| ");
	markdown_span(l->domain, false, all);
	buf_addf(all, " | %s | %s |", lint_effect_word(lint_exit(l)),
	    page_role(p));
	for (size_t i = 0; i < POSTURE_FAMILIES; i++)
		buf_addf(all, " %s |", page_check(p, i));
	buf_addc(all, '\n');
	for (const struct lint_finding *g = l->first; g != NULL; g = g->next)
		if (lint_shown(l, g))
			markdown_finding(l, g, b);
	for (size_t i = 0; i < l->ngone; i++) {
		buf_adds(b, "| ");
		markdown_span(l->domain, false, b);
		buf_adds(b, " | ");
		markdown_span(l->gone[i].code, false, b);
		buf_adds(b, " | gone | ");
		markdown_span(l->gone[i].domain, false, b);
		buf_addc(b, ' ');
		markdown_span(l->gone[i].term, false, b);
		buf_adds(b, " | |\n");
	}
}

void
page_markdown_end(const struct posture_page *page, struct buf *b)
{
	const struct buf *found = &page->parts[1];

	if (page->parts[0].len == 0)
		return;
	buf_adds(b, "| Domain | Result | Role |");
	for (size_t i = 0; i < POSTURE_FAMILIES; i++)
		buf_addf(b, " %s |", posture_family_words[i]);
	buf_adds(b, "\n|---|---|---|");
	for (size_t i = 0; i < POSTURE_FAMILIES; i++)
		buf_adds(b, "---|");
	buf_addc(b, '\n');
	buf_addspan(b, buf_span(&page->parts[0]));
	if (found->len > 0)
		buf_adds(b, "\n| Domain | Code | Severity | Finding | Remedy "
		    "|\n|---|---|---|---|---|\n");
	buf_addspan(b, buf_span(found));
}
