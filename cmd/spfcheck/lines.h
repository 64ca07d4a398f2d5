/* SPDX-License-Identifier: ISC */
/* The lines of a file, however long one of them is. */
#ifndef SPFCHECK_LINES_H
#define SPFCHECK_LINES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/fault.h"

/* A file being read. */
struct lines {
	const char *path;	/* borrowed; "-" is standard input */
	int fd;
	struct buf read;	/* from `at` on, not yet given out */
	size_t at;
	bool end;
};

/* Open it.  FAULT_NOINPUT; lines_close() it in any case. */
enum fault_kind lines_open(struct lines *l, const char *path,
    struct fault *f);
/*
 * The next line without its end, cut at max bytes (at most 65536); what was
 * cut is passed over.  It lives until the next call.  *more: there was one.
 * FAULT_IO.
 */
enum fault_kind lines_next(struct lines *l, size_t max, struct span *line,
    bool *more, struct fault *f);
void lines_close(struct lines *l);

#endif
