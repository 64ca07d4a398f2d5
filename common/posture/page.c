/* SPDX-License-Identifier: ISC */
#include "posture/page_impl.h"

void
posture_page_init(struct posture_page *page, enum posture_format format)
{
	*page = (struct posture_page){ .format = format };
	for (size_t i = 0; i < POSTURE_PAGE_PARTS; i++)
		buf_init(&page->parts[i], SIZE_MAX / 2);
}

void
posture_page_free(struct posture_page *page)
{
	for (size_t i = 0; i < POSTURE_PAGE_PARTS; i++)
		buf_free(&page->parts[i]);
}

void
page_text(struct span s, bool printed, void (*put)(char c, struct buf *b),
    struct buf *b)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (ascii_is_print(s.p[i])) {
			put(s.p[i], b);
			if (s.p[i] == '\\' && !printed)
				put('\\', b);
			continue;
		}
		put('\\', b);
		put('x', b);
		put(digits[c >> 4], b);
		put(digits[c & 15], b);
	}
}

const char *
page_role(const struct posture *p)
{
	return p == NULL || p->role == POSTURE_ROLE_UNKNOWN ? "" :
	    posture_role_words[p->role];
}

const char *
page_check(const struct posture *p, size_t family)
{
	return p == NULL || p->checks[family] == POSTURE_SKIPPED ? "-" :
	    posture_check_words[p->checks[family]];
}

/* What Nagios and the heads of the documents count. */
static void
page_count(struct posture_page *page, const struct lint *l,
    const struct posture *p)
{
	enum lint_effect e = lint_exit(l);
	bool error = false;

	page->domains++;
	page->shown += lint_any_shown(l) || l->ngone > 0;
	page->queries += p == NULL ? 0 : p->queries;
	for (const struct lint_finding *g = l->first; g != NULL; g = g->next) {
		page->severities[g->severity] += !g->known;
		error = error || (!g->known && g->severity == LINT_ERROR &&
		    lint_effect_of(l, g) != LINT_CLEAN &&
		    g->effect != LINT_UNCHECKED);
	}
	if (e == LINT_CLEAN)
		return;
	page->unchecked += e == LINT_UNCHECKED;
	page->critical += error;
	page->failed += !error && e != LINT_UNCHECKED;
}

void
posture_page_add(struct posture_page *page, const struct lint *l,
    const struct posture *p)
{
	page_count(page, l, p);
	switch (page->format) {
	case POSTURE_MARKDOWN:
		page_markdown_add(page, l, p);
		break;
	case POSTURE_CSV:
		page_csv_add(page, l, p);
		break;
	case POSTURE_HTML:
		page_html_add(page, l, p);
		break;
	case POSTURE_PROMETHEUS:
		page_metrics_add(page, l, p);
		break;
	case POSTURE_NAGIOS:
		page_nagios_add(page, l);
		break;
	}
}

void
posture_page_end(struct posture_page *page, int64_t time, struct buf *b)
{
	switch (page->format) {
	case POSTURE_MARKDOWN:
		page_markdown_end(page, b);
		break;
	case POSTURE_CSV:
		page_csv_end(page, b);
		break;
	case POSTURE_HTML:
		page_html_end(page, time, b);
		break;
	case POSTURE_PROMETHEUS:
		page_metrics_end(page, time, b);
		break;
	case POSTURE_NAGIOS:
		page_nagios_end(page, b);
		break;
	}
	for (size_t i = 0; i < POSTURE_PAGE_PARTS; i++) {
		b->nomem |= page->parts[i].nomem;
		b->full |= page->parts[i].full;
	}
}
