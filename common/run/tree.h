/* SPDX-License-Identifier: ISC */
/*
 * A command and all that comes of it, held together so that it can be ended
 * as a whole.  Whoever holds it is its parent, and every orphan of it comes
 * back to him: as a subreaper, or as the first process of a PID namespace.
 */
#ifndef RUN_TREE_H
#define RUN_TREE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fault.h"
#include "run/cgroup.h"

/* How it is held; the first that can be had is taken. */
enum run_way {
	RUN_WAY_NONE = 0,
	RUN_WAY_CGROUP,
	RUN_WAY_NAMESPACE,
	RUN_WAY_SUBREAPER
};

/* "cgroup", "namespace", "subreaper". */
const char *run_way_word(enum run_way way);

/* What the signals were before `run` changed them: the command gets them so. */
struct run_signals {
	sigset_t mask;
	struct sigaction chld, ttin, ttou;
};

struct run_tree {
	enum run_way way;
	char cgroup[RUN_CGROUP];	/* "" if it is another way */
	int64_t holder, holder_start;	/* who holds it, as /proc says */
	int64_t child, child_start;	/* whose death ends it, or its best
					   part, as /proc says */
	pid_t pid;		/* of the command, for waitpid(2) */
	int go;			/* the command begins when a byte comes */
	bool reaped;		/* the command ended: status holds */
	int status;		/* of waitpid() */
	int error;		/* errno, if it could not be executed */
	int stopped;		/* the signal that stopped it, 0 if it runs */
};

/*
 * Start the command, which waits for run_tree_go().  It takes back the real
 * ids, the signals as they were, and gets SIGKILL if its holder dies.  way and
 * cgroup are set by the caller.
 */
enum fault_kind run_tree_start(struct run_tree *t, char *const argv[],
    char *const envp[], const struct run_signals *before, struct fault *f);
void run_tree_go(struct run_tree *t);
/* Reap what ended; true once the command itself has. */
bool run_tree_reap(struct run_tree *t);
/* Kill all of it; false if something is left after a second. */
bool run_tree_end(struct run_tree *t);
/* Kill and reap all that descend from us; false as above. */
bool run_tree_end_below(void);
/* Hold a program, our child, as the holder of base/spawn.h does: SIGTERM and
 * SIGCHLD are blocked, its orphans come back to us.  Does not return. */
void run_tree_hold(pid_t program);
/* What the command's end makes of an exit status. */
int run_tree_exit(const struct run_tree *t);

#endif
