/* SPDX-License-Identifier: ISC */
/*
 * One RFC 5322 message: the header block in memory, indexed in place; the
 * body streamed in constant memory.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "mail/input.h"

/* How lines end, decided by the first line end of the input. */
enum eol {
	EOL_LF,		/* each LF not after a CR counts as CRLF */
	EOL_CRLF	/* bare LF and bare CR are data (header: malformed) */
};

/* What makes a header malformed; the zero value is a good one. */
enum message_defect {
	MESSAGE_OK = 0,
	MESSAGE_NO_COLON,	/* a line that is no field */
	MESSAGE_LEADING_SPACE,	/* the first line is a continuation */
	MESSAGE_NUL,
	MESSAGE_BARE_CR,
	MESSAGE_BARE_LF,	/* in a CRLF file */
	MESSAGE_TOO_LARGE,	/* over BOUND_HEADER_BYTES */
	MESSAGE_TOO_MANY	/* over BOUND_HEADER_FIELDS */
};

/* One header field, borrowed from the header block. */
struct field {
	struct span raw;	/* from the name to the last line end */
	struct span name;	/* without white space before the colon */
	struct span value;	/* after the colon, without the line end */
	bool hidden;		/* a sealed field of our own: not the sender's,
				   so DKIM looks past it */
};

struct message {
	struct span from_line;	/* a leading "From " or ">From " line with its
				   line end, or empty; never hashed */
	struct span header;	/* all fields; without from_line and the blank
				   line.  If too large: what was read of it */
	struct span separator;	/* the blank line; empty if there is none */
	enum eol eol;
	size_t nfields;
	struct field *fields;	/* from the top; with a defect, those that
				   could be read */
	enum message_defect defect;
	bool empty;		/* not one byte of input */
	/* private to message.c */
	struct source *source;
	char *chunk;
	struct span rest;	/* body bytes that came with the header */
};

/* Body bytes handed out at a time: large enough to make calls cheap, small
 * enough to stay in the processor's second-level cache. */
#define MESSAGE_CHUNK ((size_t)256 * 1024)

/*
 * Read the header of one message from src.  chunk is MESSAGE_CHUNK bytes of
 * the caller's for the body (it may be used for many messages); the header
 * and the index live in the arena.  Malformed and empty messages are values
 * (defect, empty), not faults.
 */
enum fault_kind message_open(struct message *m, struct source *src,
    char *chunk, struct arena *a, struct fault *f);

/*
 * The next bytes of the body as they arrived; empty at its end.  They live
 * until the next call.  With MESSAGE_TOO_LARGE the rest of the header comes
 * first, as if it were body.
 */
enum fault_kind message_body(struct message *m, struct span *bytes,
    struct fault *f);

/*
 * Index a header block that is in memory (pure; the reader uses it too).
 * header ends after the last field's line end, or without one at the end of
 * a message.
 */
enum fault_kind message_index(struct message *m, struct span header,
    enum eol eol, struct arena *a, struct fault *f);

/* Number of fields with that name (without case, `From :` counts as From;
 * hidden ones do not), and the first or NULL. */
size_t message_count(const struct message *m, const char *name);
const struct field *message_field(const struct message *m, const char *name);

/* "a header line without a colon" ...: for people. */
const char *message_defect_text(enum message_defect d);

#endif
