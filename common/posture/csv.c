/* SPDX-License-Identifier: ISC */
/* One line a finding (RFC 4180, lines end with LF), for spreadsheets. */
#include "base/num.h"
#include "posture/page_impl.h"

static void
csv_put(char c, struct buf *b)
{
	if (c == '"')
		buf_addc(b, '"');
	buf_addc(b, c);
}

/* A cell; what a spreadsheet would take for a formula begins with a quote. */
static void
csv_cell(struct span s, bool printed, struct buf *b)
{
	buf_addc(b, '"');
	if (s.len > 0 && (s.p[0] == '=' || s.p[0] == '+' || s.p[0] == '-' ||
	    s.p[0] == '@' || !ascii_is_print(s.p[0])))
		buf_addc(b, '\'');
	page_text(s, printed, csv_put, b);
	buf_addc(b, '"');
}

static void
csv_cells(const struct lint *l, const struct posture *p, struct buf *b)
{
	csv_cell(l->domain, false, b);
	buf_addf(b, ",%s,%s,", lint_effect_word(lint_exit(l)), page_role(p));
}

void
page_csv_add(struct posture_page *page, const struct lint *l,
    const struct posture *p)
{
	struct buf *b = &page->parts[0];
	char since[NUM_RFC3339_LEN];

	for (const struct lint_finding *g = l->first; g != NULL; g = g->next) {
		if (!lint_shown(l, g))
			continue;
		csv_cells(l, p, b);
		buf_addf(b, "%s,%s,", g->rule->code,
		    lint_severity_word(g->severity));
		csv_cell(g->domain, false, b);
		buf_addc(b, ',');
		csv_cell(g->term, false, b);
		buf_addc(b, ',');
		csv_cell(span_of(g->rule->title), true, b);
		buf_addc(b, ',');
		csv_cell(g->message, true, b);
		buf_addc(b, ',');
		csv_cell(span_of(g->rule->remedy), true, b);
		buf_addc(b, ',');
		csv_cell(span_of(g->place.file), false, b);
		if (g->place.file != NULL)
			buf_addf(b, ",%zu", g->place.line);
		else
			buf_addc(b, ',');
		num_rfc3339(g->since, since);
		buf_addf(b, ",%s,%s\n", g->known ? "known" : "new",
		    g->since > 0 ? since : "");
	}
	for (size_t i = 0; i < l->ngone; i++) {
		num_rfc3339(l->gone[i].since, since);
		csv_cells(l, p, b);
		csv_cell(l->gone[i].code, false, b);
		buf_adds(b, ",,");
		csv_cell(l->gone[i].domain, false, b);
		buf_addc(b, ',');
		csv_cell(l->gone[i].term, false, b);
		buf_addf(b, ",,,,,,gone,%s\n", l->gone[i].since > 0 ? since :
		    "");
	}
}

void
page_csv_end(const struct posture_page *page, struct buf *b)
{
	buf_adds(b, "domain,result,role,code,severity,about,term,title,"
	    "message,remedy,file,line,state,since\n");
	buf_addspan(b, buf_span(&page->parts[0]));
}
