/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approval/impl.h"
#include "base/bounds.h"
#include "base/buf.h"

static const struct {
	const char *word, *text;
} approval_nos[] = {
#define APPROVAL_ROW(name, word, text) { word, text },
	APPROVAL_NOS(APPROVAL_ROW)
#undef APPROVAL_ROW
	{ "proven", "the mail is what it says" }
};

const char *
approval_word(enum approval_no no)
{
	return approval_nos[no].word;
}

const char *
approval_text(enum approval_no no)
{
	return approval_nos[no].text;
}

bool
approval_refuse(struct approval_case *c, enum approval_no why,
    const char *detail)
{
	c->out->why = why;
	(void)snprintf(c->out->detail, sizeof(c->out->detail), "%s", detail);
	return false;
}

/* The header, and the body with the line ends it came with. */
static enum fault_kind
approval_open(struct approval_case *c, char *chunk, struct fault *f)
{
	struct input_bytes src;

	input_bytes_open(&src, c->raw, 0);
	if (message_open(&c->m, &src.source, chunk, &c->arena, f) !=
	    FAULT_NONE)
		return f->kind;
	c->body = span_sub(c->raw, c->m.from_line.len + c->m.header.len +
	    c->m.separator.len, c->raw.len);
	if (author_read(&c->m, &c->arena, &c->author, f) != FAULT_NONE)
		return f->kind;
	return mime_text_read(&c->m, c->body, &c->arena, &c->text, f);
}

/* Bytes of a stranger's field: printable ASCII, cut. */
static void
approval_keep(char *out, size_t size, struct span s)
{
	struct buf b;

	buf_init(&b, size - 1);
	s = span_trim_fws(s);
	for (size_t i = 0; i < s.len && b.len + 5 < size; i++)
		if (s.p[i] != '\r' && s.p[i] != '\n')
			buf_addprint(&b, span_sub(s, i, 1));
	(void)snprintf(out, size, "%s", buf_str(&b));
	buf_free(&b);
}

/* Who writes: one plain address, or rule 1 does not hold. */
static bool
approval_author(struct approval_case *c)
{
	const struct author *a = &c->author;
	char *out = c->out->from;
	struct span local;
	int n;

	if (a->reason != REASON_NONE || a->ndomains != 1 ||
	    a->list.groups != 0 || a->list.count != 1 ||
	    a->list.mailboxes[0].literal ||
	    !approval_one_piece(message_field(&c->m, "from")->value))
		return approval_refuse(c, APPROVAL_NO_AUTHOR, "");
	local = a->list.mailboxes[0].local;
	if (local.len > 200 || memchr(local.p, '\0', local.len) != NULL)
		return approval_refuse(c, APPROVAL_NO_AUTHOR, "");
	n = snprintf(out, APPROVAL_ADDRESS, "%.*s@%.*s", SPAN_ARG(local),
	    (int)(a->domain.len > 255 ? 255 : a->domain.len), a->domain.p);
	if (n < 0 || n >= APPROVAL_ADDRESS ||
	    !approval_address(span_of(out))) {
		out[0] = '\0';
		return approval_refuse(c, APPROVAL_NO_AUTHOR, "");
	}
	return true;
}

/* Rule 7, and what rule 5 says of mail whose type is not signed. */
static enum fault_kind
approval_read(struct approval_case *c, struct fault *f)
{
	struct approval_command *command = &c->out->command;
	bool one = true;
	enum fault_kind kind = FAULT_NONE;

	if (c->text.status != MIME_TEXT)
		(void)approval_refuse(c, c->text.status == MIME_HTML_ONLY ?
		    APPROVAL_NO_HTML : APPROVAL_NO_NO_TEXT,
		    mime_status_text(c->text.status));
	else if (!approval_command_read(c->text.text, c->o->request,
	    command))
		(void)approval_refuse(c, APPROVAL_NO_COMMAND, "");
	else {
		kind = approval_one_reading(c, &one, f);
		c->out->why = one ? APPROVAL_YES : APPROVAL_NO_AMBIGUOUS;
	}
	if (c->out->why != APPROVAL_YES || kind != FAULT_NONE)
		*command = (struct approval_command){ .verb = APPROVAL_NONE };
	return kind;
}

static enum fault_kind
approval_rules(struct approval_case *c, struct fault *f)
{
	bool ok = false;
	const struct field *field;

	if (!approval_form(c) || !approval_author(c) || !approval_by_hand(c))
		return FAULT_NONE;
	field = message_field(&c->m, "subject");
	approval_keep(c->out->subject, sizeof(c->out->subject),
	    field->value);
	field = message_field(&c->m, "message-id");
	approval_keep(c->out->message_id, sizeof(c->out->message_id),
	    field->value);
	if (c->o->may != NULL && !c->o->may(c->o->may_arg, c->out->from)) {
		(void)approval_refuse(c, APPROVAL_NO_STRANGER, "");
		return FAULT_NONE;
	}
	if (approval_prove(c, &ok, f) != FAULT_NONE || !ok)
		return f->kind;
	if (approval_marks(c, f) != FAULT_NONE)
		return f->kind;
	c->out->proven = true;
	return approval_read(c, f) == FAULT_NONE ? approval_evidence(c, f) :
	    f->kind;
}

enum fault_kind
approval_judge(struct span raw, const struct approval_options *o,
    struct approval *out, struct fault *f)
{
	struct approval_case c = { .o = o, .raw = raw, .out = out };
	char *chunk;

	*out = (struct approval){ .why = APPROVAL_NO_CRASHED };
	sha256_hex(raw, out->sha256);
	if (raw.len > APPROVAL_BYTES) {
		out->why = APPROVAL_NO_TOO_LARGE;
		return FAULT_NONE;
	}
	chunk = malloc(MESSAGE_CHUNK);
	if (chunk == NULL)
		return fault_nomem(f);
	arena_init(&c.arena, BOUND_MESSAGE_ARENA);
	c.answers = json_array();
	if (c.answers == NULL)
		(void)fault_nomem(f);
	else if (approval_open(&c, chunk, f) == FAULT_NONE)
		(void)approval_rules(&c, f);
	json_decref(c.answers);
	arena_free(&c.arena);
	free(chunk);
	if (f->kind != FAULT_NONE)
		out->why = APPROVAL_NO_CRASHED;
	return f->kind;
}
