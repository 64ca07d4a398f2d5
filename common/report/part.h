/* SPDX-License-Identifier: ISC */
/*
 * One part of a mail, read with more tolerance than mail/mime.h, whose texts
 * decide about approvals: here the worst that a misread part can do is to be
 * no report.
 */
#ifndef REPORT_PART_H
#define REPORT_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/span.h"
#include "base/spool.h"

enum part_encoding {
	PART_IDENTITY = 0,
	PART_BASE64,
	PART_QUOTED_PRINTABLE
};

#define PART_WORD 80
#define PART_BOUNDARY 200	/* RFC 2046 allows 70 */
#define PART_NAME 512

struct part {
	char type[PART_WORD];		/* lower case; "text/plain"
					   where nothing is said */
	char boundary[PART_BOUNDARY + 1];
	char name[PART_NAME];		/* of the file; may be empty */
	char report_type[PART_WORD];	/* of a multipart/report */
	enum part_encoding encoding;
	bool named;			/* a type was given */
};

/* Read a part's (or message's) header block, folded as it stands. */
void part_read(struct part *p, struct span header);
/* The value of the first field of that name, or p NULL; borrowed. */
struct span part_field(struct span header, const char *name);

/* Takes a transfer encoding off, into a spool, up to its limit. */
struct part_decoder {
	struct spool *out;
	uint64_t max;
	enum part_encoding encoding;
	uint32_t bits;
	unsigned chars;
	bool stop;		/* base64 is over: padding was seen */
	char carry[3];		/* of quoted-printable, cut by a chunk */
	size_t ncarry;
	bool full;		/* the limit was reached */
};
void part_decode_begin(struct part_decoder *d, enum part_encoding encoding,
    struct spool *out, uint64_t max);
enum fault_kind part_decode(struct part_decoder *d, struct span bytes,
    struct fault *f);
enum fault_kind part_decode_end(struct part_decoder *d, struct fault *f);

#endif
