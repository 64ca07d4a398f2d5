/* SPDX-License-Identifier: ISC */
/*
 * Programs that may read a mail after us, each with a belief of its own about
 * where a line ends: written for the tests alone, in the plainest way.
 */
#ifndef READERS_H
#define READERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

enum reader {
	READER_CRLF = 0,	/* CRLF alone */
	READER_LF,		/* LF; a CR before it is not of the line */
	READER_CR,		/* CR alone */
	READER_ANY,		/* all three */
	READER_COUNT
};

/* Bytes of the line end at s, 0 if there is none. */
static size_t
reader_eol(enum reader r, struct span s)
{
	bool cr = s.len > 0 && s.p[0] == '\r';
	bool crlf = cr && s.len > 1 && s.p[1] == '\n';
	bool lf = s.len > 0 && s.p[0] == '\n';

	switch (r) {
	case READER_CRLF:
		return crlf ? 2 : 0;
	case READER_LF:
		return crlf ? 2 : lf;
	case READER_CR:
		return cr;
	case READER_ANY:
		return crlf ? 2 : cr || lf;
	case READER_COUNT:
		break;
	}
	return 0;
}

/* The line at the start of s, and the length of its end. */
static struct span
reader_line(enum reader r, struct span s, size_t *eol)
{
	size_t i = 0;

	while (i < s.len && (*eol = reader_eol(r, span_sub(s, i, 2))) == 0)
		i++;
	if (i == s.len)
		*eol = 0;
	return span_sub(s, 0, i);
}

/* Where the body starts: after the first empty line; s.len if none. */
static size_t
reader_body(enum reader r, struct span s)
{
	size_t at = 0, eol;

	while (at < s.len) {
		struct span line = reader_line(r, span_sub(s, at, s.len),
		    &eol);

		at += line.len + eol;
		if (line.len == 0)
			return at;
	}
	return s.len;
}

/* Who has a say: readers of CRLF if one stands in the header of those of LF,
 * readers of CR if there is no LF. */
static bool
reader_counts(enum reader r, struct span s)
{
	struct span header = span_sub(s, 0, reader_body(READER_LF, s));

	switch (r) {
	case READER_CRLF:
		for (size_t i = 0; i < header.len; i++)
			if (reader_eol(r, span_sub(header, i, 2)) == 2)
				return true;
		return false;
	case READER_CR:
		return span_find(s, '\n') == s.len;
	case READER_LF:
	case READER_ANY:
	case READER_COUNT:
		break;
	}
	return true;
}

/* Is this line an Authentication-Results field with that id? */
static bool
reader_is_ours(struct span line, struct span id)
{
	static const struct span name = { "Authentication-Results", 22 };
	struct cursor c;

	if (!span_starts_nocase(line, name))
		return false;
	c = cursor_of(span_sub(line, name.len, line.len));
	(void)cursor_while(&c, ascii_is_wsp);
	cursor_need(&c, ':');
	(void)cursor_while(&c, ascii_is_wsp);
	return !c.bad && span_starts_nocase(cursor_rest(&c), id);
}

/* How many fields with that id the header has for this reader. */
static size_t
reader_count(enum reader r, struct span s, struct span id)
{
	size_t at = 0, n = 0, eol;

	s = span_sub(s, 0, reader_body(r, s));
	while (at < s.len) {
		struct span line = reader_line(r, span_sub(s, at, s.len),
		    &eol);

		n += reader_is_ours(line, id);
		at += line.len + eol;
	}
	return n;
}

#endif
