/* SPDX-License-Identifier: ISC */
/*
 * MUST: a line begins behind CRLF, behind a bare LF and behind a bare CR.
 * MUST: the header ends where the last of all readers believes that it ends:
 *	an empty line counts if it ends in LF and follows an LF; where a CRLF
 *	came before, only if both are CRLF.  Two bare CR count only if there is
 *	no LF in the whole message.
 * MUST: behind an empty line that ends the header for the readers of LF, in a
 *	message whose first line ends in LF, a line begins behind CRLF alone:
 *	whoever takes LF for a line end reads the body there.
 * MUST: taking a field out leaves an empty line where there was one, and none
 *	where there was none, for the readers of CRLF and of LF.
 * MUST: this is judged by the bytes that go out, not by those that came in.
 * MUST: a field with an id of ours goes out only if its seal holds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pipe/claim.h"
#include "pipe/scrub.h"

/* Bytes that tell what a line begins with: our longest name and more. */
#define SCRUB_LOOK 32

/* More of the input behind the window.  Sets eof at its end. */
static enum fault_kind
scrub_fill(struct stage *s, struct fault *f)
{
	struct scrub *c = s->scrub;
	size_t n;

	if (c->start > 0) {
		memmove(c->p, c->p + c->start, c->end - c->start);
		c->end -= c->start;
		c->start = 0;
	}
	if (c->end == c->cap) {
		char *p = c->cap == 0 ? NULL : realloc(c->p, c->cap * 2);

		if (p == NULL)
			return fault_nomem(f);
		c->p = p;
		c->cap *= 2;
	}
	if (s->input->read(s->input, c->p + c->end, c->cap - c->end, &n, f) !=
	    FAULT_NONE)
		return f->kind;
	s->taken += n;
	c->end += n;
	c->eof = n == 0;
	return FAULT_NONE;
}

/* At least n bytes in the window, or all that there are. */
static enum fault_kind
scrub_need(struct stage *s, size_t n, struct fault *f)
{
	struct scrub *c = s->scrub;

	while (!c->eof && c->end - c->start < n)
		if (scrub_fill(s, f) != FAULT_NONE)
			return f->kind;
	return FAULT_NONE;
}

static struct span
scrub_window(const struct scrub *c)
{
	return (struct span){ c->p + c->start, c->end - c->start };
}

/* Past n raw bytes: every seal above them tells of them. */
static struct span
scrub_use(struct stage *s, size_t n)
{
	struct scrub *c = s->scrub;
	struct span bytes = { c->p + c->start, n };

	for (size_t i = 0; i < s->nbelieved; i++)
		seal_add(&s->believed[i].behind, bytes);
	c->start += n;
	return bytes;
}

/* What went out up to here stays: no field that is taken out behind it takes
 * line ends with it. */
static void
scrub_floor(struct stage *s, bool texted)
{
	struct scrub *c = s->scrub;

	c->text = s->spool.len;
	c->texted = texted;
	memcpy(c->text_last, c->last, sizeof(c->last));
	c->behind_lf = c->behind_crlf = 0;
}

/* These bytes go out, and the reader of the stage sees them. */
static enum fault_kind
scrub_out(struct stage *s, struct span bytes, struct fault *f)
{
	struct scrub *c = s->scrub;

	c->last[0] = bytes.len > 1 ? bytes.p[bytes.len - 2] : c->last[1];
	c->last[1] = bytes.p[bytes.len - 1];
	if (!c->from)
		c->head = false;
	return spool_add(&s->spool, bytes, f);
}

/* Let n bytes go out. */
static enum fault_kind
scrub_pass(struct stage *s, size_t n, struct fault *f)
{
	struct span bytes = scrub_use(s, n);

	if (n == 0)
		return FAULT_NONE;
	if (spool_add(&s->view, bytes, f) != FAULT_NONE)
		return f->kind;
	return scrub_out(s, bytes, f);
}

/* How many bytes the line end at the start of s has: CRLF, LF, CR, or 0. */
static size_t
scrub_eol(struct span s)
{
	if (s.len == 0 || (s.p[0] != '\r' && s.p[0] != '\n'))
		return 0;
	return s.p[0] == '\r' && s.len > 1 && s.p[1] == '\n' ? 2 : 1;
}

