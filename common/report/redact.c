/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/b64.h"
#include "base/sha256.h"
#include "mail/address.h"
#include "report/redact.h"

#define VALUE_MAX ((size_t)64 * 1024)	/* of one field; more is cut */

void
report_redact_token(const struct report_redact *r, struct span local,
    struct buf *b)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char mac[SHA256_BYTES];

	if (r->none) {
		buf_addspan(b, local);
		return;
	}
	sha256_hmac(r->key, local, mac);
	/* Five bits a byte: plain and enough, for 2^60 tokens. */
	for (size_t i = 0; i < REPORT_REDACT_TOKEN; i++)
		buf_addc(b, digits[mac[i] & 31]);
}

void
report_redact_address(const struct report_redact *r, struct span address,
    struct buf *b)
{
	size_t at = span_rfind(address, '@');

	report_redact_token(r, span_sub(address, 0, at), b);
	buf_addspan(b, span_sub(address, at, address.len));
}

/* ---- text ---- */

/* A byte that no local part has unless it is quoted. */
static bool
ends_local(char c)
{
	return ascii_is_fws(c) || strchr("<>()[],;:\"", c) != NULL ||
	    c == '\0';
}

/* Is the byte at i quoted by a backslash? */
static bool
is_escaped(struct span s, size_t i)
{
	size_t n = 0;

	while (n < i && s.p[i - n - 1] == '\\')
		n++;
	return n % 2 == 1;
}

/* Where the space and the comments begin that end before i. */
static size_t
skip_back(struct span s, size_t i)
{
	size_t depth = 0;

	while (i > 0 && (depth > 0 || ascii_is_fws(s.p[i - 1]) ||
	    s.p[i - 1] == ')')) {
		i--;
		if (is_escaped(s, i))
			continue;
		depth += s.p[i] == ')';
		depth -= depth > 0 && s.p[i] == '(';
	}
	return i;
}

/* Where the local part begins that ends before `at` in the text. */
static size_t
local_begin(struct span s, size_t at)
{
	size_t i = skip_back(s, at);

	if (i > 0 && s.p[i - 1] == '"') {
		for (i--; i > 0 && (s.p[i - 1] != '"' ||
		    is_escaped(s, i - 1)); i--)
			;
		return i > 0 ? i - 1 : 0;
	}
	while (i > 0 && !ends_local(s.p[i - 1]) && s.p[i - 1] != '@')
		i--;
	return i;
}

/* Bytes of a property of RFC 8601 2.2 in front of its value,
 * `smtp.mailfrom=`; 0: what stands before a `=` is a local part's. */
static size_t
property(struct span s)
{
	static const char *const types[] = { "smtp.", "header.", "body.",
	    "policy.", NULL };
	size_t equals = span_find(s, '=');

	for (size_t i = 0; equals < s.len && types[i] != NULL; i++)
		if (span_starts_nocase(s, span_of(types[i])))
			return equals + 1;
	return 0;
}

static void
put_redacted(const struct report_redact *r, struct span s, struct buf *b)
{
	size_t done = 0, begin;

	for (size_t at = 0; at < s.len; at++) {
		if (s.p[at] != '@')
			continue;
		begin = local_begin(s, at);
		if (begin < done)
			begin = done;
		begin += property(span_sub(s, begin, at - begin));
		buf_addspan(b, span_sub(s, done, begin - done));
		if (at > begin)
			report_redact_token(r, span_trim_fws(span_sub(s,
			    begin, at - begin)), b);
		done = at;
	}
	buf_addspan(b, span_sub(s, done, s.len));
}

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static void
unfold(struct span s, struct buf *b)
{
	bool space = false;

	s = span_trim_fws(span_sub(s, 0, VALUE_MAX));
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '\r' || c == '\n') {
			space = true;
			continue;
		}
		if (space && !ascii_is_wsp(c))
			buf_addc(b, ' ');
		space = false;
		buf_addc(b, is_control(c) && c != '\t' ? '?' : c);
	}
}

/* A charset in which an `@` is the byte of that name, and nothing else is. */
static bool
is_plain(struct span charset)
{
	static const char *const known[] = { "utf-8", "us-ascii", "iso-8859-",
	    "windows-125", "koi8-", NULL };

	for (size_t i = 0; known[i] != NULL; i++)
		if (span_starts_nocase(charset, span_of(known[i])))
			return true;
	return false;
}

/* The encoded-word at the start of s: its length, or 0; its text's span, and
 * how it is written: 'b', 'q', or 0 for what nobody can say. */
static size_t
encoded_word(struct span s, char *how, struct span *text)
{
	size_t charset, end;

	if (!span_starts(s, SPAN("=?")))
		return 0;
	charset = span_find(span_sub(s, 2, s.len), '?') + 2;
	if (charset + 3 >= s.len || s.p[charset + 2] != '?')
		return 0;
	*how = is_plain(span_sub(s, 2, charset - 2)) ?
	    ascii_lower(s.p[charset + 1]) : 0;
	for (end = charset + 3; end + 1 < s.len; end++)
		if (s.p[end] == '?' && s.p[end + 1] == '=') {
			*text = span_sub(s, charset + 3, end - charset - 3);
			return end + 2;
		}
	return 0;
}

/* Does its text hold an `@`, or bytes that may be one in another charset? */
static bool
hides_address(char how, struct span text)
{
	unsigned char decoded[B64_DECODED_MAX(1024)];
	size_t n;

	if (how != 'b' && how != 'q')
		return true;
	if (how == 'b') {
		if (text.len > 1024 || !b64_decode(text, decoded, &n))
			return true;
		return memchr(decoded, '@', n) != NULL;
	}
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] == '@' || (text.p[i] == '=' &&
		    span_eq(span_sub(text, i + 1, 2), SPAN("40"))))
			return true;
	return false;
}

