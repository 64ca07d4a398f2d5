/* SPDX-License-Identifier: ISC */
/*
 * Multiparts (RFC 2046) over a spool: a stack of boundaries, no recursion, one
 * line or 64 KiB of one at a time.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "report/limits.h"
#include "report/mail.h"

struct level {
	struct part part;
	size_t len;		/* of its boundary */
};

struct walk {
	const struct report_mail *mail;
	const struct report_parts *to;
	struct spool bytes;	/* of the leaf */
	struct part_decoder decoder;
	struct level *levels;	/* REPORT_MIME_DEPTH */
	size_t depth;		/* multiparts that are open */
	struct part part;	/* the leaf's */
	struct buf header;
	enum { IN_NOTHING, IN_HEADER, IN_LEAF } state;
	size_t parts;
	struct span end;	/* line end that may belong to a boundary */
	enum report_why why;
	/* lines */
	char *buf;
	size_t have, at;
	uint64_t offset;
	bool line_start, over;
};

/* The next line with its end, or as much of one as fits. */
static enum fault_kind
next_line(struct walk *w, struct span *line, bool *start, struct fault *f)
{
	size_t n, got = 1;

	n = span_find((struct span){ w->buf + w->at, w->have - w->at }, '\n');
	if (w->at + n == w->have && !w->over) {
		memmove(w->buf, w->buf + w->at, w->have - w->at);
		w->have -= w->at;
		w->at = 0;
		while (w->have < REPORT_XML_PIECE && got > 0) {
			if (spool_read(&w->mail->body, w->offset,
			    w->buf + w->have, REPORT_XML_PIECE - w->have,
			    &got, f) != FAULT_NONE)
				return f->kind;
			w->have += got;
			w->offset += got;
		}
		w->over = got == 0;
		n = span_find((struct span){ w->buf, w->have }, '\n');
	}
	if (w->at + n < w->have)
		n++;
	*line = (struct span){ w->buf + w->at, n };
	*start = w->line_start;
	w->at += n;
	w->line_start = n > 0 && line->p[n - 1] == '\n';
	return FAULT_NONE;
}

/* Which open multipart's boundary is it?  The depth, or 0; *close: its last. */
static size_t
boundary(const struct walk *w, struct span line, bool *close)
{
	if (line.len < 3 || line.p[0] != '-' || line.p[1] != '-')
		return 0;
	for (size_t i = w->depth; i-- > 0;) {
		const struct level *l = &w->levels[i];
		struct span rest = span_sub(line, 2, line.len);

		if (!span_starts(rest, (struct span){ l->part.boundary,
		    l->len }))
			continue;
		rest = span_sub(rest, l->len, rest.len);
		*close = span_starts(rest, SPAN("--"));
		if (*close)
			rest = span_sub(rest, 2, rest.len);
		if (span_trim_fws(rest).len == 0)
			return i + 1;
	}
	return 0;
}

static enum fault_kind
end_leaf(struct walk *w, struct fault *f)
{
	const struct part *parent = w->depth > 0 ?
	    &w->levels[w->depth - 1].part : NULL;

	if (w->state != IN_LEAF)
		return FAULT_NONE;
	w->state = IN_NOTHING;
	if (part_decode_end(&w->decoder, f) != FAULT_NONE)
		return f->kind;
	if (w->decoder.full) {
		w->why = REPORT_WHY_PART;
		return FAULT_NONE;
	}
	return w->to->leaf(w->to->state, &w->part, parent, &w->bytes, f);
}

