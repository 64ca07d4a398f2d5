/* SPDX-License-Identifier: ISC */
/* Rules 3 to 5 and 10: the signatures, DMARC on them alone, the evidence. */
#include <stdio.h>
#include <string.h>

#include "approval/impl.h"
#include "base/json.h"
#include "mail/date.h"

#define APPROVAL_BITS 2048
#define APPROVAL_HEARD 24	/* answers kept as evidence */

static enum fault_kind
approval_verify(struct approval_case *c, struct fault *f)
{
	struct dkim_options options = {
	    .max_signatures = APPROVAL_SIGNATURES };
	struct dkim_verify *v = NULL;

	if (dkim_verify_open(&v, &c->m, &options, &c->arena, f) !=
	    FAULT_NONE)
		return f->kind;
	dkim_verify_body(v, c->body);
	return dkim_verify_close(v, c->o->dns, c->o->now, &c->dkim, f);
}

/* DMARC, given the DKIM results and nothing else. */
static enum fault_kind
approval_dmarc(struct approval_case *c, struct fault *f)
{
	struct dmarc_identifier *ids;
	struct dmarc_request q = { .nauthors = c->author.ndomains,
	    .authors = c->author.domains, .author_reason = c->author.reason,
	    .nidentifiers = c->dkim.count };

	ids = arena_array(&c->arena, c->dkim.count + 1, sizeof(*ids));
	if (ids == NULL)
		return fault_nomem(f);
	for (size_t i = 0; i < c->dkim.count; i++)
		ids[i] = (struct dmarc_identifier){ .method = DMARC_DKIM,
		    .result = c->dkim.results[i].result,
		    .domain = c->dkim.results[i].domain,
		    .selector = c->dkim.results[i].selector,
		    .reason = c->dkim.results[i].reason };
	q.identifiers = ids;
	return dmarc_evaluate(&q, c->o->dns, &c->arena, &c->dmarc, f);
}

/* Rule 3. */
static bool
approval_dmarc_ok(struct approval_case *c)
{
	const struct dmarc_result *r = &c->dmarc;
	const char *word = c->o->require_policy;
	enum dmarc_policy least = word == NULL ? DMARC_POLICY_QUARANTINE :
	    strcmp(word, "none") == 0 ? DMARC_POLICY_NONE :
	    strcmp(word, "reject") == 0 ? DMARC_POLICY_REJECT :
	    DMARC_POLICY_QUARANTINE;

	if (r->result == VERDICT_TEMPERROR || (r->result == VERDICT_PASS &&
	    r->policy == DMARC_POLICY_UNSET))
		return approval_refuse(c, APPROVAL_NO_TEMPERROR,
		    reason_word(r->reason));
	if (r->result != VERDICT_PASS) {
		/* The signature's own story says more than DMARC's. */
		enum reason why = c->dkim.count > 0 ? c->dkim.reason :
		    REASON_NONE;
		char text[96];

		(void)snprintf(text, sizeof(text), "dmarc=%s dkim=%s%s%s",
		    verdict_word(r->result), verdict_word(c->dkim.result),
		    why == REASON_NONE ? "" : " ", reason_word(why));
		return approval_refuse(c, APPROVAL_NO_DMARC, text);
	}
	if (r->applied < least)
		return approval_refuse(c, APPROVAL_NO_POLICY,
		    dmarc_policy_word(r->applied));
	return true;
}

bool
approval_signs(const struct dkim_result *r, struct span name)
{
	for (size_t i = 0; i < r->nheaders; i++)
		if (span_eq_nocase(span_trim_fws(r->headers[i]), name))
			return true;
	return false;
}

/* Every name in a list of `require_headers`? */
static bool
approval_signs_all(const struct dkim_result *r, const char *names)
{
	struct span rest = span_of(names);

	while (rest.len > 0) {
		size_t n = 0;

		while (n < rest.len && rest.p[n] != ' ' && rest.p[n] != ',' &&
		    rest.p[n] != ':')
			n++;
		if (n > 0 && !approval_signs(r, span_sub(rest, 0, n)))
			return false;
		rest = span_sub(rest, n == rest.len ? n : n + 1, rest.len);
	}
	return true;
}

/* Rule 5 for one signature that passed and is aligned. */
static enum approval_no
approval_strong(struct approval_case *c, const struct dkim_result *r,
    int64_t *when)
{
	bool strong = r->algorithm == DKIM_ED25519_SHA256 ||
	    (r->algorithm == DKIM_RSA_SHA256 && r->key_bits >= APPROVAL_BITS);

	if (!strong || r->body_length >= 0 || r->testing || r->legacy)
		return APPROVAL_NO_WEAK;
	if (!approval_signs_all(r, "from date subject message-id") ||
	    (c->o->require_headers != NULL &&
	    !approval_signs_all(r, c->o->require_headers)))
		return APPROVAL_NO_UNSIGNED;
	*when = r->signed_at;
	if (*when < 0 && !date_parse(message_field(&c->m, "date")->value,
	    when))
		return APPROVAL_NO_DATE;
	return *when > c->o->now + APPROVAL_SKEW ? APPROVAL_NO_DATE :
	    APPROVAL_YES;
}

