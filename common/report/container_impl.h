/* SPDX-License-Identifier: ISC */
/* Shared by the files of the containers alone. */
#ifndef REPORT_CONTAINER_IMPL_H
#define REPORT_CONTAINER_IMPL_H

#include <zlib.h>

#include "report/container.h"

#define INFLATE_IN ((size_t)16 << 10)

enum inflate_form {
	INFLATE_STORED,		/* a zip's method 0: nothing to inflate */
	INFLATE_RAW,		/* a zip's method 8 */
	INFLATE_WRAPPED		/* gzip or zlib */
};

/* A source of inflated bytes over a source of deflated ones. */
struct inflate {
	struct source source;
	struct source *inner;
	struct report_budget *budget;
	enum inflate_form form;
	z_stream z;
	bool open, over;
	enum report_why why;
	enum report_why bad;	/* the word for what is broken */
	/* a zip's member: what its directory says */
	bool sized;
	uint64_t size, made;
	uint32_t crc, sum;
	unsigned char in[INFLATE_IN];
};

enum fault_kind inflate_open(struct inflate *i, struct source *inner,
    enum inflate_form form, struct report_budget *budget, struct fault *f);
void inflate_close(struct inflate *i);

/* A member of a zip, from its central directory. */
struct zip_member {
	uint64_t at, length;	/* of its data */
	uint64_t size;
	uint32_t crc;
	enum inflate_form form;
	bool usable;		/* no folder, no encryption, a known method */
};

/* Read the directory: up to REPORT_MEMBERS members; *total is how many it
 * says that there are. */
enum fault_kind zip_read(const struct spool *s, struct zip_member *members,
    size_t *n, uint64_t *total, enum report_why *why, struct fault *f);

#endif
