/* SPDX-License-Identifier: ISC */
/* One page: no script, nothing loaded from elsewhere, good on paper. */
#include <string.h>

#include "base/markup.h"
#include "base/num.h"
#include "posture/page_impl.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
    "'none'; style-src 'unsafe-inline'\">\n<meta name=\"viewport\" "
    "content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<title>Mail posture</title>\n<style>\n"
    ":root{--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;"
    "--card:#f6f8fa;--good:#1f6f43;--warn:#8a5a00;--bad:#a3142c;"
    "--odd:#6b45a8}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#14181d;--fg:#e6edf3;"
    "--dim:#9aa7b4;--line:#39424e;--card:#1d232b;--good:#6fcf97;"
    "--warn:#f2c063;--bad:#ff8596;--odd:#c3a5f0}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:1200px;"
    "padding:1rem;background:var(--bg);color:var(--fg);"
    "font:15px/1.45 system-ui,sans-serif}h1{font-size:1.5rem;"
    "margin:.2rem 0}h2{font-size:1.15rem;margin:1.6rem 0 .4rem}"
    "h3{font-size:1rem;margin:1.2rem 0 .3rem;overflow-wrap:anywhere}"
    "p{margin:.3rem 0}.dim{color:var(--dim)}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,"
    "minmax(120px,1fr));gap:.6rem;margin:1rem 0}.tile{"
    "background:var(--card);border:1px solid var(--line);"
    "border-radius:6px;padding:.6rem .8rem}.tile b{display:block;"
    "font-size:1.35rem}.tile span{color:var(--dim);font-size:.85rem}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;"
    "font-size:.86rem}th,td{text-align:left;padding:.25rem .6rem;"
    "border-bottom:1px solid var(--line);vertical-align:top}"
    "th{color:var(--dim);font-weight:600;white-space:nowrap}"
    "td.d{overflow-wrap:anywhere;min-width:9em}\n"
    ".clean{color:var(--good)}.findings,.warning{color:var(--warn)}"
    ".broken,.none,.error{color:var(--bad);font-weight:600}"
    ".temperror{color:var(--odd);font-weight:600}"
    ".skip,.note,.gone{color:var(--dim)}\n"
    "ul{list-style:none;margin:0;padding:0}li{border-left:3px solid "
    "currentColor;padding:.1rem .7rem;margin:.5rem 0;break-inside:avoid}"
    "li div{color:var(--fg);font-weight:400;overflow-wrap:anywhere}"
    "li .dim{color:var(--dim);font-size:.86rem}\n"
    "@media print{body{max-width:none;padding:0;font-size:11px}"
    ".scroll{overflow:visible}tr,.tile{break-inside:avoid}}\n"
    "</style>\n</head>\n<body>\n<h1>Mail posture</h1>\n";

static void
html_put(char c, struct buf *b)
{
	const char *entity = markup_entity(c);

	if (entity != NULL)
		buf_adds(b, entity);
	else
		buf_addc(b, c);
}

static void
html_span(struct span s, bool printed, struct buf *b)
{
	page_text(s, printed, html_put, b);
}

static void
html_finding(const struct lint *l, const struct lint_finding *g,
    struct buf *b)
{
	const char *word = lint_severity_word(g->severity);

	buf_addf(b, "<li class=\"%s\"><b>%s</b> %s%s<div>", word,
	    g->rule->code, word, g->known ? " (known)" : "");
	if (!span_eq_nocase(g->domain, l->domain)) {
		html_span(g->domain, false, b);
		buf_adds(b, ": ");
	}
	html_span(span_of(g->rule->title), true, b);
	buf_adds(b, ": ");
	html_span(g->message, true, b);
	if (g->place.file != NULL) {
		buf_adds(b, " (");
		html_span(span_of(g->place.file), false, b);
		buf_addf(b, ":%zu)", g->place.line);
	}
	buf_adds(b, "</div><div class=\"dim\">");
	html_span(span_of(g->rule->remedy), true, b);
	buf_adds(b, "</div></li>\n");
}

