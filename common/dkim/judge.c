/* SPDX-License-Identifier: ISC */
/*
 * The order in which causes decide: what is wrong with the message or the
 * signature's text; time; the key; the hashes; and only for a signature that
 * is good, our policy.  A broken body outweighs a DNS that does not answer:
 * no key can fix it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bounds.h"
#include "dkim/judge.h"
#include "dns/domain.h"

#define DETAIL_MAX 200

/* A few words in the arena; without memory there are none. */
static struct span __attribute__((format(printf, 2, 3)))
detail(const struct dkim_context *c, const char *fmt, ...)
{
	char text[DETAIL_MAX];
	struct span s;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s = arena_span(c->arena, span_of(text));
	return s.p == NULL ? SPAN("") : s;
}

static void
decide(struct dkim_result *r, enum verdict verdict, enum reason reason,
    struct span words)
{
	r->result = verdict;
	r->reason = reason;
	r->detail = words;
}

/* What the caller's debug hook is shown. */
struct header_tap {
	const struct dkim_context *c;
	struct hash *hash;
	size_t index;
};

static void
header_write(void *state, const char *p, size_t len)
{
	struct header_tap *tap = state;
	const struct dkim_options *o = tap->c->options;

	hash_add(tap->hash, p, len);
	if (o->debug != NULL)
		o->debug(o->debug_state, tap->index, "header",
		    (struct span){ p, len });
}

enum fault_kind
dkim_header_hash(const struct dkim_context *c, const struct dkim_sig *sig,
    size_t index, unsigned char *digest, struct fault *f)
{
	struct hash hash;
	struct header_tap tap = { c, &hash, index };
	const struct field **fields;
	struct canon_out *out;

	fields = arena_array(c->arena, sig->nheaders + 1, sizeof(*fields));
	out = arena_alloc(c->arena, sizeof(*out));
	if (fields == NULL || out == NULL)
		return fault_nomem(f);
	hash_init(&hash, sig->hash);
	canon_out_init(out, (struct canon_sink){ header_write, &tap });
	select_fields(c->index, sig->field, sig->headers, sig->nheaders,
	    fields);
	for (size_t i = 0; i < sig->nheaders; i++)
		if (fields[i] != NULL)
			canon_header(out, sig->header_canon, c->m->eol,
			    fields[i]);
	canon_signature(out, sig->header_canon, c->m->eol, sig->field,
	    sig->cut);
	canon_out_flush(out);
	hash_end(&hash, digest);
	return FAULT_NONE;
}

/* g= of RFC 4871 against the local part of i=: one "*" may stand for any
 * bytes; an empty one matches nothing. */
static bool
granularity_ok(const struct key_record *key, struct span local)
{
	struct span head, tail;

	if (!key->has_granularity)
		return true;
	if (!span_cut(key->granularity, '*', &head, &tail))
		return head.len > 0 && span_eq(head, local);
	return local.len >= head.len + tail.len && span_starts(local, head) &&
	    span_eq(span_sub(local, local.len - tail.len, tail.len), tail);
}

/* Why this key may not be used for this signature, or NULL. */
static const char *
key_misfit(const struct dkim_context *c, const struct dkim_sig *sig,
    const struct key_record *key)
{
	enum key_type want = sig->algorithm == DKIM_ED25519_SHA256 ?
	    KEY_ED25519 : KEY_RSA;

	if (key->pub.type != want)
		return "the key is of another type than a=";
	if (sig->hash == HASH_SHA1 ? !key->sha1 : !key->sha256)
		return "the key's h= does not allow the hash";
	if (!key->email)
		return "the key's s= does not allow e-mail";
	if (key->strict &&
	    !span_eq_nocase(sig->identity_domain, sig->domain))
		return "the key's t=s does not allow i= in a sub-domain";
	if (c->options->legacy && !granularity_ok(key, sig->identity_local))
		return "the key's g= does not match i=";
	return NULL;
}