/*
 * The first empty line of bare CR in front: the header ends here if all lines
 * of the message end so.  One look ahead must tell; where it cannot, because
 * the message is too long, the header goes on.
 */
static enum fault_kind
scrub_look(struct stage *s, struct fault *f)
{
	struct scrub *c = s->scrub;
	struct span w = scrub_window(c);

	c->looked = true;
	while (!c->eof && w.len < SCRUB_FIELD_MAX &&
	    span_find(w, '\n') == w.len) {
		if (scrub_fill(s, f) != FAULT_NONE)
			return f->kind;
		w = scrub_window(c);
	}
	c->over = c->eof && span_find(w, '\n') == w.len;
	return FAULT_NONE;
}

/* A line end went out, the last one of a run. */
static void
scrub_ended(struct stage *s, enum scrub_eol kind)
{
	struct scrub *c = s->scrub;

	if (c->lf_over)
		scrub_floor(s, true);
	if (c->last[1] == '\n')
		c->behind_lf = s->spool.len;
	if (c->last[1] == '\n' && kind == SCRUB_EOL_CRLF)
		c->behind_crlf = s->spool.len;
}

/* The line end of a From_ line goes out: the header starts. */
static enum fault_kind
scrub_from_end(struct stage *s, size_t n, enum scrub_eol kind,
    struct fault *f)
{
	struct scrub *c = s->scrub;

	c->from_eol = kind;
	if (scrub_pass(s, n, f) != FAULT_NONE)
		return f->kind;
	c->from = false;
	c->head = true;
	c->begin = s->spool.len;
	scrub_floor(s, false);
	return FAULT_NONE;
}

/* Let the line end of n bytes in front go out; does the header end here?
 * `empty`: nothing stands before it on its line. */
static enum fault_kind
scrub_line_end(struct stage *s, size_t n, bool empty, struct fault *f)
{
	struct scrub *c = s->scrub;
	bool lf = c->p[c->start + n - 1] == '\n', crlf = n == 2;
	bool behind_lf = c->head || c->last[1] == '\n';
	bool behind_crlf = c->head ||
	    (c->last[0] == '\r' && c->last[1] == '\n');
	enum scrub_eol kind = crlf ? SCRUB_EOL_CRLF : SCRUB_EOL_LF;

	c->crlf_seen |= crlf;
	if (lf && c->from)
		return scrub_from_end(s, n, kind, f);
	if (!lf && empty && !c->looked && c->eol == SCRUB_EOL_UNSEEN &&
	    c->from_eol == SCRUB_EOL_UNSEEN && scrub_look(s, f) != FAULT_NONE)
		return f->kind;
	if (lf && c->eol == SCRUB_EOL_UNSEEN)
		c->eol = kind;
	if (lf && empty && behind_lf && !c->from) {
		c->over = (crlf && behind_crlf) || !c->crlf_seen;
		c->lf_over = true;
	}
	if (scrub_pass(s, n, f) != FAULT_NONE)
		return f->kind;
	scrub_ended(s, kind);
	return FAULT_NONE;
}

/* Let the rest of the line go out, its end included, however long. */
static enum fault_kind
scrub_line(struct stage *s, bool empty, struct fault *f)
{
	struct scrub *c = s->scrub;

	for (;;) {
		struct span w = scrub_window(c);
		size_t n = 0;

		while (n < w.len && w.p[n] != '\r' && w.p[n] != '\n')
			n++;
		empty = empty && n == 0;
		if (scrub_pass(s, n, f) != FAULT_NONE ||
		    scrub_need(s, 2, f) != FAULT_NONE)
			return f->kind;
		if (n > 0)
			scrub_floor(s, true);
		n = scrub_eol(scrub_window(c));
		if (n > 0)
			return scrub_line_end(s, n, empty, f);
		if (c->eof && c->start == c->end)
			return FAULT_NONE;
	}
}

