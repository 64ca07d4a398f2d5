/* SPDX-License-Identifier: ISC */
/* What the files of the store share; nobody else includes this. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "base/sql.h"
#include "ledger/store.h"

struct store {
	struct sql_db db;
};

/*
 * Bring the schema to our version, in one transaction under the write lock:
 * whoever is killed leaves the old one.  FAULT_CONFIG for a store of a newer
 * version, which is left as it is, and for what is no store; with create set
 * an empty file becomes one.
 */
enum fault_kind store_migrate(struct store *s, bool create, struct fault *f);

#endif