static bool
key_state_ok(const struct key_record *key, struct dkim_result *r)
{
	enum reason reason = REASON_KEY_INVALID;

	switch (key->state) {
	case KEY_GOOD:
		return true;
	case KEY_FOREIGN:
	case KEY_INVALID:
		break;
	case KEY_REVOKED:
		reason = REASON_KEY_REVOKED;
		break;
	case KEY_TYPE_UNKNOWN:
		reason = REASON_KEY_TYPE;
		break;
	}
	decide(r, VERDICT_PERMERROR, reason, span_of(key->what));
	return false;
}

/* Try one key: r becomes pass or says what is wrong. */
static enum fault_kind
try_key(const struct dkim_context *c, const struct dkim_sig *sig,
    struct key_record *key, const unsigned char *digest,
    struct dkim_result *r, struct fault *f)
{
	const char *misfit;
	bool good;

	r->testing = key->testing;
	r->strict = key->strict;
	r->key_bits = key->pub.bits;
	if (!key_state_ok(key, r))
		return FAULT_NONE;
	misfit = key_misfit(c, sig, key);
	if (misfit != NULL) {
		decide(r, VERDICT_PERMERROR, REASON_KEY_TYPE,
		    span_of(misfit));
		return FAULT_NONE;
	}
	if (key->pub.type == KEY_RSA &&
	    sig->signature.len != key->pub.n.len) {
		decide(r, VERDICT_PERMERROR, REASON_SYNTAX,
		    SPAN("b= has not the length of the key"));
		return FAULT_NONE;
	}
	if (key_verify(&key->pub, sig->hash, digest, sig->signature, &good,
	    f) != FAULT_NONE)
		return f->kind;
	r->header_ok = good ? DKIM_YES : DKIM_NO;
	decide(r, good ? VERDICT_PASS : VERDICT_FAIL,
	    good ? REASON_NONE : REASON_HEADER, SPAN(""));
	return FAULT_NONE;
}

/* Of two keys' outcomes the one that says more: a signature that verifies,
 * then one that was compared at all, then the first. */
static bool
says_more(const struct dkim_result *a, const struct dkim_result *b)
{
	if (a->header_ok == DKIM_YES || b->header_ok == DKIM_YES)
		return a->header_ok == DKIM_YES && b->header_ok != DKIM_YES;
	return a->header_ok == DKIM_NO && b->header_ok == DKIM_UNKNOWN;
}

static enum fault_kind
try_keys(const struct dkim_context *c, const struct dkim_sig *sig,
    const struct dns_answer *answer, struct dkim_result *r, struct fault *f)
{
	unsigned char digest[HASH_MAX];
	struct dkim_result one, blank = *r;
	struct key_record own, *key;
	enum fault_kind rc;
	size_t tried = 0;

	decide(r, VERDICT_PERMERROR, REASON_KEY_NONE,
	    detail(c, "no DKIM key among %zu TXT records", answer->count));
	if (dkim_header_hash(c, sig, r->index, digest, f) != FAULT_NONE)
		return f->kind;
	for (size_t i = 0; i < answer->count && tried < BOUND_DKIM_KEYS &&
	    r->header_ok != DKIM_YES; i++) {
		rc = key_cache_get(c->options->keys, answer->records[i].text,
		    &own, &key, f);
		if (rc == FAULT_NONE && key->state != KEY_FOREIGN) {
			one = blank;
			rc = try_key(c, sig, key, digest, &one, f);
			if (tried++ == 0 || says_more(&one, r))
				*r = one;
		}
		key_record_free(&own);
		if (rc != FAULT_NONE)
			return rc;
	}
	return FAULT_NONE;
}

/* Ask for the key and try what is there. */
static enum fault_kind
fetch_key(const struct dkim_context *c, const struct dkim_sig *sig,
    struct dkim_result *r, struct fault *f)
{
	struct dns_answer answer;
	struct span name;
	char *text, said[DNS_OUTCOME_TEXT];
	size_t len = sig->selector.len + sizeof("._domainkey.") - 1 +
	    sig->domain.len;

