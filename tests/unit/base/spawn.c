/* SPDX-License-Identifier: ISC */
/* What a started program gets of our own, and how long it is waited for. */
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/spawn.h"
#include "tap.h"

static char sh[] = "/bin/sh", dash_c[] = "-c";

/* Run a line of shell; what it wrote is in out. */
static int
line(struct spawn s, const char *text, const char *in, struct buf *out)
{
	char *argv[] = { sh, dash_c, (char *)(uintptr_t)text, NULL };
	struct fault f = { .kind = FAULT_NONE };
	int status = 99;

	s.argv = argv;
	buf_init(out, 64);
	if (spawn_run(&s, span_of(in), out, &status, &f) != FAULT_NONE)
		status = 98;
	return status;
}

static void
says(const struct spawn *s, const char *text, const char *in,
    const char *want)
{
	struct buf out;
	int status = line(*s, text, in, &out);

	CHECKF(status == 0 && strcmp(buf_str(&out), want) == 0,
	    "%s: %d, %zu octets", text, status, out.len);
	if (strcmp(buf_str(&out), want) != 0) {
		struct buf shown;

		buf_init(&shown, 1024);
		buf_addprint(&shown, buf_span(&out));
		printf("# %s\n", buf_str(&shown));
		buf_free(&shown);
	}
	buf_free(&out);
}

static void
ends(const struct spawn *s, const char *text, int want)
{
	struct buf out;
	int status = line(*s, text, "", &out);

	CHECKF(status == want, "%s: %d", text, status);
	buf_free(&out);
}

static void
test_given(void)
{
	struct spawn s = { .err = SPAWN_NULL, .timeout = 60000 };
	struct spawn root = s;
	int fd = open("/dev/null", O_RDONLY);	/* inheritable */
	struct rlimit core = { 0, RLIM_INFINITY };
	sigset_t set;

	CHECK(fd > 2);
	says(&s, "cat", "what it reads", "what it reads");
	says(&s, "cd /proc/self/fd && echo *", "", "0 1 2 3\n");
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	says(&s, "grep -E 'Sig(Blk|Ign)' /proc/self/status", "",
	    "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	(void)setenv("HOSTILE", "1", 1);
	says(&s, "echo $HOSTILE$PATH", "",
	    "/usr/sbin:/usr/bin:/sbin:/bin\n");
	(void)getrlimit(RLIMIT_CORE, &core);
	core.rlim_cur = core.rlim_max;
	(void)setrlimit(RLIMIT_CORE, &core);
	says(&s, "ulimit -c", "", "0\n");
	root.dir = "/";
	root.mask = 027;
	says(&root, "pwd; umask", "", "/\n0027\n");
	says(&s, "echo lost >&2; echo kept", "", "kept\n");
	s.err = SPAWN_AS_OUTPUT;
	says(&s, "echo both >&2", "", "both\n");
}

static void
test_groups(void)
{
	struct spawn_ids ids = { 64123, 64124, true };
	struct spawn s = { .ids = &ids, .err = SPAWN_NULL,
	    .timeout = 60000 };
	gid_t more[] = { 4, 24, 27 };

	if (getuid() != 0) {
		printf("# not root: skip\n");
		return;
	}
	CHECK(setgroups(3, more) == 0);
	says(&s, "id -u; id -G", "", "64123\n64124\n");
	CHECK(getgroups(0, NULL) == 3);
	CHECK(setegid(64124) == 0 && seteuid(64123) == 0);
	says(&s, "id -ru; id -G", "", "64123\n64124\n");
	CHECK(seteuid(0) == 0 && setegid(0) == 0);
}

static void
test_bounds(void)
{
	struct spawn s = { .err = SPAWN_NULL, .timeout = 60000 };
	struct spawn late = { .err = SPAWN_NULL, .timeout = 50,
	    .group = true };
	struct clock c = clock_system();
	int64_t before;
	struct buf out;

	/* All of it is read, the head is kept. */
	CHECK(line(s, "yes | head -c 1000000", "", &out) == 0);
	CHECK(out.len <= 64);
	buf_free(&out);
	ends(&s, "exit 42", 42);
	ends(&s, "kill -9 $$", SPAWN_KILLED);
	ends(&late, "while :; do sleep 100; done", SPAWN_LATE);
	/* Whoever else holds the pipe is not waited for. */
	s.group = true;
	before = clock_mono_ms(&c);
	ends(&s, "sleep 100 & echo", 0);
	CHECK(clock_mono_ms(&c) - before < 60000);
	/* Nor is one listened to that does not end. */
	s.bounded = true;
	s.timeout = 120000;
	ends(&s, "echo little", 0);
	ends(&s, "while :; do echo more; done", SPAWN_LATE);
	CHECK(clock_mono_ms(&c) - before < 60000);
}

static enum fault_kind
refuse(void *arg, pid_t pid, struct fault *f)
{
	*(pid_t *)arg = pid;
	return fault_set(f, FAULT_TEMP, "no");
}

static void
test_begin(void)
{
	char touch[] = "/bin/touch", path[] = "spawn-was-here";
	char none[] = "/nowhere/program";
	char *argv[] = { touch, path, NULL }, *missing[] = { none, NULL };
	pid_t pid = -1;
	struct spawn s = { .argv = argv, .err = SPAWN_NULL,
	    .timeout = 60000, .begin = refuse, .arg = &pid };
	struct fault f = { .kind = FAULT_NONE };
	struct stat st;
	int status;

	(void)unlink(path);
	CHECK(spawn_run(&s, SPAN(""), NULL, &status, &f) == FAULT_TEMP);
	CHECK(pid > 0 && stat(path, &st) != 0);
	s.begin = NULL;
	fault_clear(&f);
	CHECK(spawn_run(&s, SPAN(""), NULL, &status, &f) == FAULT_NONE);
	CHECK(status == 0 && unlink(path) == 0);
	s.argv = missing;
	CHECK(spawn_run(&s, SPAN(""), NULL, &status, &f) == FAULT_NONE);
	CHECK(status == SPAWN_NOT_THERE);
}

int
main(void)
{
	test_given();
	test_groups();
	test_bounds();
	test_begin();
	return tap_done();
}
