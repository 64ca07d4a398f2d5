/* SPDX-License-Identifier: ISC */
/*
 * What the operands name: standard input, files, mboxes, Maildirs, lists of
 * operands.  Enumerated one message at a time, so that a million files need
 * no million structs; each item is plain data by which any process can open
 * the message for itself.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

/* Where message bytes come from. */
struct source {
	/*
	 * Up to cap bytes into buf; *len 0 is the end of the message.  May
	 * give fewer than cap before the end.
	 */
	enum fault_kind (*read)(struct source *, char *buf, size_t cap,
	    size_t *len, struct fault *);
	void *state;
};

/* Is this a "From " or ">From " line of an mbox?  `From :` is a field. */
bool input_is_from_line(struct span line);

/* As much as there is (a pipe, standard input). */
#define INPUT_TO_END UINT64_MAX

/* One message, or one operand that names none (fault). */
struct input_item {
	struct span name;	/* for people: the path, "-", or FILE#N */
	const char *path;	/* NULL is standard input */
	uint64_t offset;	/* where the message starts in the file */
	uint64_t length;	/* its bytes, or INPUT_TO_END */
	bool mbox;		/* one `>` comes off lines like ">>From " */
	uint64_t serial;	/* 1, 2, ...: position in the enumeration */
	struct fault fault;	/* kind FAULT_NONE, or why it can't be read */
};

struct input_config {
	char *const *operands;	/* none, and no files_from: standard input */
	size_t noperands;
	const char *files_from;	/* a file of further operands ("-": standard
				   input), or NULL */
	bool nul;		/* they end with NUL, not with a newline */
	bool mbox;		/* standard input and pipes are mboxes: each
				   is kept in a file without a name */
	const char *tmpdir;	/* where that file goes */
};

struct input;

/*
 * Start enumerating.  The operands are borrowed until input_close().  A list
 * that cannot be opened is FAULT_NOINPUT here; an operand that cannot be
 * opened is an item with a fault.
 */
enum fault_kind input_open(struct input **in, const struct input_config *c,
    struct fault *f);
void input_close(struct input *in);

/*
 * The next item, or *more false at the end.  It lives until the next call.
 * Faults of one operand are in the item; a fault returned here ends the run.
 */
enum fault_kind input_next(struct input *in, struct input_item *item,
    bool *more, struct fault *f);

/*
 * Is there more than one item in all?  May be asked once, before the first
 * input_next(); looks two items ahead and no further.
 */
enum fault_kind input_several(struct input *in, bool *several,
    struct fault *f);

/* An item as bytes for another process, and back; the decoded item borrows
 * from the bytes.  False on bytes that are no item. */
void input_item_encode(const struct input_item *item, struct buf *b);
bool input_item_decode(struct span bytes, struct input_item *item);

/* The descriptor of that item's file if `in` still has it open, or -1. */
int input_shared_fd(const struct input *in, const struct input_item *item);

/* An open message; source is the way to read it.  Not to be moved. */
struct input_message {
	struct source source;
	/* private to input_message.c */
	const char *name;
	int fd;
	bool owned;		/* close it */
	bool positioned;	/* pread(2) at offset; else read(2) */
	uint64_t offset;
	uint64_t left;		/* to be read, or INPUT_TO_END */
	bool mbox;
	bool from_first;	/* it begins with a From line */
	bool from_again;	/* and has what looks like another, where only
				   one message is read: public */
	unsigned quote;		/* where in ">From " the line stands */
	size_t ncarry;		/* bytes unquoted and not yet handed out */
	char carry[16];
};

/*
 * Open an item for reading.  in may be NULL; given, and if it has the file
 * of this item still open, no second open(2) happens.  FAULT_NOINPUT if it
 * cannot be opened.  Close after success only.  Reading it is FAULT_TEMP when
 * a signal handler installed without SA_RESTART interrupts it.
 */
enum fault_kind input_message_open(struct input_message *m,
    const struct input_item *item, const struct input *in, struct fault *f);
void input_message_close(struct input_message *m);

/* A source over bytes in memory, for tests and for bytes at hand. */
struct input_bytes {
	struct source source;
	struct span left;
	size_t step;	/* most bytes a read; 0 is no limit */
};
void input_bytes_open(struct input_bytes *b, struct span bytes, size_t step);

#endif
