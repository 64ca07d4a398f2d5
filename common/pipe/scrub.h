/* SPDX-License-Identifier: ISC */
/*
 * The way of a header through a stage: every Authentication-Results field with
 * an id of our own is taken out, whatever it looks like, in bounded memory.
 */
#ifndef SCRUB_H
#define SCRUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "pipe/header_end.h"
#include "pipe/ledger.h"
#include "pipe/stage.h"
#include "pipe/window.h"

/* Bytes read ahead; also what one field may hold before it is judged by its
 * beginning alone. */
#define SCRUB_WINDOW	((size_t)16 * 1024)
#define SCRUB_FIELD_MAX	((size_t)256 * 1024)

struct scrub {
	struct window in;	/* raw bytes */
	struct ledger out;	/* what went out */
	char *room;		/* for authres_id */
	size_t room_cap;
	bool from;		/* inside a leading From_ line */
	bool looked;		/* for an LF after an empty line of CR */
	bool crlf_seen;		/* a CRLF went out */
	bool lf_over;		/* over for whoever takes LF for a line end */
	bool over;		/* the header is over */
	bool piece;		/* the first field may be all of a sealed mail
				   that was cut */
	enum line_end eol;	/* first line end of the header */
	enum line_end from_eol;	/* of the From_ line */
};

/* Read and clean the header: it goes to s->spool, believed fields are taken
 * note of.  What is left in the window is body. */
enum fault_kind scrub_header(struct stage *s, struct fault *f);

#endif
