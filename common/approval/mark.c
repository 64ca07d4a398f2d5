/* SPDX-License-Identifier: ISC */
/*
 * By what a mail that comes again is known: its parsed Message-ID and the
 * bytes of its signatures.  Whoever passes it on may refold its fields and
 * leave out one signature of several, but can change neither.
 */
#include <string.h>

#include "approval/impl.h"
#include "base/b64.h"

/* Bytes of the comment that starts there, to its end; 0 if it is open. */
static size_t
mark_comment(struct span s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* A Message-ID without white space and comments (RFC 5322 3.6.4, 4.5.4). */
static size_t
mark_bare(struct span value, char *out)
{
	size_t n = 0;
	bool quoted = false;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.p[i];
		size_t skip = c == '(' && !quoted ?
		    mark_comment(span_sub(value, i, value.len)) : 0;

		if (skip > 0) {
			i += skip - 1;
			continue;
		}
		if (ascii_is_fws(c))
			continue;
		if (c == '"')
			quoted = !quoted;
		out[n++] = c;
		if (c == '\\' && quoted && i + 1 < value.len &&
		    !ascii_is_fws(value.p[i + 1]))
			out[n++] = value.p[++i];
	}
	return n;
}

/* One more mark, of this sort. */
static void
mark_add(struct approval *out, const char *sort, struct span bytes,
    struct buf *b)
{
	buf_reset(b);
	buf_addf(b, "%s\n%s\n", out->from, sort);
	buf_addspan(b, bytes);
	if (!b->nomem && !b->full)
		sha256_hex(buf_span(b), out->mark[out->marks++]);
}

enum fault_kind
approval_marks(struct approval_case *c, struct fault *f)
{
	struct span id = message_field(&c->m, "message-id")->value;
	char *room = arena_alloc(&c->arena, id.len + 1);
	struct buf b;

	if (room == NULL)
		return fault_nomem(f);
	buf_init(&b, APPROVAL_BYTES);
	mark_add(c->out, "message-id", (struct span){ room,
	    mark_bare(id, room) }, &b);
	for (size_t i = 0; i < c->ngood; i++) {
		struct span text = c->good[i]->signature;
		size_t len = 0;

		room = arena_alloc(&c->arena, B64_DECODED_MAX(text.len));
		/* It was verified: it is base64. */
		if (room == NULL || !b64_decode(text, (unsigned char *)room,
		    &len)) {
			b.nomem = true;
			break;
		}
		mark_add(c->out, "signature", (struct span){ room, len }, &b);
	}
	if (b.nomem || b.full)
		(void)fault_nomem(f);
	buf_free(&b);
	return f->kind;
}
