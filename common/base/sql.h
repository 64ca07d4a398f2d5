/* SPDX-License-Identifier: ISC */
/*
 * SQLite for the stores: one file opened with care, transactions, statements
 * with a sticky result.  Only the files of a store include this; their own
 * callers never see SQL, so that another backend can stand after them.
 */
#ifndef SQL_H
#define SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/span.h"

/* Statements kept prepared; each is a literal of our own, and these are all. */
#define SQL_KEPT 128

struct sql_db {
	sqlite3 *db;
	int64_t busy_ms;	/* how long a lock is waited for */
	int64_t busy_since;	/* when that began */
	uint32_t jitter;	/* state of the back-off's random numbers */
	bool open;		/* a transaction is open */
	bool full;		/* the last commit found no room */
	size_t nkept;
	struct {
		const char *sql;	/* compared as a pointer */
		sqlite3_stmt *stmt;
	} kept[SQL_KEPT];
};

/* How a store wants it. */
struct sql_how {
	int64_t busy_ms;
	bool create;		/* write-ahead log; the file is there */
	bool no_checkpoint;	/* none by whoever happens to close last */
	const char *pragmas;	/* further ones, for each connection */
};

/*
 * May the file at path be a store?  A plain file of one name that only its
 * owner may write: FAULT_CONFIG if not, FAULT_NOINPUT, FAULT_NOPERM.
 */
enum fault_kind sql_file_check(const char *path, struct fault *f);
/*
 * Open the file, which must be there, and set it up: durable commits, no
 * trust in its schema.  *d is to be closed whatever the result is.
 */
enum fault_kind sql_open(struct sql_db *d, const char *path,
    const struct sql_how *how, struct fault *f);
/* Roll back what is open, and close. */
void sql_close(struct sql_db *d);

/* The fault of an SQLite result; FAULT_NONE for OK, ROW and DONE. */
enum fault_kind sql_fault(struct sql_db *d, int rc, struct fault *f);
/* One or more statements without parameters. */
enum fault_kind sql_exec(struct sql_db *d, const char *text,
    struct fault *f);
/*
 * One transaction at a time.  write: take the write lock now (FAULT_TEMP when
 * it is busy for busy_ms).  A commit is durable when it returns.
 */
enum fault_kind sql_begin(struct sql_db *d, bool write, struct fault *f);
enum fault_kind sql_commit(struct sql_db *d, struct fault *f);
/* Nothing happens if none is open. */
void sql_rollback(struct sql_db *d);

/* A statement with a sticky result: many binds, one check. */
struct sql {
	struct sql_db *d;
	sqlite3_stmt *stmt;
	bool kept;
	int at;			/* parameters bound so far */
	int rc;
};

/* text is a string literal: its statement stays prepared as long as the store
 * is open. */
void sql_prepare(struct sql *q, struct sql_db *d, const char *text);
/* A statement for once; text may be made at run time, of our own pieces. */
void sql_made(struct sql *q, struct sql_db *d, const char *text);
/* Bind the next parameter.  Bytes are borrowed until sql_end(); a span whose
 * p is NULL is NULL. */
void sql_int(struct sql *q, int64_t n);
void sql_null(struct sql *q);
void sql_text(struct sql *q, struct span s);
void sql_blob(struct sql *q, struct span s);
/* Bind by the name of the parameter (":id"); p NULL is NULL. */
void sql_int_as(struct sql *q, const char *name, int64_t n);
void sql_text_as(struct sql *q, const char *name, const char *p);
/* Step; true if there is a row. */
bool sql_step(struct sql *q);
/* Run the same statement again with new parameters. */
void sql_again(struct sql *q);
int64_t sql_column(const struct sql *q, int column);
bool sql_is_blob(const struct sql *q, int column);
/* Borrowed until the next step; p NULL for NULL. */
struct span sql_span(const struct sql *q, int column);
/* Copied as a string, cut to fit into len bytes. */
void sql_copy(const struct sql *q, int column, char *out, size_t len);
/* Done; the sticky failure. */
enum fault_kind sql_end(struct sql *q, struct fault *f);
/* Rows that the last statement changed; the id that it gave. */
int64_t sql_changes(const struct sql_db *d);
int64_t sql_id(const struct sql_db *d);

#endif
