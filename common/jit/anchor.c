/* SPDX-License-Identifier: ISC */
/*
 * Checkpoints that were kept elsewhere: found in a file, a mail most likely,
 * and judged by the log's own key.  Whether the mail is whom it says it is
 * from is dkimverify's to say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/b64.h"
#include "base/bounds.h"
#include "jit/jit_impl.h"
#include "ledger/note.h"
#include "mail/input.h"
#include "mail/message.h"
#include "mail/mime.h"

#define JIT_ANCHOR_MAX ((size_t)1024 * 1024)

enum fault_kind
jit_log_key(struct jit *j, struct note_key *key, char origin[NOTE_NAME],
    struct fault *f)
{
	unsigned char seed[B64_DECODED_MAX(64)];
	char name[NOTE_NAME];
	struct span lines, first, rest;
	struct buf b;
	size_t len = 0;
	enum fault_kind kind;

	buf_init(&b, 8192);
	kind = home_read(&j->home, HOME_LOG_KEY, &b, f);
	lines = buf_span(&b);
	/* Two lines: origin, and the seed in base64. */
	if (kind == FAULT_NONE && (!span_cut(lines, '\n', &first, &rest) ||
	    first.len == 0 || first.len > NOTE_NAME - 24 || rest.len > 64 ||
	    !b64_decode(rest, seed, &len) || len != NOTE_SEED))
		kind = fault_set(f, FAULT_CONFIG, HOME_LOG_KEY ": not a key "
		    "of this log");
	if (kind == FAULT_NONE) {
		(void)snprintf(origin, NOTE_NAME, "%.*s", SPAN_ARG(first));
		(void)snprintf(name, sizeof(name), "%.200s/%lld", origin,
		    (long long)j->host.epoch);
		kind = note_key_make(key, span_of(name), seed, f);
	}
	OPENSSL_cleanse(seed, sizeof(seed));
	buf_cleanse(&b);
	return kind;
}

/* Find a note of our own in a text that may have things around it (a mail). */
static bool
jit_anchor_find(const struct note_key *key, const char *origin,
    struct span text, struct checkpoint *c)
{
	struct span rest = text;
	struct span signed_text;

	for (int i = 0; i < 100000 && rest.len > 0; i++) {
		struct span line, after;

		(void)span_cut(rest, '\n', &line, &after);
		if (span_eq(line, span_of(origin))) {
			struct span note = span_sub(rest, 0, NOTE_MAX);

			/* Up to the end of the signature block. */
			for (size_t k = 0, lines = 0; k < note.len; k++)
				if (note.p[k] == '\n' && ++lines == 5)
					note.len = k + 1;
			if (note_verify(key, note, &signed_text) &&
			    checkpoint_parse(signed_text, c) &&
			    strcmp(c->origin, origin) == 0)
				return true;
		}
		rest = after;
	}
	return false;
}

/* The file as it is, without CR. */
static enum fault_kind
jit_anchor_plain(struct span raw, struct buf *out, struct fault *f)
{
	for (size_t i = 0; i < raw.len; i++)
		if (raw.p[i] != '\r')
			buf_addc(out, raw.p[i]);
	return buf_check(out, f);
}

/* The file read as a mail: its text, decoded; empty if it has none. */
static enum fault_kind
jit_anchor_mail(struct span raw, struct arena *a, struct span *text,
    struct fault *f)
{
	struct message m = { 0 };
	struct mime_text t = { 0 };
	struct input_bytes src;
	char *chunk = malloc(MESSAGE_CHUNK);
	size_t head;

	*text = (struct span){ "", 0 };
	if (chunk == NULL)
		return fault_nomem(f);
	input_bytes_open(&src, raw, 0);
	if (message_open(&m, &src.source, chunk, a, f) == FAULT_NONE &&
	    m.defect == MESSAGE_OK && m.nfields > 0) {
		head = m.from_line.len + m.header.len + m.separator.len;
		if (mime_text_read(&m, span_sub(raw, head, raw.len), a, &t,
		    f) == FAULT_NONE && t.status == MIME_TEXT)
			*text = t.text;
	}
	free(chunk);
	return f->kind;
}

/* A key of an earlier epoch still speaks for its time. */
static enum fault_kind
jit_anchor_epochs(struct jit *j, const struct span texts[2],
    struct checkpoint *c, bool *found, struct fault *f)
{
	struct note_key key = { 0 };
	char origin[NOTE_NAME];
	int64_t epoch = j->host.epoch;
	enum fault_kind kind = FAULT_NONE;

	*found = false;
	for (; j->host.epoch > 0 && !*found && kind == FAULT_NONE;
	    j->host.epoch--) {
		kind = jit_log_key(j, &key, origin, f);
		for (size_t i = 0; i < 2 && !*found && kind == FAULT_NONE; i++)
			*found = jit_anchor_find(&key, origin, texts[i], c);
	}
	j->host.epoch = epoch;
	note_key_cleanse(&key);
	return kind;
}

enum fault_kind
jit_anchor(struct jit *j, const char *anchor, struct checkpoint *c,
    struct fault *f)
{
	struct span raw = span_of(anchor), texts[2];
	struct arena a;
	struct buf b;
	bool found = false;
	enum fault_kind kind;

	arena_init(&a, BOUND_MESSAGE_ARENA);
	buf_init(&b, JIT_ANCHOR_MAX);
	kind = jit_anchor_plain(raw, &b, f);
	texts[0] = buf_span(&b);
	if (kind == FAULT_NONE)
		kind = jit_anchor_mail(raw, &a, &texts[1], f);
	if (kind == FAULT_NONE)
		kind = jit_anchor_epochs(j, texts, c, &found, f);
	buf_free(&b);
	arena_free(&a);
	if (kind == FAULT_NONE && !found)
		kind = fault_set(f, FAULT_DATA, "no checkpoint signed by "
		    "this log's key in the anchor");
	return kind;
}
