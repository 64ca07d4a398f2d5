/* SPDX-License-Identifier: ISC */
/*
 * One stage of a pipe: between the input and the reader of the message, and
 * between the verdict and the output.
 *
 * On the way in (a struct source in front of another) every
 * Authentication-Results field with an id of our own is looked at.  Those that
 * hold a good seal are believed, and the reader does not see them.  The others
 * are not believed; the reader sees them, for a signature may cover them, but
 * they do not go out.  On the way out the believed fields stand where they
 * stood, the new field stands on top, and all other bytes are what they were.
 *
 *	stage_open(&stage, &config, input, arena, fault);
 *	message_open(&message, &stage.source, chunk, arena, fault);
 *	... judge, read the whole body ...
 *	stage_check(&stage, fault);
 *	stage_write(&stage, ...);
 *
 * Lines end at CRLF, LF or CR here, for the attacker may choose which one the
 * reader after us believes in.
 */
#ifndef STAGE_H
#define STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/out.h"
#include "base/span.h"
#include "base/spool.h"
#include "mail/authres.h"
#include "mail/message.h"
#include "pipe/seal.h"

/* The mark that a message whose first line was a continuation carries. */
#define STAGE_FENCE "X-Vouchsafe-Malformed"

/* Sealed fields believed in one message: a pipe has three stages. */
#define STAGE_BELIEVED 16

struct stage_config {
	struct span id;			/* --authserv-id */
	const struct span *strip;	/* --strip-id */
	size_t nstrip;
	struct span secret;	/* VOUCHSAFE_SEAL if seal_secret_ok, or empty */
	bool final;		/* seals are taken out on the way */
	bool keep;		/* the message goes out again: spool it */
	const char *tmpdir;
	size_t memory;		/* spooled without a file; 0 is 1 MiB */
};

/* A believed field of an earlier stage. */
struct stage_field {
	struct span raw;	/* as it stood, line end included */
	struct authres ar;
	struct seal seal;	/* what it says of the bytes after it */
	struct seal_sum after;	/* what stands there */
	uint64_t at;		/* its place: an offset in what goes out */
	size_t removed;		/* how many were removed above it */
};

struct stage {
	struct source source;	/* without what is believed: for message_open */
	struct stage_config config;
	size_t removed;		/* fields with our id that were not believed */
	size_t nbelieved;
	struct stage_field *believed;	/* from the top; in the arena */
	bool cut;		/* the input ends inside a field of our own */
	/* private to stage.c and scrub.c */
	struct arena *arena;
	struct spool spool;	/* what goes out, but for what is believed */
	struct spool view;	/* the header that the reader of source sees */
	uint64_t given;		/* bytes that the reader of source has */
	struct scrub *scrub;
};

/*
 * Prepare s to read from input.  A stage must be zeroed before the first time;
 * it may be opened anew for the next message.  s must not move; the config's
 * spans and input are borrowed.
 */
enum fault_kind stage_open(struct stage *s, const struct stage_config *config,
    struct source *input, struct arena *a, struct fault *f);

/*
 * After the source came to its end: do the seals agree with the bytes after
 * them?  FAULT_TEMP if not: the message was cut or changed between stages.
 */
enum fault_kind stage_check(struct stage *s, struct fault *f);

/*
 * Is there nothing that may go out?  That is so if the input had no byte; and,
 * in a sealed pipe, if it had no more than a From_ line or a piece of a field
 * of our own: an earlier stage died as it began to write, and the mail would be
 * lost.  Anything else is a mail, however malformed; it would be deferred for
 * ever if it did not go out.
 */
bool stage_empty(const struct stage *s, const struct message *m);

/*
 * Write the message: From_ line, the new field of ar (sealed if there is a
 * secret and this is not the final stage), `more` (whole fields, or empty),
 * the fence if it is needed, and the rest, and flush.  ar->seal is not looked
 * at.  Nothing was written if the fault comes before the output's.
 */
enum fault_kind stage_write(struct stage *s, const struct message *m,
    const struct authres *ar, struct span more, struct out *o,
    struct fault *f);

/* Release all. */
void stage_close(struct stage *s);

/* A message that carries the fence is malformed, for every stage after. */
void stage_fence(struct message *m);

#endif
