/* SPDX-License-Identifier: ISC */
/* Any bytes as a question on the socket: read, written, read the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jit/jit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jit_ask ask, again;
	struct jit_answer a;
	struct fault f = { .kind = FAULT_NONE };
	struct buf b;
	json_t *one = NULL, *two = NULL;

	buf_init(&b, (size_t)1024 * 1024);
	if (jit_ask_read((struct span){ (const char *)data, size }, &ask,
	    &one, &f) == FAULT_NONE) {
		if (jit_ask_json(&ask, &b, &f) != FAULT_NONE ||
		    jit_ask_read(buf_span(&b), &again, &two, &f) !=
		    FAULT_NONE || strcmp(ask.verb, again.verb) != 0 ||
		    ask.limits != again.limits)
			abort();
	}
	fault_clear(&f);
	jit_answer_init(&a, "use");
	(void)jit_answer_read((struct span){ (const char *)data, size }, &a,
	    &f);
	jit_answer_free(&a);
	json_decref(one);
	json_decref(two);
	buf_free(&b);
	return 0;
}
