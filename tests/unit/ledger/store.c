/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "ledger/store.h"
#include "tap.h"

static char folder[] = "/tmp/vouchsafe-store-XXXXXX";
static char path[64];
static struct fault f;

static struct grant
sample(const char *id)
{
	struct grant g = { .state = GRANT_ACTIVE, .uid = 4294967294U,
	    .duration = 60, .not_after = 1060, .boot_end = 70, .uses = 2,
	    .uses_left = 2, .created = 1000 };

	(void)snprintf(g.id, sizeof(g.id), "%s", id);
	(void)snprintf(g.kind, sizeof(g.kind), "k");
	(void)snprintf(g.resource, sizeof(g.resource), "r'; --");
	(void)snprintf(g.requester, sizeof(g.requester), "uid:7");
	(void)snprintf(g.boot_id, sizeof(g.boot_id), "boot-a");
	return g;
}

static bool
burn(struct store *s, int64_t n, int64_t wall, int64_t boot, int64_t *left)
{
	struct jit_now now = { .wall = wall, .boot = boot,
	    .boot_id = "boot-a" };
	struct store_head head = { .seq = 9 };
	bool taken = false;

	CHECK(store_begin(s, true, &f) == FAULT_NONE &&
	    store_grant_burn(s, "g1", n, &now, &head, &taken, left, &f) ==
	    FAULT_NONE && store_commit(s, &f) == FAULT_NONE);
	return taken;
}

static void
test_grants(struct store *s)
{
	struct grant g = sample("g1"), back;
	bool found;
	int64_t left = 0;

	CHECK(store_begin(s, true, &f) == FAULT_NONE);
	CHECK(store_grant_put(s, &g, &f) == FAULT_NONE);
	CHECK(store_commit(s, &f) == FAULT_NONE);
	CHECK(store_grant_get(s, "g1", &back, &found, &f) == FAULT_NONE &&
	    found);
	CHECK(memcmp(&g, &back, sizeof(g)) == 0);
	CHECK(store_grant_get(s, "g2", &back, &found, &f) == FAULT_NONE &&
	    !found);
	CHECK(!burn(s, 3, 1000, 10, &left));
	CHECK(!burn(s, 1, 1060, 10, &left));
	CHECK(!burn(s, 1, 1000, 70, &left));
	CHECK(burn(s, 1, 1059, 69, &left) && left == 1);
	CHECK(store_begin(s, true, &f) == FAULT_NONE);
	g.uses_left = 5;
	CHECK(store_grant_put(s, &g, &f) == FAULT_NONE);
	store_rollback(s);
	CHECK(store_grant_get(s, "g1", &back, &found, &f) == FAULT_NONE &&
	    back.uses_left == 1 && back.seq == 9);
}

static enum fault_kind
count_freeze(const struct store_freeze *z, void *arg, struct fault *fault)
{
	(void)z;
	(void)fault;
	++*(int *)arg;
	return FAULT_NONE;
}

static int
freezes(struct store *s)
{
	int count = 0;

	CHECK(store_freeze_each(s, count_freeze, &count, &f) == FAULT_NONE);
	return count;
}

static void
test_freezes(struct store *s)
{
	static const char *const values[] = { "", "uid:7", "k", "r'; --", "" };
	int64_t n;

	for (int scope = FREEZE_ALL; scope <= FREEZE_HOST; scope++) {
		struct store_freeze z = { .scope = (enum freeze_scope)scope };

		(void)snprintf(z.value, sizeof(z.value), "%s", values[scope]);
		CHECK(store_freeze_put(s, &z, &f) == FAULT_NONE);
		CHECK(freezes(s) == 1);
		CHECK(store_freeze_drop(s, z.scope, z.value, &n, &f) ==
		    FAULT_NONE && n == 1);
		CHECK(freezes(s) == 0);
	}
}

