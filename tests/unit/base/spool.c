/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/spool.h"
#include "tap.h"

/* Write n bytes in pieces, read them back from everywhere. */
static void
test_size(struct spool *s, size_t n)
{
	char piece[100], back[77];
	struct fault f = { 0 };
	bool same = true;
	size_t len;

	spool_reset(s);
	for (size_t i = 0; i < n;) {
		size_t k = n - i < sizeof(piece) ? n - i : sizeof(piece);

		for (size_t j = 0; j < k; j++)
			piece[j] = (char)((i + j) % 251);
		same &= spool_add(s, (struct span){ piece, k }, &f) ==
		    FAULT_NONE;
		i += k;
	}
	for (size_t at = 0; at < n; at += len) {
		same &= spool_read(s, at, back, sizeof(back), &len, &f) ==
		    FAULT_NONE && len > 0;
		for (size_t j = 0; same && j < len; j++)
			same = back[j] == (char)((at + j) % 251);
		if (!same)
			break;
	}
	CHECKF(same && s->len == n, "%zu bytes come back", n);
	CHECK(spool_read(s, n, back, sizeof(back), &len, &f) == FAULT_NONE &&
	    len == 0);
	CHECK((s->fd >= 0) == (n > s->memory));
}

int
main(void)
{
	struct spool s;
	struct fault f = { 0 };
	char bytes[64] = "";

	spool_init(&s, 1000, "/tmp");
	test_size(&s, 0);
	test_size(&s, 999);
	test_size(&s, 1000);
	test_size(&s, 1001);
	test_size(&s, 50000);
	test_size(&s, 10);
	spool_free(&s);
	spool_init(&s, 10, "/nonexistent");
	CHECK(spool_add(&s, (struct span){ bytes, 10 }, &f) == FAULT_NONE);
	CHECK(spool_add(&s, (struct span){ bytes, 1 }, &f) == FAULT_TEMP &&
	    strstr(f.text, "/nonexistent") != NULL);
	spool_free(&s);
	return tap_done();
}
