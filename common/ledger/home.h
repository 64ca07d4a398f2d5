/* SPDX-License-Identifier: ISC */
/*
 * Where jitgrant keeps its things: one folder with store, log, keys and
 * ballast, and the policy.
 *
 * Own home: DIR belongs to its user, the policy is DIR/policy.  System: the
 * folder belongs to the account _vouchsafe, the policy is root's and stands in
 * the configuration folder.  Nothing in a home may be writable by others, be a
 * symbolic link, or have a second name.
 */
#ifndef HOME_H
#define HOME_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/fault.h"
#include "grant/clocks.h"

#define HOME_PATH 1024
#define HOME_STORE "store.db"
#define HOME_LOG "audit.log"
#define HOME_POLICY "policy"
#define HOME_BALLAST "ballast"
#define HOME_LOCK "adapter.lock"
#define HOME_LOG_KEY "log.key"	/* Ed25519 seed of checkpoints, in base64 */
#define HOME_CODE_KEY "code.key"	/* HMAC key of approval codes */
#define HOME_BALLAST_BYTES (1024 * 1024)

struct home {
	int fd;			/* the folder */
	bool own;		/* a personal home, not the system's */
	uid_t owner;
	gid_t group;
	char path[HOME_PATH];	/* absolute, without symbolic links */
	char policy[HOME_PATH];
};

/*
 * Open a home and check that nobody else can write it.  policy NULL: `policy`
 * inside.  FAULT_NOPERM if the caller may not even look into it (then ask
 * `serve`), FAULT_NOINPUT if it is not there.
 */
enum fault_kind home_open(struct home *h, const char *dir, bool own,
    const char *policy, struct fault *f);
void home_close(struct home *h);

/* Make the folder dir (0700; an empty one of the caller's will do), without
 * what stands in it. */
enum fault_kind home_make(const char *dir, struct fault *f);

/* Create a file of the home exclusively (mode 0600), write, sync. */
enum fault_kind home_write(const struct home *h, const char *name,
    struct span bytes, struct fault *f);
/* Read a small file of the home, checked on the descriptor; up to out->max. */
enum fault_kind home_read(const struct home *h, const char *name,
    struct buf *out, struct fault *f);

/* Preallocate the ballast; give its room back to the file system. */
enum fault_kind home_ballast(const struct home *h, struct fault *f);
bool home_ballast_free(const struct home *h);

/* FAULT_CONFIG if the open file lies on NFS, CIFS, FUSE or the like. */
enum fault_kind home_local(int fd, struct fault *f);

#endif
