/* SPDX-License-Identifier: ISC */
/*
 * One capped arena a message: everything allocated for it dies together.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

#include "base/span.h"

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t used;	/* bytes asked of malloc */
	size_t max;
};

/* An empty arena that may take max bytes from malloc.  Allocates nothing. */
void arena_init(struct arena *a, size_t max);
/* Release all; the arena is empty and usable again. */
void arena_free(struct arena *a);
/* As arena_free, but keeps one block for the next message. */
void arena_reset(struct arena *a);

/* Bytes that may still be asked of malloc. */
size_t arena_left(const struct arena *a);

/* len zeroed bytes, aligned for any type; NULL at the cap or without memory. */
void *arena_alloc(struct arena *a, size_t len);
/* n zeroed elements of size bytes; NULL on overflow too. */
void *arena_array(struct arena *a, size_t n, size_t size);
/* A copy of s in the arena, NUL after it; p is NULL on failure. */
struct span arena_span(struct arena *a, struct span s);
/* The same with ASCII letters in lower case. */
struct span arena_lower(struct arena *a, struct span s);
/* A NUL-terminated copy, or NULL. */
char *arena_str(struct arena *a, struct span s);

#endif
