/* SPDX-License-Identifier: ISC */
/* Findings as JUnit, a test case an operand. */
#include "base/markup.h"
#include "dns/finding.h"

/* Text or an attribute value; XML 1.0 has no place for control bytes. */
static void
lint_xml(struct span s, struct buf *b)
{
	for (size_t i = 0; i < s.len; i++) {
		const char *entity = markup_entity(s.p[i]);

		/* Messages are escaped already: once is enough. */
		if (entity != NULL)
			buf_adds(b, entity);
		else if (s.p[i] == '\\')
			buf_addc(b, '\\');
		else
			buf_addprint(b, span_sub(s, i, 1));
	}
}

static size_t
lint_junit_tags(struct span cases, struct span tag)
{
	size_t n = 0;

	/* No text has a bare '<'. */
	for (size_t i = 0; i < cases.len; i++)
		n += span_starts(span_sub(cases, i, cases.len), tag);
	return n;
}

void
lint_junit_count(struct span cases, struct lint_junit_counts *counts)
{
	counts->tests += lint_junit_tags(cases, SPAN("<testcase "));
	counts->failures += lint_junit_tags(cases, SPAN("<failure "));
	counts->errors += lint_junit_tags(cases, SPAN("<error "));
}

static void
lint_junit_finding(const struct lint_finding *g, struct buf *b)
{
	buf_addf(b, "%s %s: ", g->rule->code,
	    lint_severity_word(g->severity));
	lint_xml(g->domain, b);
	if (g->column > 0)
		buf_addf(b, ", column %zu", g->column);
	buf_adds(b, ": ");
	lint_xml(span_of(g->rule->title), b);
	buf_adds(b, ": ");
	lint_xml(g->message, b);
	if (g->place.file != NULL) {
		buf_adds(b, " [");
		lint_xml(span_of(g->place.file), b);
		buf_addf(b, ":%zu:%zu]", g->place.line, g->place.column);
	}
	buf_adds(b, "; ");
	lint_xml(span_of(g->rule->remedy), b);
	buf_addc(b, '\n');
}

void
lint_junit(const struct lint *l, const char *tool, struct buf *b)
{
	enum lint_effect e = lint_exit(l);
	const char *tag = e == LINT_UNCHECKED ? "error" : "failure";

	buf_addf(b, "  <testcase classname=\"%s.lint\" name=\"", tool);
	lint_xml(l->domain, b);
	buf_addc(b, '"');
	for (const struct lint_finding *g = l->first; g != NULL; g = g->next) {
		if (g->place.file == NULL || !lint_shown(l, g))
			continue;
		buf_adds(b, " file=\"");
		lint_xml(span_of(g->place.file), b);
		buf_addf(b, "\" line=\"%zu\"", g->place.line);
		break;
	}
	buf_adds(b, ">\n");
	if (e != LINT_CLEAN) {
		buf_addf(b, "    <%s message=\"%s\">", tag,
		    lint_effect_word(e));
		for (const struct lint_finding *g = l->first; g != NULL;
		    g = g->next)
			if (lint_effect_of(l, g) != LINT_CLEAN)
				lint_junit_finding(g, b);
		buf_addf(b, "</%s>\n", tag);
	}
	buf_adds(b, "    <system-out>");
	for (const struct lint_finding *g = l->first; g != NULL; g = g->next)
		if (lint_shown(l, g) && lint_effect_of(l, g) == LINT_CLEAN)
			lint_junit_finding(g, b);
	buf_adds(b, "</system-out>\n  </testcase>\n");
}

void
lint_junit_open(const char *tool, const struct lint_junit_counts *counts,
    struct buf *b)
{
	buf_addf(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<testsuite name=\"%s.lint\" tests=\"%zu\" failures=\"%zu\" "
	    "errors=\"%zu\">\n", tool, counts->tests, counts->failures,
	    counts->errors);
}

void
lint_junit_close(struct buf *b)
{
	buf_adds(b, "</testsuite>\n");
}
