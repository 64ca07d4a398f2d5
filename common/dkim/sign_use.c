/* SPDX-License-Identifier: ISC */
/* One use of a grant: what makes two runs the same operation. */
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "dkim/sign_file.h"

static int
by_bytes(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int order = n == 0 ? 0 : memcmp(x->p, y->p, n);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static void
add_part(struct hash *h, const void *p, size_t len)
{
	const unsigned char size[4] = { (unsigned char)(len >> 24),
	    (unsigned char)(len >> 16), (unsigned char)(len >> 8),
	    (unsigned char)len };

	hash_add(h, size, sizeof(size));
	if (len > 0)
		hash_add(h, p, len);
}

void
signing_use_key(const struct signing_use *use, struct span grant,
    struct span *recipients, size_t count, char out[2 * HASH_MAX + 1])
{
	unsigned char digest[HASH_MAX];
	struct hash h;

	if (count > 1)
		qsort(recipients, count, sizeof(*recipients), by_bytes);
	hash_init(&h, HASH_SHA256);
	add_part(&h, grant.p, grant.len);
	add_part(&h, use->digest, sizeof(use->digest));
	for (size_t i = 0; i < count; i++)
		add_part(&h, recipients[i].p, recipients[i].len);
	hash_end(&h, digest);
	hex_encode(digest, HASH_MAX, out);
}
