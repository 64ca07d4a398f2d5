/* SPDX-License-Identifier: ISC */
/* The words of a master file, RFC 1035 5.1; for dns_zone_parse alone. */
#ifndef DNS_ZONE_LEX_H
#define DNS_ZONE_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "base/span.h"

enum zone_token_kind {
	ZONE_END_OF_LINE,
	ZONE_END_OF_FILE,
	ZONE_WORD,
	ZONE_STRING	/* it stood between quotes */
};

struct zone_token {
	enum zone_token_kind kind;
	struct span raw;	/* escapes still in it */
	size_t line, column;
};

struct zone_lex {
	struct cursor c;
	const char *line_start;
	size_t line;
	size_t parens;	/* open ones: line ends inside mean nothing */
	struct zone_token token;	/* under the eye */
	const char *file;
	struct fault *f;
};

/* Start at the first byte; file is the name for messages, both borrowed. */
void zone_lex_init(struct zone_lex *x, struct span bytes, const char *file,
    struct fault *f);

/* Move the eye to the next token.  FAULT_CONFIG where no token can stand. */
enum fault_kind zone_lex_next(struct zone_lex *x);
/* The same, but the line may not end yet: `what` names what is missing. */
enum fault_kind zone_lex_need(struct zone_lex *x, const char *what);
/* Is the eye on the end of the line or file? */
bool zone_lex_at_end(const struct zone_lex *x);

/* FAULT_CONFIG "FILE:LINE:COLUMN: text" about the token under the eye, which
 * is shown; or about a place. */
enum fault_kind zone_lex_bad(struct zone_lex *x, const char *text);
enum fault_kind zone_lex_bad_at(struct zone_lex *x, size_t line, size_t column,
    const char *text);

#endif
