/* SPDX-License-Identifier: ISC */
/* The reader of a stranger's mail opens no file, whoever took it over. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "approval/impl.h"
#include "fakedns.h"
#include "tap.h"

static char key[] = "/tmp/vouchsafe-jail-XXXXXX";
static const struct fake_rr no_zone[] = { { NULL, NULL } };

/* What a child of ours could do, one bit each. */
#define DID_OPEN 1
#define DID_UNIX 2
#define DID_EXEC 4
#define DID_TRACE 8
#define DID_KILL 16
#define DID_FORK 32
#define DID_CODE 64
#define DID_INET 128

static int
tries(void)
{
	char *const argv[] = { (char []){ "true" }, NULL };
	int did = 0, fd;
	pid_t pid;

	if (open(key, O_RDONLY) >= 0 || openat(AT_FDCWD, key, O_RDONLY) >= 0)
		did |= DID_OPEN;
	if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
		did |= DID_UNIX;
	if (ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0)
		did |= DID_TRACE;
	if (kill(getppid(), 0) == 0)
		did |= DID_KILL;
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		did |= DID_CODE;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd >= 0 && socket(AF_INET6, SOCK_STREAM, 0) != -2)
		did |= DID_INET;
	pid = fork();
	if (pid == 0) {
		(void)execve("/bin/true", argv, NULL);
		_exit(1);
	}
	if (pid > 0)
		did |= DID_FORK;
	return did;
}

/* Bits of what was possible behind the layers; -1: there are none here. */
static int
behind(unsigned layers)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (layers != 0 && approval_jail(layers) != layers)
			_exit(255);
		_exit(tries());
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -2;
	return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
}

static bool
opens(void *arg, const char *address)
{
	(void)arg;
	(void)address;
	/* A stranger is refused; who may write goes on to the DNS. */
	return open(key, O_RDONLY) >= 0;
}

static void
reader(bool jailed)
{
	struct fake fake = { .zone = no_zone };
	struct approval_options o = { .now = 1795456800,
	    .mail_from = "a@b", .may = opens, .dns = &fake.dns };
	static struct approval a;
	struct fault f = { .kind = FAULT_NONE };
	struct span mail = SPAN("From: a@b.example\nTo: c@d\nSubject: x\n"
	    "Date: Mon, 23 Nov 2026 18:00:00 +0000\nMessage-ID: <a@b>\n\nx");

	fake.dns.query = fake_query;
	fake.dns.state = &fake;
	buf_init(&fake.log, 4096);
	CHECK(approval_judge(mail, &o, &a, &f) == FAULT_NONE &&
	    a.why == APPROVAL_NO_DMARC);
	CHECK(approval_judge_apart(mail, &o, &a, &f) == FAULT_NONE);
	if (jailed)
		CHECK(a.why == APPROVAL_NO_STRANGER);
	buf_free(&fake.log);
}

int
main(void)
{
	int fd = mkstemp(key), free_ = behind(0), one, both;

	/* Readable by all: an account without rights is not what is shown. */
	CHECK(fd >= 0 && fchmod(fd, 0644) == 0);
	CHECK((free_ & (DID_OPEN | DID_FORK)) == (DID_OPEN | DID_FORK));
	one = behind(APPROVAL_LANDLOCK);
	if (one == -1)
		printf("# no Landlock in this kernel\n");
	else
		CHECK(one >= 0 && (one & DID_OPEN) == 0);
	both = behind(APPROVAL_SECCOMP);
	if (both == -1)
		printf("# no seccomp here\n");
	else
		CHECKF(both == (free_ & DID_INET), "seccomp: %d", both);
	reader(one != -1 || both != -1);
	CHECK(unlink(key) == 0);
	return tap_done();
}
