/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bounds.h"
#include "dkim/report.h"

/* Characters of b= that header.b holds at least (RFC 6008). */
#define REPORT_B 8

static size_t
report_common(struct span a, struct span b)
{
	size_t n = 0;

	while (n < a.len && n < b.len && a.p[n] == b.p[n])
		n++;
	return n;
}

/* As much of b= as distinguishes this signature from the message's others. */
static struct span
report_b(const struct dkim_report *r, const struct dkim_result *x)
{
	size_t need = REPORT_B, tried = 0;

	for (size_t i = 0; i < r->count && tried < BOUND_AUTHRES_RESULTS;
	    i++, tried++) {
		size_t same;

		if (&r->results[i] == x)
			continue;
		same = report_common(x->signature, r->results[i].signature);
		if (same >= need && same < x->signature.len)
			need = same + 1;
	}
	return span_sub(x->signature, 0, need < 64 ? need : 64);
}

static void
report_property(struct authres_result *out, const char *name,
    struct span value)
{
	if (value.p == NULL || value.len == 0)
		return;
	out->properties[out->nproperties++] =
	    (struct authres_property){ "header", name, value };
}

static struct authres_result
report_result(const struct dkim_report *r, const struct dkim_result *x)
{
	struct authres_result out = { .method = "dkim", .result = x->result,
	    .reason = span_of(reason_word(x->reason)) };

	report_property(&out, "d", x->domain);
	report_property(&out, "s", x->selector);
	report_property(&out, "a", x->algorithm_text);
	report_property(&out, "b", report_b(r, x));
	if (x->legacy)
		out.properties[out.nproperties++] = (struct authres_property){
		    "policy", "legacy", SPAN("yes") };
	return out;
}

/* The message's own result, where no signature has one. */
static struct authres_result
report_message(const struct dkim_report *r)
{
	return (struct authres_result){ .method = "dkim", .result = r->result,
	    .reason = span_of(reason_word(r->reason)) };
}

/* How many signatures are reported: those not set aside. */
static size_t
report_count(const struct dkim_report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		n += r->results[i].counted;
	return n;
}

/* A message that is broken passes nothing, whatever its signatures say. */
static bool
report_is_broken(const struct dkim_report *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->results[i].counted && r->results[i].result == r->result)
			return false;
	return r->result != VERDICT_NONE || report_count(r) == 0;
}

enum fault_kind
dkim_report_results(const struct dkim_report *r, struct arena *a,
    struct authres_result **results, size_t *count, struct fault *f)
{
	size_t n = report_count(r), max = BOUND_AUTHRES_RESULTS - 1, used = 0;
	struct authres_result *out;

	n = n < max ? n : max;
	out = arena_array(a, n + 1, sizeof(*out));
	if (out == NULL)
		return fault_nomem(f);
	if (report_is_broken(r))
		out[used++] = report_message(r);
	/* What passed first, should there be too many for one field. */
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < r->count && n > 0; i++) {
			const struct dkim_result *x = &r->results[i];

			if (!x->counted ||
			    (x->result == VERDICT_PASS) != (pass == 0))
				continue;
			out[used++] = report_result(r, x);
			n--;
		}
	}
	*results = out;
	*count = used;
	return FAULT_NONE;
}

/* What stands after the words, in a comment. */
static void
report_comment(const struct dkim_result *x, struct buf *b)
{
	if (x->detail.len > 0 || x->testing) {
		buf_adds(b, " (");
		for (size_t i = 0; i < x->detail.len; i++) {
			char c = x->detail.p[i];

			buf_addc(b, c == '(' || c == ')' || c == '\\' ||
			    !ascii_is_print(c) ? '_' : c);
		}
		if (x->testing)
			buf_adds(b, x->detail.len > 0 ? "; testing" :
			    "testing");
		buf_addc(b, ')');
	}
	buf_addc(b, '\n');
}

