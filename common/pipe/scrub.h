/* SPDX-License-Identifier: ISC */
/*
 * The way of a header through a stage: every Authentication-Results field with
 * an id of ours is taken out, whatever it looks like, in bounded memory.
 */
#ifndef SCRUB_H
#define SCRUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "pipe/stage.h"

/* Bytes read ahead; also what one field may hold before it is judged by its
 * beginning alone. */
#define SCRUB_WINDOW	((size_t)16 * 1024)
#define SCRUB_FIELD_MAX	((size_t)256 * 1024)

/* Where a line ends, as far as it has been seen. */
enum scrub_eol {
	SCRUB_EOL_UNSEEN = 0,
	SCRUB_EOL_LF,
	SCRUB_EOL_CRLF
};

struct scrub {
	char *p;		/* raw bytes: [start, end) are not yet used */
	size_t start, end, cap;
	char *room;		/* for authres_id */
	size_t room_cap;
	bool eof;		/* the input has no more */
	bool over;		/* the header is over */
	bool from;		/* inside a leading From_ line */
	bool piece;		/* the first field may be all of a sealed mail
				   that was cut */
	bool head;		/* no byte of the header has gone out yet */
	bool looked;		/* for an LF behind an empty line of CR */
	bool crlf_seen;		/* a CRLF went out */
	bool lf_over;		/* over for whoever takes LF for a line end */
	char last[2];		/* the last two bytes that went out */
	uint64_t begin;		/* where the header starts, in what went out */
	/* The line ends that went out last, behind all text: offsets. */
	uint64_t text;		/* where they start */
	bool texted;		/* text stands before them on its line */
	char text_last[2];	/* what `last` was there */
	uint64_t behind_lf;	/* behind the last LF of them; 0 is none */
	uint64_t behind_crlf;
	enum scrub_eol eol;	/* first line end of the header */
	enum scrub_eol from_eol;	/* of the From_ line */
};

/* Read and clean the header: it goes to s->spool, believed fields are taken
 * note of.  What is left in the window is body. */
enum fault_kind scrub_header(struct stage *s, struct fault *f);

#endif
