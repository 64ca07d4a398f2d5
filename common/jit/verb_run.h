/* SPDX-License-Identifier: ISC */
/*
 * Commands that run under a grant, as the store knows them: written down
 * before they begin, ended by `jitgrant run` at the end of the grant, and by
 * whoever ends the grant, or sweeps, if `run` is no longer there to do it.
 *
 * What is written down is the word of whoever runs the command.  So nobody is
 * ended for it who is not a process, or a cgroup, of the grant's own user.
 */
#ifndef RUN_H
#define RUN_H

#include "base/fault.h"
#include "jit/jit.h"

/* Is the supervisor that wrote this run down still there?  (Within a
 * transaction: this boot is that of j->now.) */
bool run_supervised(const struct jit *j, const struct store_run *r);

/* End every process of the runs of this grant and forget the runs; FAULT_TEMP
 * if some would not go.  What only root may end is left for his sweep. */
enum fault_kind run_end_all(struct jit *j, const char *grant,
    struct fault *f);

/* The same for every run that outlived its supervisor or its grant; *ended is
 * how many. */
enum fault_kind run_sweep(struct jit *j, int64_t *ended, struct fault *f);

/*
 * The questions of a supervisor, jit_do() with verb "run" and sub
 *	begin	write a tree down (pid, pid-start, child, child-start, cgroup,
 *		way)
 *	alive	may it go on?  Active, not over, not frozen, clock trusted;
 *		whether uses are left does not matter, they were taken
 *	done	it is gone (pid, pid-start)
 * for a grant of the caller's own.  begin and alive answer with not_after and
 * boot_end.
 */

#endif
