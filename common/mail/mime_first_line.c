/* SPDX-License-Identifier: ISC */
/*
 * The first line of a body whose Content fields anybody may have changed.
 *
 * The body itself is signed, so that what it is tells what its fields were:
 * no program makes quoted-printable with a bare "=3D" left for the reader,
 * base64 with blanks in its lines, or a multipart without its delimiters.
 */
#include <string.h>

#include "mail/mime_impl.h"

#define CLOSERS_MAX 64	/* lines that could close a multipart */

static bool
is_blank(struct span s)
{
	while (s.len > 0) {
		size_t n = ascii_is_wsp(s.p[0]) ? 1 :
		    span_starts(s, SPAN("\xc2\xa0")) ? 2 : 0;

		if (n == 0)
			return false;
		s = span_sub(s, n, s.len);
	}
	return true;
}

static bool
is_quoted(struct span s)
{
	s = span_trim_wsp(s);
	return s.len > 0 && s.p[0] == '>';
}

static bool
has_word(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (ascii_is_alnum(s.p[i]))
			return true;
	return false;
}

/* Is there a line in the text, up to that place, which is the same? */
static bool
line_before(struct span text, const char *end, struct span what)
{
	struct span line;

	while (mime_line(&text, &line) && line.p < end)
		if (span_eq(span_trim_wsp(line), what))
			return true;
	return false;
}

/* Could that body be a multipart: is there a delimiter with a part's header
 * after it, or one that is closed? */
static bool
seems_multipart(struct span body)
{
	struct span left = body, line, next, peek;
	size_t closers = 0;

	while (mime_line(&left, &line)) {
		line = span_trim_wsp(line);
		if (!span_starts(line, SPAN("--")) || !has_word(line))
			continue;
		peek = left;
		if (mime_line(&peek, &next) &&
		    span_starts_nocase(next, SPAN("Content-")))
			return true;
		if (!span_starts(span_sub(line, line.len - 2, line.len),
		    SPAN("--")))
			continue;
		if (++closers > CLOSERS_MAX || line_before(body, line.p,
		    span_sub(line, 0, line.len - 2)))
			return true;
	}
	return false;
}

/* Lines as an encoder makes them: of one length but for the last. */
static bool
seems_base64(struct span body)
{
	struct span line;
	size_t length = 0;
	bool over = false;

	while (mime_line(&body, &line)) {
		line = span_trim_wsp(line);
		if (line.len == 0) {
			over = over || length > 0;
			continue;
		}
		if (over || (length > 0 && line.len > length))
			return false;
		if (length == 0)
			length = line.len;
		over = line.len < length || line.len % 4 != 0;
		for (size_t i = 0; i < line.len; i++)
			if (ascii_is_wsp(line.p[i]))
				return false;
	}
	return true;
}

/* No shift to another charset, nor anything else that is not seen. */
static bool
is_clean(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.p[i] < 0x20 && line.p[i] != '\t')
			return false;
	return true;
}

static bool
ends_with(struct span s, char c)
{
	return s.len > 0 && s.p[s.len - 1] == c;
}

/* Would nothing be joined to the line as flowed text, or as fixed? */
static bool
stands_alone(struct span line, struct span left)
{
	struct span next;

	return !ends_with(line, ' ') || !mime_line(&left, &next) ||
	    is_blank(next) || next.p[0] == '>';
}

/* As quoted-printable, in its own line with nothing of another. */
static bool
read_qp(struct span *line, struct arena *a)
{
	char *p = arena_alloc(a, line->len + 1);
	size_t n = 0;
	bool soft = false;

	if (p == NULL || !mime_qp_line(*line, p, &n, &soft) || soft)
		return false;
	*line = (struct span){ p, n };
	return memchr(p, '\n', n) == NULL && memchr(p, '\r', n) == NULL;
}

/* As it stands: nothing in it that only an encoder writes, and that would
 * be read as another byte of a command, or as the end of a line. */
static bool
is_verbatim(struct span line)
{
	if (ends_with(span_trim_wsp(line), '='))
		return false;
	for (size_t i = 0; i + 2 < line.len; i++)
		if (line.p[i] == '=' && (
		    span_eq_nocase(span_sub(line, i, 3), SPAN("=3d")) ||
		    span_eq_nocase(span_sub(line, i, 3), SPAN("=0a")) ||
		    span_eq_nocase(span_sub(line, i, 3), SPAN("=0d"))))
			return false;
	return true;
}

/* The lines that flow on from this one: as they stand, too? */
static bool
goes_on_verbatim(struct span line, struct span left)
{
	while (ends_with(line, ' ') && mime_line(&left, &line))
		if (!is_clean(line) || !is_verbatim(line))
			return false;
	return true;
}

/* What stands in front of the first line: may it be passed over? */
static bool
is_passed(struct span raw, enum mime_encoding encoding, bool *ok)
{
	*ok = is_clean(raw);
	if (encoding == MIME_IDENTITY)
		*ok = *ok && is_verbatim(raw);
	else if (encoding == MIME_QUOTED_PRINTABLE)
		*ok = *ok && !ends_with(span_trim_wsp(raw), '=');
	if (is_quoted(raw)) {
		/* Stuffed, it would not be quoted if it flowed. */
		*ok = *ok && (raw.p[0] == '>' || !ends_with(raw, ' '));
		return true;
	}
	return is_blank(raw);
}

bool
mime_first_line(const struct mime_text *text, struct span body, bool typed,
    struct arena *a, struct span *line)
{
	enum mime_encoding encoding = text->encoding;
	struct span left = body, raw;
	bool ok;

	*line = (struct span){ NULL, 0 };
	if (encoding == MIME_BASE64) {
		if (typed || !seems_base64(body))
			return seems_base64(body);
		left = text->decoded;
	} else if (seems_multipart(body))
		return false;
	if (span_starts(left, SPAN("\xef\xbb\xbf")))
		left = span_sub(left, 3, left.len);
	while (mime_line(&left, &raw)) {
		bool passed = is_passed(raw, encoding, &ok);

		if (!ok)
			return false;
		*line = raw;
		if (!passed && encoding == MIME_QUOTED_PRINTABLE) {
			if (!read_qp(line, a))
				return false;
			passed = is_blank(*line);
		}
		if (passed)
			continue;
		if (typed && encoding == MIME_IDENTITY) {
			*line = (struct span){ NULL, 0 };
			return goes_on_verbatim(raw, left);
		}
		return stands_alone(raw, left) && stands_alone(*line, left);
	}
	return false;
}
