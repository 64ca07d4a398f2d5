/* SPDX-License-Identifier: ISC */
/*
 * MUST: a line begins after CRLF, after a bare LF and after a bare CR.
 * MUST: the header ends where the last of all readers believes that it ends:
 *	an empty line counts if it ends in LF and follows an LF; where a CRLF
 *	came before, only if both are CRLF.  Two bare CR count only if there is
 *	no LF in the whole message.
 * MUST: after an empty line that ends the header for the readers of LF, in a
 *	message whose first line ends in LF, a line begins after CRLF alone:
 *	whoever takes LF for a line end reads the body there.
 * MUST: taking a field out leaves an empty line where there was one, and none
 *	where there was none, for the readers of CRLF and of LF.
 * MUST: this is judged by the bytes that go out, not by those that came in.
 * MUST: a field with an id of our own goes out only if its seal holds.
 */
#include <stdlib.h>

#include "pipe/claim.h"
#include "pipe/scrub.h"

/* Bytes that show what a line begins with: our longest name and more. */
#define SCRUB_LOOK 32

/* Past n raw bytes: every seal above them covers them. */
static struct span
scrub_use(struct stage *s, size_t n)
{
	struct span bytes = window_use(&s->scrub->in, n);

	for (size_t i = 0; i < s->nbelieved; i++)
		seal_add(&s->believed[i].after, bytes);
	return bytes;
}

/* These bytes go out, and the reader of the stage sees them. */
static enum fault_kind
scrub_out(struct stage *s, struct span bytes, struct fault *f)
{
	ledger_out(&s->scrub->out, bytes, s->scrub->from);
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
 * of the message end so.  One look ahead must decide; where it cannot, because
 * the message is too long, the header goes on.
 */
static enum fault_kind
scrub_look(struct stage *s, struct fault *f)
{
	struct scrub *c = s->scrub;
	struct span w = window_span(&c->in);

	c->looked = true;
	while (!c->in.eof && w.len < SCRUB_FIELD_MAX &&
	    span_find(w, '\n') == w.len) {
		if (window_fill(&c->in, f) != FAULT_NONE)
			return f->kind;
		w = window_span(&c->in);
	}
	c->over = c->in.eof && span_find(w, '\n') == w.len;
	return FAULT_NONE;
}

/* A line end went out, the last one of a run. */
static void
scrub_ended(struct stage *s, enum line_end end)
{
	struct scrub *c = s->scrub;

	if (c->lf_over)
		ledger_floor(&c->out, s->spool.len, true);
	ledger_ended(&c->out, s->spool.len, end);
}

/* The line end of a From_ line goes out: the header starts. */
static enum fault_kind
scrub_from_end(struct stage *s, size_t n, enum line_end kind,
    struct fault *f)
{
	struct scrub *c = s->scrub;

	c->from_eol = kind;
	if (scrub_pass(s, n, f) != FAULT_NONE)
		return f->kind;
	c->from = false;
	ledger_begin(&c->out, s->spool.len);
	return FAULT_NONE;
}

/* Let the line end of n bytes in front go out; does the header end here?
 * `empty`: nothing stands before it on its line. */
static enum fault_kind
scrub_line_end(struct stage *s, size_t n, bool empty, struct fault *f)
{
	struct scrub *c = s->scrub;
	bool lf = c->in.p[c->in.start + n - 1] == '\n';
	enum line_end end = n == 2 ? LINE_END_CRLF : LINE_END_LF;
	enum header_end over = HEADER_GOES_ON;

	c->crlf_seen |= n == 2;
	if (lf && c->from)
		return scrub_from_end(s, n, end, f);
	if (!lf && empty && !c->looked && c->eol == LINE_END_NONE &&
	    c->from_eol == LINE_END_NONE && scrub_look(s, f) != FAULT_NONE)
		return f->kind;
	if (lf && c->eol == LINE_END_NONE)
		c->eol = end;
	if (lf && empty && !c->from)
		over = header_end(end, ledger_after(&c->out), c->crlf_seen);
	c->over |= over == HEADER_OVER;
	c->lf_over |= over != HEADER_GOES_ON;
	if (scrub_pass(s, n, f) != FAULT_NONE)
		return f->kind;
	scrub_ended(s, end);
	return FAULT_NONE;
}

/* Let the rest of the line go out, its end included, however long. */
static enum fault_kind
scrub_line(struct stage *s, bool empty, struct fault *f)
{
	struct scrub *c = s->scrub;

	for (;;) {
		struct span w = window_span(&c->in);
		size_t n = 0;

		while (n < w.len && w.p[n] != '\r' && w.p[n] != '\n')
			n++;
		empty = empty && n == 0;
		if (scrub_pass(s, n, f) != FAULT_NONE ||
		    window_need(&c->in, 2, f) != FAULT_NONE)
			return f->kind;
		if (n > 0)
			ledger_floor(&c->out, s->spool.len, true);
		n = scrub_eol(window_span(&c->in));
		if (n > 0)
			return scrub_line_end(s, n, empty, f);
		if (c->in.eof && c->in.start == c->in.end)
			return FAULT_NONE;
	}
}

/*
 * The line end at the start of s as the end of a field: bare CR before an LF
 * are part of it, for the readers of LF and CRLF know no line between them.
 * False if that takes more bytes to know.
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
 * and goes in *at.  True if the end is known, and *at is after it.
 */
static bool
scrub_field_end(const struct scrub *c, size_t *at)
{
	struct span w = window_span(&c->in);
	size_t i = *at;

	while (i < w.len) {
		size_t n = 0;

		if (w.p[i] != '\r' && w.p[i] != '\n') {
			i++;
			continue;
		}
		*at = i;
		if (!scrub_field_eol(span_sub(w, i, w.len), c->in.eof, &n) ||
		    (w.len - i < n + 1 && !c->in.eof))
			return false;
		i += n;
		if (i >= w.len || !ascii_is_wsp(w.p[i])) {
			*at = i;
			return true;
		}
	}
	*at = i;
	return c->in.eof;
}

/* The comment after the id, white space made one space, into p. */
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
	struct span field = span_sub(window_span(&s->scrub->in), 0, len);
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
	ledger_floor(&s->scrub->out, s->spool.len, false);
	seal_begin(&b->after);
	s->nbelieved++;
	*done = true;
	return FAULT_NONE;
}

