/* SPDX-License-Identifier: ISC */
#include "base/markup.h"
#include "base/utf8.h"

const char *
markup_entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";	/* HTML 4 has no &apos; */
	default:
		return NULL;
	}
}

/* XML 1.0 2.2: no control characters but these, and not the two that are no
 * characters. */
static bool
is_xml(struct span s, size_t n)
{
	unsigned char c = (unsigned char)s.p[0];

	if (n == 1)
		return c >= 0x20 || c == '\t' || c == '\n';
	return !span_starts(s, SPAN("\xef\xbf\xbe")) &&
	    !span_starts(s, SPAN("\xef\xbf\xbf"));
}

void
markup_xml(struct span s, struct buf *b)
{
	while (s.len > 0) {
		size_t n = utf8_length(s);
		const char *entity = markup_entity(*s.p);

		if (entity != NULL)
			buf_adds(b, entity);
		else if (n > 0 && is_xml(s, n))
			buf_add(b, s.p, n);
		else
			buf_addc(b, '?');
		s = span_sub(s, n > 0 ? n : 1, s.len);
	}
}
