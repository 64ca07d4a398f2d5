/* SPDX-License-Identifier: ISC */
/*
 * What was found about all domains of a run, as one document: a Markdown
 * table, CSV, an HTML page without script or anything loaded, metrics for
 * Prometheus, one status for Nagios.  Whatever the DNS holds is escaped: it is
 * strangers' text.
 */
#ifndef POSTURE_PAGE_H
#define POSTURE_PAGE_H

#include "posture/posture.h"

enum posture_format {
	POSTURE_MARKDOWN = 0,
	POSTURE_CSV,
	POSTURE_HTML,
	POSTURE_PROMETHEUS,
	POSTURE_NAGIOS
};

/* Parts that a format gathers beside each other: one a metric. */
#define POSTURE_PAGE_PARTS 4

struct posture_page {
	enum posture_format format;
	struct buf parts[POSTURE_PAGE_PARTS];
	size_t domains;
	size_t shown;		/* domains with something to say */
	size_t severities[LINT_ERROR + 1];	/* findings not known */
	size_t unchecked;	/* domains */
	size_t critical;	/* domains: broken, none, or with an error */
	size_t failed;		/* domains that fail the run otherwise */
	size_t queries;
};

/* An empty document. */
void posture_page_init(struct posture_page *page, enum posture_format format);
void posture_page_free(struct posture_page *page);

/* Add one domain, judged by its filter.  p may be NULL: it was not audited. */
void posture_page_add(struct posture_page *page, const struct lint *l,
    const struct posture *p);

/* The whole document, for an audit as of `time`. */
void posture_page_end(struct posture_page *page, int64_t time,
    struct buf *b);

/* POSTURE_NAGIOS: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
int posture_page_nagios(const struct posture_page *page);

#endif
