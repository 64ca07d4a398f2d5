/* SPDX-License-Identifier: ISC */
/* Any bytes as a key record, and what it holds used for a signature. */
#include <stdint.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "dkim/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char digest[HASH_MAX];
	static const char zeros[BOUND_RSA_BITS / 8];
	struct fault f = { .kind = FAULT_NONE };
	struct key_record key;
	bool good = false;

	if (key_record_parse((struct span){ (const char *)data, size }, &key,
	    &f) == FAULT_NONE && key.state == KEY_GOOD) {
		size_t len = key.pub.type == KEY_RSA ? key.pub.n.len :
		    KEY_ED25519_SIGNATURE;

		if (key.pub.bits > BOUND_RSA_BITS)
			abort();
		/* Large ones are slow, and libcrypto's affair. */
		if (key.pub.bits <= 1024 &&
		    key_verify(&key.pub, HASH_SHA256, digest,
		    (struct span){ zeros, len }, &good, &f) != FAULT_NONE &&
		    f.kind != FAULT_SOFTWARE)
			abort();
		if (good)
			abort();
	}
	key_record_free(&key);
	return 0;
}
