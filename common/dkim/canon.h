/* SPDX-License-Identifier: ISC */
/*
 * Canonicalisation of header fields and bodies, RFC 6376 3.4: pure, streaming,
 * the same result however the input is cut.
 *
 * Only SP and HTAB are white space and only CRLF ends a line; VT, FF, NUL,
 * NBSP and 8-bit bytes are data.  With EOL_LF each LF that is not after a CR
 * counts as CRLF; with EOL_CRLF bare CR and LF are data.
 */
#ifndef CANON_H
#define CANON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "mail/message.h"

enum dkim_canon {
	DKIM_SIMPLE,
	DKIM_RELAXED
};

/* Where canonical bytes go.  They are borrowed for the call. */
struct canon_sink {
	void (*write)(void *state, const char *p, size_t len);
	void *state;
};

/* Small pieces are gathered; a piece of CANON_DIRECT bytes or more is handed
 * on from where it lies. */
#define CANON_BUFFER ((size_t)8192)
#define CANON_DIRECT ((size_t)1024)
/* Room after the buffer, so that whole vectors can be stored. */
#define CANON_SLACK ((size_t)64)

/* Gathers canonical bytes for a sink. */
struct canon_out {
	struct canon_sink sink;
	size_t used;
	char bytes[CANON_BUFFER + CANON_SLACK];
};

void canon_out_init(struct canon_out *o, struct canon_sink sink);
/* Hand on what was gathered. */
void canon_out_flush(struct canon_out *o);

/*
 * One header field (field->raw, with its line end) in canonical form, CRLF at
 * its end.  The caller flushes.
 */
void canon_header(struct canon_out *o, enum dkim_canon canon, enum eol eol,
    const struct field *field);

/*
 * The DKIM-Signature field itself, RFC 6376 3.7: as canon_header, but the
 * bytes of `cut` (which lie in field->raw: all between "=" and ";" of the b=
 * tag) are left out, and no CRLF stands at the end.
 */
void canon_signature(struct canon_out *o, enum dkim_canon canon,
    enum eol eol, const struct field *field, struct span cut);

/* A body on its way.  Private, except that it may be allocated anywhere. */
struct canon_body {
	enum dkim_canon canon;
	enum eol eol;
	bool content;		/* something of this line was written */
	bool any;		/* something of the body was written */
	bool wsp;		/* white space held back (relaxed) */
	bool cr;		/* a CR held back: is an LF after it? */
	uint64_t lines;		/* CRLFs of empty lines held back */
	struct canon_out out;
};

void canon_body_init(struct canon_body *b, enum dkim_canon canon,
    enum eol eol, struct canon_sink sink);
/* The next bytes of the body. */
void canon_body_add(struct canon_body *b, struct span bytes);
/* The body is over: write what belongs to its end and flush. */
void canon_body_end(struct canon_body *b);

#endif
