/* SPDX-License-Identifier: ISC */
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "tap.h"

static void
test_alloc(void)
{
	struct arena a;
	bool aligned = true, zero = true;

	arena_init(&a, 1 << 20);
	for (size_t i = 1; i < 600; i++) {
		unsigned char *p = arena_alloc(&a, i);

		aligned = aligned && p != NULL &&
		    (uintptr_t)p % alignof(max_align_t) == 0;
		for (size_t k = 0; p != NULL && k < i; k++)
			zero = zero && p[k] == 0;
		if (p != NULL)
			memset(p, 0xff, i);
	}
	CHECK(aligned);
	CHECK(zero);
	CHECK(arena_alloc(&a, 0) != NULL);
	arena_reset(&a);
	CHECK(a.head != NULL);
	zero = true;
	for (unsigned char *p = arena_alloc(&a, 512), *end = p + 512;
	    p < end; p++)
		zero = zero && *p == 0;
	CHECK(zero);
	arena_free(&a);
	CHECK(a.used == 0 && a.max == 1 << 20);
}

static void
test_cap(void)
{
	struct arena a;

	arena_init(&a, 1000);
	CHECK(arena_alloc(&a, 1001) == NULL);
	CHECK(arena_alloc(&a, 900) != NULL);
	CHECK(arena_alloc(&a, 900) == NULL);
	CHECK(arena_alloc(&a, SIZE_MAX) == NULL);
	CHECK(arena_alloc(&a, SIZE_MAX - 15) == NULL);
	CHECK(arena_array(&a, SIZE_MAX / 2, 3) == NULL);
	arena_free(&a);
}

static void
test_copies(void)
{
	struct arena a;
	char *s;

	arena_init(&a, 10000);
	s = arena_str(&a, SPAN("abc"));
	CHECK(s != NULL && strcmp(s, "abc") == 0);
	CHECK(span_eq(arena_span(&a, SPAN("x\0y")), SPAN("x\0y")));
	CHECK(span_eq(arena_lower(&a, SPAN("AbZ[")), SPAN("abz[")));
	CHECK(arena_span(&a, SPAN("")).p != NULL);
	arena_free(&a);
}

int
main(void)
{
	test_alloc();
	test_cap();
	test_copies();
	return tap_done();
}