static void
html_gone(const struct lint_gone *g, struct buf *b)
{
	buf_adds(b, "<li class=\"gone\"><b>");
	html_span(g->code, false, b);
	buf_adds(b, "</b> gone<div>");
	html_span(g->domain, false, b);
	buf_addc(b, ' ');
	html_span(g->term, false, b);
	buf_adds(b, "</div></li>\n");
}

/* A cell whose class is the word it holds; what is optional and not there is
 * no trouble. */
static void
html_cell(const char *word, bool optional, struct buf *b)
{
	buf_addf(b, "<td class=\"%s\">%s</td>", strcmp(word, "-") == 0 ||
	    (optional && strcmp(word, "none") == 0) ? "skip" : word, word);
}

void
page_html_add(struct posture_page *page, const struct lint *l,
    const struct posture *p)
{
	struct buf *all = &page->parts[0], *b = &page->parts[1];
	bool any = lint_any_shown(l) || l->ngone > 0;

	if (l->only_new && !any)
		return;
	buf_adds(all, "<tr><td class=\"d\">");
	if (any)
		buf_addf(all, "<a href=\"#d%zu\">", page->domains);
	html_span(l->domain, false, all);
	buf_adds(all, any ? "</a></td>" : "</td>");
	html_cell(lint_effect_word(lint_exit(l)), false, all);
	buf_addf(all, "<td>%s</td>", page_role(p));
	for (size_t i = 0; i < POSTURE_FAMILIES; i++)
		html_cell(page_check(p, i), i != POSTURE_SPF &&
		    i != POSTURE_DMARC, all);
	buf_adds(all, "</tr>\n");
	if (!any)
		return;
	buf_addf(b, "<h3 id=\"d%zu\">", page->domains);
	html_span(l->domain, false, b);
	buf_adds(b, "</h3>\n<ul>\n");
	for (const struct lint_finding *g = l->first; g != NULL; g = g->next)
		if (lint_shown(l, g))
			html_finding(l, g, b);
	for (size_t i = 0; i < l->ngone; i++)
		html_gone(&l->gone[i], b);
	buf_adds(b, "</ul>\n");
}

static void
html_tile(size_t n, const char *what, struct buf *b)
{
	buf_addf(b, "<div class=\"tile\"><b>%zu</b><span>%s</span></div>\n",
	    n, what);
}

void
page_html_end(const struct posture_page *page, int64_t time, struct buf *b)
{
	char text[NUM_RFC3339_LEN];

	num_rfc3339(time, text);
	buf_adds(b, head);
	buf_addf(b, "<p class=\"dim\">mailaudit %s, %s</p>\n"
	    "<div class=\"tiles\">\n", VOUCHSAFE_VERSION, text);
	html_tile(page->domains, "domains", b);
	html_tile(page->severities[LINT_ERROR], "errors", b);
	html_tile(page->severities[LINT_WARNING], "warnings", b);
	html_tile(page->severities[LINT_NOTE], "notes", b);
	html_tile(page->unchecked, "not checked", b);
	buf_adds(b, "</div>\n");
	if (page->parts[0].len > 0) {
		buf_adds(b, "<h2>Domains</h2>\n<div class=\"scroll\"><table>"
		    "\n<thead><tr><th>domain</th><th>result</th>"
		    "<th>role</th>");
		for (size_t i = 0; i < POSTURE_FAMILIES; i++)
			buf_addf(b, "<th>%s</th>", posture_family_words[i]);
		buf_adds(b, "</tr></thead>\n<tbody>\n");
		buf_addspan(b, buf_span(&page->parts[0]));
		buf_adds(b, "</tbody></table></div>\n");
	} else {
		buf_adds(b, "<p>Nothing new.</p>\n");
	}
	if (page->parts[1].len > 0)
		buf_adds(b, "<h2>Findings</h2>\n");
	buf_addspan(b, buf_span(&page->parts[1]));
	buf_adds(b, "</body>\n</html>\n");
}
