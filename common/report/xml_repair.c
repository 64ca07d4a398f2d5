/* SPDX-License-Identifier: ISC */
/*
 * What broken reports need to be read: bytes that are no UTF-8, control
 * characters, `&` and `<` that begin nothing, a left-over xs:schema tag.  A
 * missing end is not made up: the counts of what was cut off would lie.
 */
#include <string.h>

#include "base/utf8.h"
#include "report/xml_impl.h"

static void
put(struct repair *r, const char *p, size_t n)
{
	memcpy(r->out + r->nout, p, n);
	r->nout += n;
}

/* Length of the character of XML at the start of s, or 0: U+FFFE and U+FFFF are
 * none (XML 1.0, 2.2). */
static size_t
xml_length(struct span s)
{
	return span_starts(s, SPAN("\xef\xbf\xbe")) ||
	    span_starts(s, SPAN("\xef\xbf\xbf")) ? 0 : utf8_length(s);
}

/* Does a reference that XML knows begin at this `&`? */
static bool
reference(struct span s)
{
	static const char *const names[] = { "amp;", "lt;", "gt;", "quot;",
		"apos;" };
	uint64_t value = 0;
	bool hex;
	size_t i = 2;

	s = span_sub(s, 0, 12);
	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
		if (span_starts(span_sub(s, 1, s.len), span_of(names[k])))
			return true;
	if (s.len < 4 || s.p[1] != '#')
		return false;
	hex = s.p[2] == 'x';
	for (i += hex; i < s.len && s.p[i] != ';'; i++) {
		int digit = ascii_hex(s.p[i]);

		if (digit < 0 || (!hex && digit > 9))
			return false;
		value = value * (hex ? 16 : 10) + (uint64_t)digit;
	}
	return i < s.len && s.p[i] == ';' && i > (hex ? 3U : 2U) &&
	    (value >= 0x20 || value == 9 || value == 10 || value == 13) &&
	    value < 0xd800;
}

static bool
name_byte(char c)
{
	return ascii_is_alnum(c) || c == '_' || c == '-' || c == '.' ||
	    c == ':';
}

/* The name after `<` or `</`. */
static struct span
tag_name(struct span s)
{
	size_t from = s.len > 1 && s.p[1] == '/' ? 2 : 1, n = from;

	while (n < s.len && name_byte(s.p[n]))
		n++;
	return span_sub(s, from, n - from);
}

/* Length of a stray schema tag at the start of s, or 0. */
static size_t
schema_tag(struct span s)
{
	struct span name = tag_name(s);
	size_t n;

	if (!span_eq(name, SPAN("xs:schema")) &&
	    !span_eq(name, SPAN("xsd:schema")))
		return 0;
	n = span_find(s, '>');
	return n < s.len ? n + 1 : 0;
}

/* May a tag, comment or instruction begin at this `<`? */
static bool
markup(struct span s)
{
	struct span name = tag_name(s), prefix, local;
	char next;

	if (s.len < 2 || s.p[1] == '/' || s.p[1] == '?' ||
	    span_starts(s, SPAN("<!--")) || span_starts(s, SPAN("<![CDATA[")))
		return true;
	if (!span_cut(name, ':', &prefix, &local))
		local = name;
	next = name.len + 1 < s.len ? s.p[name.len + 1] : '>';
	return xml_known(local) && (next == '>' || next == '/' ||
	    ascii_is_fws(next));
}

/* One character of the input to the output; how many bytes it took. */
static size_t
repair_one(struct repair *r, struct span s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n;

	if (c == '&' && !reference(s)) {
		put(r, "&amp;", 5);
		return 1;
	}
	if (c == '<') {
		n = schema_tag(s);
		if (n > 0)
			return n;
		if (markup(s))
			put(r, "<", 1);
		else
			put(r, "&lt;", 4);
		return 1;
	}
	if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') {
		put(r, "?", 1);
		return 1;
	}
	n = xml_length(s);
	if (n == 0) {
		put(r, "\xef\xbf\xbd", 3);
		return 1;
	}
	put(r, s.p, n);
	return n;
}

/* So many bytes at hand as a tag may need, or all there are. */
static enum fault_kind
fill(struct repair *r, struct fault *f)
{
	size_t n;

	while (!r->end && r->have - r->at < REPAIR_AHEAD) {
		memmove(r->in, r->in + r->at, r->have - r->at);
		r->have -= r->at;
		r->at = 0;
		if (r->inner->read(r->inner, r->in + r->have,
		    sizeof(r->in) - r->have, &n, f) != FAULT_NONE)
			return f->kind;
		r->have += n;
		r->end = n == 0;
	}
	return FAULT_NONE;
}

static enum fault_kind
repair_read(struct source *src, char *p, size_t cap, size_t *len,
    struct fault *f)
{
	struct repair *r = src->state;

	*len = 0;
	/* More than once only where all that was there were schema tags. */
	while (r->given == r->nout) {
		r->given = r->nout = 0;
		if (fill(r, f) != FAULT_NONE)
			return f->kind;
		if (r->at == r->have)
			return FAULT_NONE;
		while (r->nout + 8 <= REPORT_XML_PIECE && r->at < r->have &&
		    (r->end || r->have - r->at >= REPAIR_AHEAD))
			r->at += repair_one(r, (struct span){ r->in + r->at,
			    r->have - r->at });
	}
	*len = r->nout - r->given < cap ? r->nout - r->given : cap;
	memcpy(p, r->out + r->given, *len);
	r->given += *len;
	return FAULT_NONE;
}

void
repair_open(struct repair *r, struct source *inner)
{
	r->source = (struct source){ repair_read, r };
	r->inner = inner;
	r->end = false;
	r->have = r->at = r->nout = r->given = 0;
}
