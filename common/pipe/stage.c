/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "pipe/scrub.h"
#include "pipe/stage.h"

#define STAGE_MEMORY ((size_t)1024 * 1024)

/* Something that is written between the bytes of the clean message. */
struct stage_insert {
	uint64_t at;
	struct span text;
};

/* What stage_write needs on its way. */
struct stage_writer {
	struct stage *s;
	struct stage_insert insert[STAGE_BELIEVED + 1];
	size_t ninsert;
	struct buf texts[STAGE_BELIEVED];	/* fields written anew */
};

/* The next bytes of the body, straight from the input. */
static enum fault_kind
stage_body(struct stage *s, char *buf, size_t cap, size_t *len,
    struct fault *f)
{
	struct span bytes;

	if (window_read(&s->scrub->in, buf, cap, len, f) != FAULT_NONE)
		return f->kind;
	bytes = (struct span){ buf, *len };
	for (size_t i = 0; i < s->nbelieved; i++)
		seal_add(&s->believed[i].after, bytes);
	s->given += *len;
	return s->config.keep ? spool_add(&s->spool, bytes, f) : FAULT_NONE;
}

static enum fault_kind
stage_read(struct source *source, char *buf, size_t cap, size_t *len,
    struct fault *f)
{
	struct stage *s = source->state;

	if (!s->scrub->over && scrub_header(s, f) != FAULT_NONE)
		return f->kind;
	if (s->given >= s->view.len)
		return stage_body(s, buf, cap, len, f);
	if (spool_read(&s->view, s->given, buf, cap, len, f) != FAULT_NONE)
		return f->kind;
	s->given += *len;
	return FAULT_NONE;
}

enum fault_kind
stage_open(struct stage *s, const struct stage_config *config,
    struct source *input, struct arena *a, struct fault *f)
{
	struct scrub *c = s->scrub;

	if (c == NULL) {
		c = calloc(1, sizeof(*c));
		if (c == NULL)
			return fault_nomem(f);
		s->scrub = c;
		c->in.p = malloc(SCRUB_WINDOW);
		c->in.cap = SCRUB_WINDOW;
		spool_init(&s->spool, config->memory == 0 ? STAGE_MEMORY :
		    config->memory, config->tmpdir);
		spool_init(&s->view, s->spool.memory, config->tmpdir);
	}
	if (c->in.p == NULL)
		return fault_nomem(f);
	spool_reset(&s->spool);
	spool_reset(&s->view);
	*c = (struct scrub){ .in = { .input = input, .p = c->in.p,
	    .cap = c->in.cap }, .room = c->room, .room_cap = c->room_cap,
	    .out.head = true };
	*s = (struct stage){ .source = { stage_read, s }, .config = *config,
	    .arena = a, .spool = s->spool, .view = s->view,
	    .scrub = c };
	return FAULT_NONE;
}

enum fault_kind
stage_check(struct stage *s, struct fault *f)
{
	for (size_t i = 0; i < s->nbelieved; i++) {
		struct seal after;

		seal_end(&s->believed[i].after, &after);
		if (!seal_eq(&after, &s->believed[i].seal))
			return fault_set(f, FAULT_TEMP, "the message was cut "
			    "or changed after an earlier stage");
	}
	return FAULT_NONE;
}

bool
stage_empty(const struct stage *s, const struct message *m)
{
	const struct scrub *c = s->scrub;
	char p[6];
	size_t n = 0;
	struct fault f;
	struct span start;

	if (c->in.taken == 0)
		return true;
	/* Outside of a pipe nothing can have been cut; within one there is a
	 * seal, or the beginning of what may have borne it. */
	if (s->config.secret.len == 0 || s->nbelieved > 0)
		return false;
	if (m->empty || s->given <= m->from_line.len)
		return true;
	if (c->piece && s->spool.len <= m->from_line.len)
		return true;
	if (s->removed > 0 || c->eol != LINE_END_NONE ||
	    c->from_eol != LINE_END_NONE ||
	    spool_read(&s->spool, 0, p, sizeof(p), &n, &f) != FAULT_NONE)
		return false;
	/* One line that does not end: a From_ line, or a piece of one? */
	start = (struct span){ p, n };
	return s->given < 5 ? span_starts(SPAN("From "), start) ||
	    span_starts(SPAN(">From "), start) : c->from;
}

/* Hand the spooled bytes [from, to) to the sink. */
static enum fault_kind
stage_copy(struct stage *s, uint64_t from, uint64_t to, struct out *o,
    struct seal_sum *sum, struct fault *f)
{
	struct scrub *c = s->scrub;

	while (from < to) {
		struct span bytes = { c->in.p, c->in.cap };
		uint64_t left = to - from;

		if (s->spool.fd < 0)
			bytes = (struct span){ s->spool.p + from,
			    (size_t)left };
		else if (spool_read(&s->spool, from, c->in.p,
		    left < c->in.cap ? (size_t)left : c->in.cap, &bytes.len,
		    f) != FAULT_NONE)
			return f->kind;
		if (sum != NULL)
			seal_add(sum, bytes);
		if (o != NULL)
			out_addspan(o, bytes);
		from += bytes.len;
	}
	return FAULT_NONE;
}

/* All from offset `at` and the i-th insert on, to the output or into a sum. */
static enum fault_kind
stage_walk(struct stage_writer *w, size_t i, uint64_t at, struct out *o,
    struct seal_sum *sum, struct fault *f)
{
	struct stage *s = w->s;

	for (; i < w->ninsert; i++) {
		const struct stage_insert *x = &w->insert[i];

		if (stage_copy(s, at, x->at, o, sum, f) != FAULT_NONE)
			return f->kind;
		at = x->at;
		if (sum != NULL)
			seal_add(sum, x->text);
		if (o != NULL)
			out_addspan(o, x->text);
	}
	return stage_copy(s, at, s->spool.len, o, sum, f);
}