/* The best signature decides what is said of the mail. */
static bool
approval_weigh(struct approval_case *c)
{
	enum approval_no worst = APPROVAL_NO_UNALIGNED;
	struct approval *out = c->out;
	bool unsure = false;

	for (size_t i = 0; i < c->dkim.count && i < c->dmarc.njudged; i++) {
		const struct dkim_result *r = &c->dkim.results[i];
		bool own = span_eq(r->domain, c->dmarc.author_domain) ||
		    (c->o->relaxed &&
		    c->dmarc.judged[i].alignment == DMARC_ALIGNED);
		enum approval_no no;

		unsure = unsure || r->result == VERDICT_TEMPERROR;
		if (r->result != VERDICT_PASS || !own ||
		    c->ngood == APPROVAL_SIGNATURES)
			continue;
		no = approval_strong(c, r, &out->time[c->ngood]);
		if (no == APPROVAL_YES)
			c->good[c->ngood++] = r;
		else if (no > worst)
			worst = no;
	}
	out->times = c->ngood;
	if (c->ngood > 0)
		return true;
	return approval_refuse(c, unsure ? APPROVAL_NO_TEMPERROR : worst, "");
}

enum fault_kind
approval_prove(struct approval_case *c, bool *ok, struct fault *f)
{
	struct dns *dns = c->o->dns;

	*ok = false;
	dns->trace = approval_heard;
	dns->trace_state = c;
	if (approval_verify(c, f) == FAULT_NONE &&
	    approval_dmarc(c, f) == FAULT_NONE)
		*ok = approval_dmarc_ok(c) && approval_weigh(c);
	dns->trace = NULL;
	dns->trace_state = NULL;
	return f->kind;
}

void
approval_heard(void *state, struct span name, enum dns_type type,
    const struct dns_answer *answer)
{
	struct approval_case *c = state;
	json_t *o, *texts;
	bool bad = false;

	if (json_array_size(c->answers) >= APPROVAL_HEARD)
		return;
	o = json_object();
	texts = json_array();
	js_set(o, "name", js_span(name), &bad);
	js_set(o, "type", js_str(dns_type_word(type)), &bad);
	js_set(o, "outcome", js_str(dns_outcome_word(answer)), &bad);
	js_set(o, "ad", js_bool(answer->authentic), &bad);
	for (size_t i = 0; i < answer->count && i < 3; i++)
		if (answer->records[i].text.len <= 1500)
			js_push(texts, js_span(answer->records[i].text),
			    &bad);
	js_set(o, "data", texts, &bad);
	js_push(c->answers, o, &bad);
}

static json_t *
approval_signature(const struct dkim_result *r)
{
	json_t *o = json_object(), *names = json_array();
	bool bad = false;

	js_set(o, "d", js_span(r->domain), &bad);
	js_set(o, "s", js_span(r->selector), &bad);
	js_set(o, "i", js_span(span_sub(r->identity, 0, 256)), &bad);
	js_set(o, "a", js_str(dkim_algorithm_word(r->algorithm)), &bad);
	js_set(o, "bits", js_int(r->key_bits), &bad);
	js_set(o, "t", r->signed_at < 0 ? js_null() : js_int(r->signed_at),
	    &bad);
	js_set(o, "x", r->expires_at < 0 ? js_null() :
	    js_int(r->expires_at), &bad);
	for (size_t i = 0; i < r->nheaders && i < 40; i++)
		js_push(names, js_span(span_sub(r->headers[i], 0, 64)),
		    &bad);
	js_set(o, "h", names, &bad);
	js_set(o, "b", js_span(span_sub(r->signature, 0, 1400)), &bad);
	if (!bad)
		return o;
	json_decref(o);
	return NULL;
}

enum fault_kind
approval_evidence(struct approval_case *c, struct fault *f)
{
	json_t *o = json_object(), *all = json_array();
	bool bad = false;
	struct buf b;

	js_set(o, "sha256", js_str(c->out->sha256), &bad);
	js_set(o, "from", js_str(c->out->from), &bad);
	js_set(o, "message_id", js_str(c->out->message_id), &bad);
	for (size_t i = 0; i < c->ngood; i++)
		js_push(all, approval_signature(c->good[i]), &bad);
	js_set(o, "signatures", all, &bad);
	js_set(o, "dmarc_policy", js_str(dmarc_policy_word(
	    c->dmarc.applied)), &bad);
	js_set(o, "judged_at", js_int(c->o->now), &bad);
	js_set(o, "dns", json_incref(c->answers), &bad);
	buf_init(&b, (size_t)1024 * 1024);
	if (bad)
		(void)fault_nomem(f);
	else if (js_line(o, &b, f) == FAULT_NONE) {
		/* Strangers' names alone can't be that long: cut no JSON. */
		if (b.len >= APPROVAL_EVIDENCE) {
			c->out->proven = false;
			(void)approval_refuse(c, APPROVAL_NO_MALFORMED,
			    "more evidence than can be kept");
		} else
			memcpy(c->out->evidence, buf_str(&b), b.len + 1);
	}
	json_decref(o);
	buf_free(&b);
	return f->kind;
}
