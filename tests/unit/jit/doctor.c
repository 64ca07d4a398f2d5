/* SPDX-License-Identifier: ISC */
/* Each finding of doctor: once there, once not. */
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jit/jit.h"
#include "tap.h"

#define BOOT_A "aaaaaaaa-0000-4000-8000-000000000000"

static char top[] = "/tmp/vouchsafe-doctor-XXXXXX";
static char home[80], adapters[80];
static bool synced = true, readable;
static struct jit_env env;

static bool
is_synced(void)
{
	return synced;
}

static bool
can_read(uint32_t uid, const char *path)
{
	return readable && uid == 1001 && strstr(path, "/s1.pem") != NULL;
}

static enum fault_kind
fill(void *p, size_t len, struct fault *f)
{
	(void)f;
	memset(p, 7, len);
	return FAULT_NONE;
}

/* Ask verb in the home; the exit status. */
static int
ask(const char *verb, struct jit_answer *a)
{
	struct jit_ask q = { .verb = verb };
	struct jit j;
	struct fault f = { 0 };

	if (jit_open(&j, home, true, NULL, &env, &f) != FAULT_NONE)
		return -1;
	jit_do(&j, &q, a);
	jit_close(&j);
	return jit_exit(a);
}

/* How often doctor finds that, and with it which exit status. */
static int
finds(const char *what, int *status)
{
	struct jit_answer a;
	const json_t *o;
	size_t i;
	int n = 0;

	*status = ask("doctor", &a);
	json_array_foreach(json_object_get(a.more, "findings"), i, o)
		n += strcmp(json_string_value(json_object_get(o, "what")),
		    what) == 0;
	jit_answer_free(&a);
	return n;
}

static void
found(const char *what)
{
	int status, n = finds(what, &status);

	CHECKF(n == 1 && status == 1, "%s: found %d times, status %d", what,
	    n, status);
}

static void
healthy(const char *what)
{
	int status, n = finds(what, &status);

	CHECKF(n == 0 && status == 0, "without %s: found %d times, status %d",
	    what, n, status);
}

static void
put(const char *name, const char *text, mode_t mode)
{
	char path[160];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) ==
	    (ssize_t)strlen(text) && fchmod(fd, mode) == 0);
	(void)close(fd);
}

static void
mode(const char *name, mode_t m)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	CHECK(chmod(path, m) == 0);
}

static void
policy(const char *more)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "[rule demo]\nkind=demo\n"
	    "resource=*\nrequest=uid:1001\napprove=none\nmax=1h\n%s", more);
	put("own/policy", text, 0600);
}

static void
test_keys(void)
{
	char from[160], to[160];

	healthy("key-open");
	mode("own/log.key", 0640);
	found("key-open");
	mode("own/log.key", 0600);
	(void)snprintf(from, sizeof(from), "%s/own/code.key", top);
	(void)snprintf(to, sizeof(to), "%s/kept", top);
	CHECK(rename(from, to) == 0);
	found("key-missing");
	CHECK(rename(to, from) == 0);
	CHECK(link(from, to) == 0);
	found("key-open");
	CHECK(unlink(to) == 0);
	healthy("key-missing");
}

static void
test_places(void)
{
	(void)chmod(top, 0777);
	found("path-writable");
	(void)chmod(top, 01777);	/* sticky: only owners rename */
	healthy("path-writable");
	(void)chmod(top, 0755);
	policy("nonsense=1\n");
	found("policy");
	policy("");
	mode("own/policy", 0660);
	found("policy");
	mode("own/policy", 0600);
	healthy("policy");
	put("own/ballast", "", 0600);
	found("no-ballast");
}

static void
test_adapters(void)
{
	policy("[kind e]\nadapter=unixgroup\n");
	found("adapter");
	put("adapters/unixgroup", "#!/bin/sh\n", 0777);
	found("adapter");
	mode("adapters/unixgroup", 0755);
	healthy("adapter");
	policy("");
}