	text = arena_alloc(c->arena, len + 1);
	if (text == NULL)
		return fault_nomem(f);
	(void)snprintf(text, len + 1, "%.*s._domainkey.%.*s",
	    SPAN_ARG(sig->selector), SPAN_ARG(sig->domain));
	name = (struct span){ text, len };
	if (dns_query(c->dns, name, DNS_TXT, c->arena, &answer, f) !=
	    FAULT_NONE)
		return f->kind;
	r->authentic = answer.authentic;
	switch (answer.outcome) {
	case DNS_TEMPERROR:
		decide(r, VERDICT_TEMPERROR, REASON_DNS,
		    detail(c, "%s", dns_outcome_text(&answer, said)));
		break;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		decide(r, VERDICT_PERMERROR, REASON_KEY_NONE,
		    detail(c, "%s", dns_outcome_word(&answer)));
		break;
	case DNS_ANSWER:
		return try_keys(c, sig, &answer, r, f);
	}
	return FAULT_NONE;
}

/* What forbids asking for the key at all; says whether something does. */
static bool
judge_before_key(const struct dkim_context *c, const struct dkim_case *one,
    struct dkim_result *r)
{
	const struct dkim_sig *sig = &one->sig;

	if (c->broken_reason != REASON_NONE) {
		decide(r, VERDICT_PERMERROR, c->broken_reason,
		    span_of(c->broken));
	} else if (!one->tried) {
		decide(r, VERDICT_POLICY, REASON_TOO_MANY,
		    SPAN("more signatures than are tried"));
	} else if (sig->reason != REASON_NONE) {
		decide(r, VERDICT_PERMERROR, sig->reason, span_of(sig->what));
	} else if (sig->body_length > 0 && one->hashed &&
	    (uint64_t)sig->body_length > one->body_total) {
		decide(r, VERDICT_PERMERROR, REASON_BODY_LENGTH,
		    detail(c, "l=%lld but the body has %llu octets",
		    (long long)sig->body_length,
		    (unsigned long long)one->body_total));
	} else if (sig->expires_at >= 0 && c->now > sig->expires_at) {
		decide(r, VERDICT_FAIL, REASON_EXPIRED,
		    detail(c, "%lld seconds ago",
		    (long long)(c->now - sig->expires_at)));
	} else if (sig->signed_at >= 0 &&
	    sig->signed_at > c->now + BOUND_DKIM_FUTURE) {
		decide(r, VERDICT_FAIL, REASON_NOT_YET,
		    detail(c, "signed %lld seconds from now",
		    (long long)(sig->signed_at - c->now)));
	} else {
		return false;
	}
	return true;
}

/* Both hashes are known, or the key's fault is: who is to blame? */
static void
judge_hashes(struct dkim_result *r)
{
	if (r->body_ok != DKIM_NO || r->result == VERDICT_PERMERROR)
		return;
	switch (r->header_ok) {
	case DKIM_YES:
		decide(r, VERDICT_FAIL, REASON_BODY,
		    SPAN("the header is as it was signed"));
		break;
	case DKIM_NO:
		decide(r, VERDICT_FAIL, REASON_BODY,
		    SPAN("the header does not verify either"));
		break;
	case DKIM_UNKNOWN:
		decide(r, VERDICT_FAIL, REASON_BODY,
		    SPAN("the key could not be fetched"));
		break;
	}
}

/* SHA-1, or an RSA key that is too short: may it pass? */
static bool
judge_strength(const struct dkim_context *c, const struct dkim_sig *sig,
    struct dkim_result *r)
{
	const struct dkim_options *o = c->options;
	unsigned least = o->legacy ? 512 : 1024;
	bool rsa = sig->algorithm != DKIM_ED25519_SHA256;