/* Does the first line after the From_ line begin with SP or HTAB? */
static enum fault_kind
stage_is_loose(const struct stage *s, uint64_t from, bool *loose,
    struct fault *f)
{
	char first;
	size_t n;

	if (spool_read(&s->spool, from, &first, 1, &n, f) != FAULT_NONE)
		return f->kind;
	*loose = n == 1 && ascii_is_wsp(first);
	return FAULT_NONE;
}

/* The places of the believed fields, and of the fence after those that stand
 * before the first byte of the header. */
static enum fault_kind
stage_places(struct stage_writer *w, const struct message *m,
    struct fault *f)
{
	struct stage *s = w->s;
	bool fence = false;
	size_t i;

	if (stage_is_loose(s, m->from_line.len, &fence, f) != FAULT_NONE)
		return f->kind;
	for (i = 0; i <= s->nbelieved; i++) {
		if (fence && (i == s->nbelieved ||
		    s->believed[i].at > m->from_line.len)) {
			w->insert[w->ninsert++] = (struct stage_insert){
			    m->from_line.len, m->eol == EOL_CRLF ?
			    SPAN(STAGE_FENCE ": yes\r\n") :
			    SPAN(STAGE_FENCE ": yes\n") };
			fence = false;
		}
		if (i < s->nbelieved)
			w->insert[w->ninsert++] = (struct stage_insert){
			    s->believed[i].at, s->believed[i].raw };
	}
	return FAULT_NONE;
}

/*
 * Write a believed field anew, from the bottom up: without its seal in the
 * final stage, with a new one if something after it was removed.
 */
static enum fault_kind
stage_renew(struct stage_writer *w, size_t i, size_t place,
    struct fault *f)
{
	struct stage *s = w->s;
	struct stage_field *b = &s->believed[i];
	enum eol eol = b->raw.len > 1 && b->raw.p[b->raw.len - 2] == '\r' ?
	    EOL_CRLF : EOL_LF;
	struct seal_sum sum;
	struct seal seal;

	if (s->config.final) {
		b->ar.seal = (struct span){ NULL, 0 };
		authres_format(&b->ar, eol, &w->texts[i]);
	} else if (s->removed > b->removed) {
		seal_begin(&sum);
		if (stage_walk(w, place + 1, b->at, NULL, &sum, f) !=
		    FAULT_NONE)
			return f->kind;
		seal_end(&sum, &seal);
		seal_write(&b->ar, eol, &seal, s->config.secret,
		    &w->texts[i]);
	} else
		return FAULT_NONE;
	w->insert[place].text = buf_span(&w->texts[i]);
	return buf_check(&w->texts[i], f);
}

/* The new field, sealed over `more` and all that stands after it. */
static enum fault_kind
stage_field(struct stage_writer *w, const struct message *m,
    const struct authres *ar, struct span more, struct buf *b,
    struct fault *f)
{
	struct stage *s = w->s;
	struct seal_sum sum;
	struct seal seal;

	if (s->config.final || s->config.secret.len == 0) {
		authres_format(ar, m->eol, b);
		return buf_check(b, f);
	}
	seal_begin(&sum);
	seal_add(&sum, more);
	if (stage_walk(w, 0, m->from_line.len, NULL, &sum, f) != FAULT_NONE)
		return f->kind;
	seal_end(&sum, &seal);
	seal_write(ar, m->eol, &seal, s->config.secret, b);
	return buf_check(b, f);
}

enum fault_kind
stage_write(struct stage *s, const struct message *m,
    const struct authres *ar, struct span more, struct out *o,
    struct fault *f)
{
	struct stage_writer w = { .s = s };
	struct buf field;
	size_t place;

	buf_init(&field, SCRUB_FIELD_MAX);
	for (size_t i = 0; i < s->nbelieved; i++)
		buf_init(&w.texts[i], SCRUB_FIELD_MAX);
	if (stage_places(&w, m, f) != FAULT_NONE)
		goto out;
	place = w.ninsert;
	for (size_t i = s->nbelieved; i > 0; i--) {
		place--;
		if (w.insert[place].text.p != s->believed[i - 1].raw.p)
			place--;	/* the fence */
		if (stage_renew(&w, i - 1, place, f) != FAULT_NONE)
			goto out;
	}
	if (stage_field(&w, m, ar, more, &field, f) != FAULT_NONE ||
	    stage_copy(s, 0, m->from_line.len, o, NULL, f) != FAULT_NONE)
		goto out;
	/* A From_ line that the input ends in must not run into our field. */
	if (m->from_line.len > 0 &&
	    m->from_line.p[m->from_line.len - 1] != '\n')
		out_adds(o, m->eol == EOL_CRLF ? "\r\n" : "\n");
	out_addspan(o, buf_span(&field));
	out_addspan(o, more);
	if (stage_walk(&w, 0, m->from_line.len, o, NULL, f) == FAULT_NONE)
		(void)out_flush(o, f);
out:
	for (size_t i = 0; i < s->nbelieved; i++)
		buf_free(&w.texts[i]);
	buf_free(&field);
	return f->kind;
}

void
stage_close(struct stage *s)
{
	if (s->scrub == NULL)
		return;
	free(s->scrub->in.p);
	free(s->scrub->room);
	free(s->scrub);
	spool_free(&s->spool);
	spool_free(&s->view);
	*s = (struct stage){ 0 };
}

void
stage_fence(struct message *m)
{
	if (m->defect == MESSAGE_OK && message_count(m, STAGE_FENCE) > 0)
		m->defect = MESSAGE_LEADING_SPACE;
}
