/* SPDX-License-Identifier: ISC */
/* Any bytes as a signed note, its key, a checkpoint: nobody signed them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = { (const char *)data, size }, text;
	static struct note_key key;
	struct note_key other;
	struct checkpoint c, d;
	struct buf b;
	struct fault f = { .kind = FAULT_NONE };
	unsigned char seed[NOTE_SEED] = { 42 };

	if (key.name[0] == '\0' && note_key_make(&key, SPAN("o/1"), seed,
	    &f) != FAULT_NONE)
		abort();
	if (note_verify(&key, s, &text))
		abort();
	(void)note_key_parse(s, &other);
	if (checkpoint_parse(s, &c)) {
		buf_init(&b, NOTE_MAX);
		checkpoint_text(&c, &b);
		if (memchr(c.origin, '\0', 1) == NULL &&
		    (!checkpoint_parse(buf_span(&b), &d) ||
		    c.size != d.size || strcmp(c.hash, d.hash) != 0))
			abort();
		buf_free(&b);
	}
	return 0;
}
