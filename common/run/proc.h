/* SPDX-License-Identifier: ISC */
/*
 * Processes as /proc describes them.
 *
 * A process is named by the number it has in /proc, which is not the number
 * kill(2) takes if we live in a PID namespace and /proc is that of the world
 * outside.  Nobody is killed by a number alone: a pidfd is opened first, and
 * who it is must then be what was written down.
 */
#ifndef RUN_PROC_H
#define RUN_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

struct run_proc {
	char state;		/* 'Z': it is dead already */
	int64_t parent;
	int64_t start;		/* field 22, jiffies since boot: with the pid
				   it names one process for ever */
	uint32_t uid;		/* the real one */
};

/* Our own number in /proc; -1 if there is none. */
int64_t run_proc_self(void);
/* Describe a process; false if there is none. */
bool run_proc_get(int64_t pid, struct run_proc *p);
/* The contents of a small file, as far as max bytes go; b is to be freed. */
bool run_proc_slurp(const char *path, size_t max, struct buf *b);

/* SIGKILL for that very process, if it is this user's. */
void run_proc_kill(int64_t pid, int64_t start, uint32_t uid);
/* End that very process if it executes the very file that we do: SIGTERM, so
 * that it can end what it holds, and SIGKILL a second later. */
void run_proc_end_own(int64_t pid, int64_t start);
/* SIGKILL for all that descend from us, as far as one look finds them. */
void run_proc_kill_below(void);
/* Does that process descend from us? */
bool run_proc_below(int64_t pid);

/* The variable that marks what came of a run: words "PID.START" of its
 * supervisors, the innermost last. */
#define RUN_MARK "VOUCHSAFE_RUN="
/* SIGKILL for this user's processes with that word; how many there were. */
size_t run_proc_kill_marked(const char *word, uint32_t uid);
/* A copy of an environment with our word in it; free() frees all of it. */
char **run_proc_mark(char *const envp[], const char *word);

/*
 * Act with this effective uid, if the real one is root's: to be taken for a
 * moment and given back.  A parent-death signal is lost by it (prctl(2)).
 */
struct run_rights {
	uid_t uid;	/* who it was before */
	bool changed;	/* they are to be given back */
	bool able;	/* it is that uid now */
};
struct run_rights run_rights_take(uid_t uid);
void run_rights_back(const struct run_rights *r);
/* Take back the real ids for good; false if that is not possible. */
bool run_rights_real(void);

#endif
