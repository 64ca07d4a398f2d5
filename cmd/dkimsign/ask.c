/* SPDX-License-Identifier: ISC */
/*
 * jitgrant is asked as a process of its own, so that its store never comes
 * near the key, and the system's home answers through its socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dkimsign/ask.h"

#define ANSWER_MAX 65536

/* jitgrant, in the folder that we are in. */
static void
beside(char path[4096])
{
	ssize_t n = readlink("/proc/self/exe", path, 4000);
	char *slash;

	path[n < 0 ? 0 : n] = '\0';
	slash = strrchr(path, '/');
	(void)snprintf(slash == NULL ? path : slash + 1, 64, "jitgrant");
}

_Noreturn static void
child(const struct dkimsign_question *q, int out)
{
	const char *argv[32] = { "jitgrant", q->verb, "--output=json",
	    "--kind=dkim-sign", "--resource", q->resource };
	int n = 6, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char path[4096];
	const struct {
		const char *option, *value;
	} more[] = { { "--limit", q->bytes }, { "--limit", q->from },
	    { "--limit", q->recipients }, { "--id", q->id },
	    { "--home", q->home }, { "--op", q->op } };

	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (more[i].value != NULL && more[i].value[0] != '\0') {
			argv[n++] = more[i].option;
			argv[n++] = more[i].value;
		}
	beside(path);
	/* The message on standard input is not for it. */
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 ||
	    dup2(null, 2) < 0)
		_exit(70);
	(void)execv(path, (char **)(uintptr_t)argv);
	_exit(errno == ENOENT ? 69 : 70);
}

enum fault_kind
dkimsign_ask(struct dkimsign_question *q, struct fault *f)
{
	char *text = malloc(ANSWER_MAX);
	size_t used = 0;
	ssize_t n = 1;
	int pipes[2], st = 0;
	pid_t pid;

	json_decref(q->answer);
	q->answer = NULL;
	if (text == NULL || pipe2(pipes, O_CLOEXEC) != 0) {
		free(text);
		return fault_errno(f, FAULT_SOFTWARE, errno, "pipe");
	}
	pid = fork();
	if (pid == 0)
		child(q, pipes[1]);
	(void)close(pipes[1]);
	while (pid > 0 && used < ANSWER_MAX && n != 0) {
		n = read(pipes[0], text + used, ANSWER_MAX - used);
		if (n < 0 && errno != EINTR)
			break;
		used += n > 0 ? (size_t)n : 0;
	}
	(void)close(pipes[0]);
	while (pid > 0 && waitpid(pid, &st, 0) < 0 && errno == EINTR)
		;
	q->status = pid > 0 && WIFEXITED(st) ? WEXITSTATUS(st) : 70;
	q->answer = json_loadb(text, used, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	return FAULT_NONE;
}
