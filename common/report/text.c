/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/markup.h"
#include "base/num.h"
#include "report/text.h"

uint32_t
text_rune(struct span s, size_t *len)
{
	const unsigned char *p = (const unsigned char *)s.p;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 :
	    p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
	uint32_t c = n < 2 ? p[0] : p[0] & (0x7fU >> n);

	*len = 1;
	if (n == 0 || n > s.len)
		return 0xfffd;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0xfffd;
		c = c << 6 | (p[i] & 0x3fU);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0xfffd;
	*len = n;
	return c;
}

void
text_json(struct buf *b, struct span s)
{
	size_t n;

	if (s.p == NULL) {
		buf_adds(b, "null");
		return;
	}
	buf_addc(b, '"');
	for (; s.len > 0; s = span_sub(s, n, s.len)) {
		uint32_t c = text_rune(s, &n);

		if (c == '"' || c == '\\')
			buf_addf(b, "\\%c", (int)c);
		else if (c >= 0x20 && c < 0x7f)
			buf_addc(b, (char)c);
		else if (c < 0x10000)
			buf_addf(b, "\\u%04x", c);
		else
			buf_addf(b, "\\u%04x\\u%04x",
			    0xd800 + ((c - 0x10000) >> 10),
			    0xdc00 + ((c - 0x10000) & 0x3ff));
	}
	buf_addc(b, '"');
}

void
text_csv(struct buf *b, struct span s)
{
	static const char formula[] = { '=', '+', '-', '@', '\t', '\r' };

	buf_addc(b, '"');
	if (s.len > 0 && memchr(formula, s.p[0], sizeof(formula)) != NULL)
		buf_addc(b, '\'');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"')
			buf_adds(b, "\"\"");
		else if ((c < 0x20 && c != '\t') || c == 0x7f)
			buf_addf(b, "\\x%02X", c);
		else
			buf_addc(b, s.p[i]);
	}
	buf_addc(b, '"');
}

void
text_csv_int(struct buf *b, int64_t n)
{
	buf_addf(b, "%lld", (long long)n);
}

/* Characters that move, hide or reorder what stands around them. */
static bool
unseen(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad ||
	    c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	    (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0000 && c <= 0xe01ef) ||
	    (c >= 0xd800 && c < 0xe000);
}

void
text_html(struct buf *b, struct span s)
{
	size_t n;

	for (; s.len > 0; s = span_sub(s, n, s.len)) {
		uint32_t c = text_rune(s, &n);

		const char *entity = markup_entity(*s.p);

		if (entity != NULL)
			buf_adds(b, entity);
		else if (unseen(c) || (c == 0xfffd && n == 1))
			buf_addf(b, "U+%04X", c);
		else
			buf_add(b, s.p, n);
	}
}

void
text_time(struct buf *b, int64_t time)
{
	char text[NUM_RFC3339_LEN];

	num_rfc3339(time, text);
	buf_adds(b, text);
}

void
text_day(struct buf *b, int64_t day)
{
	char text[NUM_RFC3339_LEN];

	num_rfc3339(day * 86400, text);
	buf_add(b, text, 10);
}
