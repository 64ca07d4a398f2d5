/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "pipe/window.h"

struct span
window_span(const struct window *w)
{
	return (struct span){ w->p + w->start, w->end - w->start };
}

enum fault_kind
window_fill(struct window *w, struct fault *f)
{
	size_t n;

	if (w->start > 0) {
		memmove(w->p, w->p + w->start, w->end - w->start);
		w->end -= w->start;
		w->start = 0;
	}
	if (w->end == w->cap) {
		char *p = w->cap == 0 ? NULL : realloc(w->p, w->cap * 2);

		if (p == NULL)
			return fault_nomem(f);
		w->p = p;
		w->cap *= 2;
	}
	if (w->input->read(w->input, w->p + w->end, w->cap - w->end, &n, f) !=
	    FAULT_NONE)
		return f->kind;
	w->taken += n;
	w->end += n;
	w->eof = n == 0;
	return FAULT_NONE;
}

enum fault_kind
window_need(struct window *w, size_t n, struct fault *f)
{
	while (!w->eof && w->end - w->start < n)
		if (window_fill(w, f) != FAULT_NONE)
			return f->kind;
	return FAULT_NONE;
}

struct span
window_use(struct window *w, size_t n)
{
	struct span bytes = { w->p + w->start, n };

	w->start += n;
	return bytes;
}

enum fault_kind
window_read(struct window *w, char *buf, size_t cap, size_t *len,
    struct fault *f)
{
	struct span left = window_span(w);

	*len = left.len < cap ? left.len : cap;
	if (*len > 0) {
		memcpy(buf, window_use(w, *len).p, *len);
		return FAULT_NONE;
	}
	if (w->eof)
		return FAULT_NONE;
	if (w->input->read(w->input, buf, cap, len, f) != FAULT_NONE)
		return f->kind;
	w->taken += *len;
	w->eof = *len == 0;
	return FAULT_NONE;
}