/*
 * The line end at the start of s as the end of a field: bare CR before an LF
 * are part of it, for the readers of LF and CRLF know no line between them.
 * False if that takes more bytes to tell.
 */
static bool
scrub_field_eol(struct span s, bool eof, size_t *n)
{
	size_t i = 0;

	while (i < s.len && s.p[i] == '\r')
		i++;
	if (i == s.len && !eof && i < SCRUB_FIELD_MAX)
		return false;
	*n = i < s.len && s.p[i] == '\n' ? i + 1 : i > 0 ? 1 : 0;
	return true;
}

/*
 * The end of the field in front: how far the window has been looked at comes
 * and goes in *at.  True if the end is known, and *at is behind it.
 */
static bool
scrub_field_end(const struct scrub *c, size_t *at)
{
	struct span w = scrub_window(c);
	size_t i = *at;

	while (i < w.len) {
		size_t n = 0;

		if (w.p[i] != '\r' && w.p[i] != '\n') {
			i++;
			continue;
		}
		*at = i;
		if (!scrub_field_eol(span_sub(w, i, w.len), c->eof, &n) ||
		    (w.len - i < n + 1 && !c->eof))
			return false;
		i += n;
		if (i >= w.len || !ascii_is_wsp(w.p[i])) {
			*at = i;
			return true;
		}
	}
	*at = i;
	return c->eof;
}

/* The comment behind the id, white space made one space, into p. */
static struct span
scrub_comment(struct span value, char *p, size_t cap)
{
	struct span rest = span_sub(value, span_find(value, '('), value.len);
	size_t n = 0;

	for (size_t i = 1; i < rest.len && rest.p[i] != ')'; i++) {
		char ch = ascii_is_fws(rest.p[i]) ? ' ' : rest.p[i];

		if (ch == ' ' && n > 0 && p[n - 1] == ' ')
			continue;
		if (n == cap)
			break;
		p[n++] = ch;
	}
	return (struct span){ p, n };
}

/*
 * Believe the field of len bytes in front if its seal holds.  *done says that
 * it was; the seal is looked at before anything is allocated.
 */
static enum fault_kind
scrub_believe(struct stage *s, size_t len, bool *done, struct fault *f)
{
	struct span field = span_sub(scrub_window(s->scrub), 0, len);
	struct stage_field *b;
	struct seal seal;
	char text[256];
	struct span comment;

	comment = scrub_comment(claim_value(field), text, sizeof(text));
	if (!seal_check(field, comment, s->config.secret, &seal))
		return FAULT_NONE;
	if (s->nbelieved == STAGE_BELIEVED)
		return fault_set(f, FAULT_TEMP,
		    "more than %d sealed fields in one message",
		    STAGE_BELIEVED);
	if (s->believed == NULL)
		s->believed = arena_array(s->arena, STAGE_BELIEVED,
		    sizeof(*s->believed));
	field = arena_span(s->arena, field);
	if (s->believed == NULL || field.p == NULL)
		return fault_nomem(f);
	b = &s->believed[s->nbelieved];
	*b = (struct stage_field){ .raw = field, .seal = seal,
	    .at = s->spool.len, .removed = s->removed };
	if (!span_starts(field, SPAN("Authentication-Results:")) ||
	    !authres_parse(claim_value(field), &b->ar, s->arena) ||
	    !span_eq_nocase(b->ar.id, s->config.id))
		return b->ar.nomem ? fault_nomem(f) : FAULT_NONE;
	(void)scrub_use(s, len);
	scrub_floor(s, false);
	seal_begin(&b->behind);
	s->nbelieved++;
	*done = true;
	return FAULT_NONE;
}

/* The n bytes in front, of a field of ours, do not go out.  The reader sees
 * them; but not a piece that an earlier stage left. */
static enum fault_kind
scrub_drop(struct stage *s, size_t n, enum scrub_eol *eol, struct fault *f)
{
	struct span bytes = scrub_use(s, n);

	*eol = bytes.len == 0 || bytes.p[n - 1] != '\n' ? SCRUB_EOL_UNSEEN :
	    bytes.len > 1 && bytes.p[n - 2] == '\r' ? SCRUB_EOL_CRLF :
	    SCRUB_EOL_LF;
	return s->cut ? FAULT_NONE : spool_add(&s->view, bytes, f);
}

