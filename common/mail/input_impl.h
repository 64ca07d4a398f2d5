/* SPDX-License-Identifier: ISC */
/* Shared by the files of input alone. */
#ifndef INPUT_IMPL_H
#define INPUT_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

/* Bytes of an mbox or a list that are looked at in one go. */
#define INPUT_WINDOW ((size_t)256 * 1024)

/* The names in cur and new of one Maildir, sorted. */
struct maildir {
	struct buf names;	/* 'c' or 'n', the name, NUL; and again */
	uint32_t *at;		/* where each starts in names */
	size_t count;
	size_t room;
	size_t next;
};

/* Read both directories below path.  The names, in whatever folder, are
 * sorted as one set; dot files and directories are left out. */
enum fault_kind maildir_open(struct maildir *d, const char *path,
    struct fault *f);
/* The next "cur/NAME" or "new/NAME" appended to b; false at the end. */
bool maildir_next(struct maildir *d, struct buf *b);
/* A message that is not at its path any more: its reader moved it from new to
 * cur, or changed its flags.  Open the file with that name up to the ":", in
 * either folder; -1 with errno if there is none. */
int maildir_moved(const char *path);
void maildir_close(struct maildir *d);

/* A walk over an mbox, from one From line to the next. */
struct mbox {
	char *window;		/* INPUT_WINDOW bytes, kept between mboxes */
	uint64_t base;		/* where the window stands in the file */
	size_t len;		/* bytes in it */
	size_t at;		/* next byte of it to look at */
	uint64_t start;		/* of the current message */
	uint64_t number;	/* of the message handed out last */
	bool done;
};

enum fault_kind mbox_open(struct mbox *b, struct fault *f);
/* Where the next message starts and how long it is.  Call until done. */
enum fault_kind mbox_next(struct mbox *b, int fd, uint64_t *offset,
    uint64_t *length, struct fault *f);
void mbox_close(struct mbox *b);

#endif
