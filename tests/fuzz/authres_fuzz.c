/* SPDX-License-Identifier: ISC */
/*
 * The value of an Authentication-Results field: what is understood is written
 * again byte for byte, and the liberal reader stays within its room.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/authres.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span value = { (const char *)data, size }, id;
	struct authres ar, again;
	struct arena a;
	char *room = malloc(size + (size == 0));
	struct buf b;

	if (room == NULL)
		return 0;
	arena_init(&a, 1 << 24);
	if (authres_id(value, &id, room) && id.len > size)
		abort();
	if (authres_parse(value, &ar, &a)) {
		/* Line ends are the reader's to know; all else is fixed. */
		buf_init(&b, 4 * size + 4096);
		authres_format(&ar, memchr(data, '\r', size) == NULL ?
		    EOL_LF : EOL_CRLF, &b);
		if (b.len < size + 23 ||
		    memcmp(b.p + 23, data, size) != 0 ||
		    !authres_parse((struct span){ b.p + 23, size }, &again,
		    &a) || again.count != ar.count)
			abort();
		buf_free(&b);
	}
	arena_free(&a);
	free(room);
	return 0;
}
