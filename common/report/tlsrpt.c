/* SPDX-License-Identifier: ISC */
#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/num.h"
#include "report/limits.h"
#include "report/tlsrpt.h"

/* Commas and colons: 10,000 details of seven members, and room.  jansson
 * keeps some hundred bytes for each. */
#define TLS_TOKENS 150000

/* Size, nesting and number of values before jansson sees a byte. */
struct scan {
	uint64_t bytes, tokens;
	size_t depth, most;
	bool quoted, escaped;
	struct hash hash;
};

static void
scan_bytes(struct scan *s, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s->escaped) {
			s->escaped = false;
		} else if (s->quoted) {
			s->escaped = p[i] == '\\';
			s->quoted = p[i] != '"';
		} else if (p[i] == '"') {
			s->quoted = true;
		} else if (p[i] == '{' || p[i] == '[') {
			s->depth++;
			if (s->depth > s->most)
				s->most = s->depth;
		} else if (p[i] == '}' || p[i] == ']') {
			s->depth -= s->depth > 0;
		} else if (p[i] == ',' || p[i] == ':') {
			s->tokens++;
		}
	}
	s->bytes += n;
}

static enum report_why
scan_why(const struct scan *s)
{
	if (s->bytes > REPORT_TLS_BYTES)
		return REPORT_WHY_JSON_SIZE;
	if (s->most > REPORT_TLS_DEPTH)
		return REPORT_WHY_JSON_DEPTH;
	return s->tokens > TLS_TOKENS ? REPORT_WHY_DETAILS : REPORT_WHY_NONE;
}

static enum fault_kind
scan_leaf(struct report_leaf *leaf, struct scan *s, enum report_why *why,
    struct fault *f)
{
	const enum report_why *inner = NULL;
	struct source *source;
	char p[4096];
	size_t n = 1;

	*why = REPORT_WHY_NONE;
	hash_init(&s->hash, HASH_SHA256);
	if (leaf->open(leaf, &source, &inner, f) == FAULT_NONE) {
		while (n > 0 && *why == REPORT_WHY_NONE &&
		    source->read(source, p, sizeof(p), &n, f) ==
		    FAULT_NONE) {
			scan_bytes(s, p, n);
			hash_add(&s->hash, p, n);
			*why = scan_why(s);
		}
	}
	leaf->close(leaf);
	if (inner != NULL && *why == REPORT_WHY_NONE)
		*why = *inner;
	return f->kind;
}

/* For jansson: the bytes, without a mark in front. */
struct feed {
	struct source *source;
	struct fault *fault;
	bool begun;
};

