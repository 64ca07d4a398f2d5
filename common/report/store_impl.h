/* SPDX-License-Identifier: ISC */
/* What the files of the store share; nobody else includes this. */
#ifndef REPORT_STORE_IMPL_H
#define REPORT_STORE_IMPL_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "report/store.h"

/* Statements kept prepared; each is a literal of our own, and these are all. */
#define REPORT_STATEMENTS 128

struct report_store {
	sqlite3 *db;
	int64_t busy_since;	/* when waiting for a lock began, ms */
	uint32_t jitter;
	bool open;		/* a transaction is open */
	size_t nstatements;
	struct report_statement {
		const char *sql;	/* compared as a pointer */
		sqlite3_stmt *stmt;
	} statements[REPORT_STATEMENTS];
};

/*
 * A statement with a sticky result: many binds, one check.  sql is a string
 * literal: its statement stays prepared as long as the store is open.
 */
struct report_sql {
	struct report_store *s;
	sqlite3_stmt *stmt;
	bool kept;
	int at;			/* parameters bound so far */
	int rc;
};

/* The fault of an SQLite result; FAULT_NONE for OK, ROW and DONE. */
enum fault_kind report_store_fault(struct report_store *s, int rc,
    struct fault *f);

void report_sql_prepare(struct report_sql *q, struct report_store *s,
    const char *sql);
/* The same for text made at run time (of our own pieces alone). */
void report_sql_made(struct report_sql *q, struct report_store *s,
    const char *sql);
/* Bind the next parameter.  Bytes are borrowed until report_sql_end(); a
 * span whose p is NULL is NULL. */
void report_sql_int(struct report_sql *q, int64_t n);
void report_sql_null(struct report_sql *q);
void report_sql_text(struct report_sql *q, struct span s);
void report_sql_blob(struct report_sql *q, struct span s);
/* Step; true if there is a row. */
bool report_sql_step(struct report_sql *q);
/* Run the same statement again with new parameters. */
void report_sql_again(struct report_sql *q);
int64_t report_sql_column(const struct report_sql *q, int column);
bool report_sql_is_blob(const struct report_sql *q, int column);
/* Borrowed until the next step; p NULL for NULL. */
struct span report_sql_span(const struct report_sql *q, int column);
/* Done; the sticky failure. */
enum fault_kind report_sql_end(struct report_sql *q, struct fault *f);
/* Rows that the last statement changed; the id that it gave. */
int64_t report_sql_changes(const struct report_store *s);
int64_t report_sql_id(const struct report_store *s);
/* One or more statements without parameters. */
enum fault_kind report_store_exec(struct report_store *s, const char *sql,
    struct fault *f);

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