/* Past the rest of a field too long to hold. */
static enum fault_kind
scrub_long(struct stage *s, enum scrub_eol *eol, struct fault *f)
{
	struct scrub *c = s->scrub;
	size_t at;
	bool end;

	do {
		if (scrub_need(s, 3, f) != FAULT_NONE)
			return f->kind;
		at = 0;
		while (!(end = scrub_field_end(c, &at)) && at == 0)
			if (scrub_fill(s, f) != FAULT_NONE)
				return f->kind;
		if (scrub_drop(s, at, eol, f) != FAULT_NONE)
			return f->kind;
	} while (!end);
	return FAULT_NONE;
}

/*
 * A field that ended in eol is gone: which line ends stay in its place?  Those
 * before it, if one of them is of that kind; what follows that one was on the
 * field's own line, for a reader who knows no other.  Else the field was the
 * rest of a line, which now ends in eol.
 */
static enum fault_kind
scrub_close(struct stage *s, enum scrub_eol eol, struct fault *f)
{
	struct scrub *c = s->scrub;
	uint64_t behind = eol == SCRUB_EOL_CRLF ? c->behind_crlf :
	    c->behind_lf;

	if (eol == SCRUB_EOL_UNSEEN || behind == s->spool.len)
		return FAULT_NONE;
	if (spool_cut(&s->spool, behind > 0 ? behind : c->text, f) !=
	    FAULT_NONE)
		return f->kind;
	if (behind > 0) {
		c->last[0] = c->behind_crlf == behind ? '\r' : '\0';
		c->last[1] = '\n';
		return FAULT_NONE;
	}
	memcpy(c->last, c->text_last, sizeof(c->last));
	c->behind_lf = c->behind_crlf = 0;
	c->head = !c->from && s->spool.len == c->begin;
	if (!c->texted)
		return FAULT_NONE;
	if (c->eol == SCRUB_EOL_UNSEEN)
		c->eol = eol;
	c->crlf_seen |= eol == SCRUB_EOL_CRLF;
	if (scrub_out(s, eol == SCRUB_EOL_CRLF ? SPAN("\r\n") : SPAN("\n"),
	    f) != FAULT_NONE)
		return f->kind;
	scrub_ended(s, eol);
	return FAULT_NONE;
}

/* Room for authres_id to work on what the window holds. */
static enum fault_kind
scrub_room(struct scrub *c, struct fault *f)
{
	char *p;

	if (c->room_cap >= c->cap)
		return FAULT_NONE;
	p = realloc(c->room, c->cap);
	if (p == NULL)
		return fault_nomem(f);
	c->room = p;
	c->room_cap = c->cap;
	return FAULT_NONE;
}

/*
 * The input ends within its first line, and that is the beginning of a field
 * of ours: an earlier stage was killed while it wrote.
 */
static bool
scrub_is_cut(const struct stage *s)
{
	static const struct span name = { "Authentication-Results: ", 24 };
	const struct scrub *c = s->scrub;
	struct span w = scrub_window(c);

	if (!c->head || !c->eof || s->config.secret.len == 0)
		return false;
	if (w.len <= name.len)
		return span_starts(name, w);
	return span_starts(w, name) && span_starts(s->config.id,
	    span_sub(w, name.len, w.len));
}

/* A first field that does not end, or with a seal that does not hold: was it
 * written by an earlier stage that was killed then? */
static bool
scrub_is_torn(const struct stage *s, struct span field)
{
	static const struct span seal = { "(vs1 ", 5 };

	if (!s->scrub->head || s->config.secret.len == 0)
		return false;
	if (field.len == 0 || field.p[field.len - 1] != '\n')
		return true;
	for (size_t i = 0; i + seal.len < field.len; i++)
		if (span_starts(span_sub(field, i, seal.len), seal))
			return true;
	return false;
}

/*
 * A field that begins with the name in front.  *done if it is dealt with, else
 * it is no field of ours and goes out as any line.
 */