static size_t
feed_json(void *buffer, size_t len, void *data)
{
	struct feed *d = data;
	char *p = buffer;
	size_t n = 0;

	if (d->source->read(d->source, p, len, &n, d->fault) != FAULT_NONE)
		return (size_t)-1;
	if (!d->begun && n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		memcpy(p, "   ", 3);
	d->begun = true;
	return n;
}

static struct span
text(const json_t *o, const char *key, struct arena *a, bool *failed)
{
	const json_t *v = json_object_get(o, key);
	struct span s;

	if (!json_is_string(v))
		return (struct span){ NULL, 0 };
	s = arena_span(a, span_sub((struct span){ json_string_value(v),
	    json_string_length(v) }, 0, REPORT_TEXT));
	*failed = *failed || s.p == NULL;
	return s;
}

static uint64_t
number(const json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	return n < 0 || (uint64_t)n > REPORT_COUNT ? 0 : (uint64_t)n;
}

static void
note(struct report_tls *t, enum report_code c)
{
	t->findings.count[c]++;
}

static void
read_details(struct report_tls *t, struct report_tls_policy *p,
    const json_t *list, struct arena *a, bool *failed)
{
	size_t n = json_array_size(list);

	if (p->failed > 0 && n == 0)
		note(t, TLR005);
	p->details = arena_array(a, n + 1, sizeof(*p->details));
	if (p->details == NULL) {
		*failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(list, i);
		struct report_tls_detail *d = &p->details[p->ndetails++];

		d->result_type = text(o, "result-type", a, failed);
		d->sending = text(o, "sending-mta-ip", a, failed);
		d->mx = text(o, "receiving-mx-hostname", a, failed);
		d->code = text(o, "failure-reason-code", a, failed);
		d->count = number(o, "failed-session-count");
		if (d->sending.p == NULL)
			note(t, TLR002);
		if (d->mx.p == NULL)
			note(t, TLR003);
	}
}

static void
read_policy(struct report_tls *t, const json_t *o, struct arena *a,
    bool *failed)
{
	const json_t *policy = json_object_get(o, "policy");
	const json_t *sum = json_object_get(o, "summary");
	struct report_tls_policy *p = &t->policies[t->npolicies++];

	p->type = text(policy, "policy-type", a, failed);
	p->domain = text(policy, "policy-domain", a, failed);
	if (p->domain.len == 0)
		note(t, TLR004);
	if (json_is_array(json_object_get(policy, "mx-host")))
		note(t, TLR006);
	p->ok = number(sum, "total-successful-session-count");
	p->failed = number(sum, "total-failure-session-count");
	t->ok += p->ok;
	t->failed += p->failed;
	read_details(t, p, json_object_get(o, "failure-details"), a, failed);
}

static bool
read_period(struct report_tls *t, const json_t *root, int64_t now)
{
	const json_t *range = json_object_get(root, "date-range");
	const char *begin = json_string_value(json_object_get(range,
	    "start-datetime"));
	const char *end = json_string_value(json_object_get(range,
	    "end-datetime"));

	return begin != NULL && end != NULL &&
	    num_time(span_of(begin), &t->begin) &&
	    num_time(span_of(end), &t->end) && t->begin <= t->end &&
	    t->begin >= REPORT_TIME_MIN && t->end <= now + REPORT_TIME_AHEAD;
}

static enum fault_kind
read_root(struct report_tls *t, const json_t *root, int64_t now,
    struct arena *a, struct fault *f)
{
	const json_t *list = json_object_get(root, "policies");
	size_t n = json_array_size(list);
	bool failed = false;

	t->report = json_is_object(root) && (json_is_array(list) ||
	    json_object_get(root, "organization-name") != NULL);
	if (!t->report)
		return FAULT_NONE;
	t->org_name = text(root, "organization-name", a, &failed);
	t->contact = text(root, "contact-info", a, &failed);
	t->report_id = text(root, "report-id", a, &failed);
	if (t->contact.p == NULL)
		note(t, TLR001);
	if (!read_period(t, root, now))
		t->why = REPORT_WHY_NO_PERIOD;
	else if (n == 0)
		t->why = REPORT_WHY_NO_POLICIES;
	else if (n > REPORT_TLS_POLICIES)
		t->why = REPORT_WHY_POLICIES;
	if (t->why != REPORT_WHY_NONE)
		return failed ? fault_nomem(f) : FAULT_NONE;
	t->policies = arena_array(a, n, sizeof(*t->policies));
	if (t->policies == NULL)
		return fault_nomem(f);
	for (size_t i = 0, details = 0; i < n && !failed; i++) {
		const json_t *o = json_array_get(list, i);

		details += json_array_size(json_object_get(o,
		    "failure-details"));
		if (details > REPORT_TLS_DETAILS) {
			t->why = REPORT_WHY_DETAILS;
			break;
		}
		read_policy(t, o, a, &failed);
	}
	return failed ? fault_nomem(f) : FAULT_NONE;
}

static enum fault_kind
put_digest(struct report_tls *t, struct scan *s, struct arena *a,
    struct fault *f)
{
	unsigned char sum[HASH_MAX];
	struct buf hex;

	hash_end(&s->hash, sum);
	buf_init(&hex, 2 * HASH_MAX);
	buf_addhex(&hex, sum, hash_len(HASH_SHA256));
	if (buf_check(&hex, f) == FAULT_NONE) {
		t->digest = arena_span(a, buf_span(&hex));
		if (t->digest.p == NULL)
			(void)fault_nomem(f);
	}
	buf_free(&hex);
	return f->kind;
}

enum fault_kind
report_tls_read(struct report_leaf *leaf, int64_t now, struct arena *a,
    struct report_tls *t, struct fault *f)
{
	struct scan s = { .bytes = 0 };
	struct feed d = { .fault = f };
	const enum report_why *why;
	json_error_t error = { .line = 0 };
	json_t *root = NULL;

	*t = (struct report_tls){ .why = REPORT_WHY_NONE };
	if (scan_leaf(leaf, &s, &t->why, f) != FAULT_NONE ||
	    put_digest(t, &s, a, f) != FAULT_NONE ||
	    t->why != REPORT_WHY_NONE)
		return f->kind;
	if (leaf->open(leaf, &d.source, &why, f) == FAULT_NONE)
		root = json_load_callback(feed_json, &d,
		    JSON_REJECT_DUPLICATES, &error);
	leaf->close(leaf);
	if (f->kind == FAULT_NONE && root == NULL) {
		if (json_error_code(&error) == json_error_out_of_memory)
			return fault_nomem(f);
		t->why = json_error_code(&error) ==
		    json_error_premature_end_of_input ?
		    REPORT_WHY_TRUNCATED : REPORT_WHY_JSON;
	}
	if (root != NULL && f->kind == FAULT_NONE)
		(void)read_root(t, root, now, a, f);
	json_decref(root);
	return f->kind;
}
