/* SPDX-License-Identifier: ISC */
/*
 * For monitoring: Prometheus' text format (node_exporter's textfile collector
 * reads it from a file), and the line of a Nagios plugin.
 */
#include "posture/page_impl.h"

/* In the quotes of a label's value. */
static void
label_put(char c, struct buf *b)
{
	if (c == '"' || c == '\\')
		buf_addc(b, '\\');
	buf_addc(b, c);
}

static void
label(const struct lint *l, struct buf *b)
{
	buf_adds(b, "{domain=\"");
	page_text(l->domain, false, label_put, b);
	buf_addc(b, '"');
}

void
page_metrics_add(struct posture_page *page, const struct lint *l,
    const struct posture *p)
{
	static const char *const words[] = { [LINT_NOTE] = "note",
	    [LINT_WARNING] = "warning", [LINT_ERROR] = "error" };
	size_t counts[LINT_ERROR + 1] = { 0 };
	struct buf *b = page->parts;

	for (const struct lint_finding *g = l->first; g != NULL; g = g->next)
		counts[g->severity] += !g->known;
	buf_adds(&b[0], "vouchsafe_audit_result");
	label(l, &b[0]);
	buf_addf(&b[0], "} %d\n", (int)lint_exit(l));
	for (size_t i = 0; i <= LINT_ERROR; i++) {
		buf_adds(&b[1], "vouchsafe_audit_findings");
		label(l, &b[1]);
		buf_addf(&b[1], ",severity=\"%s\"} %zu\n", words[i],
		    counts[i]);
	}
	for (size_t i = 0; p != NULL && i < POSTURE_FAMILIES; i++) {
		if (p->checks[i] == POSTURE_SKIPPED)
			continue;
		buf_adds(&b[2], "vouchsafe_audit_check");
		label(l, &b[2]);
		buf_addf(&b[2], ",family=\"%s\",result=\"%s\"} 1\n",
		    posture_family_words[i], page_check(p, i));
	}
}

static void
metric(const char *name, const char *help, const struct buf *lines,
    struct buf *b)
{
	if (lines->len == 0)
		return;
	buf_addf(b, "# HELP vouchsafe_audit_%s %s\n"
	    "# TYPE vouchsafe_audit_%s gauge\n", name, help, name);
	buf_addspan(b, buf_span(lines));
}

void
page_metrics_end(const struct posture_page *page, int64_t time,
    struct buf *b)
{
	struct buf one;

	buf_init(&one, 256);
	metric("result", "The domain's exit status: 0 clean, 1 findings, 4 "
	    "broken, 6 none, 75 unchecked.", &page->parts[0], b);
	metric("findings", "Findings that are not known, by severity.",
	    &page->parts[1], b);
	metric("check", "What came of a family of checks.", &page->parts[2],
	    b);
	buf_addf(&one, "vouchsafe_audit_domains %zu\n", page->domains);
	metric("domains", "Domains that were audited.", &one, b);
	buf_reset(&one);
	buf_addf(&one, "vouchsafe_audit_queries %zu\n", page->queries);
	metric("queries", "DNS questions of all domains.", &one, b);
	buf_reset(&one);
	buf_addf(&one, "vouchsafe_audit_time_seconds %lld\n",
	    (long long)time);
	metric("time_seconds", "When it was audited, in seconds since 1970.",
	    &one, b);
	buf_free(&one);
}

/* '|' begins the figures there. */
static void
nagios_put(char c, struct buf *b)
{
	buf_addc(b, c == '|' ? '/' : c);
}

void
page_nagios_add(struct posture_page *page, const struct lint *l)
{
	struct buf *b = &page->parts[0];

	for (const struct lint_finding *g = l->first; g != NULL; g = g->next) {
		if (g->known || lint_effect_of(l, g) == LINT_CLEAN)
			continue;
		page_text(l->domain, false, nagios_put, b);
		buf_addf(b, ": %s %s: ", g->rule->code,
		    lint_severity_word(g->severity));
		page_text(span_of(g->rule->title), true, nagios_put, b);
		buf_adds(b, ": ");
		page_text(g->message, true, nagios_put, b);
		buf_addc(b, '\n');
	}
}

int
posture_page_nagios(const struct posture_page *page)
{
	return page->critical > 0 ? 2 : page->unchecked > 0 ? 3 :
	    page->failed > 0 ? 1 : 0;
}

void
page_nagios_end(const struct posture_page *page, struct buf *b)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL",
	    "UNKNOWN" };

	buf_addf(b, "MAILAUDIT %s - %zu domain%s, %zu with errors, %zu with "
	    "warnings, %zu unchecked | domains=%zu errors=%zu warnings=%zu "
	    "notes=%zu unchecked=%zu\n", words[posture_page_nagios(page)],
	    page->domains, page->domains == 1 ? "" : "s", page->critical,
	    page->failed, page->unchecked, page->domains,
	    page->severities[LINT_ERROR], page->severities[LINT_WARNING],
	    page->severities[LINT_NOTE], page->unchecked);
	buf_addspan(b, buf_span(&page->parts[0]));
}