/* The n bytes in front, of a field of our own, do not go out.  The reader sees
 * them; but not a piece that an earlier stage left. */
static enum fault_kind
scrub_drop(struct stage *s, size_t n, enum line_end *eol, struct fault *f)
{
	struct span bytes = scrub_use(s, n);

	*eol = bytes.len == 0 || bytes.p[n - 1] != '\n' ? LINE_END_NONE :
	    bytes.len > 1 && bytes.p[n - 2] == '\r' ? LINE_END_CRLF :
	    LINE_END_LF;
	return s->cut ? FAULT_NONE : spool_add(&s->view, bytes, f);
}

/* Past the rest of a field too long to hold. */
static enum fault_kind
scrub_long(struct stage *s, enum line_end *eol, struct fault *f)
{
	struct scrub *c = s->scrub;
	size_t at;
	bool end;

	do {
		if (window_need(&c->in, 3, f) != FAULT_NONE)
			return f->kind;
		at = 0;
		while (!(end = scrub_field_end(c, &at)) && at == 0)
			if (window_fill(&c->in, f) != FAULT_NONE)
				return f->kind;
		if (scrub_drop(s, at, eol, f) != FAULT_NONE)
			return f->kind;
	} while (!end);
	return FAULT_NONE;
}

/* A field that ended in `end` is gone. */
static enum fault_kind
scrub_close(struct stage *s, enum line_end end, struct fault *f)
{
	struct scrub *c = s->scrub;
	uint64_t cut;
	bool put;

	if (!ledger_close(&c->out, s->spool.len, end, c->from, &cut, &put))
		return FAULT_NONE;
	if (spool_cut(&s->spool, cut, f) != FAULT_NONE || !put)
		return f->kind;
	if (c->eol == LINE_END_NONE)
		c->eol = end;
	c->crlf_seen |= end == LINE_END_CRLF;
	if (scrub_out(s, end == LINE_END_CRLF ? SPAN("\r\n") : SPAN("\n"),
	    f) != FAULT_NONE)
		return f->kind;
	scrub_ended(s, end);
	return FAULT_NONE;
}

