/* SPDX-License-Identifier: ISC */
/* The walk through the parts of a message to its first plain text. */
#include "base/bounds.h"
#include "mail/mime.h"
#include "mail/mime_impl.h"

struct level {
	struct span boundary;
	bool digest;		/* its parts are messages by default */
};

struct walk {
	struct span left;	/* of the body */
	struct level levels[BOUND_MIME_DEPTH];
	size_t depth;
	size_t parts;
	bool html;		/* an HTML part was passed */
	bool foremost;		/* nothing else could be the text so far */
	struct arena scratch;	/* for one part's header */
	struct arena *arena;
	struct mime_text *out;
	/* To be shown all leaves, not to find the text. */
	void (*each)(void *arg, const struct mime_leaf *leaf);
	void *arg;
};

/* Is the line a delimiter of that boundary; *last if it is the closing one. */
static bool
is_delimiter(struct span line, struct span boundary, bool *last)
{
	line = span_sub(line, 2, line.len);
	if (!span_starts(line, boundary))
		return false;
	line = span_sub(line, boundary.len, line.len);
	*last = span_starts(line, SPAN("--"));
	if (*last)
		line = span_sub(line, 2, line.len);
	return span_trim_wsp(line).len == 0;
}

/*
 * On to the next delimiter of any open level, inner ones first; *before is
 * what stands before it without the line end that belongs to it.  What is
 * inside of it is closed.  False at the end of the body.
 */
static bool
next_delimiter(struct walk *w, struct span *before, bool *last)
{
	const char *start = w->left.p, *end = start;
	struct span line;
	size_t i;

	while (mime_line(&w->left, &line)) {
		if (span_starts(line, SPAN("--"))) {
			for (i = w->depth; i > 0; i--)
				if (is_delimiter(line,
				    w->levels[i - 1].boundary, last))
					break;
			if (i > 0) {
				w->depth = *last ? i - 1 : i;
				*before = (struct span){ start,
				    (size_t)(end - start) };
				return true;
			}
		}
		end = line.p + line.len;
	}
	*before = (struct span){ start, (size_t)(w->left.p - start) };
	return false;
}

/* The header of the part that starts here. */
static enum fault_kind
read_part(struct walk *w, struct mime_content *c, bool *good, struct fault *f)
{
	struct span header = { w->left.p, 0 }, line, peek;
	struct message m = { .empty = false };
	enum fault_kind kind;
	bool last;

	for (;;) {
		peek = w->left;
		if (!mime_line(&peek, &line))
			break;
		/* A part that is cut short in its header has no content. */
		if (w->depth > 0 && span_starts(line, SPAN("--")) &&
		    is_delimiter(line, w->levels[w->depth - 1].boundary,
		    &last))
			break;
		w->left = peek;
		if (line.len == 0)
			break;
		header.len = (size_t)(peek.p - header.p);
	}
	arena_reset(&w->scratch);
	kind = message_index(&m, header, EOL_LF, &w->scratch, f);
	if (kind != FAULT_NONE)
		return kind;
	return mime_content_read(&m, w->depth > 0 &&
	    w->levels[w->depth - 1].digest, w->arena, c, good, f);
}

/* Step into a multipart. */
static bool
enter(struct walk *w, const struct mime_content *c)
{
	w->out->status = MIME_UNREADABLE;
	if (c->boundary.len == 0 || c->way.encoding != MIME_IDENTITY)
		return false;
	w->out->status = MIME_TOO_DEEP;
	if (w->depth == BOUND_MIME_DEPTH)
		return false;
	w->levels[w->depth++] = (struct level){ c->boundary,
	    span_eq_nocase(c->subtype, SPAN("digest")) };
	return true;
}

static bool
is_type(const struct mime_content *c, const char *type, const char *subtype)
{
	return span_eq_nocase(c->type, span_of(type)) &&
	    span_eq_nocase(c->subtype, span_of(subtype));
}

/* What programs that send mail write for readers that know no MIME. */
static bool
is_usual_preamble(struct span s)
{
	static const char *const usual[] = {
	    "This is a multi-part message in MIME format.",
	    "This is a multi-part message in MIME format",
	    "This is a multipart message in MIME format.",
	    "This is a MIME-encapsulated message",
	    "This is a cryptographically signed message in MIME format.",
	    "This is an OpenPGP/MIME signed message (RFC 4880 and 3156)" };

	s = span_trim_fws(s);
	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
		if (span_eq(s, span_of(usual[i])))
			return true;
	return s.len == 0;
}

/*
 * One that a program made: no line of a letter, no rule of dashes.  Blanks
 * may stand inside of one that begins as RFC 2045 6.7 advises, which is how
 * Lotus writes it ("=_alternative 0045A3B8C1257A9E_="): a letter has no line
 * that begins with "--=_".
 */
static bool
is_usual_boundary(struct span s)
{
	bool word = false, blank = span_starts(s, SPAN("=_"));

	for (size_t i = 0; i < s.len; i++) {
		if (!ascii_is_print(s.p[i]) || (s.p[i] == ' ' && (!blank ||
		    i + 1 == s.len)))
			return false;
		word = word || ascii_is_alnum(s.p[i]);
	}
	return word;
}

/* Decode the text, and see that the multipart around it is closed. */
static enum fault_kind
take_text(struct walk *w, const struct mime_content *c, struct fault *f)
{
	struct span bytes, rest;
	bool last = false;
	enum fault_kind kind;

	w->out->parts = w->depth > 0;
	(void)next_delimiter(w, &bytes, &last);
	kind = mime_read_as(bytes, &c->way, w->arena, w->out, f);
	while (w->depth > 0 && next_delimiter(w, &rest, &last))
		continue;
	w->out->foremost = w->foremost && c->named && w->depth == 0;
	return kind;
}

