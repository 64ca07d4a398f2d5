/* SPDX-License-Identifier: ISC */
/*
 * Where events go: into the spool of a folder that is ours, or over a socket
 * to the account that owns it.
 */
#ifndef REPORT_RECORDER_H
#define REPORT_RECORDER_H

#include "base/buf.h"
#include "report/event.h"
#include "report/hour.h"

struct report_recorder {
	struct report_spool spool;
	int socket;		/* -1: the spool */
	uint64_t sent;		/* lines over the socket */
	struct buf line;
};

/*
 * where is the folder of the state, or a socket in the file system.
 * FAULT_TEMP: nobody listens there, FAULT_NOPERM and such: the spool's.
 */
enum fault_kind report_recorder_open(struct report_recorder *r,
    const char *where, bool sync, struct fault *f);
/* The same where it must be a socket: what is not there is FAULT_TEMP, and no
 * folder is made in its place. */
enum fault_kind report_recorder_connect(struct report_recorder *r,
    const char *path, struct fault *f);
/* Record one event at time `now`.  It may be shortened (report/line.h). */
enum fault_kind report_recorder_add(struct report_recorder *r, int64_t now,
    struct report_event *event, struct fault *f);
/*
 * The end: over a socket, wait for the other side's word that all was taken.
 * Always releases; does not change a fault that f holds.
 */
enum fault_kind report_recorder_close(struct report_recorder *r,
    struct fault *f);

/* Lines that one account may hand over in a minute. */
#define REPORT_RATE 600

/*
 * The other side of the socket fd: take lines as the kernel's account of the
 * peer, into the spool of home, and answer "ok N" or "no TEXT".  FAULT_NOPERM:
 * it is no local socket; FAULT_TEMP: the spool, or the rate.
 */
enum fault_kind report_recorder_serve(int fd, const char *home, bool sync,
    int64_t now, struct fault *f);

#endif