/* Room for authres_id to work on what the window holds. */
static enum fault_kind
scrub_room(struct scrub *c, struct fault *f)
{
	char *p;

	if (c->room_cap >= c->in.cap)
		return FAULT_NONE;
	p = realloc(c->room, c->in.cap);
	if (p == NULL)
		return fault_nomem(f);
	c->room = p;
	c->room_cap = c->in.cap;
	return FAULT_NONE;
}

/*
 * The input ends within its first line, and that is the beginning of a field
 * of our own: an earlier stage was killed while it wrote.
 */
static bool
scrub_is_cut(const struct stage *s)
{
	static const struct span name = { "Authentication-Results: ", 24 };
	const struct scrub *c = s->scrub;
	struct span w = window_span(&c->in);

	if (!c->out.head || !c->in.eof || s->config.secret.len == 0)
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

	if (!s->scrub->out.head || s->config.secret.len == 0)
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
 * it is no field of our own and goes out as any line.
 */
static enum fault_kind
scrub_field(struct stage *s, bool *done, struct fault *f)
{
	struct scrub *c = s->scrub;
	enum line_end eol;
	struct claim_ids ids = { s->config.id, s->config.strip,
	    s->config.nstrip };
	struct span field;
	size_t at = 0;
	bool whole;

	while (!(whole = scrub_field_end(c, &at)) && at < SCRUB_FIELD_MAX)
		if (window_fill(&c->in, f) != FAULT_NONE)
			return f->kind;
	if (scrub_room(c, f) != FAULT_NONE)
		return f->kind;
	field = span_sub(window_span(&c->in), 0, at);
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
	struct span w = window_span(&c->in);

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
	size_t lead = claim_lead(window_span(&c->in));

	while (lead > 0 && !c->in.eof && lead < SCRUB_FIELD_MAX &&
	    c->in.end - c->in.start < lead + SCRUB_LOOK) {
		if (window_fill(&c->in, f) != FAULT_NONE)
			return f->kind;
		lead = claim_lead(window_span(&c->in));
	}
	*named = lead >= SCRUB_FIELD_MAX || span_starts_nocase(span_sub(
	    window_span(&c->in), lead, c->in.end - c->in.start), name);
	return FAULT_NONE;
}

/* May a field begin here, for some reader? */
static bool
scrub_is_start(const struct scrub *c)
{
	return !c->lf_over || c->eol == LINE_END_CRLF ||
	    c->from_eol == LINE_END_CRLF ||
	    ledger_after(&c->out) == LINE_END_CRLF;
}

enum fault_kind
scrub_header(struct stage *s, struct fault *f)
{
	static const struct span fence = { STAGE_FENCE ": yes\n",
	    sizeof(STAGE_FENCE ": yes\n") - 1 };
	struct scrub *c = s->scrub;

	if (window_need(&c->in, 6, f) != FAULT_NONE)
		return f->kind;
	scrub_from(c);
	while (!c->over) {
		bool done = false, named = false;

		if (window_need(&c->in, SCRUB_LOOK, f) != FAULT_NONE)
			return f->kind;
		if (c->in.start == c->in.end)
			break;
		/* Our own line's LF says nothing of how the others end. */
		if (c->out.head && !c->from &&
		    span_starts(window_span(&c->in), fence)) {
			if (scrub_pass(s, fence.len, f) != FAULT_NONE)
				return f->kind;
			continue;
		}
		if (scrub_is_cut(s)) {
			s->cut = true;
			(void)scrub_use(s, c->in.end - c->in.start);
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
