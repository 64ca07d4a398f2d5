/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/b64.h"
#include "base/bounds.h"
#include "base/num.h"
#include "dkim/key.h"
#include "dkim/sig.h"
#include "dns/domain.h"
#include "dns/idna.h"
#include "mail/taglist.h"

/* b= and bh= in base64, folding included; the longest key needs 1,400. */
#define SIGNATURE_TEXT_MAX ((size_t)16 * 1024)
/* t=, x=: at most 12 digits, RFC 6376 3.5. */
#define TIME_DIGITS 12
#define TIME_MAX 999999999999
/* l=: at most 76 digits. */
#define LENGTH_DIGITS 76

/* The first thing wrong decides; later ones are only consequences. */
static void
sig_bad(struct dkim_sig *sig, const char *what)
{
	if (sig->reason != REASON_NONE)
		return;
	sig->reason = REASON_SYNTAX;
	sig->what = what;
}

/* The value of a required tag; with p NULL if it is missing. */
static struct span
sig_need(struct dkim_sig *sig, const struct taglist *list, const char *name,
    const char *what)
{
	const struct tag *tag = taglist_find(list, name);

	if (tag != NULL)
		return tag->value;
	sig_bad(sig, what);
	return (struct span){ NULL, 0 };
}

/* A domain or selector: no IDNA error, only letters, digits, "-" and "_". */
static enum fault_kind
read_name(struct span value, struct arena *a, struct span *out,
    struct fault *f)
{
	*out = (struct span){ NULL, 0 };
	if (idna_to_ascii(value, a, out, f) != FAULT_NONE)
		return f->kind;
	if (out->p != NULL && !domain_is_ldhu(*out))
		*out = (struct span){ NULL, 0 };
	return FAULT_NONE;
}

static enum fault_kind
read_names(struct dkim_sig *sig, const struct taglist *list, struct arena *a,
    struct fault *f)
{
	struct span d = sig_need(sig, list, "d", "d= is missing");
	struct span s = sig_need(sig, list, "s", "s= is missing");

	if (d.p != NULL) {
		if (read_name(d, a, &sig->domain, f) != FAULT_NONE)
			return f->kind;
		if (sig->domain.p == NULL)
			sig_bad(sig, "d= is no domain");
	}
	if (s.p != NULL) {
		if (read_name(s, a, &sig->selector, f) != FAULT_NONE)
			return f->kind;
		if (sig->selector.p == NULL)
			sig_bad(sig, "s= is no selector");
	}
	return FAULT_NONE;
}

static void
read_version(struct dkim_sig *sig, const struct taglist *list, bool legacy)
{
	const struct tag *v = taglist_find(list, "v");

	if (v != NULL && span_eq(v->value, SPAN("1")))
		return;
	if (legacy && (v == NULL || span_eq(v->value, SPAN("0.5")))) {
		sig->obsolete = true;
		return;
	}
	sig_bad(sig, v == NULL ? "v= is missing" : "v= is not 1");
}

static void
read_algorithm(struct dkim_sig *sig, const struct taglist *list)
{
	struct span a = sig_need(sig, list, "a", "a= is missing");

	if (a.p == NULL)
		return;
	if (a.len <= 64 && span_is_print(a))
		sig->algorithm_text = a;
	if (span_eq(a, SPAN("rsa-sha256")))
		sig->algorithm = DKIM_RSA_SHA256;
	else if (span_eq(a, SPAN("rsa-sha1")))
		sig->algorithm = DKIM_RSA_SHA1;
	else if (span_eq(a, SPAN("ed25519-sha256")))
		sig->algorithm = DKIM_ED25519_SHA256;
	else
		sig_bad(sig, "a= is not known");
	sig->hash = sig->algorithm == DKIM_RSA_SHA1 ? HASH_SHA1 : HASH_SHA256;
}

