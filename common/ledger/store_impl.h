/* SPDX-License-Identifier: ISC */
/* What the files of the store share; nobody else includes this. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <sqlite3.h>

#include "ledger/store.h"

struct store {
	sqlite3 *db;
	int64_t busy_since;	/* when waiting for a lock began, ms */
	uint32_t jitter;	/* state of the back-off's random numbers */
	bool open;		/* a transaction is open */
	bool full;		/* the last commit found no room */
};

/* A prepared statement with a sticky result: many binds, one check. */
struct store_sql {
	struct store *s;
	sqlite3_stmt *stmt;
	int rc;
};

/* The fault that an SQLite result is; FAULT_NONE for OK, ROW and DONE. */
enum fault_kind store_fault(struct store *s, int rc, struct fault *f);

void store_prepare(struct store_sql *q, struct store *s, const char *sql);
/* Bind by the name of the parameter (":id"). */
void store_bind_int(struct store_sql *q, const char *name, int64_t n);
void store_bind_text(struct store_sql *q, const char *name, const char *p);
/* Step; true if there is a row. */
bool store_step(struct store_sql *q);
/* Column as an integer, and copied as text, cut to fit. */
int64_t store_int(const struct store_sql *q, int column);
void store_text(const struct store_sql *q, int column, char *out, size_t len);
/* Finalize; report the sticky failure. */
enum fault_kind store_end(struct store_sql *q, struct fault *f);
/*
 * Bring the schema to our version, in one transaction under the write lock:
 * whoever is killed leaves the old one.  FAULT_CONFIG for a store of a newer
 * version, which is left as it is, and for what is no store; with create set
 * an empty file becomes one.
 */
enum fault_kind store_migrate(struct store *s, bool create, struct fault *f);
/* Run one or more statements without parameters. */
enum fault_kind store_exec(struct store *s, const char *sql, struct fault *f);

#endif
