/* SPDX-License-Identifier: ISC */
/* What the files of the store share; nobody else includes this. */
#ifndef REPORT_STORE_IMPL_H
#define REPORT_STORE_IMPL_H

#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "base/sql.h"
#include "report/store.h"

struct report_store {
	struct sql_db db;
};

/* What the sums of days need to know of a report. */
struct report_whole {
	int64_t id, reporter, begin, end, trust;
	struct span domain;
};
/* A report's rows into the sums of days (sign 1), or out of them again (-1). */
enum fault_kind report_store_days(struct report_store *s,
    const struct report_whole *w, int sign, struct fault *f);

/*
 * The tables of one side and how an older store gets them: entry n brings
 * them from version n to n + 1.  Never change one that was released.
 */
struct report_schema {
	const char *side;
	size_t count;
	const char *const *steps;
};
extern const struct report_schema report_schema_read;
extern const struct report_schema report_schema_make;

/* Bring both sides' tables to our version, in one transaction. */
enum fault_kind report_store_migrate(struct report_store *s, bool create,
    struct fault *f);

#endif
