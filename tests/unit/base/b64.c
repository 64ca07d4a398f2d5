/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/b64.h"
#include "tap.h"

static bool
decodes(struct span in, struct span want)
{
	unsigned char out[64];
	size_t len = 99;

	return b64_decode(in, out, &len) && len == want.len &&
	    memcmp(out, want.p, len) == 0;
}

static bool
refuses(struct span in)
{
	unsigned char out[64];
	size_t len;

	return !b64_decode(in, out, &len);
}

/* Every length up to 48 there and back. */
static void
test_round(void)
{
	unsigned char in[48], out[B64_DECODED_MAX(64)];
	bool same = true;
	struct buf b;
	size_t len;

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 37 + 11);
	buf_init(&b, 100);
	for (size_t n = 0; n <= sizeof(in); n++) {
		buf_reset(&b);
		b64_encode(&b, in, n);
		same = same && b.len == (n + 2) / 3 * 4 &&
		    b64_decode(buf_span(&b), out, &len) && len == n &&
		    memcmp(in, out, n) == 0;
	}
	CHECK(same);
	buf_free(&b);
}

int
main(void)
{
	test_round();
	CHECK(decodes(SPAN(""), SPAN("")));
	CHECK(decodes(SPAN("Zm9v"), SPAN("foo")));
	CHECK(decodes(SPAN("Zm8="), SPAN("fo")));
	CHECK(decodes(SPAN("Zm8"), SPAN("fo")));
	CHECK(decodes(SPAN("Zg"), SPAN("f")));
	CHECK(decodes(SPAN(" Z\r\n\tg = = "), SPAN("f")));
	CHECK(refuses(SPAN("Z")));
	CHECK(refuses(SPAN("Zm9vZ")));
	CHECK(refuses(SPAN("Zg=")));
	CHECK(refuses(SPAN("Zg===")));
	CHECK(refuses(SPAN("Zg==Zg==")));
	CHECK(refuses(SPAN("Zm9v=")));
	CHECK(refuses(SPAN("=")));
	CHECK(refuses(SPAN("Zm-v")));
	CHECK(refuses(SPAN("Zm9v\0")));
	CHECK(refuses(SPAN("Zm\x0b" "9v")));
	return tap_done();
}
