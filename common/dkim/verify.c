/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bounds.h"
#include "dkim/body.h"
#include "dkim/dkim.h"
#include "dkim/judge.h"
#include "dkim/select.h"
#include "dkim/sig.h"
#include "mail/author.h"

/*
 * A note the verifier keeps for each signature.  Everything lives in the
 * message's arena.
 */
struct verify_one {
	struct dkim_case judged;
	struct body_hash *hash;	/* NULL: the body does not matter */
	bool counted;
};

struct dkim_verify {
	const struct message *m;
	struct dkim_options options;
	struct arena *arena;
	struct select_index index;
	struct dkim_body body;
	const char *broken;
	enum reason broken_reason;
	size_t count;
	struct verify_one *ones;
};

static bool
is_signature(const struct field *field)
{
	return !field->hidden &&
	    span_eq_nocase(field->name, SPAN("DKIM-Signature"));
}

/* The names of each signature, from the top. */
static enum fault_kind
find_signatures(struct dkim_verify *v, struct fault *f)
{
	const struct message *m = v->m;
	struct verify_one *one;
	size_t n = 0;

	for (size_t i = 0; i < m->nfields; i++)
		n += is_signature(&m->fields[i]);
	v->ones = arena_array(v->arena, n, sizeof(*v->ones));
	if (v->ones == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < m->nfields; i++) {
		if (!is_signature(&m->fields[i]))
			continue;
		one = &v->ones[v->count++];
		if (dkim_sig_parse(&m->fields[i], v->options.legacy,
		    DKIM_SIG_NAMES, v->arena, &one->judged.sig, f) !=
		    FAULT_NONE)
			return f->kind;
		one->counted = (v->options.index == 0 ||
		    v->options.index == v->count) &&
		    (v->options.domain.len == 0 ||
		    (one->judged.sig.domain.p != NULL && span_eq_nocase(
		    one->judged.sig.domain, v->options.domain)));
	}
	return FAULT_NONE;
}

/* Read one signature whole and ask for its body hash. */
static enum fault_kind
prepare(struct dkim_verify *v, struct verify_one *one, struct fault *f)
{
	struct dkim_sig *sig = &one->judged.sig;

	one->judged.tried = true;
	if (dkim_sig_parse(sig->field, v->options.legacy, DKIM_SIG_ALL,
	    v->arena, sig, f) != FAULT_NONE)
		return f->kind;
	if (sig->reason != REASON_NONE || v->broken_reason != REASON_NONE)
		return FAULT_NONE;
	return dkim_body_want(&v->body, sig->body_canon, sig->hash,
	    sig->body_length, v->arena, &one->hash, f);
}

/* Does the message's memory hold one more signature, read whole, and what it
 * takes to judge all? */
static bool
has_room(const struct dkim_verify *v, const struct verify_one *one)
{
	/* Its names as spans, its values once more, its bytes decoded. */
	size_t need = BOUND_DKIM_HEADERS * 2 * sizeof(struct span) +
	    2 * one->judged.sig.field->raw.len;

	return arena_left(v->arena) >= BOUND_DKIM_READ_ROOM &&
	    arena_left(v->arena) - BOUND_DKIM_READ_ROOM >= need;
}

/* Those that count are tried first, then the others, up to the limit. */
static enum fault_kind
prepare_all(struct dkim_verify *v, struct fault *f)
{
	size_t left = v->options.max_signatures;

	if (left == 0)
		left = BOUND_DKIM_TRIED;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < v->count && left > 0; i++) {
			if (v->ones[i].counted != (round == 0))
				continue;
			if (!has_room(v, &v->ones[i]))
				return FAULT_NONE;
			if (prepare(v, &v->ones[i], f) != FAULT_NONE)
				return f->kind;
			left--;
		}
	}
	return FAULT_NONE;
}

/* A header that breaks RFC 5322, or whose From cannot be read as DMARC reads
 * it, has no good signature. */
static enum fault_kind
examine(struct dkim_verify *v, struct fault *f)
{
	struct author author;

	v->broken = "";
	if (v->m->defect != MESSAGE_OK) {
		v->broken_reason = REASON_MALFORMED;
		v->broken = message_defect_text(v->m->defect);
		return FAULT_NONE;
	}
	if (v->count == 0)
		return FAULT_NONE;
	if (author_read(v->m, v->arena, &author, f) != FAULT_NONE)
		return f->kind;
	if (!author.parsed) {
		v->broken_reason = author.reason;
		v->broken = reason_text(author.reason);
	}
	return FAULT_NONE;
}

