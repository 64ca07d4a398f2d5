/* SPDX-License-Identifier: ISC */
/*
 * Starting another program: the one place where this is done.
 *
 * The program gets what its struct spawn names and nothing else of our own: no
 * descriptor but 0, 1 and 2, no blocked or ignored signal, no core file, no
 * supplementary group that is not its account's.  Nobody waits for it longer
 * than its time, nor for whoever else holds its output open.
 */
#ifndef SPAWN_H
#define SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

/* What a program that could not be started ends with, as in env(1). */
#define SPAWN_NOT_THERE 127
#define SPAWN_NOT_STARTED 126
/* What spawn_run() says of one that was killed, or was too slow. */
#define SPAWN_KILLED (-1)
#define SPAWN_LATE (-2)

#define SPAWN_NULL (-1)		/* standard error: /dev/null */
#define SPAWN_AS_OUTPUT (-2)	/* standard error: where output goes */

/* Whom to become.  Only root can; nobody else is asked to. */
struct spawn_ids {
	uid_t uid;
	gid_t gid;
	bool groups;	/* with the groups that the account has, else none */
};

struct spawn {
	char *const *argv;	/* argv[0] is the program's path */
	char *const *envp;	/* NULL: a fixed PATH and LC_ALL=C */
	const struct spawn_ids *ids;	/* NULL: as we are */
	const char *dir;	/* working folder; NULL: as we are */
	int err;		/* a descriptor, or a SPAWN_ word */
	int64_t timeout;	/* milliseconds; 0: none */
	bool group;		/* a process group, ended with the program */
	bool tied;		/* killed if we are */
	bool bounded;		/* ended, as one that is late, once it wrote
				   more than its output has room for */
	bool space;		/* (root) a PID namespace: all of it dies with
				   the program, and with us */
	/*
	 * Called in a process between us and the program, to which all that the
	 * program leaves behind comes back.  It ends all of that when the
	 * program has ended, when it gets SIGTERM (blocked, as SIGCHLD is), as
	 * it does when we die; and ends as the program did.  NULL: none.  With
	 * space: only where there can be no namespace.
	 */
	void (*hold)(pid_t program);
	mode_t mask;		/* of new files; 0: as ours */
	/*
	 * Called before the program begins, with its process, which waits; if
	 * it returns a failure the program is not begun.  NULL: none.
	 */
	enum fault_kind (*begin)(void *arg, pid_t pid, struct fault *f);
	void *arg;
};

/*
 * Run it to its end.  in is its standard input, all there from the start; what
 * it writes to standard output is added to out as far as that has room, and
 * the rest is dropped (out NULL: all).  *status: its exit status, or a SPAWN_
 * word.  A fault is only what kept it from being started.
 */
enum fault_kind spawn_run(const struct spawn *s, struct span in,
    struct buf *out, int *status, struct fault *f);

/* Become somebody else for good, in a process of one's own; false: not, and
 * then it has to end.  From root, whoever it acts as at the moment. */
bool spawn_become(const struct spawn_ids *ids);

#endif
