/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"
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

static void
test_freezes(struct store *s)
{
	static const char *const values[] = { "", "uid:7", "k", "r'; --", "" };
	int64_t left, n;
	bool frozen;

	for (int scope = FREEZE_ALL; scope <= FREEZE_HOST; scope++) {
		struct store_freeze z = { .scope = (enum freeze_scope)scope };

		(void)snprintf(z.value, sizeof(z.value), "%s", values[scope]);
		CHECK(store_freeze_put(s, &z, &f) == FAULT_NONE);
		CHECK(store_frozen(s, "uid:7", "k", "r'; --", &frozen, &f) ==
		    FAULT_NONE && frozen);
		CHECK(!burn(s, 1, 1000, 10, &left));
		CHECK(store_freeze_drop(s, z.scope, z.value, &n, &f) ==
		    FAULT_NONE && n == 1);
		CHECK(store_frozen(s, "uid:7", "k", "r'; --", &frozen, &f) ==
		    FAULT_NONE && !frozen);
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

	CHECK(store_vote_put(s, &v, &fresh, &f) == FAULT_NONE && fresh);
	CHECK(store_vote_put(s, &v, &fresh, &f) == FAULT_NONE && !fresh);
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
	store_close(s);
	test_open();
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		(void)unlink(name);
	}
	(void)rmdir(folder);
	return tap_done();
}
