/* SPDX-License-Identifier: ISC */
/*
 * The store of dmarcreport: what both sides remember.  Callers see sets of
 * things (reports that were read, counters that were folded) and transactions,
 * never SQL; store_read.h and the making side's header add what each side
 * keeps.  After it stands SQLite; nothing here depends on that.
 */
#ifndef REPORT_STORE_H
#define REPORT_STORE_H

#include <stdbool.h>

#include "base/fault.h"

struct report_store;

/*
 * Open the store that uri names ("sqlite:FILE"; NULL: store.db in the folder
 * home).  create makes the folder (0700), the file (0600) and the tables that
 * are missing; else FAULT_NOINPUT where there is none.  FAULT_CONFIG: on a
 * network file system, writable by others, of a newer version, no store.
 * FAULT_USAGE: a uri that is none, or a backend that was not built in.
 */
enum fault_kind report_store_open(const char *home, const char *uri,
    bool create, struct report_store **store, struct fault *f);
/* Rolls back what is open.  NULL is allowed. */
void report_store_close(struct report_store *s);

/*
 * One transaction at a time.  write: take the write lock now (FAULT_TEMP when
 * it is busy for 20 s).  Commit is durable when it returns.
 */
enum fault_kind report_store_begin(struct report_store *s, bool write,
    struct fault *f);
enum fault_kind report_store_commit(struct report_store *s,
    struct fault *f);
/* Nothing happens if none is open. */
void report_store_rollback(struct report_store *s);

/* A point inside of a transaction to which undo goes back; keep forgets the
 * point.  They do not nest. */
enum fault_kind report_store_mark(struct report_store *s, struct fault *f);
enum fault_kind report_store_undo(struct report_store *s, struct fault *f);
enum fault_kind report_store_keep(struct report_store *s, struct fault *f);

#endif