static void
test_lent(void)
{
	char text[400], more[160];

	(void)snprintf(text, sizeof(text), "[kind demo]\nkey=%s/s1.pem\n",
	    top);
	policy(text);
	found("lent-key-missing");
	put("s1.pem", "key", 0644);
	found("lent-key-open");
	mode("s1.pem", 0640);
	healthy("lent-key-readable");
	readable = true;
	found("lent-key-readable");
	/* Who may not ask may read. */
	(void)snprintf(more, sizeof(more), "[kind sign]\nkey=%s/s1.pem\n"
	    "[rule s]\nkind=sign\nresource=*\nrequest=uid:1002\n"
	    "approve=none\n", top);
	policy(more);
	healthy("lent-key-readable");
	/* One of several, and who gets it by breaking glass. */
	(void)snprintf(text, sizeof(text), "[kind sign]\nkey=%s/s2.pem , "
	    "%s/s1.pem\n[person p]\nuid=1001\n[break-glass b]\nkind=sign\n"
	    "who=person:p\nmax=1h\n", top, top);
	put("s2.pem", "key", 0600);
	policy(text);
	found("lent-key-readable");
	readable = false;
	healthy("lent-key-readable");
	policy("[kind sign]\nkey=relative\n");
	found("policy");
	policy("[kind sign]\ntimeout=3s\n");
	found("policy");
	policy("[kind sign]\nkey=/x\ngroup=y\n");
	found("policy");
	policy("");
}

static void
test_clock(void)
{
	struct jit_answer a;
	int64_t wall = env.clock.fixed.wall;

	synced = false;
	found("clock-unsynchronised");
	synced = true;
	healthy("clock-unsynchronised");
	env.clock.fixed.wall = wall - 3600;
	found("clock");
	env.clock.fixed.wall = wall + 2 * 3600;
	found("clock");
	env.clock.fixed.wall = wall;
	healthy("clock");
	/* Not anybody's home: somebody has to sweep it. */
	CHECK(ask("sweep", &a) == 0);
	jit_answer_free(&a);
	healthy("no-sweep");
}

/* The system's home is swept, or it is told. */
static void
test_sweep(void)
{
	struct jit_answer a;
	struct jit_ask q = { .verb = "doctor" };
	struct jit j;
	struct fault f = { 0 };
	static const struct { int64_t later; bool told; } cases[] = {
		{ 0, false }, { 180, false }, { 181, true } };

	for (size_t i = 0; i < 3; i++) {
		char *text;

		env.clock.fixed.wall += cases[i].later;
		env.clock.fixed.boot += cases[i].later;
		CHECK(jit_open(&j, home, true, NULL, &env, &f) == FAULT_NONE);
		j.home.own = false;
		jit_do(&j, &q, &a);
		jit_close(&j);
		text = json_dumps(a.more, 0);
		CHECKF(text != NULL && (strstr(text, "no-sweep") != NULL) ==
		    cases[i].told, "%lld s after a sweep",
		    (long long)cases[i].later);
		free(text);
		jit_answer_free(&a);
		env.clock.fixed.wall -= cases[i].later;
		env.clock.fixed.boot -= cases[i].later;
	}
}

static void
test_closed(void)
{
	struct jit_answer a;
	struct fault f = { 0 };
	char *text;

	jit_answer_init(&a, "doctor");
	a.decision = DECISION_UNTRUSTED;
	(void)fault_set(&f, FAULT_CONFIG, "on a network");
	jit_doctor_closed(&f, &a);
	text = json_dumps(a.more, JSON_COMPACT);
	CHECK(jit_exit(&a) == 7 && text != NULL && strcmp(text,
	    "{\"findings\":[{\"what\":\"home\",\"text\":\"on a network\"}]}")
	    == 0);
	free(text);
	jit_answer_free(&a);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *w)
{
	(void)st;
	(void)type;
	(void)w;
	return remove(path);
}

int
main(void)
{
	struct fault f = { 0 };

	if (mkdtemp(top) == NULL || chmod(top, 0755) != 0)
		return 99;
	(void)snprintf(home, sizeof(home), "%s/own", top);
	(void)snprintf(adapters, sizeof(adapters), "%s/adapters", top);
	env = (struct jit_env){ .clock = jit_clock_fixed(&(struct jit_now){
	    1800000000, 1000, BOOT_A }), .random = fill, .caller = geteuid(),
	    .admin = true, .adapters = adapters, .apply = true,
	    .clock_synced = is_synced, .can_read = can_read };
	CHECK(mkdir(adapters, 0755) == 0);
	CHECK(jit_init(home, true, &env, &f) == FAULT_NONE);
	policy("");
	test_keys();
	test_adapters();
	test_lent();
	test_clock();
	test_sweep();
	test_closed();
	test_places();
	(void)nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return tap_done();
}
