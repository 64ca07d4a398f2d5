/* SPDX-License-Identifier: ISC */
/*
 * How many passed and failed under each name (domains, sources, keys), counted
 * over many messages.  Names that a stranger chose cannot make it slow, nor
 * large beyond TALLY_NAMES.
 */
#ifndef TALLY_H
#define TALLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "mail/verdict.h"

/* Different names; what comes beyond is counted together. */
#define TALLY_NAMES ((size_t)100000)
/* Rows of a table: of the text, of the JSON. */
#define TALLY_ROWS 15
#define TALLY_JSON 1000

struct tally_count {
	char *name;		/* NUL-terminated, as it was given */
	uint64_t all, pass, fail;
};

/* Zeroed, it is empty. */
struct tally {
	void *tree;		/* of struct tally_count */
	size_t n;		/* names in it */
	struct tally_count other;
};

/* How a table is shown. */
struct tally_view {
	const char *title;	/* of the text's table; in JSON the key of a
				   name */
	const char *unit;	/* what is counted: "messages" */
	bool failing;		/* only names that failed, most failures
				   first; else all, most counted first */
};

/* Count one result under a name (printable ASCII); an empty name is none.
 * FAULT_SOFTWARE without memory. */
enum fault_kind tally_add(struct tally *t, struct span name,
    enum verdict result, struct fault *f);
/* A table of at most 80 columns after an empty line, TALLY_ROWS names and
 * "(all others)"; nothing if there is nothing.  FAULT_SOFTWARE. */
enum fault_kind tally_text(const struct tally *t,
    const struct tally_view *view, struct buf *b, struct fault *f);
/* The same as an array of objects; NULL without memory. */
json_t *tally_json(const struct tally *t, const struct tally_view *view);
/* One line: name, n, its share of all in per cent. */
void tally_share(struct buf *b, const char *name, uint64_t n, uint64_t all);
/* Is this word a reason of the closed list? */
bool tally_reason(struct span word, enum reason *reason);
void tally_free(struct tally *t);

#endif
