/* SPDX-License-Identifier: ISC */
/* Mail that goes out: sendmail -t, or what the policy names in its place. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/out.h"
#include "jit/mail.h"
#include "jitgrant/jitgrant.h"

#define SEND_SECONDS 10

static _Noreturn void
send_child(const char *program, const char *from, int mail)
{
	char *env[] = { (char []){ "PATH=/usr/sbin:/usr/bin:/sbin:/bin" },
	    (char []){ "LC_ALL=C" }, NULL };
	char none[] = "<>", t[] = "-t", i[] = "-i", dash_f[] = "-f";
	const char *const words[] = { program, t, i, dash_f,
	    from[0] == '\0' ? none : from, NULL };
	char *argv[6];
	int null = open("/dev/null", O_RDWR);
	uid_t uid = geteuid();
	gid_t gid = getegid();

	for (int k = 0; k < 6; k++)
		argv[k] = (char *)(uintptr_t)words[k];
	/* For good what we are now, never root again. */
	if (null < 0 || dup2(mail, 0) < 0 || dup2(null, 1) < 0 ||
	    dup2(null, 2) < 0 || (getuid() != uid && (seteuid(0) != 0 ||
	    setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)))
		_exit(FAULT_SOFTWARE);
	for (int fd = 3; fd < 1024; fd++)
		(void)close(fd);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)alarm(SEND_SECONDS);
	(void)execve(program, argv, env);
	_exit(FAULT_UNAVAILABLE);
}

/* Its status; one that does not end is killed. */
static int
send_wait(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0), status = 1;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd >= 0 && poll(&p, 1, (SEND_SECONDS + 1) * 1000) == 0)
		(void)kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		status = 1;
	if (fd >= 0)
		(void)close(fd);
	return status;
}

bool
jitgrant_send(void *arg, const char *program, const char *from,
    struct span mail)
{
	struct jitgrant *g = arg;
	int fd = memfd_create("mail", MFD_CLOEXEC), status = 1;
	struct fault f = { .kind = FAULT_NONE };
	struct out out;
	pid_t pid = -1;

	if (fd >= 0) {
		out_init(&out, fd, "mail");
		out_addspan(&out, mail);
		if (out_flush(&out, &f) == FAULT_NONE &&
		    lseek(fd, 0, SEEK_SET) == 0)
			pid = fork();
		if (pid == 0)
			send_child(program, from, fd);
		if (pid > 0)
			status = send_wait(pid);
		(void)close(fd);
	}
	if (status != 0 && !g->quiet)
		plain_say(g->tool, "%s: the mail could not be sent", program);
	return status == 0;
}

void
jitgrant_notify(void *arg, const struct grant *grant, const char *event)
{
	struct jitgrant *g = arg;
	struct jit_post post = { jitgrant_send, g };

	if (g->opened != NULL)
		jit_mail_notify(g->opened, &post, grant, event);
}

void
jitgrant_mail_again(void *arg)
{
	struct jitgrant *g = arg;
	struct jit_post post = { jitgrant_send, g };

	if (g->opened != NULL)
		jit_mail_again(g->opened, &post);
}
