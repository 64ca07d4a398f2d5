/* SPDX-License-Identifier: ISC */
#include "report/page_impl.h"
#include "report/text.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
    "'none'; style-src 'unsafe-inline'\">\n<meta name=\"viewport\" "
    "content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<title>DMARC reports</title>\n<style>\n"
    ":root{--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;--card:#f6f8fa;"
    "--pass:#2f6f4f;--fail:#f0a830;--quar:#8a5fbf;--rej:#7d1128;"
    "--in:#fff;--q1:#5b7d3a;--h1:#d6e4f0;--h2:#a3c4de;--h3:#6398c4;"
    "--h4:#2f6ba0;--h5:#123f6d;--bad:#c43d00}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#14181d;--fg:#e6edf3;"
    "--dim:#9aa7b4;--line:#39424e;--card:#1d232b;--pass:#58b283;"
    "--fail:#f2c063;--quar:#b795e0;--rej:#e0607c;--in:#0b0e12;--q1:#a3c46c;"
    "--h1:#1d3145;--h2:#28527a;--h3:#3f7db5;--h4:#74addb;--h5:#c3e1f8;"
    "--bad:#ff9a5c}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:1100px;padding:1rem;"
    "background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,"
    "sans-serif}h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.15rem;"
    "margin:1.6rem 0 .4rem}p{margin:.3rem 0}.dim{color:var(--dim)}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,"
    "minmax(140px,1fr));gap:.6rem;margin:1rem 0}.tile{background:var(--card);"
    "border:1px solid var(--line);border-radius:6px;padding:.6rem .8rem}"
    ".tile b{display:block;font-size:1.35rem}.tile span{display:block;color:"
    "var(--dim);font-size:.85rem;white-space:nowrap}\n"
    ".plots{display:grid;grid-template-columns:repeat(auto-fit,"
    "minmax(min(100%,460px),1fr));gap:1rem}figure{margin:0;min-width:0;"
    "border:1px solid var(--line);border-radius:6px;padding:.6rem}"
    "figcaption{font-weight:600;margin-bottom:.3rem}svg{width:100%;height:auto;"
    "display:block}svg text{font-size:12px;fill:var(--fg)}.end{text-anchor:end}"
    ".mid,.in{text-anchor:middle}svg text.in{fill:var(--in);font-size:14px}"
    "svg text.big{font-size:17px;font-weight:600}\n"
    ".grid{stroke:var(--line)}.pass,.q0{fill:var(--pass)}.fail,.q3{fill:"
    "var(--fail)}.q1{fill:var(--q1)}.quar{fill:var(--quar)}.rej{fill:"
    "var(--rej)}.hatch{stroke:var(--fg);stroke-width:1}"
    ".fail{stroke:var(--fg);stroke-width:.6;stroke-dasharray:2 2}"
    ".quar{stroke:var(--fg);stroke-width:.6}.rej{stroke:var(--fg);"
    "stroke-width:.9;stroke-dasharray:1 3}"
    ".hat{fill:url(#hatch)}svg text.dark{fill:#111}.line{fill:none;"
    "stroke:var(--pass);"
    "stroke-width:2}.dot{fill:var(--pass)}.bad{fill:var(--bad);stroke:"
    "var(--bg);stroke-width:.6}.h1{fill:var(--h1)}.h2{fill:var(--h2)}"
    ".h3{fill:var(--h3)}.h4{fill:var(--h4)}.h5{fill:var(--h5)}\n"
    "summary{cursor:pointer;color:var(--dim);font-size:.85rem;"
    "margin-top:.4rem}.scroll{overflow-x:auto}table{border-collapse:collapse;"
    "width:100%;font-size:.86rem}th,td{text-align:left;padding:.25rem .6rem;"
    "border-bottom:1px solid var(--line);vertical-align:top;"
    "overflow-wrap:break-word;min-width:6.5em;max-width:26em}"
    "th{color:var(--dim);"
    "font-weight:600;white-space:nowrap}.n{text-align:right;"
    "font-variant-numeric:tabular-nums;white-space:nowrap;min-width:3em}"
    ".d{white-space:nowrap}.rest td{font-style:"
    "italic}\n"
    "@media print{body{max-width:none;padding:0;font-size:11px}"
    ".plots{grid-template-columns:1fr 1fr}figure,tr{break-inside:avoid}"
    "summary{display:none}.scroll{overflow:visible}}\n"
    "</style>\n</head>\n<body>\n";

static void
tile(struct page *p, const char *what, int64_t n, bool rate)
{
	int64_t all = table_at(&p->totals, 0, 0)->n;

	buf_addf(p->b, "<div class=\"tile\"><b>%lld</b><span>%s", (long long)n,
	    what);
	if (rate) {
		buf_adds(p->b, "</span><span>");
		table_rate(p->b, all > 0 ? n * 10000 / all : -1);
	}
	buf_adds(p->b, "</span></div>\n");
}

static int64_t
total(const struct page *p, const char *key)
{
	return table_at(&p->totals, 0, table_column(&p->totals, key))->n;
}

