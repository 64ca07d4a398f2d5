/* SPDX-License-Identifier: ISC */
/*
 * Tag-lists, RFC 6376 3.2: `name=value; name=value`, as DKIM signatures, key
 * records and DMARC records are written.
 *
 * taglist_next() walks one list and says of each piece whether it is a tag;
 * the strict taglist_parse() stands on it, and readers that forgive (DMARC)
 * may walk by themselves and skip what is bad.
 */
#ifndef TAGLIST_H
#define TAGLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bounds.h"
#include "base/span.h"

/* One tag.  All spans are borrowed from the list. */
struct tag {
	struct span name;
	struct span value;	/* without white space at its ends; folding
				   inside it is left as it stands */
	struct span raw;	/* everything between "=" and ";" */
};

enum taglist_step {
	TAGLIST_END = 0,	/* nothing is left */
	TAGLIST_TAG,		/* *tag is a well-formed tag */
	TAGLIST_EMPTY,		/* only white space between two ";" (or before
				   the first one) */
	TAGLIST_NO_EQUALS,	/* text without "=": in tag->raw */
	TAGLIST_BAD_NAME,	/* not ALPHA *(ALPHA / DIGIT / "_"); tag is set
				   otherwise */
	TAGLIST_BAD_VALUE	/* a control byte, broken folding, or bytes
				   that are not UTF-8; tag is set otherwise */
};

/*
 * Read the next piece of *rest and move after its ";".  White space after
 * the last ";" is no piece.  A list without any text has no piece.
 */
enum taglist_step taglist_next(struct span *rest, struct tag *tag);

struct taglist {
	size_t count;
	struct tag tags[BOUND_TAGS];
};

/*
 * The whole list or nothing: false if any piece is not a well-formed tag, if
 * a name stands twice, or beyond BOUND_TAGS.  An empty list is true with
 * count 0.  *what, if given, is set on failure: a few words for people.
 */
bool taglist_parse(struct span s, struct taglist *list, const char **what);

/* The tag of that name (tag names have case), or NULL. */
const struct tag *taglist_find(const struct taglist *list, const char *name);

/*
 * The next element of a list that is separated by sep (":" in DKIM), without
 * white space around it; *rest moves after the separator and has p == NULL
 * after the last one.  False if nothing is left.  An empty list has one empty
 * element.
 */
bool taglist_element(struct span *rest, char sep, struct span *element);

/* Is one of the elements of s exactly this word? */
bool taglist_has(struct span s, char sep, const char *word);

#endif