static enum fault_kind
scrub_field(struct stage *s, bool *done, struct fault *f)
{
	struct scrub *c = s->scrub;
	enum scrub_eol eol;
	struct claim_ids ids = { s->config.id, s->config.strip,
	    s->config.nstrip };
	struct span field;
	size_t at = 0;
	bool whole;

	while (!(whole = scrub_field_end(c, &at)) && at < SCRUB_FIELD_MAX)
		if (scrub_fill(s, f) != FAULT_NONE)
			return f->kind;
	if (scrub_room(c, f) != FAULT_NONE)
		return f->kind;
	field = span_sub(scrub_window(c), 0, at);
	if (scrub_is_cut(s))
		s->cut = true;
	else if (!claim_is_ours(&ids, field, whole, c->room))
		return FAULT_NONE;
	if (whole && scrub_believe(s, at, done, f) != FAULT_NONE)
		return f->kind;
	if (*done)
		return FAULT_NONE;
	*done = true;
	s->removed++;
	s->scrub->piece |= scrub_is_torn(s, field);
	if (scrub_drop(s, at, &eol, f) != FAULT_NONE ||
	    (!whole && scrub_long(s, &eol, f) != FAULT_NONE))
		return f->kind;
	return scrub_close(s, eol, f);
}

/* A leading From_ line is not of the header. */
static void
scrub_from(struct scrub *c)
{
	struct span w = scrub_window(c);

	c->from = span_starts(w, SPAN("From ")) ||
	    span_starts(w, SPAN(">From "));
}

/*
 * Does a field of our name begin in front?  A reader may strip any number of
 * bytes before the name: they are read until another one comes.
 */
static enum fault_kind
scrub_is_named(struct stage *s, bool *named, struct fault *f)
{
	static const struct span name = { "authentication-results", 22 };
	struct scrub *c = s->scrub;
	size_t lead = claim_lead(scrub_window(c));

	while (lead > 0 && !c->eof && lead < SCRUB_FIELD_MAX &&
	    c->end - c->start < lead + SCRUB_LOOK) {
		if (scrub_fill(s, f) != FAULT_NONE)
			return f->kind;
		lead = claim_lead(scrub_window(c));
	}
	*named = lead >= SCRUB_FIELD_MAX || span_starts_nocase(span_sub(
	    scrub_window(c), lead, c->end - c->start), name);
	return FAULT_NONE;
}

/* May a field begin here, for some reader? */
static bool
scrub_is_start(const struct scrub *c)
{
	return !c->lf_over || c->eol == SCRUB_EOL_CRLF ||
	    c->from_eol == SCRUB_EOL_CRLF ||
	    (c->last[0] == '\r' && c->last[1] == '\n');
}

enum fault_kind
scrub_header(struct stage *s, struct fault *f)
{
	static const struct span fence = { STAGE_FENCE ": yes\n",
	    sizeof(STAGE_FENCE ": yes\n") - 1 };
	struct scrub *c = s->scrub;

	if (scrub_need(s, 6, f) != FAULT_NONE)
		return f->kind;
	scrub_from(c);
	while (!c->over) {
		bool done = false, named = false;

		if (scrub_need(s, SCRUB_LOOK, f) != FAULT_NONE)
			return f->kind;
		if (c->start == c->end)
			break;
		/* Our own line's LF says nothing of how the others end. */
		if (c->head && !c->from &&
		    span_starts(scrub_window(c), fence)) {
			if (scrub_pass(s, fence.len, f) != FAULT_NONE)
				return f->kind;
			continue;
		}
		if (scrub_is_cut(s)) {
			s->cut = true;
			(void)scrub_use(s, c->end - c->start);
			break;
		}
		if (scrub_is_start(c) && (scrub_is_named(s, &named, f) !=
		    FAULT_NONE || (named && scrub_field(s, &done, f) !=
		    FAULT_NONE)))
			return f->kind;
		if (!done && scrub_line(s, true, f) != FAULT_NONE)
			return f->kind;
	}
	c->over = true;
	return FAULT_NONE;
}
