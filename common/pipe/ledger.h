/* SPDX-License-Identifier: ISC */
/*
 * What went out of a header so far, by its line ends alone: enough to know,
 * when a field is taken out, which line ends stay in its place.
 */
#ifndef PIPE_LEDGER_H
#define PIPE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "pipe/header_end.h"

/* Offsets are bytes of what went out. */
struct ledger {
	bool head;		/* no byte of the header has gone out yet */
	uint64_t begin;		/* where the header starts */
	char last[2];		/* the last two bytes that went out */
	/* The line ends that went out last, after all text. */
	uint64_t floor;		/* where they start: what is above stays */
	bool texted;		/* text stands before them on its line */
	char floor_last[2];	/* what `last` was there */
	uint64_t after_lf;	/* after the last LF of them; 0 is none */
	uint64_t after_crlf;
};

/* A new header begins at `at`. */
void ledger_begin(struct ledger *l, uint64_t at);
/* These bytes (one at least) go out; from: they are of the From_ line. */
void ledger_out(struct ledger *l, struct span bytes, bool from);
/* What went out up to `at` stays: no field that is taken out after it takes
 * line ends with it. */
void ledger_floor(struct ledger *l, uint64_t at, bool texted);
/* A line end of this kind went out, up to `at`: the last one of a run. */
void ledger_ended(struct ledger *l, uint64_t at, enum line_end end);
/* How the line before the next one ended; at the start of the header, CRLF. */
enum line_end ledger_after(const struct ledger *l);

/*
 * A field that ended in `end` is gone, `at` is where it stood.  Those line
 * ends before it stay that lead up to one of its own kind; what follows that
 * one was on the field's own line, for a reader who knows no other.  Else the
 * field was the rest of a line, which now ends in `end`.
 *
 * True if what went out is to be cut at *cut; then *put says whether a line
 * end of that kind goes out in its place.
 */
bool ledger_close(struct ledger *l, uint64_t at, enum line_end end,
    bool from, uint64_t *cut, bool *put);

#endif
