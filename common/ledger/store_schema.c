/* SPDX-License-Identifier: ISC */
/* The tables of the store, and how an older store gets them. */
#include "ledger/store_impl.h"

/* "vjg1": so that no other SQLite file is taken for a store. */
#define STORE_APPLICATION 1986684721
#define STORE_TEXT(n) STORE_TEXT_(n)
#define STORE_TEXT_(n) #n

/*
 * Each entry brings the schema from its index to the next version.  Never
 * change one that was released: add another.
 */
static const char *const store_schema[STORE_SCHEMA] = {
	"CREATE TABLE host("
	" one INTEGER PRIMARY KEY CHECK (one = 1),"
	" log_seq INTEGER NOT NULL, log_end INTEGER NOT NULL,"
	" log_len INTEGER NOT NULL, log_hash TEXT NOT NULL,"
	" seen_max INTEGER NOT NULL, wall INTEGER NOT NULL,"
	" boot INTEGER NOT NULL, boot_id TEXT NOT NULL,"
	" epoch INTEGER NOT NULL);"
	"INSERT INTO host VALUES(1, 0, 0, 0, '', 0, 0, 0, '', 1);"
	"CREATE TABLE grants("
	" id TEXT PRIMARY KEY, state INTEGER NOT NULL, end INTEGER NOT NULL,"
	" kind TEXT NOT NULL, resource TEXT NOT NULL, rule TEXT NOT NULL,"
	" renews TEXT NOT NULL,"
	" requester TEXT NOT NULL, person TEXT NOT NULL,"
	" uid INTEGER NOT NULL, reason TEXT NOT NULL, limits TEXT NOT NULL,"
	" break_glass INTEGER NOT NULL, created INTEGER NOT NULL,"
	" start INTEGER NOT NULL, duration INTEGER NOT NULL,"
	" pending_until INTEGER NOT NULL, activate_by INTEGER NOT NULL,"
	" activated INTEGER NOT NULL, not_after INTEGER NOT NULL,"
	" boot_end INTEGER NOT NULL, boot_id TEXT NOT NULL,"
	" max_total INTEGER NOT NULL, review_by INTEGER NOT NULL,"
	" uses INTEGER NOT NULL, uses_left INTEGER NOT NULL,"
	" policy TEXT NOT NULL, digest TEXT NOT NULL, plan TEXT NOT NULL,"
	" tries INTEGER NOT NULL, next_try INTEGER NOT NULL,"
	" error TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL);"
	/* Ended grants are many and asked for by id alone. */
	"CREATE INDEX grants_live ON grants(requester, kind, resource)"
	" WHERE state BETWEEN 1 AND 5;"
	"CREATE TABLE votes("
	" grant TEXT NOT NULL, person TEXT NOT NULL, yes INTEGER NOT NULL,"
	" time INTEGER NOT NULL, via TEXT NOT NULL, evidence TEXT,"
	" PRIMARY KEY(grant, person)) WITHOUT ROWID;"
	"CREATE TABLE tries("
	" grant TEXT NOT NULL, person TEXT NOT NULL, n INTEGER NOT NULL,"
	" PRIMARY KEY(grant, person)) WITHOUT ROWID;"
	"CREATE TABLE ops("
	" grant TEXT NOT NULL, key TEXT NOT NULL, limits TEXT NOT NULL,"
	" uid INTEGER NOT NULL, count INTEGER NOT NULL,"
	" time INTEGER NOT NULL,"
	" PRIMARY KEY(grant, key)) WITHOUT ROWID;"
	"CREATE TABLE freezes("
	" id INTEGER PRIMARY KEY, scope INTEGER NOT NULL,"
	" value TEXT NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL,"
	" since INTEGER NOT NULL, UNIQUE(scope, value));"
	"CREATE TABLE runs("
	" id INTEGER PRIMARY KEY, grant TEXT NOT NULL,"
	" cgroup TEXT NOT NULL, pid INTEGER NOT NULL,"
	" pid_start INTEGER NOT NULL, child INTEGER NOT NULL,"
	" child_start INTEGER NOT NULL, boot_id TEXT NOT NULL);"
	"CREATE INDEX runs_grant ON runs(grant);"
	"PRAGMA application_id = " STORE_TEXT(STORE_APPLICATION) ";"
	"PRAGMA user_version = 1;",

	/* 2: two grants may hold the same effect of an adapter; and when
	 * anybody swept last. */
	"ALTER TABLE grants ADD COLUMN effect TEXT NOT NULL DEFAULT '';"
	"CREATE INDEX grants_effect ON grants(effect)"
	" WHERE effect > '' AND state BETWEEN 1 AND 5;"
	"ALTER TABLE host ADD COLUMN swept INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE grants ADD COLUMN asked INTEGER NOT NULL DEFAULT -1;"
	/* Spent ones are looked through when an operation may be a retry. */
	"CREATE INDEX IF NOT EXISTS grants_spent"
	" ON grants(requester, kind, resource, not_after)"
	" WHERE state = 6 AND end = 2;"
	"PRAGMA user_version = 2;",

	/* 3: mails that sendmail did not take yet. */
	"CREATE TABLE mails("
	" id INTEGER PRIMARY KEY, sender TEXT NOT NULL, text TEXT NOT NULL,"
	" since INTEGER NOT NULL, tries INTEGER NOT NULL,"
	" next INTEGER NOT NULL);"
	"CREATE INDEX mails_next ON mails(next);"
	"PRAGMA user_version = 3;",

	/* 4: adapters at work are written down; pauses by the boot clock. */
	"ALTER TABLE runs ADD COLUMN adapter INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE grants ADD COLUMN next_boot INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE grants ADD COLUMN next_boot_id TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE grants ADD COLUMN apply_again INTEGER NOT NULL DEFAULT 0;"
	"PRAGMA user_version = 4;",

	/* 5: what an adapter sent elsewhere and nobody answered. */
	"ALTER TABLE grants ADD COLUMN unanswered INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE grants ADD COLUMN unanswered_id TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE grants ADD COLUMN undone INTEGER NOT NULL DEFAULT 0;"
	"PRAGMA user_version = 5;"
};

static enum fault_kind
store_pragma(struct store *s, const char *sql, int64_t *out, struct fault *f)
{
	struct sql q;

	sql_made(&q, &s->db, sql);
	if (sql_step(&q))
		*out = sql_column(&q, 0);
	return sql_end(&q, f);
}

enum fault_kind
store_migrate(struct store *s, bool create, struct fault *f)
{
	int64_t version = 0, application = 0;
	enum fault_kind kind;

	kind = store_pragma(s, "PRAGMA user_version", &version, f);
	if (kind == FAULT_NONE)
		kind = store_pragma(s, "PRAGMA application_id", &application,
		    f);
	if (kind == FAULT_NONE && !create &&
	    (version < 1 || application != STORE_APPLICATION))
		kind = fault_set(f, FAULT_CONFIG, "this is no store");
	if (kind == FAULT_NONE && version > STORE_SCHEMA)
		kind = fault_set(f, FAULT_CONFIG,
		    "the store was made by a newer version");
	if (kind != FAULT_NONE || version == STORE_SCHEMA)
		return kind;
	kind = store_begin(s, true, f);
	/* Another process may have done it meanwhile. */
	if (kind == FAULT_NONE)
		kind = store_pragma(s, "PRAGMA user_version", &version, f);
	while (kind == FAULT_NONE && version < STORE_SCHEMA)
		kind = sql_exec(&s->db, store_schema[version++], f);
	if (kind == FAULT_NONE)
		kind = store_commit(s, f);
	store_rollback(s);
	return kind;
}
