/* SPDX-License-Identifier: ISC */
/* What has been read of a message and not yet been used. */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/span.h"
#include "mail/message.h"

struct window {
	struct source *input;
	char *p;		/* [start, end) are not yet used */
	size_t start, end, cap;
	bool eof;		/* the input has no more */
	uint64_t taken;		/* bytes of the input so far */
};

/* What stands there; valid until the window is filled. */
struct span window_span(const struct window *w);
/* Read more after it, with more room if it is full.  Sets eof at the end. */
enum fault_kind window_fill(struct window *w, struct fault *f);
/* At least n bytes, or all that there are. */
enum fault_kind window_need(struct window *w, size_t n, struct fault *f);
/* Past n bytes of it; what they are. */
struct span window_use(struct window *w, size_t n);
/* The next bytes into buf: those of the window, then straight from the
 * input.  *len is 0 at the end. */
enum fault_kind window_read(struct window *w, char *buf, size_t cap,
    size_t *len, struct fault *f);

#endif