static void
test_votes(struct store *s)
{
	struct store_vote v = { .grant = "g1", .person = "alice",
	    .yes = true, .via = "local" };
	struct store_op op = { .grant = "g1", .key = "k", .uid = 7 }, back;
	bool fresh, found;
	int64_t sum;

	CHECK(store_vote_find(s, v.grant, v.person, &fresh, &f) ==
	    FAULT_NONE && !fresh);
	CHECK(store_vote_put(s, &v, &fresh, &f) == FAULT_NONE && fresh);
	CHECK(store_vote_put(s, &v, &fresh, &f) == FAULT_NONE && !fresh);
	CHECK(store_vote_find(s, v.grant, v.person, &fresh, &f) ==
	    FAULT_NONE && fresh);
	CHECK(store_vote_find(s, v.grant, "nobody", &fresh, &f) ==
	    FAULT_NONE && !fresh);
	CHECK(store_op_put(s, &op, &f) == FAULT_NONE);
	CHECK(store_op_get(s, "g1", "k", &back, &found, &f) == FAULT_NONE &&
	    found && back.uid == 7);
	CHECK(store_op_get(s, "g1", "x", &back, &found, &f) == FAULT_NONE &&
	    !found);
	CHECK(store_tries(s, "g1", "alice", 0, &sum, &f) == FAULT_NONE &&
	    sum == 0);
	CHECK(store_tries(s, "g1", "alice", 1, &sum, &f) == FAULT_NONE &&
	    store_tries(s, "g1", "alice", 1, &sum, &f) == FAULT_NONE &&
	    sum == 2);
}

static void
test_open(void)
{
	struct store *s = NULL;
	char other[80];
	int fd;

	CHECK(store_open(path, true, &s, &f) == FAULT_CANTCREAT);
	(void)snprintf(other, sizeof(other), "%s/none", folder);
	CHECK(store_open(other, false, &s, &f) == FAULT_NOINPUT);
	(void)snprintf(other, sizeof(other), "%s/link", folder);
	CHECK(symlink(path, other) == 0);
	CHECK(store_open(other, false, &s, &f) == FAULT_CONFIG);
	CHECK(unlink(other) == 0);
	fd = open(other, O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(write(fd, "this is no database, but a text", 31) == 31);
	(void)close(fd);
	CHECK(store_open(other, false, &s, &f) == FAULT_CONFIG);
	CHECK(unlink(other) == 0);
	CHECK(chmod(path, 0666) == 0);
	CHECK(store_open(path, false, &s, &f) == FAULT_CONFIG);
	CHECK(chmod(path, 0600) == 0);
	CHECK(store_open(path, false, &s, &f) == FAULT_NONE);
	store_close(s);
}

/* Version 1 as it was released.  Never change this text. */
static const char version_1[] =
	"PRAGMA journal_mode=WAL;"
	"CREATE TABLE host("
	" one INTEGER PRIMARY KEY CHECK (one = 1),"
	" log_seq INTEGER NOT NULL, log_end INTEGER NOT NULL,"
	" log_len INTEGER NOT NULL, log_hash TEXT NOT NULL,"
	" seen_max INTEGER NOT NULL, wall INTEGER NOT NULL,"
	" boot INTEGER NOT NULL, boot_id TEXT NOT NULL,"
	" epoch INTEGER NOT NULL);"
	"INSERT INTO host VALUES(1, 7, 700, 100, 'h', 900, 901, 9, 'b', 3);"
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
	"INSERT INTO grants VALUES('g1', 4, 0, 'k', 'r', 'rule x', '',"
	" 'uid:7', 'p', 7, 'why', '{}', 0, 1, 2, 3, 4, 5, 6, 1060, 70,"
	" 'boot-a', 8, 9, 2, 2, 'pol', 'dig', '{\"a\":1}', 10, 11, 'err', 12,"
	" 'hash');"
	"PRAGMA application_id = 1986684721;"
	"PRAGMA user_version = 1;";

/* Run SQL on a file that need not be a store; *version is what it says. */
static bool
sql(const char *name, const char *text, int *version)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	bool ok = sqlite3_open(name, &db) == SQLITE_OK &&
	    sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL) ==
	    SQLITE_OK && sqlite3_step(st) == SQLITE_ROW;

	*version = ok ? sqlite3_column_int(st, 0) : -1;
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
	return ok;
}

