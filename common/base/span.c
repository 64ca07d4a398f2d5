/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/span.h"

struct span
span_of(const char *s)
{
	if (s == NULL)
		return (struct span){ "", 0 };
	return (struct span){ s, strlen(s) };
}

struct span
span_sub(struct span s, size_t from, size_t len)
{
	/* No offset from nothing, not even 0. */
	if (s.p == NULL)
		return (struct span){ NULL, 0 };
	if (from > s.len)
		from = s.len;
	if (len > s.len - from)
		len = s.len - from;
	return (struct span){ s.p + from, len };
}

bool
span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
span_eq_nocase(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

bool
span_starts(struct span s, struct span prefix)
{
	return s.len >= prefix.len &&
	    span_eq(span_sub(s, 0, prefix.len), prefix);
}

bool
span_starts_nocase(struct span s, struct span prefix)
{
	return s.len >= prefix.len &&
	    span_eq_nocase(span_sub(s, 0, prefix.len), prefix);
}

bool
span_ends_nocase(struct span s, struct span suffix)
{
	return s.len >= suffix.len && span_eq_nocase(
	    span_sub(s, s.len - suffix.len, suffix.len), suffix);
}

size_t
span_find(struct span s, char c)
{
	const char *hit = s.len == 0 ? NULL : memchr(s.p, c, s.len);

	return hit == NULL ? s.len : (size_t)(hit - s.p);
}

size_t
span_rfind(struct span s, char c)
{
	for (size_t i = s.len; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return s.len;
}

bool
span_is_print(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_print(s.p[i]))
			return false;
	return true;
}

/* Without the bytes for which drop holds, on both ends. */
static struct span
span_trim(struct span s, bool (*drop)(char))
{
	while (s.len > 0 && drop(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && drop(s.p[s.len - 1]))
		s.len--;
	return s;
}

struct span
span_trim_wsp(struct span s)
{
	return span_trim(s, ascii_is_wsp);
}

struct span
span_trim_fws(struct span s)
{
	return span_trim(s, ascii_is_fws);
}

bool
span_cut(struct span s, char c, struct span *head, struct span *tail)
{
	size_t at = span_find(s, c);

	*head = span_sub(s, 0, at);
	*tail = span_sub(s, at + (at < s.len ? 1 : 0), s.len);
	return at < s.len;
}

bool
cursor_take(struct cursor *c, char ch)
{
	if (c->p >= c->end || *c->p != ch)
		return false;
	c->p++;
	return true;
}

void
cursor_need(struct cursor *c, char ch)
{
	if (!cursor_take(c, ch))
		c->bad = true;
}

char
cursor_next(struct cursor *c)
{
	if (c->p >= c->end) {
		c->bad = true;
		return '\0';
	}
	return *c->p++;
}

struct span
cursor_while(struct cursor *c, bool (*pred)(char))
{
	const char *start = c->p;

	while (c->p < c->end && pred(*c->p))
		c->p++;
	return (struct span){ start, (size_t)(c->p - start) };
}
