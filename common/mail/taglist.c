/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"
#include "mail/taglist.h"

static bool
is_name_byte(char c)
{
	return ascii_is_alnum(c) || c == '_';
}

static bool
name_ok(struct span name)
{
	if (name.len == 0 || !ascii_is_alpha(name.p[0]))
		return false;
	for (size_t i = 1; i < name.len; i++)
		if (!is_name_byte(name.p[i]))
			return false;
	return true;
}

/*
 * Printable bytes, white space, folding (a line end with SP or HTAB after
 * it), and UTF-8, which RFC 8616 allows.  LF alone folds too: the message
 * may be in the local form.
 */
static bool
value_ok(struct span v)
{
	size_t len;

	for (size_t i = 0; i < v.len; i++) {
		if (ascii_is_print(v.p[i]) || v.p[i] == '\t')
			continue;
		if (v.p[i] == '\r') {
			if (i + 1 >= v.len || v.p[i + 1] != '\n')
				return false;
		} else if (v.p[i] == '\n') {
			if (i + 1 >= v.len || !ascii_is_wsp(v.p[i + 1]))
				return false;
		} else {
			len = utf8_length(span_sub(v, i, v.len));
			/* Of one byte are here controls alone. */
			if (len < 2)
				return false;
			i += len - 1;
		}
	}
	return true;
}

enum taglist_step
taglist_next(struct span *rest, struct tag *tag)
{
	struct span piece;
	bool more;

	*tag = (struct tag){ .raw = *rest };
	if (span_trim_fws(*rest).len == 0)
		return TAGLIST_END;
	more = span_cut(*rest, ';', &piece, rest);
	if (!more)
		*rest = (struct span){ "", 0 };
	tag->raw = piece;
	if (span_trim_fws(piece).len == 0)
		return TAGLIST_EMPTY;
	if (!span_cut(piece, '=', &tag->name, &tag->raw))
		return TAGLIST_NO_EQUALS;
	tag->name = span_trim_fws(tag->name);
	tag->value = span_trim_fws(tag->raw);
	if (!name_ok(tag->name))
		return TAGLIST_BAD_NAME;
	if (!value_ok(tag->value))
		return TAGLIST_BAD_VALUE;
	return TAGLIST_TAG;
}

static const char *
step_text(enum taglist_step step)
{
	switch (step) {
	case TAGLIST_END:
	case TAGLIST_TAG:
		break;
	case TAGLIST_EMPTY:
		return "an empty tag";
	case TAGLIST_NO_EQUALS:
		return "a tag without \"=\"";
	case TAGLIST_BAD_NAME:
		return "a bad tag name";
	case TAGLIST_BAD_VALUE:
		return "a bad byte in a tag";
	}
	return "";
}

/* Add a tag; what is wrong with it, or NULL. */
static const char *
taglist_add(struct taglist *list, const struct tag *tag)
{
	if (list->count >= BOUND_TAGS)
		return "too many tags";
	for (size_t i = 0; i < list->count; i++)
		if (span_eq(list->tags[i].name, tag->name))
			return "a tag that stands twice";
	list->tags[list->count++] = *tag;
	return NULL;
}

bool
taglist_parse(struct span s, struct taglist *list, const char **what)
{
	const char *bad = NULL;
	enum taglist_step step;
	struct tag tag;

	list->count = 0;
	while (bad == NULL && (step = taglist_next(&s, &tag)) != TAGLIST_END)
		bad = step == TAGLIST_TAG ? taglist_add(list, &tag) :
		    step_text(step);
	if (bad != NULL && what != NULL)
		*what = bad;
	return bad == NULL;
}

const struct tag *
taglist_find(const struct taglist *list, const char *name)
{
	struct span want = span_of(name);

	for (size_t i = 0; i < list->count; i++)
		if (span_eq(list->tags[i].name, want))
			return &list->tags[i];
	return NULL;
}

bool
taglist_element(struct span *rest, char sep, struct span *element)
{
	if (rest->p == NULL)
		return false;
	if (!span_cut(*rest, sep, element, rest))
		*rest = (struct span){ NULL, 0 };
	*element = span_trim_fws(*element);
	return true;
}

bool
taglist_has(struct span s, char sep, const char *word)
{
	struct span element, want = span_of(word);

	while (taglist_element(&s, sep, &element))
		if (span_eq(element, want))
			return true;
	return false;
}