static bool
read_canon_word(struct span word, enum dkim_canon *canon)
{
	if (span_eq(word, SPAN("relaxed")))
		*canon = DKIM_RELAXED;
	else if (span_eq(word, SPAN("simple")))
		*canon = DKIM_SIMPLE;
	else
		return false;
	return true;
}

/* c=: header/body; the body's is simple if only one is named. */
static void
read_canon(struct dkim_sig *sig, const struct taglist *list)
{
	const struct tag *c = taglist_find(list, "c");
	struct span header, body;

	sig->header_canon = sig->body_canon = DKIM_SIMPLE;
	sig->canon_known = true;
	if (c == NULL)
		return;
	if (!span_cut(c->value, '/', &header, &body))
		body = SPAN("simple");
	if (read_canon_word(header, &sig->header_canon) &&
	    read_canon_word(body, &sig->body_canon))
		return;
	sig->canon_known = false;
	sig_bad(sig, "c= is not known");
}

/* 8-bit octet of "=XX", or -1. */
static int
hex_octet(struct span s)
{
	if (s.len < 3 || ascii_hex(s.p[1]) < 0 || ascii_hex(s.p[2]) < 0)
		return -1;
	return ascii_hex(s.p[1]) * 16 + ascii_hex(s.p[2]);
}

/* dkim-quoted-printable, RFC 6376 2.11: white space goes, =XX is an octet.
 * False on a bad "="; *out has p NULL without memory. */
static bool
decode_qp(struct span s, struct arena *a, struct span *out)
{
	char *p = arena_alloc(a, s.len + 1);
	size_t n = 0;
	int octet;

	*out = (struct span){ NULL, 0 };
	if (p == NULL)
		return true;
	for (size_t i = 0; i < s.len; i++) {
		if (ascii_is_fws(s.p[i]))
			continue;
		if (s.p[i] != '=') {
			p[n++] = s.p[i];
			continue;
		}
		octet = hex_octet(span_sub(s, i, s.len));
		if (octet < 0)
			return false;
		p[n++] = (char)octet;
		i += 2;
	}
	*out = (struct span){ p, n };
	return true;
}

/* No address has one, and =00 may hide it from a reader. */
static bool
has_control(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return true;
	return false;
}

static enum fault_kind
default_identity(struct dkim_sig *sig, struct arena *a, struct fault *f)
{
	char *p;

	if (sig->domain.p == NULL)
		return FAULT_NONE;
	p = arena_alloc(a, sig->domain.len + 2);
	if (p == NULL)
		return fault_nomem(f);
	p[0] = '@';
	memcpy(p + 1, sig->domain.p, sig->domain.len);
	sig->identity = (struct span){ p, sig->domain.len + 1 };
	sig->identity_local = span_sub(sig->identity, 0, 0);
	sig->identity_domain = sig->domain;
	return FAULT_NONE;
}

/* i= must be d= or below it, at a label boundary. */
static enum fault_kind
read_identity(struct dkim_sig *sig, const struct taglist *list,
    struct arena *a, struct fault *f)
{
	const struct tag *i = taglist_find(list, "i");
	struct span whole;
	size_t at;

	if (i == NULL)
		return default_identity(sig, a, f);
	if (!decode_qp(i->value, a, &whole)) {
		sig_bad(sig, "i= is not quoted-printable");
		return FAULT_NONE;
	}
	if (whole.p == NULL)
		return fault_nomem(f);
	if (has_control(whole)) {
		sig_bad(sig, "i= holds a control byte");
		return FAULT_NONE;
	}
	at = span_rfind(whole, '@');
	if (at == whole.len) {
		sig_bad(sig, "i= has no \"@\"");
		return FAULT_NONE;
	}
	if (read_name(span_sub(whole, at + 1, whole.len), a,
	    &sig->identity_domain, f) != FAULT_NONE)
		return f->kind;
	if (sig->identity_domain.p == NULL || sig->domain.p == NULL ||
	    !domain_within(sig->identity_domain, sig->domain)) {
		sig_bad(sig, "i= is not within d=");
		return FAULT_NONE;
	}
	sig->identity = whole;
	sig->identity_local = span_sub(whole, 0, at);
	return FAULT_NONE;
}

