/* SPDX-License-Identifier: ISC */
/* What the formats of posture/page.h share with each other alone. */
#ifndef POSTURE_PAGE_IMPL_H
#define POSTURE_PAGE_IMPL_H

#include "posture/page.h"

/*
 * The bytes of s by put(), which escapes one printable byte for its format;
 * all others as \xHH, and the backslash doubled.  Of a message that was done
 * when it was made: printed.
 */
void page_text(struct span s, bool printed, void (*put)(char c,
    struct buf *b), struct buf *b);
/* The role's word, "" where none is known; what came of a family, "-" if it
 * was skipped. */
const char *page_role(const struct posture *p);
const char *page_check(const struct posture *p, size_t family);

/* One domain, and the document; all of a format. */
void page_markdown_add(struct posture_page *page, const struct lint *l,
    const struct posture *p);
void page_markdown_end(const struct posture_page *page, struct buf *b);
void page_csv_add(struct posture_page *page, const struct lint *l,
    const struct posture *p);
void page_csv_end(const struct posture_page *page, struct buf *b);
void page_html_add(struct posture_page *page, const struct lint *l,
    const struct posture *p);
void page_html_end(const struct posture_page *page, int64_t time,
    struct buf *b);
void page_metrics_add(struct posture_page *page, const struct lint *l,
    const struct posture *p);
void page_metrics_end(const struct posture_page *page, int64_t time,
    struct buf *b);
void page_nagios_add(struct posture_page *page, const struct lint *l);
void page_nagios_end(const struct posture_page *page, struct buf *b);

#endif