/* --debug-canon: who hashes this canonical form, and how much of it? */
static void
body_tap(void *state, enum dkim_canon canon, struct span bytes, uint64_t at)
{
	struct dkim_verify *v = state;

	for (size_t i = 0; i < v->count; i++) {
		const struct verify_one *one = &v->ones[i];
		struct span s = bytes;

		if (one->hash == NULL || one->judged.sig.body_canon != canon)
			continue;
		if (one->hash->limit >= 0) {
			uint64_t limit = (uint64_t)one->hash->limit;

			if (at >= limit)
				continue;
			if (s.len > limit - at)
				s.len = (size_t)(limit - at);
		}
		v->options.debug(v->options.debug_state, i + 1, "body", s);
	}
}

enum fault_kind
dkim_verify_open(struct dkim_verify **out, const struct message *m,
    const struct dkim_options *options, struct arena *a, struct fault *f)
{
	struct dkim_verify *v = arena_alloc(a, sizeof(*v));

	if (v == NULL)
		return fault_nomem(f);
	v->m = m;
	v->options = *options;
	v->arena = a;
	dkim_body_init(&v->body, m->eol);
	if (options->debug != NULL) {
		for (size_t i = 0; i < 2; i++) {
			v->body.lanes[i].tap = body_tap;
			v->body.lanes[i].tap_state = v;
		}
	}
	if (find_signatures(v, f) != FAULT_NONE ||
	    examine(v, f) != FAULT_NONE ||
	    (v->count > 0 &&
	    select_index_make(&v->index, m, a, f) != FAULT_NONE) ||
	    prepare_all(v, f) != FAULT_NONE)
		return f->kind;
	*out = v;
	return FAULT_NONE;
}

void
dkim_verify_body(struct dkim_verify *v, struct span bytes)
{
	dkim_body_add(&v->body, bytes);
}

/* How good a verdict is for the message: 0 is the best. */
static int
rank(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASS:
		return 0;
	case VERDICT_TEMPERROR:
		return 1;
	case VERDICT_POLICY:
		return 2;
	case VERDICT_FAIL:
		return 3;
	case VERDICT_PERMERROR:
	case VERDICT_SOFTFAIL:
	case VERDICT_NEUTRAL:
	case VERDICT_NONE:
		break;
	}
	return 4;
}

/* The first of pass, temperror, policy, fail, permerror among those that
 * count; with --all a pass decides only if there is nothing else. */
static void
summarise(const struct dkim_verify *v, struct dkim_report *report)
{
	const struct dkim_result *best = NULL, *r;

	report->result = VERDICT_NONE;
	for (size_t i = 0; i < report->count; i++) {
		r = &report->results[i];
		if (!r->counted)
			continue;
		if (best == NULL || (v->options.all &&
		    best->result == VERDICT_PASS) ||
		    (rank(r->result) < rank(best->result) &&
		    !(v->options.all && r->result == VERDICT_PASS)))
			best = r;
	}
	if (best != NULL) {
		report->result = best->result;
		report->reason = best->reason;
	}
	if (v->broken_reason == REASON_MALFORMED) {
		report->result = VERDICT_PERMERROR;
		report->reason = REASON_MALFORMED;
		report->detail = v->broken;
	}
}

enum fault_kind
dkim_verify_close(struct dkim_verify *v, struct dns *dns, int64_t now,
    struct dkim_report *report, struct fault *f)
{
	struct dkim_context c = { .m = v->m, .options = &v->options,
	    .index = &v->index, .dns = dns, .now = now, .arena = v->arena,
	    .broken = v->broken, .broken_reason = v->broken_reason };

	dkim_body_end(&v->body);
	*report = (struct dkim_report){ .count = v->count,
	    .body_bytes = v->body.bytes };
	report->results = arena_array(v->arena, v->count,
	    sizeof(*report->results));
	if (report->results == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < v->count; i++) {
		struct verify_one *one = &v->ones[i];

		report->results[i].index = i + 1;
		report->results[i].counted = one->counted;
		if (one->hash != NULL) {
			one->judged.hashed = true;
			one->judged.digest = one->hash->digest;
			one->judged.body_total = v->body.lanes[
			    one->judged.sig.body_canon].total;
		}
		if (arena_left(v->arena) < BOUND_DKIM_JUDGE_ROOM)
			one->judged.tried = false;
		/* What is set aside is not reported, nor its key asked for. */
		if (one->counted && dkim_judge(&c, &one->judged,
		    &report->results[i], f) != FAULT_NONE)
			return f->kind;
	}
	summarise(v, report);
	return FAULT_NONE;
}

const char *
dkim_algorithm_word(enum dkim_algorithm algorithm)
{
	switch (algorithm) {
	case DKIM_ALGORITHM_UNKNOWN:
		break;
	case DKIM_RSA_SHA1:
		return "rsa-sha1";
	case DKIM_RSA_SHA256:
		return "rsa-sha256";
	case DKIM_ED25519_SHA256:
		return "ed25519-sha256";
	}
	return "unknown";
}

const char *
dkim_canon_word(enum dkim_canon canon)
{
	return canon == DKIM_RELAXED ? "relaxed" : "simple";
}
