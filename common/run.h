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

struct run_tree;

/* Write a started tree down before its command begins; its number. */
enum fault_kind run_begin(struct jit *j, const char *grant,
    const struct run_tree *t, int64_t *number, struct fault *f);
/* It is gone: forget it. */
enum fault_kind run_done(struct jit *j, int64_t number, struct fault *f);
/*
 * May what runs under the grant go on?  Active, not over, not frozen, clock
 * trusted; whether uses are left does not matter, they were taken.  A store
 * that cannot be read says no.
 */
bool run_alive(struct jit *j, const char *grant);

/* End every process of the runs of this grant and forget the runs; FAULT_TEMP
 * if some would not go. */
enum fault_kind run_end_all(struct jit *j, const char *grant,
    struct fault *f);

/* The same for every run that outlived its supervisor or its grant. */
enum fault_kind run_sweep(struct jit *j, struct fault *f);

#endif
