/* SPDX-License-Identifier: ISC */
/*
 * Who sends for others, by the names that lead to them.  The table names, and
 * suggests selectors; no error rests on it.
 *
 *	# one provider a line
 *	NAME include=SUFFIX mx=SUFFIX dkim=SUFFIX selector=S pair=S,S
 *	    envelope=never
 *
 * Words may be repeated, in any order, all on one line.
 */
#ifndef POSTURE_PROVIDER_H
#define POSTURE_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"

/* Suffixes of a kind, selectors of a provider. */
#define PROVIDER_WORDS ((size_t)8)
#define PROVIDERS_MAX ((size_t)1000)

struct provider_words {
	size_t count;
	struct span words[PROVIDER_WORDS];
};

struct provider {
	struct span name;
	struct provider_words include, mx, dkim, selector;
	struct span pair[2];	/* both are to be published; len 0: none */
	bool never;		/* the domain is never in its envelope */
};

struct providers {
	size_t count;
	struct provider *list;	/* PROVIDERS_MAX */
};

/*
 * The built-in table (text NULL), or more to add to it, in the arena; spans
 * are borrowed from text.  FAULT_CONFIG "FILE:LINE: text".
 */
enum fault_kind providers_add(struct providers *p, struct span text,
    const char *file, struct arena *a, struct fault *f);

/* Is a name one of the suffixes, or below? */
bool provider_has(const struct provider_words *w, struct span name);

#endif
