/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>

#include "base/bounds.h"
#include "mail/message.h"

/* The search for the end of the header, kept between reads so that every
 * byte is looked at once. */
struct scan {
	size_t at;		/* next byte to look at */
	size_t line;		/* where the current line starts */
	bool first_done;	/* the first line was looked at */
	size_t first;		/* bytes up to the first LF, it included */
	enum eol eol;		/* known once first is not 0 */
	size_t from_len;	/* bytes of the leading From line */
	size_t blank;		/* where the blank line starts */
};

/*
 * Look for the blank line in p[0..len), of which bytes before s->at were
 * looked at.  True when it was found: it is p[s->blank .. s->at).
 */
static bool
scan_more(struct scan *s, const char *p, size_t len)
{
	const char *lf;
	size_t end, text;
	bool cr;

	while (s->at < len &&
	    (lf = memchr(p + s->at, '\n', len - s->at)) != NULL) {
		end = (size_t)(lf - p);
		s->at = end + 1;
		cr = end > s->line && p[end - 1] == '\r';
		if (s->first == 0) {
			s->first = s->at;
			s->eol = cr ? EOL_CRLF : EOL_LF;
		}
		if (s->eol == EOL_CRLF && !cr)
			continue;	/* a bare LF is data */
		text = end - s->line - (cr ? 1 : 0);
		if (text == 0) {
			s->blank = s->line;
			return true;
		}
		if (!s->first_done && input_is_from_line((struct span){
		    p + s->line, text }))
			s->from_len = s->at;
		s->first_done = true;
		s->line = s->at;
	}
	s->at = len;
	return false;
}

/* What reading the header block came to. */
struct block {
	struct scan scan;
	char *p;
	size_t len;
	bool found;		/* the blank line */
	bool too_large;
};

static bool
block_full(const struct block *b)
{
	/* Room for the blank line itself. */
	return b->len > BOUND_HEADER_BYTES + 2;
}

/* Read on into b->p, which holds cap bytes, until a blank line, the end of
 * the input or cap. */
static enum fault_kind
block_fill(struct block *b, struct source *src, size_t cap, bool *end,
    struct fault *f)
{
	enum fault_kind kind;
	size_t n;

	while (b->len < cap) {
		kind = src->read(src, b->p + b->len, cap - b->len, &n, f);
		if (kind != FAULT_NONE)
			return kind;
		*end = n == 0;
		if (n == 0)
			return FAULT_NONE;
		b->len += n;
		b->found = scan_more(&b->scan, b->p, b->len);
		if (b->found || block_full(b))
			return FAULT_NONE;
	}
	return FAULT_NONE;
}

/*
 * Read until the header is complete or too large.  It starts in the chunk,
 * where all but monsters end; those go on in the arena.
 */
static enum fault_kind
block_read(struct block *b, struct source *src, char *chunk, struct arena *a,
    struct fault *f)
{
	const size_t cap = BOUND_HEADER_BYTES + MESSAGE_CHUNK;
	enum fault_kind kind;
	bool end = false;
	char *big;

	b->p = chunk;
	kind = block_fill(b, src, MESSAGE_CHUNK, &end, f);
	if (kind != FAULT_NONE)
		return kind;
	if (!b->found && !end) {
		big = arena_alloc(a, cap);
		if (big == NULL)
			return fault_nomem(f);
		memcpy(big, b->p, b->len);
		b->p = big;
		kind = block_fill(b, src, cap, &end, f);
		if (kind != FAULT_NONE)
			return kind;
	}
	if (b->found)
		b->too_large = b->scan.blank > BOUND_HEADER_BYTES;
	else
		b->too_large = b->len > BOUND_HEADER_BYTES;
	return FAULT_NONE;
}

/* The leading From line where no line end was found. */
static void
block_last_line(struct block *b)
{
	struct span line = { b->p, b->len };

	if (b->found || b->scan.first_done || b->too_large)
		return;
	if (input_is_from_line(line))
		b->scan.from_len = b->len;
}