static bool
is_header_name(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == ':')
			return false;
	return name.len > 0;
}

static enum fault_kind
read_headers(struct dkim_sig *sig, const struct taglist *list,
    struct arena *a, struct fault *f)
{
	struct span h = sig_need(sig, list, "h", "h= is missing"), rest = h;
	struct span name;
	size_t count = 1, n = 0;
	bool from = false;

	if (h.p == NULL)
		return FAULT_NONE;
	for (size_t i = 0; i < h.len; i++)
		count += h.p[i] == ':';
	if (count > BOUND_DKIM_HEADERS) {
		sig_bad(sig, "h= has over 1000 names");
		return FAULT_NONE;
	}
	sig->headers = arena_array(a, count, sizeof(*sig->headers));
	if (sig->headers == NULL)
		return fault_nomem(f);
	while (taglist_element(&rest, ':', &name)) {
		if (!is_header_name(name)) {
			sig_bad(sig, "h= is no list of field names");
			return FAULT_NONE;
		}
		name = arena_lower(a, name);
		if (name.p == NULL)
			return fault_nomem(f);
		from = from || span_eq(name, SPAN("from"));
		sig->headers[n++] = name;
	}
	sig->nheaders = n;
	if (!from)
		sig_bad(sig, "h= does not name From");
	return FAULT_NONE;
}

/* Decimal digits, or -1 with the signature bad. */
static int64_t
read_time(struct dkim_sig *sig, const struct taglist *list, const char *name,
    const char *what)
{
	const struct tag *tag = taglist_find(list, name);
	uint64_t n;

	if (tag == NULL)
		return -1;
	if (tag->value.len <= TIME_DIGITS &&
	    num_u64(tag->value, TIME_MAX, &n))
		return (int64_t)n;
	sig_bad(sig, what);
	return -1;
}

static void
read_length(struct dkim_sig *sig, const struct taglist *list)
{
	const struct tag *l = taglist_find(list, "l");
	uint64_t n;

	if (l == NULL)
		return;
	if (l->value.len == 0 || l->value.len > LENGTH_DIGITS) {
		sig_bad(sig, "l= is no number");
		return;
	}
	for (size_t i = 0; i < l->value.len; i++) {
		if (!ascii_is_digit(l->value.p[i])) {
			sig_bad(sig, "l= is no number");
			return;
		}
	}
	/* No body is that long, so any number beyond does as well. */
	if (!num_u64(l->value, INT64_MAX, &n))
		n = INT64_MAX;
	sig->body_length = (int64_t)n;
}

static void
read_rest(struct dkim_sig *sig, const struct taglist *list)
{
	const struct tag *q = taglist_find(list, "q");

	sig->signed_at = read_time(sig, list, "t", "t= is no time");
	sig->expires_at = read_time(sig, list, "x", "x= is no time");
	if (sig->signed_at >= 0 && sig->expires_at >= 0 &&
	    sig->expires_at <= sig->signed_at)
		sig_bad(sig, "x= is not after t=");
	read_length(sig, list);
	if (q != NULL && !taglist_has(q->value, ':', "dns/txt"))
		sig_bad(sig, "q= has no dns/txt");
}

/* Without any white space, in the arena; p NULL without memory. */
static struct span
squeeze(struct span s, struct arena *a)
{
	char *p = arena_alloc(a, s.len + 1);
	size_t n = 0;

	for (size_t i = 0; p != NULL && i < s.len; i++)
		if (!ascii_is_fws(s.p[i]))
			p[n++] = s.p[i];
	return (struct span){ p, n };
}

