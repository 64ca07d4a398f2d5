/* SPDX-License-Identifier: ISC */
/*
 * A growing byte buffer with a cap and a sticky failure: many writes, one
 * check with buf_check().  A failed buffer ignores further writes.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "base/span.h"

struct buf {
	char *p;	/* NUL stands after the last byte once written to */
	size_t len;
	size_t cap;
	size_t max;	/* most bytes it may hold */
	bool nomem;	/* an allocation failed */
	bool full;	/* the cap was reached */
};

/* An empty buffer that may grow to max bytes.  Allocates nothing yet. */
void buf_init(struct buf *b, size_t max);
/* Release the memory; the buffer is empty and usable again. */
void buf_free(struct buf *b);
/* As buf_free, with the bytes overwritten first (secrets). */
void buf_cleanse(struct buf *b);
/* Empty it, keep the memory, forget a failure. */
void buf_reset(struct buf *b);

void buf_add(struct buf *b, const void *p, size_t len);
void buf_addc(struct buf *b, char c);
void buf_adds(struct buf *b, const char *s);
void buf_addspan(struct buf *b, struct span s);
void buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* s with ASCII letters in lower case. */
void buf_addlower(struct buf *b, struct span s);
/*
 * s for a terminal, a log or one line of text: printable ASCII as it is except
 * the backslash, which is doubled; every other byte as \xHH.
 */
void buf_addprint(struct buf *b, struct span s);
/* The bytes as lower-case hexadecimal. */
void buf_addhex(struct buf *b, const void *p, size_t len);
/* The length in four bytes, the first the highest, and the bytes: parts that
 * are hashed together cannot be cut elsewhere. */
void buf_addpart(struct buf *b, struct span s);

/*
 * Room for len more bytes: returns where to write them, or NULL (failure is
 * sticky).  Add what was written with buf_grew().
 */
char *buf_room(struct buf *b, size_t len);
void buf_grew(struct buf *b, size_t len);

/* What it holds; borrowed until the next write. */
struct span buf_span(const struct buf *b);
/* What it holds as a C string ("" if nothing was written). */
const char *buf_str(const struct buf *b);

/* FAULT_NONE, or the sticky failure, also in f (FAULT_SOFTWARE, FAULT_DATA). */
enum fault_kind buf_check(const struct buf *b, struct fault *f);

#endif
