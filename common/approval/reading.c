/* SPDX-License-Identifier: ISC */
/*
 * Rule 5 for mail whose type is not signed: whoever passed it on may have
 * changed how it reads, so that it must read in one way only.
 */
#include <stdio.h>
#include <string.h>

#include "approval/impl.h"
#include "base/bounds.h"

/* The same line?  (The reason stands on another one.) */
static bool
approval_same(const struct approval_command *a,
    const struct approval_command *b)
{
	bool same = a->verb == b->verb && strcmp(a->id, b->id) == 0 &&
	    strcmp(a->code, b->code) == 0 &&
	    strcmp(a->shorten, b->shorten) == 0 &&
	    strcmp(a->kind, b->kind) == 0 &&
	    strcmp(a->resource, b->resource) == 0 &&
	    strcmp(a->duration, b->duration) == 0 &&
	    strcmp(a->uses, b->uses) == 0 && a->limits == b->limits;

	for (size_t i = 0; same && i < a->limits; i++)
		same = strcmp(a->limit[i], b->limit[i]) == 0;
	return same;
}

/* Commands in the body and its leaves, each line once. */
struct approval_tally {
	bool request;
	size_t count;	/* after all that was shown */
	size_t raw;	/* among the leaves as they stand */
};

/* One line that reads the same in each way is one; else each counts. */
static void
approval_leaf(void *arg, const struct mime_leaf *leaf)
{
	struct approval_tally *t = arg;
	struct approval_command first, one;
	size_t most = 0, sum = 0;
	bool same = true;

	for (size_t i = 0; i < leaf->count; i++) {
		size_t n = approval_commands(leaf->reading[i], t->request,
		    &one);

		if (n > 0 && sum > 0)
			same = same && approval_same(&first, &one);
		else if (n > 0)
			first = one;
		if (i == 0)
			t->raw += n;
		sum += n;
		most = n > most ? n : most;
	}
	t->count += same ? most : sum;
}

/* Does a good signature cover that field, or that it is not there? */
static bool
approval_covered(const struct approval_case *c, const char *name)
{
	for (size_t i = 0; i < c->ngood; i++)
		if (approval_signs(c->good[i], span_of(name)))
			return true;
	return false;
}

/* The words of the law: only one line of body and leaves is a command. */
static enum fault_kind
approval_only_one(struct approval_case *c, bool *one, struct fault *f)
{
	struct approval_tally t = { .request = c->o->request };
	struct approval_command last;
	size_t all = approval_commands(c->body, t.request, &last);
	bool whole = false;
	enum fault_kind kind = mime_each(&c->m, c->body, &c->arena,
	    approval_leaf, &t, &whole, f);

	*one = whole && all >= t.raw && all - t.raw + t.count == 1;
	return kind;
}

/* And it is the first one under any fields that may have stood there. */
static enum fault_kind
approval_first(struct approval_case *c, bool typed, bool *ok, struct fault *f)
{
	struct approval_command one;
	enum mime_first first;
	struct span line;

	*ok = c->text.foremost;
	if (c->text.parts)
		return FAULT_NONE;
	if (mime_first_line(&c->text, c->body, typed, &c->arena, &first,
	    &line, f) != FAULT_NONE)
		return f->kind;
	switch (first) {
	case MIME_FIRST_UNSURE:
		*ok = false;
		break;
	case MIME_FIRST_LINE:
		*ok = approval_line(line, c->o->request, &one) &&
		    approval_same(&one, &c->out->command);
		break;
	case MIME_FIRST_OF_TEXT:
		*ok = true;
		break;
	}
	return FAULT_NONE;
}

/* Which fields a good signature covers. */
struct approval_cover {
	bool type, encoding;
};

/*
 * Does a text that is no part say the same in each other way to read it that
 * nothing signed rules out: the same command, and the same reason?  A way in
 * which it is no command is not how it was sent: mime_first_line() saw to
 * that.
 */
static enum fault_kind
approval_other(struct approval_case *c, const struct mime_way *way,
    struct arena *scratch, bool *same, struct fault *f)
{
	const struct approval_command *mine = &c->out->command;
	struct approval_command other;
	struct mime_text text = { .status = MIME_UNREADABLE };

	arena_reset(scratch);
	if (mime_read_as(c->body, way, scratch, &text, f) != FAULT_NONE)
		return f->kind;
	if (text.status != MIME_TEXT || !approval_command_read(text.text,
	    c->o->request, &other))
		return FAULT_NONE;
	if (!approval_same(&other, mine))
		*same = false;
	else if (strcmp(other.reason, mine->reason) != 0) {
		*same = false;
		(void)snprintf(c->out->detail, sizeof(c->out->detail), "%s",
		    "its reason; write it in ASCII, in one short line");
	}
	return FAULT_NONE;
}

static enum fault_kind
approval_others(struct approval_case *c, const struct approval_cover *cover,
    bool *same, struct fault *f)
{
	static const struct mime_way ways[] = {
		{ .flowed = false },
		{ .flowed = true },
		{ .flowed = true, .delsp = true },
		/* The one charset that hides ASCII in a text it is in. */
		{ .charset = { "iso-2022-jp", 11 } },
	};
	enum mime_encoding mine = c->text.way.encoding;
	bool fixed = cover->encoding || mine == MIME_BASE64;
	struct arena scratch;

	arena_init(&scratch, BOUND_MESSAGE_ARENA);
	for (size_t i = 0; i < 2 * sizeof(ways) / sizeof(*ways); i++) {
		struct mime_way way = cover->type ? c->text.way : ways[i / 2];

		way.encoding = i % 2 == 0 ? MIME_IDENTITY :
		    MIME_QUOTED_PRINTABLE;
		if (fixed)
			way.encoding = mine;
		if (*same && approval_other(c, &way, &scratch, same, f) !=
		    FAULT_NONE)
			break;
	}
	arena_free(&scratch);
	return f->kind;
}

enum fault_kind
approval_one_reading(struct approval_case *c, bool *one, struct fault *f)
{
	struct approval_cover cover = {
		.type = approval_covered(c, "content-type"),
		.encoding = approval_covered(c, "content-transfer-encoding"),
	};
	bool there = (!cover.type &&
	    message_field(&c->m, "content-type") != NULL) ||
	    (!cover.encoding &&
	    message_field(&c->m, "content-transfer-encoding") != NULL);

	/* A multipart has no encoding but the identity. */
	*one = cover.type && (cover.encoding || c->text.parts);
	if (!*one && approval_first(c, cover.type, one, f) != FAULT_NONE)
		return f->kind;
	if (*one && !c->text.parts && !(cover.type && cover.encoding) &&
	    approval_others(c, &cover, one, f) != FAULT_NONE)
		return f->kind;
	return *one && there ? approval_only_one(c, one, f) : FAULT_NONE;
}