static enum fault_kind
read_signature(struct dkim_sig *sig, const struct taglist *list,
    struct arena *a, struct fault *f)
{
	struct span b = sig_need(sig, list, "b", "b= is missing");
	unsigned char *out;
	size_t len = 0;

	if (b.p == NULL)
		return FAULT_NONE;
	sig->cut = taglist_find(list, "b")->raw;
	if (b.len > SIGNATURE_TEXT_MAX) {
		sig_bad(sig, "b= is too long");
		return FAULT_NONE;
	}
	sig->signature_text = squeeze(b, a);
	out = arena_alloc(a, B64_DECODED_MAX(b.len));
	if (sig->signature_text.p == NULL || out == NULL)
		return fault_nomem(f);
	if (!b64_decode(b, out, &len))
		sig_bad(sig, "b= is no base64");
	else if (len == 0)
		sig_bad(sig, "b= is empty");
	else if (sig->algorithm == DKIM_ED25519_SHA256 &&
	    len != KEY_ED25519_SIGNATURE)
		sig_bad(sig, "b= has not 64 bytes");
	sig->signature = (struct span){ (const char *)out, len };
	return FAULT_NONE;
}

static enum fault_kind
read_body_hash(struct dkim_sig *sig, const struct taglist *list,
    struct arena *a, struct fault *f)
{
	struct span bh = sig_need(sig, list, "bh", "bh= is missing");
	unsigned char *out;
	size_t len = 0;

	if (bh.p == NULL)
		return FAULT_NONE;
	if (bh.len > SIGNATURE_TEXT_MAX) {
		sig_bad(sig, "bh= is too long");
		return FAULT_NONE;
	}
	out = arena_alloc(a, B64_DECODED_MAX(bh.len));
	if (out == NULL)
		return fault_nomem(f);
	if (!b64_decode(bh, out, &len)) {
		sig_bad(sig, "bh= is no base64");
	} else if (len != hash_len(sig->hash)) {
		sig_bad(sig, "bh= has not the length of the hash");
	} else {
		memcpy(sig->body_hash, out, len);
		sig->body_hash_len = len;
	}
	return FAULT_NONE;
}

enum fault_kind
dkim_sig_parse(const struct field *field, bool legacy,
    enum dkim_sig_depth depth, struct arena *a, struct dkim_sig *sig,
    struct fault *f)
{
	struct taglist list;

	*sig = (struct dkim_sig){ .field = field, .what = "",
	    .signed_at = -1, .expires_at = -1, .body_length = -1 };
	if (!taglist_parse(field->value, &list, &sig->what)) {
		sig->reason = REASON_SYNTAX;
		return FAULT_NONE;
	}
	read_version(sig, &list, legacy);
	read_algorithm(sig, &list);
	if (read_names(sig, &list, a, f) != FAULT_NONE)
		return f->kind;
	if (depth == DKIM_SIG_NAMES)
		return FAULT_NONE;
	read_canon(sig, &list);
	read_rest(sig, &list);
	if (read_signature(sig, &list, a, f) != FAULT_NONE ||
	    read_body_hash(sig, &list, a, f) != FAULT_NONE ||
	    read_identity(sig, &list, a, f) != FAULT_NONE ||
	    read_headers(sig, &list, a, f) != FAULT_NONE)
		return f->kind;
	return FAULT_NONE;
}

enum fault_kind
dkim_sig_by(const struct message *m, struct span domain, struct arena *a,
    bool *yes, struct fault *f)
{
	struct dkim_sig sig;

	*yes = false;
	for (size_t i = 0; i < m->nfields && !*yes; i++) {
		if (!span_eq_nocase(m->fields[i].name, SPAN("DKIM-Signature")))
			continue;
		if (dkim_sig_parse(&m->fields[i], false, DKIM_SIG_NAMES, a,
		    &sig, f) != FAULT_NONE)
			return f->kind;
		*yes = sig.domain.p != NULL && span_eq(sig.domain, domain);
	}
	return FAULT_NONE;
}
