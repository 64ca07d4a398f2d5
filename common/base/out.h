/* SPDX-License-Identifier: ISC */
/*
 * Buffered output to a descriptor with a sticky fault: many writes, one check
 * at out_close(), where a full disk is reported.
 */
#ifndef OUT_H
#define OUT_H

#include <stddef.h>

#include "base/fault.h"
#include "base/span.h"

struct out {
	int fd;
	const char *name;	/* for messages: "standard output" */
	size_t used;
	struct fault fault;	/* the first failure; later writes do nothing */
	char bytes[16384];
};

void out_init(struct out *o, int fd, const char *name);
void out_add(struct out *o, const void *p, size_t len);
void out_adds(struct out *o, const char *s);
void out_addspan(struct out *o, struct span s);
/* Hand everything to the system now. */
enum fault_kind out_flush(struct out *o, struct fault *f);
/*
 * Flush, and close the descriptor, since some file systems report a failed
 * write only then.  FAULT_IO with a text on failure; EPIPE is one too.
 */
enum fault_kind out_close(struct out *o, struct fault *f);

#endif
