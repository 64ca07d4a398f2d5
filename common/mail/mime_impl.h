/* SPDX-License-Identifier: ISC */
/* Shared by the files of mime alone. */
#ifndef MIME_IMPL_H
#define MIME_IMPL_H

#include "mail/mime.h"

/* What the header of a message or of a part says about its content. */
struct mime_content {
	struct span type, subtype;	/* "text", "plain" if nothing is said */
	struct span boundary;		/* empty: none */
	struct mime_way way;		/* of a text */
	bool attachment;
	bool named;			/* there is a Content-Type */
};

/*
 * Read the Content fields of m; in a digest, a part that names no type is a
 * message.  *good is false where they break the grammar or stand twice.
 */
enum fault_kind mime_content_read(const struct message *m, bool digest,
    struct arena *a, struct mime_content *c, bool *good, struct fault *f);

/*
 * From a charset to UTF-8; *good is false if its text does not hold ASCII as
 * ASCII, or is not known to.
 */
enum fault_kind mime_charset(struct span charset, struct span in,
    struct arena *a, struct span *out, bool *good, struct fault *f);

/*
 * One line of quoted-printable into out, which has room for as many bytes;
 * false if it breaks the grammar.  *soft: it goes on in the next line.
 */
bool mime_qp_line(struct span line, char *out, size_t *len, bool *soft);

/* All readings of the bytes of a leaf; the last ones live in the arena. */
enum fault_kind mime_readings(const struct mime_way *way, struct span bytes,
    struct arena *a, struct mime_leaf *out, struct fault *f);

/* The next line without its end (LF or CRLF); false after the last. */
bool mime_line(struct span *left, struct span *line);

#endif
