/* SPDX-License-Identifier: ISC */
/* dmarcreport lint: findings in four forms. */
#include "dmarcreport/lint.h"
#include "mail/verdict.h"
#include "report/text.h"

static const struct report_findings *
findings_of(const struct report_item *i)
{
	return i->read != NULL ? &i->read->findings : i->tls != NULL ?
	    &i->tls->findings : i->failure != NULL ? &i->failure->findings :
	    NULL;
}

/* The line of one finding, as the baseline has it; no count, no line end. */
static void
line(struct buf *b, const struct report_item *item, const char *severity,
    const char *code, const char *section, const char *text)
{
	buf_addprint(b, item->file);
	buf_addf(b, ": %s: %s: %s (%s)", severity, code, text, section);
}

static bool
is_known(const struct lint *l, struct span s)
{
	struct span rest = buf_span(&l->known), one;

	while (rest.len > 0) {
		(void)span_cut(rest, '\n', &one, &rest);
		if (span_eq(one, s))
			return true;
	}
	return false;
}

static void
print(struct lint *l, const struct report_item *item, const char *severity,
    const char *const what[3], uint64_t n, struct buf *one)
{
	struct buf *b = &l->text;

	if (l->format == LINT_TEXT) {
		buf_addspan(b, buf_span(one));
		buf_addc(b, '\n');
	} else if (l->format == LINT_JSON) {
		buf_adds(b, "{\"schema\":\"vouchsafe/1\",\"tool\":"
		    "\"dmarcreport\",\"file\":");
		text_json(b, item->file);
		buf_addf(b, ",\"code\":\"%s\",\"severity\":\"%s\",\"section\""
		    ":\"%s\",\"count\":%llu,\"text\":\"%s\"}\n", what[0],
		    severity, what[1], (unsigned long long)n, what[2]);
	} else if (l->format == LINT_TAP) {
		buf_addf(b, "# %.*s\n", SPAN_ARG(buf_span(one)));
	} else {
		buf_adds(b, "<failure message=\"");
		text_html(b, buf_span(one));
		buf_adds(b, "\"/>\n");
	}
}

/* One finding, unless it is ignored or known; is it a warning or worse? */
static bool
finding(struct lint *l, const struct report_item *item,
    enum report_severity severity, const char *const what[3], uint64_t n)
{
	const char *word = report_severity_word(severity);
	struct buf one;
	bool counts = false;

	buf_init(&one, 8192);
	line(&one, item, word, what[0], what[1], what[2]);
	if (!is_known(l, buf_span(&one))) {
		counts = severity >= REPORT_WARNING;
		/* Notes are no failure of a test. */
		if (l->format != LINT_JUNIT || counts)
			print(l, item, word, what, n, &one);
	}
	l->text.nomem = l->text.nomem || one.nomem;
	buf_free(&one);
	return counts;
}

static void
begin(struct lint *l, const struct report_item *item)
{
	if (l->format == LINT_JUNIT) {
		buf_adds(&l->text, "<testcase classname=\"dmarcreport\" "
		    "name=\"");
		text_html(&l->text, item->file);
		buf_adds(&l->text, "\">\n");
	}
	l->points++;
}

static void
end(struct lint *l, const struct report_item *item, bool bad)
{
	if (l->format == LINT_JUNIT)
		buf_adds(&l->text, "</testcase>\n");
	if (l->format == LINT_TAP) {
		buf_addf(&l->text, "%sok %zu - ", bad ? "not " : "",
		    l->points);
		buf_addprint(&l->text, item->file);
		buf_addc(&l->text, '\n');
	}
	l->failed += bad;
	if (bad)
		l->exit = verdict_worse_exit(l->exit, 1);
}

enum fault_kind
lint_item(void *state, const struct report_item *item, struct fault *f)
{
	struct lint *l = state;
	const struct report_findings *all = findings_of(item);
	bool bad = false;

	if (item->outcome == REPORT_NOT_A_REPORT)
		return FAULT_NONE;
	l->any = true;
	begin(l, item);
	if (item->outcome != REPORT_READ) {
		const char *const what[] = {
			report_outcome_word(item->outcome), "limits",
			report_why_word(item->why) };

		bad = finding(l, item, REPORT_ERROR, what, 1);
	}
	for (int c = 0; all != NULL && c < REPORT_CODES; c++) {
		enum report_code code = (enum report_code)c;
		const char *const what[] = { report_code_word(code),
			report_code_section(code), report_code_text(code) };

		if (all->count[c] > 0 && !l->ignore[c] && finding(l, item,
		    l->strict ? report_code_strict(code) :
		    report_code_severity(code), what, all->count[c]))
			bad = true;
	}
	end(l, item, bad);
	return buf_check(&l->text, f);
}

void
lint_end(struct lint *l)
{
	struct buf all;

	if (l->format == LINT_TAP)
		buf_addf(&l->text, "1..%zu\n", l->points);
	if (l->format != LINT_JUNIT)
		return;
	buf_init(&all, l->text.max);
	buf_addf(&all, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<testsuite name=\"dmarcreport\" tests=\"%zu\" "
	    "failures=\"%zu\">\n", l->points, l->failed);
	buf_addspan(&all, buf_span(&l->text));
	buf_adds(&all, "</testsuite>\n");
	buf_free(&l->text);
	l->text = all;
}
