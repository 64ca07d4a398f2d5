/* SPDX-License-Identifier: ISC */
/*
 * peer_sqlite use DB GRANT: what `jitgrant use` asks of SQLite, and no more:
 * one conditional UPDATE under the write lock, synced.
 * peer_sqlite sql DB TEXT: run statements; print what they give.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static int
print(void *arg, int n, char **value, char **name)
{
	(void)arg;
	(void)name;
	for (int i = 0; i < n; i++)
		puts(value[i] == NULL ? "" : value[i]);
	return 0;
}

static int
use(sqlite3 *db, const char *id)
{
	sqlite3_stmt *st = NULL;
	int rc;

	if (sqlite3_exec(db, "PRAGMA synchronous=FULL; BEGIN IMMEDIATE", NULL,
	    NULL, NULL) != SQLITE_OK || sqlite3_prepare_v2(db, "UPDATE grants "
	    "SET uses_left = uses_left - 1 WHERE id = ?1 AND state = 4 AND "
	    "uses_left > 0", -1, &st, NULL) != SQLITE_OK)
		return 70;
	(void)sqlite3_bind_text(st, 1, id, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	(void)sqlite3_finalize(st);
	if (rc != SQLITE_DONE || sqlite3_changes(db) != 1 ||
	    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		return 1;
	return 0;
}

int
main(int argc, char **argv)
{
	sqlite3 *db = NULL;
	int status = 64;

	if (argc != 4)
		return 64;
	if (sqlite3_open(argv[2], &db) != SQLITE_OK)
		return 66;
	(void)sqlite3_busy_timeout(db, 10000);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	(void)sqlite3_exec(db, "PRAGMA wal_autocheckpoint=128", NULL, NULL,
	    NULL);
	if (strcmp(argv[1], "use") == 0)
		status = use(db, argv[3]);
	else if (strcmp(argv[1], "sql") == 0)
		status = sqlite3_exec(db, argv[3], print, NULL, NULL) ==
		    SQLITE_OK ? 0 : 70;
	if (status >= 65)
		(void)fprintf(stderr, "%s\n", sqlite3_errmsg(db));
	(void)sqlite3_close(db);
	return status;
}
