/* SPDX-License-Identifier: ISC */
/*
 * Bytes kept until the verdict is final: in memory up to a bound, beyond it in
 * a temporary file that has no name any more.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/span.h"

struct spool {
	const char *dir;	/* where the file goes; borrowed */
	size_t memory;		/* bytes held without a file */
	char *p;
	size_t cap;
	size_t held;		/* bytes in p: all, or those that the file does
				   not have yet */
	int fd;			/* -1: all is in memory */
	uint64_t len;
};

/* An empty spool; nothing is allocated or opened yet. */
void spool_init(struct spool *s, size_t memory, const char *dir);
/* Append.  FAULT_TEMP if the file cannot be made or the disk is full. */
enum fault_kind spool_add(struct spool *s, struct span bytes,
    struct fault *f);
/* Up to cap bytes from offset `at`; *len 0 at the end. */
enum fault_kind spool_read(const struct spool *s, uint64_t at, char *p,
    size_t cap, size_t *len, struct fault *f);
/* Forget all from offset len on. */
enum fault_kind spool_cut(struct spool *s, uint64_t len, struct fault *f);
/* Empty it; the memory stays for the next message. */
void spool_reset(struct spool *s);
/* Release all. */
void spool_free(struct spool *s);

#endif
