/* SPDX-License-Identifier: ISC */
/* dmarcreport lint: shared by its files. */
#ifndef DMARCREPORT_LINT_H
#define DMARCREPORT_LINT_H

#include "dmarcreport/dmarcreport.h"
#include "report/reader.h"

enum lint_format {
	LINT_TEXT = 0,
	LINT_JSON,
	LINT_TAP,
	LINT_JUNIT
};

struct lint {
	struct dmarcreport_common common;
	const char *files_from, *baseline;
	bool nul, strict;
	enum lint_format format;
	bool ignore[REPORT_CODES];
	struct buf known;	/* the baseline's lines */
	struct buf text;	/* what is printed */
	size_t points, failed;	/* of TAP and JUnit: one a report */
	bool any;
	int exit;
};

/* The reader's callback: findings of one report. */
enum fault_kind lint_item(void *state, const struct report_item *item,
    struct fault *f);
/* What stands around all of them. */
void lint_end(struct lint *l);

#endif