/* The header of a part is whole: a multipart opens, or a leaf begins. */
static void
begin_part(struct walk *w)
{
	struct level *l;

	w->end = SPAN("");
	if (++w->parts > REPORT_MIME_PARTS) {
		w->why = REPORT_WHY_PARTS;
		return;
	}
	if (span_starts(span_of(w->part.type), SPAN("multipart/")) &&
	    w->part.boundary[0] != '\0') {
		if (w->depth == REPORT_MIME_DEPTH) {
			w->why = REPORT_WHY_MIME_DEPTH;
			return;
		}
		l = &w->levels[w->depth++];
		l->part = w->part;
		l->len = strlen(l->part.boundary);
		w->state = IN_NOTHING;
		return;
	}
	spool_reset(&w->bytes);
	part_decode_begin(&w->decoder, w->part.encoding, &w->bytes,
	    REPORT_PART_BYTES);
	w->state = IN_LEAF;
}

/* One line of a leaf: its end is held back, for a boundary may follow. */
static enum fault_kind
leaf_line(struct walk *w, struct span line, struct fault *f)
{
	size_t n = line.len;

	if (w->end.len > 0 && part_decode(&w->decoder, w->end, f) !=
	    FAULT_NONE)
		return f->kind;
	w->end = SPAN("");
	if (n > 0 && line.p[n - 1] == '\n') {
		n--;
		w->end = SPAN("\n");
		if (n > 0 && line.p[n - 1] == '\r') {
			n--;
			w->end = SPAN("\r\n");
		}
	}
	return part_decode(&w->decoder, span_sub(line, 0, n), f);
}

static enum fault_kind
take_line(struct walk *w, struct span line, bool start, struct fault *f)
{
	bool close = false;
	size_t which = start ? boundary(w, line, &close) : 0;

	if (which > 0) {
		if (end_leaf(w, f) != FAULT_NONE)
			return f->kind;
		w->depth = close ? which - 1 : which;
		w->state = close ? IN_NOTHING : IN_HEADER;
		buf_reset(&w->header);
		return FAULT_NONE;
	}
	if (w->state == IN_LEAF)
		return leaf_line(w, line, f);
	if (w->state != IN_HEADER)
		return FAULT_NONE;
	if (start && span_trim_fws(line).len == 0) {
		part_read(&w->part, buf_span(&w->header));
		begin_part(w);
		return FAULT_NONE;
	}
	buf_addspan(&w->header, line);
	if (w->header.full)
		w->why = REPORT_WHY_HEADER;
	return w->header.nomem ? fault_nomem(f) : FAULT_NONE;
}

static enum fault_kind
walk_lines(struct walk *w, struct fault *f)
{
	struct span line = { NULL, 0 };
	bool start = true;

	w->line_start = true;
	for (;;) {
		if (next_line(w, &line, &start, f) != FAULT_NONE)
			return f->kind;
		if (line.len == 0)
			break;
		if (take_line(w, line, start, f) != FAULT_NONE)
			return f->kind;
		if (w->why != REPORT_WHY_NONE)
			return FAULT_NONE;
	}
	/* A missing last boundary: the part ends where the mail does. */
	if (w->state == IN_LEAF && w->end.len > 0 &&
	    part_decode(&w->decoder, w->end, f) != FAULT_NONE)
		return f->kind;
	return end_leaf(w, f);
}

enum fault_kind
report_mail_walk(const struct report_mail *m, const struct report_parts *to,
    enum report_why *why, struct fault *f)
{
	struct walk w = { .mail = m, .to = to, .part = m->top };

	*why = REPORT_WHY_NONE;
	w.levels = calloc(REPORT_MIME_DEPTH, sizeof(*w.levels));
	w.buf = malloc(REPORT_XML_PIECE);
	buf_init(&w.header, REPORT_PART_HEADER);
	spool_init(&w.bytes, REPORT_SPOOL_MEMORY, to->tmp);
	if (w.levels == NULL || w.buf == NULL) {
		(void)fault_nomem(f);
	} else {
		begin_part(&w);
		(void)walk_lines(&w, f);
		*why = w.why;
	}
	spool_free(&w.bytes);
	buf_free(&w.header);
	free(w.buf);
	free(w.levels);
	return f->kind;
}
