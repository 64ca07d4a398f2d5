/* SPDX-License-Identifier: ISC */
/*
 * Rule 5 for mail whose type is not signed: whoever passed it on may have
 * changed how it reads, so that it must read in one way only.
 */
#include <string.h>

#include "approval/impl.h"

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
static bool
approval_first(struct approval_case *c, bool typed)
{
	struct approval_command first;
	struct span line;

	if (c->text.parts)
		return c->text.foremost;
	if (!mime_first_line(&c->text, c->body, typed, &c->arena, &line))
		return false;
	return line.p == NULL || (approval_line(line, c->o->request, &first) &&
	    approval_same(&first, &c->out->command));
}

enum fault_kind
approval_one_reading(struct approval_case *c, bool *one, struct fault *f)
{
	static const char *const names[] = { "content-type",
	    "content-transfer-encoding" };
	bool covered[2], there = false;

	for (size_t i = 0; i < 2; i++) {
		covered[i] = approval_covered(c, names[i]);
		there = there || (!covered[i] &&
		    message_field(&c->m, names[i]) != NULL);
	}
	/* A multipart has no encoding but the identity. */
	*one = (covered[0] && (covered[1] || c->text.parts)) ||
	    approval_first(c, covered[0]);
	return *one && there ? approval_only_one(c, one, f) : FAULT_NONE;
}
