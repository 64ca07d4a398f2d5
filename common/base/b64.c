/* SPDX-License-Identifier: ISC */
#include <stdint.h>

#include "base/b64.h"

/* The value of one character, or -1. */
static int
b64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
b64_decode(struct span s, unsigned char *out, size_t *len)
{
	uint32_t bits = 0;
	size_t chars = 0, pads = 0, n = 0;

	for (size_t i = 0; i < s.len; i++) {
		int value;

		if (ascii_is_fws(s.p[i]))
			continue;
		if (s.p[i] == '=') {
			pads++;
			continue;
		}
		value = b64_value(s.p[i]);
		if (value < 0 || pads > 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		if (++chars % 4 == 0) {
			out[n++] = (unsigned char)(bits >> 16);
			out[n++] = (unsigned char)(bits >> 8);
			out[n++] = (unsigned char)bits;
		}
	}
	if (chars % 4 == 1 || (pads > 0 && (chars + pads) % 4 != 0) ||
	    pads > 2)
		return false;
	if (chars % 4 == 2)
		out[n++] = (unsigned char)(bits >> 4);
	if (chars % 4 == 3) {
		out[n++] = (unsigned char)(bits >> 10);
		out[n++] = (unsigned char)(bits >> 2);
	}
	*len = n;
	return true;
}

void
b64_encode(struct buf *b, const void *p, size_t len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *in = p;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t bits = (uint32_t)in[i] << 16;
		char four[4];

		if (left > 1)
			bits |= (uint32_t)in[i + 1] << 8;
		if (left > 2)
			bits |= (uint32_t)in[i + 2];
		four[0] = alphabet[bits >> 18 & 63];
		four[1] = alphabet[bits >> 12 & 63];
		four[2] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
		four[3] = left > 2 ? alphabet[bits & 63] : '=';
		buf_add(b, four, sizeof(four));
	}
}
