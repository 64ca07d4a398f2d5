/* SPDX-License-Identifier: ISC */
/*
 * The words a person typed into a mail: the first text/plain part, decoded
 * (RFC 2045, 2046, 3676).  Bounded, no recursion; what is doubtful is a
 * status and no text, for the text decides about approvals.
 */
#ifndef MIME_H
#define MIME_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "mail/message.h"

/* The zero value gives no text. */
enum mime_status {
	MIME_UNREADABLE = 0,	/* a header or structure that breaks MIME */
	MIME_TEXT,
	MIME_NOTHING,		/* neither plain text nor HTML */
	MIME_HTML_ONLY,
	MIME_ENCODING,		/* an unknown transfer encoding, or its bytes
				   are wrong */
	MIME_CHARSET,		/* a charset that does not hold ASCII as such */
	MIME_TOO_LARGE,		/* over BOUND_MIME_BYTES, too many parts */
	MIME_TOO_DEEP		/* over BOUND_MIME_DEPTH */
};

enum mime_encoding {
	MIME_IDENTITY,		/* 7bit, 8bit, binary */
	MIME_QUOTED_PRINTABLE,
	MIME_BASE64,
	MIME_UNKNOWN_ENCODING
};

/* How the bytes of a text were read. */
struct mime_way {
	enum mime_encoding encoding;
	struct span charset;	/* empty: us-ascii */
	bool flowed, delsp;	/* RFC 3676 */
};

struct mime_text {
	enum mime_status status;
	struct span text;	/* with MIME_TEXT: valid UTF-8, no NUL, no CR,
				   lines end with LF, flowed lines joined;
				   U+FFFD for what is not ASCII in charsets
				   whose tables are not here */
	struct span decoded;	/* its bytes without the transfer encoding */
	struct mime_way way;	/* how it was read */
	bool report;		/* the message is a multipart/report */
	bool parts;		/* the text is a part of a multipart */
	bool foremost;		/* and nothing that a person could have meant
				   to be read stands in front of that part */
};

/*
 * Find and decode the text of message m, whose whole body is given.  Text
 * marked as an attachment and messages inside of the message are not looked
 * at.  The text lives in the arena.
 */
enum fault_kind mime_text_read(const struct message *m, struct span body,
    struct arena *a, struct mime_text *out, struct fault *f);

/*
 * Which line is the first one of a text that is no part, neither blank nor
 * quoted, whatever Content-Type and Content-Transfer-Encoding may have been in
 * place of those that stand there?  If the type is sure (typed), that is asked
 * of the encoding alone.
 */
enum mime_first {
	MIME_FIRST_UNSURE = 0,	/* other fields would make it another one */
	MIME_FIRST_LINE,	/* the one in *line */
	MIME_FIRST_OF_TEXT	/* the one that the text as it was read has */
};
enum fault_kind mime_first_line(const struct mime_text *text,
    struct span body, bool typed, struct arena *a, enum mime_first *first,
    struct span *line, struct fault *f);

/* Read a body that is no multipart in another way; *out as of
 * mime_text_read(), in the arena. */
enum fault_kind mime_read_as(struct span body, const struct mime_way *way,
    struct arena *a, struct mime_text *out, struct fault *f);

/*
 * The ways to read one leaf of the message: as it stands, without its
 * transfer encoding, and as a text where that says something else.
 */
#define MIME_READINGS 3
struct mime_leaf {
	struct span reading[MIME_READINGS];
	size_t count;
};

/*
 * Show each leaf, attachments and what is inside of attached messages too;
 * readings last until each() returns.  *whole is false where the structure
 * breaks the rules or a bound: then not all was shown.
 */
enum fault_kind mime_each(const struct message *m, struct span body,
    struct arena *a, void (*each)(void *arg, const struct mime_leaf *leaf),
    void *arg, bool *whole, struct fault *f);

/* "the mail has no plain text ...": for people. */
const char *mime_status_text(enum mime_status status);

#endif
