/* SPDX-License-Identifier: ISC */
/*
 * Signed notes (C2SP signed-note) with Ed25519, and the checkpoint of a log
 * in that form (C2SP tlog-checkpoint: origin, size, base64 of the head).
 * Our head is the chain head, not a Merkle root: the origin says so.
 */
#ifndef NOTE_H
#define NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/sha256.h"
#include "base/span.h"

#define NOTE_SEED 32
#define NOTE_PUBLIC 32
#define NOTE_NAME 256
#define NOTE_MAX 8192

/* A key of a note: its name and, for signing, its seed. */
struct note_key {
	char name[NOTE_NAME];		/* no space, no plus sign */
	unsigned char seed[NOTE_SEED];	/* all zero in a verifier's key */
	unsigned char public_key[NOTE_PUBLIC];
};

/* Derive the public key from name and seed.  Cleanse the key when done. */
enum fault_kind note_key_make(struct note_key *k, struct span name,
    const unsigned char seed[NOTE_SEED], struct fault *f);
void note_key_cleanse(struct note_key *k);
/* "name+hash+base64", the verifier key's text form. */
void note_key_text(const struct note_key *k, struct buf *out);
bool note_key_parse(struct span text, struct note_key *k);

/* Append text (which ends with a newline), an empty line, a signature. */
enum fault_kind note_sign(const struct note_key *k, struct span text,
    struct buf *out, struct fault *f);
/* Does a signature of this key hold?  *text is then the signed part. */
bool note_verify(const struct note_key *k, struct span note,
    struct span *text);

struct checkpoint {
	char origin[NOTE_NAME];
	int64_t size;
	char hash[SHA256_HEX];
};

void checkpoint_text(const struct checkpoint *c, struct buf *out);
bool checkpoint_parse(struct span text, struct checkpoint *c);

#endif