void
dkim_report_text(const struct dkim_report *r, struct buf *b)
{
	struct authres_result out;

	if (report_is_broken(r)) {
		out = report_message(r);
		authres_format_result(&out, b);
		if (r->detail != NULL)
			buf_addf(b, " (%s)", r->detail);
		buf_addc(b, '\n');
	}
	for (size_t i = 0; i < r->count; i++) {
		if (!r->results[i].counted)
			continue;
		out = report_result(r, &r->results[i]);
		authres_format_result(&out, b);
		report_comment(&r->results[i], b);
	}
}

static json_t *
report_known(enum dkim_known known)
{
	switch (known) {
	case DKIM_YES:
		return js_bool(true);
	case DKIM_NO:
		return js_bool(false);
	case DKIM_UNKNOWN:
		break;
	}
	return js_null();
}

/* A number, or null where it is not known. */
static json_t *
report_number(int64_t n, bool known)
{
	return known ? js_int(n) : js_null();
}

static json_t *
report_headers(const struct dkim_result *x, bool *failed)
{
	json_t *list;

	if (x->headers == NULL)
		return js_null();
	list = json_array();
	for (size_t i = 0; i < x->nheaders; i++)
		js_push(list, js_span(x->headers[i]), failed);
	return list;
}

static json_t *
report_canon(const struct dkim_result *x, bool *failed)
{
	struct buf b;
	json_t *value;

	if (!x->canon_known)
		return js_null();
	buf_init(&b, 32);
	buf_adds(&b, dkim_canon_word(x->header_canon));
	buf_addc(&b, '/');
	buf_adds(&b, dkim_canon_word(x->body_canon));
	value = js_span(buf_span(&b));
	*failed |= b.nomem;
	buf_free(&b);
	return value;
}

/* Null instead of an empty word. */
static json_t *
report_word(struct span s)
{
	return js_span(s.len == 0 ? (struct span){ NULL, 0 } : s);
}

static json_t *
report_one(const struct dkim_result *x, bool *failed)
{
	json_t *o = json_object();

	js_set(o, "index", report_number((int64_t)x->index, x->index != 0),
	    failed);
	js_set(o, "result", js_str(verdict_word(x->result)), failed);
	js_set(o, "reason", report_word(span_of(reason_word(x->reason))),
	    failed);
	js_set(o, "domain", report_word(x->domain), failed);
	js_set(o, "selector", report_word(x->selector), failed);
	js_set(o, "identity", report_word(x->identity), failed);
	js_set(o, "algorithm", report_word(x->algorithm_text), failed);
	js_set(o, "key_bits", report_number((int64_t)x->key_bits,
	    x->key_bits != 0), failed);
	js_set(o, "canonicalization", report_canon(x, failed), failed);
	js_set(o, "headers", report_headers(x, failed), failed);
	js_set(o, "signed_at", report_number(x->signed_at,
	    x->signed_at >= 0), failed);
	js_set(o, "expires_at", report_number(x->expires_at,
	    x->expires_at >= 0), failed);
	js_set(o, "body_length", report_number(x->body_length,
	    x->body_length >= 0), failed);
	js_set(o, "body_ok", report_known(x->body_ok), failed);
	js_set(o, "header_ok", report_known(x->header_ok), failed);
	js_set(o, "testing", js_bool(x->testing), failed);
	return o;
}

json_t *
dkim_report_json(const struct dkim_report *r)
{
	const struct dkim_result message = { .result = r->result,
	    .reason = r->reason, .signed_at = -1, .expires_at = -1,
	    .body_length = -1 };
	json_t *list = json_array();
	bool failed = list == NULL;

	if (report_is_broken(r) && r->result != VERDICT_NONE)
		js_push(list, report_one(&message, &failed), &failed);
	for (size_t i = 0; i < r->count && !failed; i++)
		if (r->results[i].counted)
			js_push(list, report_one(&r->results[i], &failed),
			    &failed);
	if (failed) {
		json_decref(list);
		return NULL;
	}
	return list;
}
