/* SPDX-License-Identifier: ISC */
/*
 * Where a header ends: at the first empty line, by the last of all readers to
 * believe it.  Some know CRLF alone, some LF, some both.
 */
#ifndef HEADER_END_H
#define HEADER_END_H

#include <stdbool.h>

/* How a line ends, as far as it has been seen. */
enum line_end {
	LINE_END_NONE = 0,	/* not seen; or a bare CR */
	LINE_END_LF,
	LINE_END_CRLF
};

enum header_end {
	HEADER_GOES_ON = 0,
	HEADER_OVER_FOR_LF,	/* for whoever takes LF for a line end */
	HEADER_OVER		/* for everybody */
};

/*
 * An empty line that ends in `end`, after a line that ended in `after` (the
 * start of the header counts as CRLF).  crlf: a CRLF was seen in the message
 * so far, this line's included.
 */
enum header_end header_end(enum line_end end, enum line_end after, bool crlf);

#endif
