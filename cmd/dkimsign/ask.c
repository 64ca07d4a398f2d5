/* SPDX-License-Identifier: ISC */
/*
 * jitgrant is asked as a process of its own, so that its store never comes
 * near the key, and the system's home answers through its socket.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/spawn.h"
#include "dkimsign/ask.h"

#define ANSWER_MAX 65536
#define ANSWER_MS 60000	/* it waits for a busy store, and for adapters */

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

enum fault_kind
dkimsign_ask(struct dkimsign_question *q, struct fault *f)
{
	char path[4096];
	const char *argv[32] = { path, q->verb, "--output=json",
	    "--kind=dkim-sign", "--resource", q->resource };
	int n = 6, status;
	const struct {
		const char *option, *value;
	} more[] = { { "--limit", q->bytes }, { "--limit", q->from },
	    { "--limit", q->recipients }, { "--id", q->id },
	    { "--home", q->home }, { "--op", q->op } };
	/* The message on standard input is not for it. */
	struct spawn s = { .argv = (char *const *)(uintptr_t)argv,
	    .envp = environ, .err = SPAWN_NULL, .timeout = ANSWER_MS };
	struct buf out;
	enum fault_kind kind;

	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (more[i].value != NULL && more[i].value[0] != '\0') {
			argv[n++] = more[i].option;
			argv[n++] = more[i].value;
		}
	beside(path);
	json_decref(q->answer);
	buf_init(&out, ANSWER_MAX);
	kind = spawn_run(&s, SPAN(""), &out, &status, f);
	q->status = status == SPAWN_NOT_THERE ? FAULT_UNAVAILABLE :
	    status == SPAWN_LATE ? FAULT_TEMP : status < 0 ||
	    status == SPAWN_NOT_STARTED ? FAULT_SOFTWARE : status;
	q->answer = json_loadb(buf_str(&out), out.len,
	    JSON_REJECT_DUPLICATES, NULL);
	buf_free(&out);
	return kind;
}