/* Copy, with all encoded-words replaced if any of them hides an address. */
static void
put_decoded(struct span s, struct buf *b)
{
	struct span text;
	bool hidden = false;
	size_t n;
	char how;

	for (size_t i = 0; i < s.len; i++)
		if (encoded_word(span_sub(s, i, s.len), &how, &text) > 0 &&
		    hides_address(how, text))
			hidden = true;
	for (size_t i = 0; i < s.len; i += n) {
		n = encoded_word(span_sub(s, i, s.len), &how, &text);
		if (n > 0 && hidden) {
			buf_adds(b, "[redacted]");
			continue;
		}
		n = n > 0 ? n : 1;
		buf_addspan(b, span_sub(s, i, n));
	}
}

void
report_redact_text(const struct report_redact *r, struct span text,
    struct buf *b)
{
	struct buf flat, plain;

	buf_init(&flat, 2 * VALUE_MAX);
	buf_init(&plain, 8 * VALUE_MAX);
	unfold(text, &flat);
	if (r->none) {
		buf_addspan(b, buf_span(&flat));
	} else {
		put_decoded(buf_span(&flat), &plain);
		put_redacted(r, buf_span(&plain), b);
	}
	b->nomem = b->nomem || flat.nomem || plain.nomem;
	buf_free(&flat);
	buf_free(&plain);
}

/* ---- fields ---- */

static bool
is_one_of(struct span name, const char *const *names)
{
	for (size_t i = 0; names[i] != NULL; i++)
		if (span_eq_nocase(name, span_of(names[i])))
			return true;
	return false;
}

bool
report_redact_allows(struct span name)
{
	static const char *const names[] = { "Received", "Return-Path",
	    "DKIM-Signature", "From", "Sender", "Reply-To", "To", "Cc",
	    "Date", "Subject", "Message-ID", "MIME-Version", NULL };

	return is_one_of(name, names) ||
	    span_starts_nocase(name, SPAN("ARC-")) ||
	    span_starts_nocase(name, SPAN("List-")) ||
	    span_starts_nocase(name, SPAN("Content-"));
}

/* Mailboxes without their names: those say who it is. */
static enum fault_kind
put_mailboxes(const struct report_redact *r, struct span value,
    struct buf *b, struct fault *f)
{
	struct address_list list;
	struct arena a;

	arena_init(&a, 4 * 1024 * 1024);
	if (address_list_parse(value, &a, &list, f) == FAULT_NONE) {
		if (list.status != ADDRESS_OK || list.count == 0)
			buf_adds(b, "[redacted]:;");
		for (size_t i = 0; list.status == ADDRESS_OK &&
		    i < list.count; i++) {
			buf_adds(b, i == 0 ? "<" : ", <");
			report_redact_token(r, list.mailboxes[i].local, b);
			buf_addc(b, '@');
			buf_addprint(b, list.mailboxes[i].domain);
			buf_addc(b, '>');
		}
	}
	arena_free(&a);
	return f->kind;
}

/* A tag without white space in it; i= without its local part. */
static void
put_identity(const struct report_redact *r, struct span value, struct buf *b)
{
	struct buf tight;

	buf_init(&tight, VALUE_MAX);
	for (size_t i = 0; i < value.len; i++)
		if (!ascii_is_fws(value.p[i]))
			buf_addc(&tight, is_control(value.p[i]) ? '?' :
			    value.p[i]);
	if (span_rfind(buf_span(&tight), '@') > 0)
		report_redact_address(r, buf_span(&tight), b);
	else
		buf_addspan(b, buf_span(&tight));
	b->nomem = b->nomem || tight.nomem;
	buf_free(&tight);
}

static bool
is_tag(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!ascii_is_alnum(name.p[i]) && name.p[i] != '_')
			return false;
	return name.len > 0;
}

static void
put_signature(const struct report_redact *r, struct span value,
    struct buf *b)
{
	struct span tag, name, rest;
	bool first = true;

	while (value.len > 0) {
		(void)span_cut(value, ';', &tag, &value);
		/* z= holds copies of fields; what is no tag, anything. */
		if (!span_cut(tag, '=', &name, &rest))
			continue;
		name = span_trim_fws(name);
		if (!is_tag(name) || span_eq(name, SPAN("z")))
			continue;
		buf_adds(b, first ? "" : "; ");
		first = false;
		buf_addspan(b, name);
		buf_addc(b, '=');
		if (span_eq(name, SPAN("i")))
			put_identity(r, rest, b);
		else
			report_redact_text(r, rest, b);
	}
}

enum fault_kind
report_redact_field(const struct report_redact *r, struct span name,
    struct span value, struct buf *b, struct fault *f)
{
	static const char *const mailboxes[] = { "From", "Sender",
	    "Reply-To", "To", "Cc", NULL };
	static const char *const signatures[] = { "DKIM-Signature",
	    "ARC-Message-Signature", "ARC-Seal", NULL };

	value = span_sub(value, 0, VALUE_MAX);
	if (!r->none && is_one_of(name, mailboxes))
		return put_mailboxes(r, value, b, f);
	if (!r->none && is_one_of(name, signatures))
		put_signature(r, value, b);
	else
		report_redact_text(r, value, b);
	return FAULT_NONE;
}
