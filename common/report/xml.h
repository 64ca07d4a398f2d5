/* SPDX-License-Identifier: ISC */
/*
 * An aggregate report's XML into the model: strict where it must be, tolerant
 * where reports are odd, and each tolerance counted.  Rows stream; none is
 * kept.
 */
#ifndef REPORT_XML_H
#define REPORT_XML_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/hash.h"
#include "report/container.h"
#include "report/finding.h"
#include "report/orgs.h"
#include "report/report.h"

/* Who takes the rows.  begin() means: forget those so far, the report is read
 * anew.  A row and its spans live until row() returns. */
struct report_sink {
	void *state;
	enum fault_kind (*begin)(void *state, struct fault *f);
	enum fault_kind (*row)(void *state, const struct report_row *row,
	    struct fault *f);
};

/* What came of it. */
struct report_read {
	bool report;		/* the root element is feedback */
	enum report_why why;	/* NONE: it was read */
	struct report meta;	/* in the arena */
	struct report_findings findings;
	uint64_t rows, messages, passed, dropped;
	struct span digest;	/* of the parsed content, hex; in the arena */
};

struct report_xml_env {
	int64_t now;
	const struct clock *clock;	/* for the time limit */
	struct span author_domain;	/* of the mail, for AGG010; or empty */
	struct report_orgs *orgs;	/* of this report, for AGG044 */
};

enum fault_kind report_xml_read(struct report_leaf *leaf,
    const struct report_xml_env *env, struct arena *a,
    const struct report_sink *sink, struct report_read *out,
    struct fault *f);

#endif
