/* SPDX-License-Identifier: ISC */
/* The checkpoint of a log as the text of a note. */
#include <string.h>

#include "base/b64.h"
#include "base/num.h"
#include "ledger/note.h"

void
checkpoint_text(const struct checkpoint *c, struct buf *out)
{
	unsigned char raw[SHA256_BYTES] = { 0 };

	for (size_t i = 0; i < sizeof(raw); i++)
		raw[i] = (unsigned char)(
		    (ascii_hex(c->hash[2 * i]) & 15) << 4 |
		    (ascii_hex(c->hash[2 * i + 1]) & 15));
	buf_addf(out, "%s\n%lld\n", c->origin, (long long)c->size);
	b64_encode(out, raw, sizeof(raw));
	buf_addc(out, '\n');
}

bool
checkpoint_parse(struct span text, struct checkpoint *c)
{
	unsigned char raw[B64_DECODED_MAX(48)];
	struct span origin, size, hash, rest;
	struct buf hex;
	uint64_t n;
	size_t len;

	*c = (struct checkpoint){ 0 };
	if (!span_cut(text, '\n', &origin, &rest) ||
	    !span_cut(rest, '\n', &size, &rest) ||
	    !span_cut(rest, '\n', &hash, &rest) ||
	    origin.len == 0 || origin.len >= NOTE_NAME ||
	    !num_canonical(size, INT64_MAX, &n) || hash.len > 48 ||
	    !b64_decode(hash, raw, &len) || len != SHA256_BYTES)
		return false;
	memcpy(c->origin, origin.p, origin.len);
	c->size = (int64_t)n;
	buf_init(&hex, SHA256_HEX);
	buf_addhex(&hex, raw, len);
	if (!hex.nomem)
		memcpy(c->hash, buf_str(&hex), SHA256_HEX - 1);
	buf_free(&hex);
	return c->hash[0] != '\0';
}
