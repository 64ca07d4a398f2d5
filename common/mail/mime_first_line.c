/* SPDX-License-Identifier: ISC */
/*
 * The first line of a body whose Content fields anybody may have changed.
 *
 * The body itself is signed, so that from it follows what its fields were:
 * no program makes quoted-printable with a bare "=3D" left for the reader,
 * base64 with blanks in its lines, or a multipart without its delimiters.
 */
#include <string.h>

#include "mail/mime_impl.h"

#define CLOSERS_MAX 64	/* lines that could close a multipart */
/* No program that flows text breaks its lines below this (RFC 3676 4.2: at 78,
 * usually at 66 to 72). */
#define FLOW_LEAST 60

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

/*
 * Would nothing be joined to the line if it was flowed text?  Without
 * format=flowed a last blank is a blank; with it no program breaks a line
 * this early, where the next word would have fitted.
 */
static bool
stands_alone(struct span line, struct span left)
{
	struct span next;
	size_t word = 0;

	if (!ends_with(line, ' ') || !mime_line(&left, &next) ||
	    is_blank(next) || next.p[0] == '>')
		return true;
	next = span_trim_wsp(next);
	while (word < next.len && !ascii_is_wsp(next.p[word]))
		word++;
	return line.len + word <= FLOW_LEAST;
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

/* A line that is joined to the next one hides none. */
static bool
is_whole(struct span line)
{
	return !ends_with(span_trim_wsp(line), '=');
}

static bool
is_any(struct span line)
{
	(void)line;
	return true;
}

static bool
is_single(struct span body)
{
	return !seems_multipart(body);
}

/* What shows that a body has the encoding that its text was read by. */
static const struct sign {
	bool (*body)(struct span body);
	/* a line in front of the first one, which is passed over */
	bool (*passed)(struct span line);
} signs[] = {
	[MIME_IDENTITY] = { is_single, is_verbatim },
	[MIME_QUOTED_PRINTABLE] = { is_single, is_whole },
	[MIME_BASE64] = { seems_base64, is_any },
	[MIME_UNKNOWN_ENCODING] = { NULL, NULL },
};

/*
 * The first line as quoted-printable, with nothing of another; *whole is false
 * if there is.  Apple writes the blank at its end as a soft break before an
 * empty line, which is passed over.
 */
static enum fault_kind
read_qp(struct span *line, struct span *left, struct arena *a, bool *whole,
    struct fault *f)
{
	char *p = arena_alloc(a, line->len + 1);
	struct span next;
	size_t n = 0;
	bool soft = false;

	if (p == NULL)
		return fault_nomem(f);
	*whole = mime_qp_line(*line, p, &n, &soft) &&
	    memchr(p, '\n', n) == NULL && memchr(p, '\r', n) == NULL;
	*line = (struct span){ p, *whole ? n : 0 };
	if (*whole && soft)
		*whole = !is_blank(*line) && mime_line(left, &next) &&
		    next.len == 0;
	return FAULT_NONE;
}

/* The first line, and what stands around it. */
struct found {
	struct span raw;	/* as it stands in the body */
	struct span line;	/* without its transfer encoding */
	struct span left;	/* after it */
};

/* Look for it; false: there is none, or what is passed over on the way may be
 * more than it seems. */
static enum fault_kind
find_first(struct found *w, enum mime_encoding encoding, struct arena *a,
    bool *found, struct fault *f)
{
	*found = false;
	while (mime_line(&w->left, &w->raw)) {
		struct span raw = w->raw;
		bool whole = true;

		if (!is_clean(raw))
			return FAULT_NONE;
		/* Stuffed, it would not be quoted if it flowed. */
		if (is_quoted(raw) && raw.p[0] != '>' && ends_with(raw, ' '))
			return FAULT_NONE;
		if (is_quoted(raw) || is_blank(raw)) {
			if (!signs[encoding].passed(raw))
				return FAULT_NONE;
			continue;
		}
		w->line = raw;
		if (encoding == MIME_QUOTED_PRINTABLE && read_qp(&w->line,
		    &w->left, a, &whole, f) != FAULT_NONE)
			return f->kind;
		*found = whole && !is_blank(w->line);
		if (*found || !whole)
			return FAULT_NONE;
	}
	return FAULT_NONE;
}

/* What to say of the line that was found. */
static enum mime_first
judge_first(const struct found *w, const struct mime_way *way, bool typed)
{
	if (way->encoding == MIME_IDENTITY && !is_verbatim(w->raw))
		return MIME_FIRST_UNSURE;
	if (way->encoding == MIME_IDENTITY && typed)
		return goes_on_verbatim(w->raw, w->left) ?
		    MIME_FIRST_OF_TEXT : MIME_FIRST_UNSURE;
	if (typed && !way->flowed)
		return MIME_FIRST_LINE;
	return stands_alone(w->raw, w->left) &&
	    stands_alone(w->line, w->left) ? MIME_FIRST_LINE :
	    MIME_FIRST_UNSURE;
}

enum fault_kind
mime_first_line(const struct mime_text *text, struct span body, bool typed,
    struct arena *a, enum mime_first *first, struct span *line,
    struct fault *f)
{
	const struct mime_way *way = &text->way;
	struct found w = { .left = body };
	bool found = false;

	*first = MIME_FIRST_UNSURE;
	*line = (struct span){ NULL, 0 };
	if (signs[way->encoding].body == NULL ||
	    !signs[way->encoding].body(body))
		return FAULT_NONE;
	if (way->encoding == MIME_BASE64) {
		w.left = text->decoded;
		if (typed) {
			*first = MIME_FIRST_OF_TEXT;
			return FAULT_NONE;
		}
	}
	if (span_starts(w.left, SPAN("\xef\xbb\xbf")))
		w.left = span_sub(w.left, 3, w.left.len);
	if (find_first(&w, way->encoding, a, &found, f) != FAULT_NONE ||
	    !found)
		return f->kind;
	*first = judge_first(&w, way, typed);
	*line = w.line;
	return FAULT_NONE;
}