static void
write_head(struct page *p, const struct table *domains,
    const struct table *reporters, int64_t now)
{
	int64_t all = total(p, "messages"), reports = 0;

	buf_adds(p->b, head);
	buf_adds(p->b, "<header><h1>DMARC: ");
	for (size_t i = 0; i < domains->nrows && i < 5; i++) {
		buf_adds(p->b, i > 0 ? ", " : "");
		text_html(p->b, table_at(domains, i, 0)->text);
	}
	if (domains->nrows > 5)
		buf_addf(p->b, " and %zu more", domains->nrows - 5);
	if (domains->nrows == 0)
		buf_adds(p->b, "no data");
	buf_adds(p->b, "</h1>\n<p class=\"dim\">");
	if (all > 0) {
		text_day(p->b, total(p, "first"));
		buf_adds(p->b, " to ");
		text_day(p->b, total(p, "last"));
		buf_adds(p->b, "; ");
	}
	for (size_t i = 0; i < reporters->nrows; i++)
		reports += table_at(reporters, i, 2)->n;
	buf_addf(p->b, "%lld reports of %zu reporters; ", (long long)reports,
	    reporters->nrows);
	table_rate(p->b, all > 0 ? total(p, "verified") * 10000 / all : -1);
	buf_adds(p->b, " of the messages from verified reports; made ");
	text_time(p->b, now);
	buf_adds(p->b, "</p></header>\n<div class=\"tiles\">\n");
	tile(p, "messages", all, false);
	tile(p, "DMARC pass", total(p, "pass"), true);
	tile(p, "DKIM aligned", total(p, "dkim"), true);
	tile(p, "SPF aligned", total(p, "spf"), true);
	tile(p, "quarantined", total(p, "quarantined"), true);
	tile(p, "rejected", total(p, "rejected"), true);
	buf_adds(p->b, "</div>\n");
}

static void
write_forecast(struct page *p)
{
	buf_adds(p->b, "<h2>What p=reject would break</h2>\n<p>");
	buf_adds(p->b, p->forecast.ready ? "Ready for p=reject." :
	    "Not ready:");
	buf_adds(p->b, "</p>\n");
	if (p->forecast.nmissing > 0) {
		buf_adds(p->b, "<ul>");
		for (size_t i = 0; i < p->forecast.nmissing; i++) {
			buf_adds(p->b, "<li>");
			text_html(p->b, p->forecast.missing[i]);
			buf_adds(p->b, "</li>");
		}
		buf_adds(p->b, "</ul>\n");
	}
	if (p->forecast.causes.nrows > 0)
		table_html(&p->forecast.causes, PAGE_LINES, p->b);
}

static enum fault_kind
write_table(struct page *p, enum report_view view, struct fault *f)
{
	struct table t;

	if (report_view_read(p->store, view, &p->filter, &p->arena, &t, f) !=
	    FAULT_NONE)
		return f->kind;
	buf_addf(p->b, "<h2>%s</h2>\n", t.title);
	if (t.nrows == 0)
		buf_adds(p->b, "<p class=\"dim\">None.</p>\n");
	else
		table_html(&t, PAGE_LINES, p->b);
	return FAULT_NONE;
}

static enum fault_kind
write_plots(struct page *p, struct fault *f)
{
	struct table senders, heat;

	if (report_view_read(p->store, VIEW_SENDERS, &p->filter, &p->arena,
	    &senders, f) != FAULT_NONE ||
	    report_view_read(p->store, VIEW_HEAT, &p->filter, &p->arena,
	    &heat, f) != FAULT_NONE)
		return f->kind;
	buf_adds(p->b, "<div class=\"plots\">\n");
	page_days(p);
	page_rate(p);
	page_square(p);
	page_senders(p, &senders);
	page_heat(p, &heat, &senders);
	buf_adds(p->b, "</div>\n");
	return FAULT_NONE;
}

static enum fault_kind
write_page(struct page *p, int64_t now, int64_t min, struct fault *f)
{
	static const enum report_view tables[] = { VIEW_SENDERS, VIEW_FAILING,
		VIEW_SELECTORS, VIEW_REPORTERS, VIEW_OVERRIDES, VIEW_POLICY,
		VIEW_FAILURES, VIEW_TLS, VIEW_FINDINGS };
	struct report_filter trusted = p->filter;
	struct table domains, reporters;

	if (trusted.trust < REPORT_UNCHECKED)
		trusted.trust = REPORT_UNCHECKED;
	if (report_view_read(p->store, VIEW_TOTALS, &p->filter, &p->arena,
	    &p->totals, f) != FAULT_NONE ||
	    report_view_read(p->store, VIEW_DAYS, &p->filter, &p->arena,
	    &p->days, f) != FAULT_NONE ||
	    report_view_read(p->store, VIEW_DOMAINS, &p->filter, &p->arena,
	    &domains, f) != FAULT_NONE ||
	    report_view_read(p->store, VIEW_REPORTERS, &p->filter, &p->arena,
	    &reporters, f) != FAULT_NONE ||
	    report_forecast(p->store, &trusted, min, &p->arena, &p->forecast,
	    f) != FAULT_NONE)
		return f->kind;
	write_head(p, &domains, &reporters, now);
	if (write_plots(p, f) != FAULT_NONE)
		return f->kind;
	write_forecast(p);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (write_table(p, tables[i], f) != FAULT_NONE)
			return f->kind;
	buf_adds(p->b, "</body>\n</html>\n");
	return buf_check(p->b, f);
}

enum fault_kind
report_page(struct report_store *s, const struct report_filter *filter,
    int64_t now, int64_t min, struct buf *b, struct fault *f)
{
	struct page p = { .store = s, .filter = *filter, .b = b };

	p.filter.limit = 0;
	arena_init(&p.arena, (size_t)64 << 20);
	(void)write_page(&p, now, min, f);
	arena_free(&p.arena);
	return f->kind;
}