enum fault_kind
message_open(struct message *m, struct source *src, char *chunk,
    struct arena *a, struct fault *f)
{
	struct block b = { .p = NULL };
	size_t end, keep, from;
	enum fault_kind kind;
	struct span copy;

	*m = (struct message){ .source = src, .chunk = chunk };
	kind = block_read(&b, src, chunk, a, f);
	if (kind != FAULT_NONE)
		return kind;
	block_last_line(&b);
	from = b.scan.from_len;
	/* A first line that is too large was seen or not, by chance. */
	if (b.too_large && b.scan.first > BOUND_HEADER_BYTES) {
		b.scan.eol = EOL_LF;
		from = 0;
	}
	/* The header ends at end, what is kept in memory at keep. */
	end = b.found ? b.scan.blank : b.len;
	keep = b.found ? b.scan.at : b.len;
	if (b.too_large)
		end = keep = BOUND_HEADER_BYTES;
	copy = (struct span){ b.p, keep };
	if (b.p == chunk)
		copy = arena_span(a, copy);
	if (copy.p == NULL)
		return fault_nomem(f);
	kind = message_index(m, (struct span){ copy.p + from, end - from },
	    b.scan.eol, a, f);
	if (kind != FAULT_NONE)
		return kind;
	m->from_line = (struct span){ copy.p, from };
	m->separator = (struct span){ copy.p + end, keep - end };
	m->rest = (struct span){ b.p + keep, b.len - keep };
	m->empty = b.len == 0;
	if (b.too_large)
		m->defect = MESSAGE_TOO_LARGE;
	return FAULT_NONE;
}

enum fault_kind
message_body(struct message *m, struct span *bytes, struct fault *f)
{
	enum fault_kind kind;
	size_t n;

	if (m->rest.len > 0) {
		*bytes = m->rest;
		m->rest.len = 0;
		return FAULT_NONE;
	}
	*bytes = (struct span){ m->chunk, 0 };
	if (m->source == NULL)
		return FAULT_NONE;
	kind = m->source->read(m->source, m->chunk, MESSAGE_CHUNK, &n, f);
	if (kind != FAULT_NONE)
		return kind;
	if (n == 0)
		m->source = NULL;
	bytes->len = n;
	return FAULT_NONE;
}

/* The header block's bytes that no line may hold, RFC 5322 2.2. */
static enum message_defect
bytes_defect(struct span s, enum eol eol)
{
	const char *end = s.p + s.len, *p;

	if (s.len == 0)
		return MESSAGE_OK;
	if (memchr(s.p, '\0', s.len) != NULL)
		return MESSAGE_NUL;
	for (p = s.p; (p = memchr(p, '\r', (size_t)(end - p))) != NULL;) {
		if (++p == end || *p != '\n')
			return MESSAGE_BARE_CR;
	}
	if (eol == EOL_LF)
		return MESSAGE_OK;
	for (p = s.p; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++) {
		if (p == s.p || p[-1] != '\r')
			return MESSAGE_BARE_LF;
	}
	return MESSAGE_OK;
}

