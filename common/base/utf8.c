/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"

/* The first byte: up to which, how many bytes, and from where to where the
 * second one goes (RFC 3629 4); all that follow go from 0x80 to 0xbf. */
static const struct {
	uint8_t to, length, low, high;
} utf8_forms[] = {
	{ 0x7f, 1, 0, 0 },
	{ 0xc1, 0, 0, 0 },
	{ 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 3, 0xa0, 0xbf },
	{ 0xec, 3, 0x80, 0xbf },
	{ 0xed, 3, 0x80, 0x9f },
	{ 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 4, 0x90, 0xbf },
	{ 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 4, 0x80, 0x8f },
	{ 0xff, 0, 0, 0 }
};

size_t
utf8_length(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t f = 0, n;

	if (s.len == 0)
		return 0;
	while (p[0] > utf8_forms[f].to)
		f++;
	n = utf8_forms[f].length;
	if (n > s.len)
		return 0;
	if (n > 1 && (p[1] < utf8_forms[f].low || p[1] > utf8_forms[f].high))
		return 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

uint32_t
utf8_take(struct span *s)
{
	/* Which bits of the first byte are the character's, by length. */
	static const uint8_t bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t n = utf8_length(*s);
	uint32_t code;

	if (n == 0)
		return UTF8_NONE;
	code = (unsigned char)s->p[0] & bits[n];
	for (size_t i = 1; i < n; i++)
		code = code << 6 | ((unsigned char)s->p[i] & 0x3f);
	*s = span_sub(*s, n, s->len);
	return code;
}