/* From part to part, until there is a text or a reason why not. */
static enum fault_kind
walk_parts(struct walk *w, struct mime_content c, struct fault *f)
{
	enum fault_kind kind;
	struct span bytes;
	bool last = false, good = true, more;
	size_t depth;

	for (;;) {
		depth = 0;
		if (span_eq_nocase(c.type, SPAN("multipart"))) {
			if (!enter(w, &c))
				return FAULT_NONE;
			depth = w->depth;
		} else if (is_type(&c, "text", "plain") && !c.attachment) {
			return take_text(w, &c, f);
		} else if (is_type(&c, "text", "html") && !c.attachment) {
			w->html = true;
		}
		more = next_delimiter(w, &bytes, &last);
		/* Its own first delimiter must be the next one. */
		w->foremost = w->foremost && depth > 0 && !last &&
		    w->depth == depth && is_usual_preamble(bytes) &&
		    is_usual_boundary(c.boundary);
		while (more && last)
			more = next_delimiter(w, &bytes, &last);
		if (!more)
			break;
		if (++w->parts > BOUND_MIME_PARTS) {
			w->out->status = MIME_TOO_LARGE;
			return FAULT_NONE;
		}
		kind = read_part(w, &c, &good, f);
		if (kind != FAULT_NONE)
			return kind;
		if (!good) {
			w->out->status = MIME_UNREADABLE;
			return FAULT_NONE;
		}
	}
	w->out->status = w->html ? MIME_HTML_ONLY : MIME_NOTHING;
	return FAULT_NONE;
}

/* Show a leaf whose bytes these are. */
static enum fault_kind
show_leaf(struct walk *w, const struct mime_content *c, struct span bytes,
    struct fault *f)
{
	struct mime_leaf leaf;
	enum fault_kind kind;

	arena_reset(&w->scratch);
	kind = mime_readings(&c->way, bytes, &w->scratch, &leaf, f);
	if (kind == FAULT_NONE)
		w->each(w->arg, &leaf);
	return kind;
}

/* From part to part to the end; *whole: it was reached. */
static enum fault_kind
walk_all(struct walk *w, struct mime_content c, bool *whole, struct fault *f)
{
	enum fault_kind kind = FAULT_NONE;
	struct span bytes;
	bool last = false, good = true, inner, leaf;

	while (kind == FAULT_NONE) {
		leaf = inner = false;
		if (span_eq_nocase(c.type, SPAN("multipart"))) {
			if (!enter(w, &c))
				return FAULT_NONE;
		} else {
			inner = is_type(&c, "message", "rfc822") &&
			    c.way.encoding == MIME_IDENTITY;
			leaf = !inner;
		}
		*whole = !inner && !next_delimiter(w, &bytes, &last);
		if (leaf)
			kind = show_leaf(w, &c, bytes, f);
		while (!inner && !*whole && last)
			*whole = !next_delimiter(w, &bytes, &last);
		if (*whole || ++w->parts > BOUND_MIME_PARTS)
			break;
		if (kind == FAULT_NONE)
			kind = read_part(w, &c, &good, f);
		if (!good)
			break;
	}
	return kind;
}

enum fault_kind
mime_each(const struct message *m, struct span body, struct arena *a,
    void (*each)(void *arg, const struct mime_leaf *leaf), void *arg,
    bool *whole, struct fault *f)
{
	struct mime_text unused = { .status = MIME_UNREADABLE };
	struct walk w = { .left = body, .arena = a, .out = &unused,
	    .each = each, .arg = arg };
	struct mime_content c;
	enum fault_kind kind;
	bool good;

	*whole = false;
	kind = mime_content_read(m, false, a, &c, &good, f);
	if (kind != FAULT_NONE || !good || body.len > BOUND_MIME_BYTES)
		return kind;
	arena_init(&w.scratch, BOUND_MESSAGE_ARENA);
	kind = walk_all(&w, c, whole, f);
	arena_free(&w.scratch);
	return kind;
}

enum fault_kind
mime_text_read(const struct message *m, struct span body, struct arena *a,
    struct mime_text *out, struct fault *f)
{
	struct walk w = { .left = body, .arena = a, .out = out,
	    .foremost = true };
	struct mime_content c;
	enum fault_kind kind;
	bool good;

	*out = (struct mime_text){ .status = MIME_UNREADABLE };
	kind = mime_content_read(m, false, a, &c, &good, f);
	if (kind != FAULT_NONE || !good)
		return kind;
	out->report = is_type(&c, "multipart", "report");
	if (body.len > BOUND_MIME_BYTES) {
		out->status = MIME_TOO_LARGE;
		return FAULT_NONE;
	}
	arena_init(&w.scratch, BOUND_MESSAGE_ARENA);
	kind = walk_parts(&w, c, f);
	arena_free(&w.scratch);
	return kind;
}

const char *
mime_status_text(enum mime_status status)
{
	switch (status) {
	case MIME_UNREADABLE:
		return "the mail breaks the rules of MIME";
	case MIME_TEXT:
		return "the mail has a plain text";
	case MIME_NOTHING:
		return "the mail has no text";
	case MIME_HTML_ONLY:
		return "the mail is HTML only: send plain text";
	case MIME_ENCODING:
		return "the text's transfer encoding is unknown or wrong";
	case MIME_CHARSET:
		return "the text's charset is not known here: send UTF-8";
	case MIME_TOO_LARGE:
		return "the mail is too large or has too many parts";
	case MIME_TOO_DEEP:
		return "the mail's parts are nested too deeply";
	}
	return "unknown";
}