/* Length of the line at the start of s, its line end included. */
static size_t
line_length(struct span s, enum eol eol)
{
	const char *lf, *p = s.p, *end = s.p + s.len;

	while (p < end &&
	    (lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p = lf + 1;
		if (eol == EOL_LF || (lf > s.p && lf[-1] == '\r'))
			return (size_t)(p - s.p);
	}
	return s.len;
}

/* Length of the field at the start of s: a line and its continuations. */
static size_t
field_length(struct span s, enum eol eol)
{
	size_t len = line_length(s, eol);

	while (len < s.len && ascii_is_wsp(s.p[len]))
		len += line_length(span_sub(s, len, s.len), eol);
	return len;
}

/* Without the line end after it. */
static struct span
without_eol(struct span s, enum eol eol)
{
	if (s.len == 0 || s.p[s.len - 1] != '\n')
		return s;
	if (s.len > 1 && s.p[s.len - 2] == '\r')
		s.len -= 2;
	else if (eol == EOL_LF)
		s.len--;
	return s;
}

/*
 * Cut a field at its colon.  The obsolete syntax has white space, we allow
 * folding too, between name and colon: who counts From fields must see it.
 */
static bool
field_parse(struct span raw, enum eol eol, struct field *field)
{
	size_t colon = span_find(raw, ':');

	if (colon == raw.len)
		return false;
	*field = (struct field){ .raw = raw };
	field->name = (struct span){ raw.p, colon };
	while (field->name.len > 0 &&
	    ascii_is_fws(raw.p[field->name.len - 1]))
		field->name.len--;
	for (size_t i = 0; i < field->name.len; i++)
		if (raw.p[i] <= ' ' || raw.p[i] > '~')
			return false;
	field->value = without_eol(span_sub(raw, colon + 1, raw.len), eol);
	return field->name.len > 0;
}

/* An upper bound for the number of fields: lines that start with no space. */
static size_t
count_fields(struct span header, enum eol eol)
{
	size_t n = 0;

	while (header.len > 0 && n < BOUND_HEADER_FIELDS) {
		size_t len = field_length(header, eol);

		header = span_sub(header, len, header.len);
		n++;
	}
	return n;
}

static void
note_defect(struct message *m, enum message_defect defect)
{
	if (m->defect == MESSAGE_OK)
		m->defect = defect;
}

enum fault_kind
message_index(struct message *m, struct span header, enum eol eol,
    struct arena *a, struct fault *f)
{
	struct span left = header, raw;
	size_t n = 0;

	m->header = header;
	m->eol = eol;
	m->nfields = 0;
	m->defect = bytes_defect(header, eol);
	m->fields = arena_array(a, count_fields(header, eol),
	    sizeof(*m->fields));
	if (m->fields == NULL)
		return fault_nomem(f);
	if (left.len > 0 && ascii_is_wsp(left.p[0]))
		note_defect(m, MESSAGE_LEADING_SPACE);
	for (; left.len > 0; n++) {
		if (n == BOUND_HEADER_FIELDS) {
			note_defect(m, MESSAGE_TOO_MANY);
			break;
		}
		raw = span_sub(left, 0, field_length(left, eol));
		left = span_sub(left, raw.len, left.len);
		if (n == 0 && ascii_is_wsp(raw.p[0]))
			continue;
		if (field_parse(raw, eol, &m->fields[m->nfields]))
			m->nfields++;
		else
			note_defect(m, MESSAGE_NO_COLON);
	}
	return FAULT_NONE;
}

/* The field at or after index i with that name; NULL if there is none. */
static const struct field *
find_field(const struct message *m, struct span name, size_t i)
{
	for (; i < m->nfields; i++)
		if (!m->fields[i].hidden &&
		    span_eq_nocase(m->fields[i].name, name))
			return &m->fields[i];
	return NULL;
}

size_t
message_count(const struct message *m, const char *name)
{
	struct span wanted = span_of(name);
	const struct field *field;
	size_t n = 0, i = 0;

	while ((field = find_field(m, wanted, i)) != NULL) {
		i = (size_t)(field - m->fields) + 1;
		n++;
	}
	return n;
}

const struct field *
message_field(const struct message *m, const char *name)
{
	return find_field(m, span_of(name), 0);
}

const char *
message_defect_text(enum message_defect d)
{
	switch (d) {
	case MESSAGE_OK:
		return "nothing is wrong";
	case MESSAGE_NO_COLON:
		return "a header line that is no field";
	case MESSAGE_LEADING_SPACE:
		return "the first line starts with white space";
	case MESSAGE_NUL:
		return "a NUL byte in the header";
	case MESSAGE_BARE_CR:
		return "a bare CR in the header";
	case MESSAGE_BARE_LF:
		return "a bare LF in the header of a CRLF message";
	case MESSAGE_TOO_LARGE:
		return "the header is larger than 2 MiB";
	case MESSAGE_TOO_MANY:
		return "the header has more than 10000 fields";
	}
	return "unknown";
}