	if (o->min_bits > least)
		least = o->min_bits;
	if (sig->hash == HASH_SHA1 && !o->legacy) {
		decide(r, VERDICT_POLICY, REASON_WEAK,
		    SPAN("SHA-1 proves nothing"));
		return false;
	}
	if (rsa && r->key_bits < least) {
		decide(r, VERDICT_POLICY, REASON_WEAK,
		    detail(c, "RSA key of %u bits", r->key_bits));
		return false;
	}
	r->legacy = sig->obsolete || sig->hash == HASH_SHA1 ||
	    (rsa && r->key_bits < 1024);
	return true;
}

static bool
judge_length(const struct dkim_context *c, const struct dkim_case *one,
    struct dkim_result *r)
{
	struct span words;

	if (one->sig.body_length < 0 ||
	    (uint64_t)one->sig.body_length >= one->body_total)
		return true;
	words = detail(c, "l=%lld of %llu octets",
	    (long long)one->sig.body_length,
	    (unsigned long long)one->body_total);
	switch (c->options->body_length) {
	case DKIM_LENGTH_POLICY:
		decide(r, VERDICT_POLICY, REASON_BODY_LENGTH, words);
		return false;
	case DKIM_LENGTH_FAIL:
		decide(r, VERDICT_FAIL, REASON_BODY_LENGTH, words);
		return false;
	case DKIM_LENGTH_ACCEPT:
		r->detail = words;
		break;
	}
	return true;
}

/* The signature is good; is it good enough? */
static void
judge_policy(const struct dkim_context *c, const struct dkim_case *one,
    struct dkim_result *r)
{
	int64_t limit = c->options->max_age, at = one->sig.signed_at;
	struct span twice;

	if (!judge_strength(c, &one->sig, r))
		return;
	/* The selection of this signature is still in the index. */
	twice = select_duplicate(c->index);
	if (twice.len > 0) {
		decide(r, VERDICT_POLICY, REASON_UNSIGNED_DUPLICATE,
		    detail(c, "%.*s stands more often than it is signed",
		    (int)(twice.len > 40 ? 40 : twice.len), twice.p));
		return;
	}
	if (!judge_length(c, one, r))
		return;
	if (limit > 0 && (at < 0 || c->now - at > limit)) {
		decide(r, VERDICT_POLICY, REASON_TOO_OLD, at < 0 ?
		    SPAN("the signature does not say its age") :
		    detail(c, "signed %lld seconds ago",
		    (long long)(c->now - at)));
		return;
	}
	if (r->detail.len == 0 && domain_labels(one->sig.domain) == 1)
		r->detail = SPAN("d= is a top-level domain");
}

static void
copy_facts(const struct dkim_sig *sig, struct dkim_result *r)
{
	r->domain = sig->domain;
	r->selector = sig->selector;
	r->identity = sig->identity;
	r->signature = sig->signature_text;
	r->algorithm = sig->algorithm;
	r->algorithm_text = sig->algorithm_text;
	r->canon_known = sig->canon_known;
	r->header_canon = sig->header_canon;
	r->body_canon = sig->body_canon;
	r->nheaders = sig->nheaders;
	r->headers = sig->headers;
	r->signed_at = sig->signed_at;
	r->expires_at = sig->expires_at;
	r->body_length = sig->body_length;
}

enum fault_kind
dkim_judge(const struct dkim_context *c, const struct dkim_case *one,
    struct dkim_result *r, struct fault *f)
{
	const struct dkim_sig *sig = &one->sig;

	*r = (struct dkim_result){ .index = r->index, .counted = r->counted };
	r->detail = SPAN("");
	copy_facts(sig, r);
	if (one->hashed)
		r->body_ok = memcmp(one->digest, sig->body_hash,
		    sig->body_hash_len) == 0 ? DKIM_YES : DKIM_NO;
	if (judge_before_key(c, one, r))
		return FAULT_NONE;
	if (fetch_key(c, sig, r, f) != FAULT_NONE)
		return f->kind;
	judge_hashes(r);
	if (r->result == VERDICT_PASS)
		judge_policy(c, one, r);
	return FAULT_NONE;
}
