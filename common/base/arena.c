/* SPDX-License-Identifier: ISC */
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define ARENA_BLOCK ((size_t)16 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t cap;
	size_t len;
	alignas(max_align_t) char bytes[];
};

void
arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){ .max = max };
}

void
arena_free(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->head; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	arena_init(a, a->max);
}

void
arena_reset(struct arena *a)
{
	struct arena_block *keep = a->head;

	if (keep == NULL)
		return;
	a->head = keep->next;
	arena_free(a);
	if (keep->cap > 4 * ARENA_BLOCK) {
		free(keep);
		return;
	}
	keep->next = NULL;
	keep->len = 0;
	a->head = keep;
	a->used = keep->cap;
}

size_t
arena_left(const struct arena *a)
{
	return a->used < a->max ? a->max - a->used : 0;
}

/* A new first block with room for len bytes; NULL at the cap. */
static struct arena_block *
arena_grow(struct arena *a, size_t len)
{
	size_t cap = len > ARENA_BLOCK ? len : ARENA_BLOCK;
	struct arena_block *b;

	if (a->used > a->max || cap > a->max - a->used)
		cap = len;
	if (a->used > a->max || cap > a->max - a->used)
		return NULL;
	b = malloc(sizeof(*b) + cap);
	if (b == NULL)
		return NULL;
	b->cap = cap;
	b->len = 0;
	a->used += cap;
	b->next = a->head;
	a->head = b;
	return b;
}

void *
arena_alloc(struct arena *a, size_t len)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *b = a->head;
	void *p;

	if (len > SIZE_MAX - align)
		return NULL;
	len = (len + align - 1) / align * align;
	if (b == NULL || len > b->cap - b->len)
		b = arena_grow(a, len);
	if (b == NULL)
		return NULL;
	p = b->bytes + b->len;
	b->len += len;
	if (len > 0)
		memset(p, 0, len);
	return p;
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return arena_alloc(a, n * size);
}

char *
arena_str(struct arena *a, struct span s)
{
	char *p;

	if (s.len == SIZE_MAX)
		return NULL;
	p = arena_alloc(a, s.len + 1);
	if (p != NULL && s.len > 0)
		memcpy(p, s.p, s.len);
	return p;
}

struct span
arena_span(struct arena *a, struct span s)
{
	char *p = arena_str(a, s);

	return (struct span){ p, p == NULL ? 0 : s.len };
}

struct span
arena_lower(struct arena *a, struct span s)
{
	char *p = arena_str(a, s);

	if (p == NULL)
		return (struct span){ NULL, 0 };
	for (size_t i = 0; i < s.len; i++)
		p[i] = ascii_lower(p[i]);
	return (struct span){ p, s.len };
}
