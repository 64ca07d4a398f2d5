/* SPDX-License-Identifier: ISC */
/*
 * A cgroup v2 of its own for a command: /sys/fs/cgroup/.../jitgrant-GRANT-PID,
 * below the group of whoever runs it.  The kernel ends all that is in it in
 * one go (cgroup.kill, Linux 5.14).
 */
#ifndef RUN_CGROUP_H
#define RUN_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RUN_CGROUP 512	/* bytes of a path with its NUL */

/* Where it would be; false if there is no cgroup v2 we may write to. */
bool run_cgroup_plan(char path[RUN_CGROUP], const char *grant);
/* Make it and put a process into it; false if it can't be had: then it is
 * not there. */
bool run_cgroup_make(const char *path, pid_t pid);
/* Kill all that are in it, wait at most a second, remove it; false if
 * something stays.  What is not a group of jitgrant's that belongs to this
 * user is left alone. */
bool run_cgroup_end(const char *path, uint32_t uid);

#endif
