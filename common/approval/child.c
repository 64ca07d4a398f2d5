/* SPDX-License-Identifier: ISC */
/* A stranger's mail is read by a process that may do nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "approval/impl.h"

#define APART_SECONDS 60
#define APART_MEMORY ((rlim_t)512 * 1024 * 1024)
#define APART_NOBODY 65534

/* What comes through the pipe. */
struct apart_answer {
	struct fault fault;
	struct approval approval;
};

static bool
apart_limit(void)
{
	const struct {
		int what;
		rlim_t most;
	} limits[] = { { RLIMIT_CORE, 0 }, { RLIMIT_FSIZE, 0 },
	    { RLIMIT_CPU, APART_SECONDS },
#if !defined(__SANITIZE_ADDRESS__) && !defined(VOUCHSAFE_ASAN)
	    { RLIMIT_AS, APART_MEMORY },
#endif
	    { RLIMIT_NOFILE, 32 } };

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		struct rlimit r = { limits[i].most, limits[i].most };

		if (setrlimit((__rlimit_resource_t)limits[i].what, &r) != 0)
			return false;
	}
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* Nobody at all if we are root, whatever we pretend to be just now. */
static bool
apart_drop(void)
{
	if (getuid() != 0 && geteuid() != 0)
		return true;
	if (geteuid() != 0 && seteuid(0) != 0)
		return false;
	return setgroups(0, NULL) == 0 &&
	    setresgid(APART_NOBODY, APART_NOBODY, APART_NOBODY) == 0 &&
	    setresuid(APART_NOBODY, APART_NOBODY, APART_NOBODY) == 0 &&
	    setuid(0) != 0;
}

/*
 * Nothing that is open goes along, the caller's socket above all.  Standard
 * error stays: a reader that dies may say why.
 */
static bool
apart_close(int keep)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0)
		return false;
	for (int fd = 3; fd < 1024; fd++)
		if (fd != keep)
			(void)close(fd);
	return true;
}

static bool
apart_write(int fd, const void *p, size_t len)
{
	const char *at = p;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static _Noreturn void
apart_child(int fd, struct span raw, const struct approval_options *o)
{
	struct apart_answer *answer = calloc(1, sizeof(*answer));
	bool ok;

	(void)alarm(APART_SECONDS);
	ok = answer != NULL && apart_close(fd) && apart_limit() &&
	    apart_drop() && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
	if (ok) {
		/* What the kernel does not have is not there. */
		(void)approval_jail(APPROVAL_LANDLOCK | APPROVAL_SECCOMP);
		(void)approval_judge(raw, o, &answer->approval,
		    &answer->fault);
		ok = apart_write(fd, answer, sizeof(*answer));
	}
	_exit(ok ? 0 : FAULT_SOFTWARE);
}

/* All of the answer, or false. */
static bool
apart_read(int fd, struct apart_answer *answer)
{
	char *at = (char *)answer;
	size_t left = sizeof(*answer);

	while (left > 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int ready = poll(&p, 1, (APART_SECONDS + 5) * 1000);
		ssize_t n;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return false;
		n = read(fd, at, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		left -= (size_t)n;
	}
	return true;
}

static void
apart_word(char *p, size_t size)
{
	p[size - 1] = '\0';
	for (; *p != '\0'; p++)
		if (!ascii_is_print(*p))
			*p = '?';
}

void
approval_clean(struct approval *a)
{
	struct approval_command *c = &a->command;

	if ((unsigned)a->why > (unsigned)APPROVAL_YES)
		a->why = APPROVAL_NO_CRASHED;
	if ((unsigned)c->verb > (unsigned)APPROVAL_REQUEST)
		c->verb = APPROVAL_NONE;
	if (a->times > APPROVAL_SIGNATURES)
		a->times = 0;
	if (a->marks > APPROVAL_MARKS)
		a->marks = 0;
	if (c->limits > APPROVAL_LIMITS)
		c->limits = 0;
	apart_word(a->detail, sizeof(a->detail));
	apart_word(a->sha256, sizeof(a->sha256));
	apart_word(a->from, sizeof(a->from));
	apart_word(a->subject, sizeof(a->subject));
	apart_word(a->message_id, sizeof(a->message_id));
	apart_word(c->id, sizeof(c->id));
	apart_word(c->code, sizeof(c->code));
	apart_word(c->shorten, sizeof(c->shorten));
	apart_word(c->kind, sizeof(c->kind));
	apart_word(c->resource, sizeof(c->resource));
	apart_word(c->duration, sizeof(c->duration));
	apart_word(c->uses, sizeof(c->uses));
	apart_word(c->reason, sizeof(c->reason));
	for (size_t i = 0; i < APPROVAL_MARKS; i++)
		apart_word(a->mark[i], sizeof(a->mark[i]));
	for (size_t i = 0; i < APPROVAL_LIMITS; i++)
		apart_word(c->limit[i], sizeof(c->limit[i]));
	a->evidence[sizeof(a->evidence) - 1] = '\0';
	if (!approval_address(span_of(a->from)))
		a->from[0] = '\0';
	/* A yes without what it takes is none. */
	if (a->why == APPROVAL_YES && (!a->proven || a->times == 0 ||
	    a->marks != a->times + 1 ||
	    c->verb == APPROVAL_NONE || a->from[0] == '\0' ||
	    a->evidence[0] == '\0'))
		a->why = APPROVAL_NO_CRASHED;
	a->proven = a->proven && a->from[0] != '\0' && a->times > 0 &&
	    a->why > APPROVAL_NO_DATE;
}

enum fault_kind
approval_judge_apart(struct span raw, const struct approval_options *o,
    struct approval *out, struct fault *f)
{
	struct apart_answer *answer = calloc(1, sizeof(*answer));
	int fds[2] = { -1, -1 }, status = -1;
	bool whole;
	pid_t pid;

	*out = (struct approval){ .why = APPROVAL_NO_CRASHED };
	if (answer == NULL)
		return fault_nomem(f);
	if (pipe(fds) != 0 || (pid = fork()) < 0) {
		if (fds[0] >= 0) {
			(void)close(fds[0]);
			(void)close(fds[1]);
		}
		free(answer);
		return fault_errno(f, FAULT_TEMP, errno, "fork");
	}
	if (pid == 0)
		apart_child(fds[1], raw, o);
	(void)close(fds[1]);
	whole = apart_read(fds[0], answer);
	(void)close(fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (whole && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		*out = answer->approval;
		answer->fault.text[FAULT_TEXT_MAX - 1] = '\0';
		if (answer->fault.kind != FAULT_NONE)
			(void)fault_set(f, FAULT_TEMP, "%s",
			    answer->fault.text);
	}
	/* What is said is said of these bytes, whoever says so. */
	approval_clean(out);
	sha256_hex(raw, out->sha256);
	free(answer);
	return f->kind;
}
