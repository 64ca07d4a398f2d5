/* SPDX-License-Identifier: ISC */
/*
 * A command and all that comes of it, held together so that it can be ended
 * as a whole: in a cgroup v2 of its own where one can be made, and always
 * with us as the subreaper, to whom every orphan comes back.
 */
#ifndef RUN_TREE_H
#define RUN_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fault.h"

struct run_tree {
	pid_t child;
	int64_t child_start;	/* of run_start_time() */
	int go;			/* the command begins when a byte comes */
	char cgroup[512];	/* "" if none could be made */
	bool reaped;		/* the command ended: status holds */
	int status;		/* of waitpid() */
};

/*
 * Start the command, which waits for run_tree_go().  The child takes back the
 * real ids, gets SIGKILL if we die, and the terminal stays as it is.
 */
enum fault_kind run_tree_start(struct run_tree *t, char *const argv[],
    const char *label, struct fault *f);
void run_tree_go(struct run_tree *t);
/* Reap what ended; true once the command itself has. */
bool run_tree_reap(struct run_tree *t);
/* Kill all of it; false if something is left after a second. */
bool run_tree_end(struct run_tree *t);

#endif