static void
test_migrate(void)
{
	struct store *s = NULL;
	struct store_host h;
	struct grant g, same;
	char old[80];
	bool found;
	int version;
	int64_t left;

	(void)snprintf(old, sizeof(old), "%s/old", folder);
	CHECK(sql(old, version_1, &version) && version == 1);
	CHECK(chmod(old, 0600) == 0);
	CHECK(store_open(old, false, &s, &f) == FAULT_NONE);
	CHECK(store_host_get(s, &h, &f) == FAULT_NONE && h.head.seq == 7 &&
	    h.mark.seen_max == 900 && h.epoch == 3);
	CHECK(store_grant_get(s, "g1", &g, &found, &f) == FAULT_NONE && found);
	CHECK(g.effect[0] == '\0');
	CHECK(g.state == GRANT_ACTIVE && g.tries == 10 && g.seq == 12);
	CHECK(strcmp(g.plan, "{\"a\":1}") == 0);
	CHECK(strcmp(g.hash, "hash") == 0);
	CHECK(burn(s, 1, 1000, 10, &left) && left == 1);
	(void)snprintf(g.effect, sizeof(g.effect), "e");
	CHECK(store_grant_put(s, &g, &f) == FAULT_NONE);
	CHECK(store_grant_get(s, "g1", &same, &found, &f) == FAULT_NONE);
	CHECK(strcmp(same.effect, "e") == 0);
	store_close(s);
	CHECK(sql(old, "SELECT 1", &version) && version == STORE_SCHEMA);

	/* What a newer version made, and what is no store, stays as it is. */
	CHECK(sql(old, "PRAGMA user_version = 99", &version));
	CHECK(store_open(old, false, &s, &f) == FAULT_CONFIG);
	CHECK(strstr(f.text, "newer version") != NULL);
	fault_clear(&f);
	CHECK(sql(old, "PRAGMA user_version = 1; PRAGMA application_id = 7",
	    &version));
	CHECK(store_open(old, false, &s, &f) == FAULT_CONFIG);
	CHECK(sql(old, "SELECT 1", &version) && version == 1);
	fault_clear(&f);
	/* A version 1 that lies about itself: all of a step or none of it. */
	CHECK(sql(old, "PRAGMA application_id = 1986684721;"
	    "ALTER TABLE grants DROP COLUMN kind", &version) == false ||
	    version == 1);
	CHECK(sql(old, "PRAGMA application_id = 1986684721", &version));
	CHECK(store_open(old, false, &s, &f) != FAULT_NONE);
	CHECK(sql(old, "SELECT 1", &version) && version == 1);
	fault_clear(&f);
}

static void
test_sharing(struct store *s)
{
	static const enum grant_state states[] = { GRANT_APPROVED,
	    GRANT_APPLYING, GRANT_ACTIVE, GRANT_REVOKING, GRANT_ENDED };
	struct grant a = sample("s1"), b = sample("s2"), got;
	struct jit_now now = { .wall = 1059, .boot = 69,
	    .boot_id = "boot-a" };
	bool found;

	(void)snprintf(a.effect, sizeof(a.effect), "e");
	memcpy(b.effect, a.effect, sizeof(b.effect));
	CHECK(store_grant_put(s, &a, &f) == FAULT_NONE);
	for (size_t i = 0; i < 5; i++) {
		b.state = states[i];
		CHECK(store_grant_put(s, &b, &f) == FAULT_NONE);
		CHECK(store_grant_sharing(s, "e", "s1", &now, &got, &found,
		    &f) == FAULT_NONE && found == (i == 1 || i == 2));
		CHECK(store_grant_sharing(s, "e", "s1", NULL, &got, &found,
		    &f) == FAULT_NONE && found == (i >= 1 && i <= 3));
	}
	/* What is over, by either clock, keeps nothing for itself. */
	b.state = GRANT_ACTIVE;
	CHECK(store_grant_put(s, &b, &f) == FAULT_NONE);
	now.boot = 70;
	CHECK(store_grant_sharing(s, "e", "s1", &now, &got, &found, &f) ==
	    FAULT_NONE && !found);
	memcpy(now.boot_id, "boot-b", 7);
	CHECK(store_grant_sharing(s, "e", "s1", &now, &got, &found, &f) ==
	    FAULT_NONE && found);
	now.wall = 1060;
	CHECK(store_grant_sharing(s, "e", "s1", &now, &got, &found, &f) ==
	    FAULT_NONE && !found);
	CHECK(store_grant_sharing(s, "", "s1", NULL, &got, &found, &f) ==
	    FAULT_NONE && !found);
	CHECK(store_grant_sharing(s, "other", "s1", NULL, &got, &found, &f)
	    == FAULT_NONE && !found);
}

int
main(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct store *s = NULL;
	char name[80];

	if (mkdtemp(folder) == NULL)
		return 99;
	(void)snprintf(path, sizeof(path), "%s/db", folder);
	CHECK(store_open(path, true, &s, &f) == FAULT_NONE);
	if (s == NULL)
		return 99;
	test_grants(s);
	test_freezes(s);
	test_votes(s);
	test_sharing(s);
	store_close(s);
	test_open();
	test_migrate();
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		(void)unlink(name);
		(void)snprintf(name, sizeof(name), "%s/old%s", folder,
		    ends[i]);
		(void)unlink(name);
	}
	(void)rmdir(folder);
	return tap_done();
}
