/* SPDX-License-Identifier: ISC */
/*
 * Commands that run under a grant: started by `jitgrant run`, ended by it at
 * the end of the grant, and by whoever ends the grant, or sweeps, if `run` is
 * no longer there to do it.
 */
#ifndef RUN_H
#define RUN_H

#include "fault.h"
#include "jit.h"

/* Field 22 of /proc/PID/stat: when the process began, in jiffies since boot;
 * with the pid it names one process for ever. */
bool run_start_time(int64_t pid, int64_t *start);
/* Has a cgroup v2 no process left (or is it gone)?  Kill all that are in it,
 * wait at most a second, remove it; false if something stays. */
bool run_cgroup_empty(const char *cgroup);
bool run_cgroup_end(const char *cgroup);

/* End every process of the runs of this grant and forget the runs; FAULT_TEMP
 * if some would not go. */
enum fault_kind run_end_all(struct jit *j, const char *grant,
    struct fault *f);

/* The same for every run that outlived its supervisor or its grant. */
enum fault_kind run_sweep(struct jit *j, struct fault *f);

#endif
