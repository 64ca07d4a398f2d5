/* SPDX-License-Identifier: ISC */
/*
 * The DMARC Policy Record: RFC 9989 4.5, 4.7 and 4.8.
 *
 * A text that does not begin with a valid v tag is no DMARC record at all.
 * After that tag nothing voids a record: what is wrong with one tag drops
 * that tag and leaves a note.
 */
#ifndef DMARC_RECORD_H
#define DMARC_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"

/* What a Domain Owner asks for. */
enum dmarc_policy {
	DMARC_POLICY_UNSET = 0,	/* no such tag, or no valid value in it */
	DMARC_POLICY_NONE,
	DMARC_POLICY_QUARANTINE,
	DMARC_POLICY_REJECT
};

enum dmarc_psd {
	DMARC_PSD_U = 0,	/* unsaid: the tree walk decides */
	DMARC_PSD_Y,		/* a public suffix */
	DMARC_PSD_N		/* this is the Organizational Domain */
};

/* What was found beside the meaning of a record; for warnings and lint. */
enum dmarc_note_kind {
	DMARC_NOTE_DUPLICATE,	/* a known tag again: the first one counts */
	DMARC_NOTE_VALUE,	/* a known tag with a value it cannot have */
	DMARC_NOTE_SYNTAX,	/* no `name=value`: dropped */
	DMARC_NOTE_UNKNOWN,	/* a tag that RFC 9989 does not have */
	DMARC_NOTE_HISTORIC,	/* pct, rf, ri: ignored since RFC 9989 */
	DMARC_NOTE_URI,		/* rua or ruf: not a valid URI, dropped */
	DMARC_NOTE_SCHEME,	/* rua or ruf: not mailto */
	DMARC_NOTE_SIZE,	/* rua or ruf: the obsolete `!10m` */
	DMARC_NOTE_FO,		/* fo without ruf: ignored */
	DMARC_NOTE_SLASHES,	/* rua or ruf: mailto://, which is a mailbox */
	DMARC_NOTE_EMPTY	/* two semicolons with nothing between */
};

struct dmarc_note {
	enum dmarc_note_kind kind;
	struct span text;	/* the tag's name, or the piece at fault */
	size_t column;		/* in the record, from 1 */
	struct span value;	/* DMARC_NOTE_HISTORIC: the tag's */
};

struct dmarc_uri {
	struct span text;	/* without the `!` size */
	struct span host;	/* of the mailbox; p NULL unless mailto */
	struct span address;	/* mailto: the mailbox, decoded; else NULL */
	bool sized;
};

#define DMARC_NOTES 32
#define DMARC_URIS 100

enum dmarc_fo {			/* bits */
	DMARC_FO_0 = 1,
	DMARC_FO_1 = 2,
	DMARC_FO_D = 4,
	DMARC_FO_S = 8
};

struct dmarc_record {
	struct span text;	/* as published */
	enum dmarc_policy p, sp, np;
	bool has_p, has_sp, has_np;	/* the tag stands there, even broken */
	enum dmarc_psd psd;
	bool testing;		/* t=y */
	bool strict_dkim, strict_spf;	/* adkim=s, aspf=s */
	unsigned fo;		/* enum dmarc_fo bits */
	size_t nrua, nruf;	/* valid URIs only, in order */
	struct dmarc_uri *rua, *ruf;
	size_t nnotes;		/* the first DMARC_NOTES of them */
	struct dmarc_note notes[DMARC_NOTES];
};

/* Does the text begin with a valid v tag (RFC 9989 4.8 dmarc-version)? */
bool dmarc_record_is(struct span text);

/*
 * Parse one TXT record whose strings are joined.  *record is NULL if the text
 * is no DMARC record; else it lives in the arena and borrows the text.
 */
enum fault_kind dmarc_record_parse(struct span text, struct arena *a,
    struct dmarc_record **record, struct fault *f);

/*
 * Rule P (RFC 9989 4.10.1): a record without a valid p, or with a broken sp
 * or np, cannot be applied as written.
 */
bool dmarc_record_broken(const struct dmarc_record *record);

/* "none", "quarantine", "reject"; NULL for DMARC_POLICY_UNSET. */
const char *dmarc_policy_word(enum dmarc_policy policy);
/* One step down, as t=y asks: reject, quarantine, none. */
enum dmarc_policy dmarc_policy_lower(enum dmarc_policy policy);
/* What the note says, without its text: "a second tag is ignored" ... */
const char *dmarc_note_text(enum dmarc_note_kind kind);

#endif
