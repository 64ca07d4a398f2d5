/* SPDX-License-Identifier: ISC */
/* What doctor wants to know of the host. */
#include <fcntl.h>
#include <pwd.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/spawn.h"
#include "jitgrant/jitgrant.h"

bool
jitgrant_clock_synced(void)
{
	struct timex tx = { 0 };

	return adjtimex(&tx) != TIME_ERROR;
}

/* As that account: yes is 0. */
_Noreturn static void
try_to_read(uint32_t uid, const char *path)
{
	const struct passwd *pw = getpwuid((uid_t)uid);
	struct spawn_ids ids = { (uid_t)uid, pw != NULL ? pw->pw_gid :
	    (gid_t)uid, true };

	if (!spawn_become(&ids))
		_exit(2);
	_exit(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) >= 0 ? 0 : 1);
}

bool
jitgrant_can_read(uint32_t uid, const char *path)
{
	int status = 0;
	pid_t pid;

	if (getuid() != 0)
		return (uid_t)uid == getuid() && access(path, R_OK) == 0;
	pid = fork();
	if (pid == 0)
		try_to_read(uid, path);
	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	    WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
