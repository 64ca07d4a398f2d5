/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "ledger/note.h"
#include "tap.h"

/* Every byte of a note changed in turn: no change may go unseen. */
static void
test_flip(const struct note_key *key, struct span note)
{
	char copy[1024];
	size_t missed = 0;

	for (size_t i = 0; i < note.len; i++) {
		struct span text;

		memcpy(copy, note.p, note.len);
		copy[i] ^= 1;
		if (note_verify(key, (struct span){ copy, note.len }, &text))
			missed++;
	}
	CHECK(missed == 0);
}

int
main(void)
{
	unsigned char seed[NOTE_SEED] = { 1, 2, 3 };
	struct note_key key, verifier, other;
	struct checkpoint c = { .origin = "example.org/log", .size = 42 }, d;
	struct fault f = { .kind = FAULT_NONE };
	struct buf text, note, vkey;
	struct span found;

	memset(c.hash, 'a', SHA256_HEX - 1);
	buf_init(&text, NOTE_MAX);
	buf_init(&note, NOTE_MAX);
	buf_init(&vkey, NOTE_MAX);
	CHECK(note_key_make(&key, SPAN("example.org/log/1"), seed, &f) ==
	    FAULT_NONE);
	CHECK(note_key_make(&other, SPAN("two words"), seed, &f) ==
	    FAULT_DATA);
	CHECK(note_key_make(&other, SPAN("a+b"), seed, &f) == FAULT_DATA);
	seed[0] = 9;
	CHECK(note_key_make(&other, SPAN("example.org/log/1"), seed, &f) ==
	    FAULT_NONE);
	checkpoint_text(&c, &text);
	CHECK(checkpoint_parse(buf_span(&text), &d));
	CHECK(d.size == 42 && strcmp(d.hash, c.hash) == 0 &&
	    strcmp(d.origin, c.origin) == 0);
	CHECK(!checkpoint_parse(SPAN("o\n042\nqqqq\n"), &d));
	CHECK(!checkpoint_parse(SPAN("o\n42"), &d));
	CHECK(note_sign(&key, buf_span(&text), &note, &f) == FAULT_NONE);
	CHECK(note_verify(&key, buf_span(&note), &found));
	CHECK(span_eq(found, buf_span(&text)));
	CHECK(!note_verify(&other, buf_span(&note), &found));
	note_key_text(&key, &vkey);
	CHECK(note_key_parse(buf_span(&vkey), &verifier));
	CHECK(note_verify(&verifier, buf_span(&note), &found));
	CHECK(!note_key_parse(SPAN("a+00000000+AQ=="), &verifier));
	CHECK(!note_key_parse(SPAN(""), &verifier));
	CHECK(!note_verify(&key, SPAN(""), &found));
	CHECK(note_sign(&key, SPAN("no newline"), &note, &f) == FAULT_DATA);
	buf_reset(&note);
	(void)note_sign(&key, buf_span(&text), &note, &f);
	test_flip(&key, buf_span(&note));
	note_key_cleanse(&key);
	CHECK(key.name[0] == '\0');
	buf_free(&text);
	buf_free(&note);
	buf_free(&vkey);
	return tap_done();
}
