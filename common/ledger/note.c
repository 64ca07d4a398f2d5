/* SPDX-License-Identifier: ISC */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/b64.h"
#include "base/num.h"
#include "ledger/note.h"

#define NOTE_SIGNATURE 64
#define NOTE_HASH 4
#define NOTE_ALGORITHM 1	/* Ed25519 */
/* Each signature line begins with an em dash and a space. */
#define NOTE_DASH "\xe2\x80\x94 "
#define NOTE_LINES 16		/* signature lines looked at */

static bool
note_name_ok(struct span name)
{
	if (name.len == 0 || name.len >= NOTE_NAME || !span_is_print(name))
		return false;
	return span_find(name, ' ') == name.len &&
	    span_find(name, '+') == name.len;
}

/* First four bytes of SHA-256(name, newline, algorithm, key). */
static void
note_hash(const struct note_key *k, unsigned char out[NOTE_HASH])
{
	unsigned char md[SHA256_BYTES];
	struct buf b;

	buf_init(&b, NOTE_NAME + 64);
	buf_adds(&b, k->name);
	buf_addc(&b, '\n');
	buf_addc(&b, NOTE_ALGORITHM);
	buf_add(&b, k->public_key, NOTE_PUBLIC);
	sha256(buf_span(&b), md);
	memcpy(out, md, NOTE_HASH);
	buf_free(&b);
}

enum fault_kind
note_key_make(struct note_key *k, struct span name,
    const unsigned char seed[NOTE_SEED], struct fault *f)
{
	EVP_PKEY *pkey;
	size_t len = NOTE_PUBLIC;
	bool ok;

	*k = (struct note_key){ 0 };
	if (!note_name_ok(name))
		return fault_set(f, FAULT_DATA, "not a name of a note's key");
	memcpy(k->name, name.p, name.len);
	memcpy(k->seed, seed, NOTE_SEED);
	pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed,
	    NOTE_SEED);
	ok = pkey != NULL && EVP_PKEY_get_raw_public_key(pkey, k->public_key,
	    &len) == 1 && len == NOTE_PUBLIC;
	EVP_PKEY_free(pkey);
	return ok ? FAULT_NONE : fault_set(f, FAULT_SOFTWARE,
	    "libcrypto cannot make an Ed25519 key");
}

void
note_key_cleanse(struct note_key *k)
{
	OPENSSL_cleanse(k, sizeof(*k));
}

void
note_key_text(const struct note_key *k, struct buf *out)
{
	unsigned char hash[NOTE_HASH], key[1 + NOTE_PUBLIC];

	note_hash(k, hash);
	key[0] = NOTE_ALGORITHM;
	memcpy(key + 1, k->public_key, NOTE_PUBLIC);
	buf_adds(out, k->name);
	buf_addc(out, '+');
	buf_addhex(out, hash, sizeof(hash));
	buf_addc(out, '+');
	b64_encode(out, key, sizeof(key));
}

bool
note_key_parse(struct span text, struct note_key *k)
{
	unsigned char hash[NOTE_HASH], key[B64_DECODED_MAX(64)];
	struct span name, rest, hex, b64;
	size_t len;

	*k = (struct note_key){ 0 };
	if (!span_cut(text, '+', &name, &rest) ||
	    !span_cut(rest, '+', &hex, &b64) || !note_name_ok(name) ||
	    hex.len != (size_t)2 * NOTE_HASH || b64.len > 64 ||
	    !b64_decode(b64, key, &len) || len != 1 + NOTE_PUBLIC ||
	    key[0] != NOTE_ALGORITHM)
		return false;
	memcpy(k->name, name.p, name.len);
	memcpy(k->public_key, key + 1, NOTE_PUBLIC);
	note_hash(k, hash);
	for (size_t i = 0; i < NOTE_HASH; i++)
		if (ascii_hex(hex.p[2 * i]) != hash[i] >> 4 ||
		    ascii_hex(hex.p[2 * i + 1]) != (hash[i] & 15))
			return false;
	return true;
}

static bool
note_sign_raw(const struct note_key *k, struct span text,
    unsigned char sig[NOTE_SIGNATURE])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
	    k->seed, NOTE_SEED);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = NOTE_SIGNATURE;
	bool ok;

	ok = pkey != NULL && ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestSign(ctx, sig, &len, (const unsigned char *)text.p,
	    text.len) == 1 && len == NOTE_SIGNATURE;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok;
}

enum fault_kind
note_sign(const struct note_key *k, struct span text, struct buf *out,
    struct fault *f)
{
	unsigned char raw[NOTE_HASH + NOTE_SIGNATURE];

	if (text.len == 0 || text.p[text.len - 1] != '\n')
		return fault_set(f, FAULT_DATA, "a note ends with a newline");
	note_hash(k, raw);
	if (!note_sign_raw(k, text, raw + NOTE_HASH))
		return fault_set(f, FAULT_SOFTWARE, "cannot sign the note");
	buf_addspan(out, text);
	buf_adds(out, "\n" NOTE_DASH);
	buf_adds(out, k->name);
	buf_addc(out, ' ');
	b64_encode(out, raw, sizeof(raw));
	buf_addc(out, '\n');
	return buf_check(out, f);
}

static bool
note_verify_raw(const struct note_key *k, struct span text,
    const unsigned char *sig)
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    k->public_key, NOTE_PUBLIC);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	ok = pkey != NULL && ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestVerify(ctx, sig, NOTE_SIGNATURE,
	    (const unsigned char *)text.p, text.len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok;
}

/* One signature line: is it this key's, and does it hold? */
static bool
note_line(const struct note_key *k, struct span line, struct span text)
{
	unsigned char raw[B64_DECODED_MAX(128)], hash[NOTE_HASH];
	struct span name, b64;
	size_t len;

	if (!span_starts(line, SPAN(NOTE_DASH)))
		return false;
	line = span_sub(line, sizeof(NOTE_DASH) - 1, line.len);
	if (!span_cut(line, ' ', &name, &b64) || b64.len > 128 ||
	    !span_eq(name, span_of(k->name)) ||
	    !b64_decode(b64, raw, &len) || len != sizeof(hash) +
	    NOTE_SIGNATURE)
		return false;
	note_hash(k, hash);
	return memcmp(raw, hash, sizeof(hash)) == 0 &&
	    note_verify_raw(k, text, raw + sizeof(hash));
}

bool
note_verify(const struct note_key *k, struct span note, struct span *text)
{
	size_t at = 0;
	struct span rest;

	if (note.len > NOTE_MAX)
		return false;
	/* The signatures stand after the last empty line. */
	for (size_t i = 0; i + 1 < note.len; i++)
		if (note.p[i] == '\n' && note.p[i + 1] == '\n')
			at = i + 1;
	if (at == 0)
		return false;
	*text = span_sub(note, 0, at);
	rest = span_sub(note, at + 1, note.len);
	for (int i = 0; i < NOTE_LINES && rest.len > 0; i++) {
		struct span line;

		if (!span_cut(rest, '\n', &line, &rest))
			return false;
		if (note_line(k, line, *text))
			return true;
	}
	return false;
}
