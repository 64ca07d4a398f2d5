/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/json.h"
#include "spf/report.h"

static const char *
spf_identity_word(enum spf_identity identity)
{
	return identity == SPF_HELO ? "helo" : "mailfrom";
}

/* What of a HELO identity is shown: its domain, else what was given. */
static struct span
spf_report_domain(const struct spf_result *r)
{
	size_t at = span_rfind(r->sender, '@');

	return r->domain.p != NULL ? r->domain :
	    span_sub(r->sender, at + 1, r->sender.len);
}

struct authres_result
spf_report_authres(const struct spf_result *result)
{
	struct authres_result r = {
		.method = "spf", .result = result->result,
		.reason = span_of(reason_word(result->reason)),
		.nproperties = 1,
	};

	r.properties[0].type = "smtp";
	r.properties[0].name = spf_identity_word(result->identity);
	/* RFC 8601 2.7.2 lets the local part go: the domain is what counts,
	 * and a cut address would have none. */
	r.properties[0].value = result->identity == SPF_HELO ||
	    (result->domain.p != NULL && !authres_fits(result->sender)) ?
	    spf_report_domain(result) : result->sender;
	return r;
}

json_t *
spf_report_json(const struct spf_result *r, const struct spf_trace *trace)
{
	json_t *o = json_object();
	const char *reason = reason_word(r->reason);
	bool failed = o == NULL;

	js_set(o, "identity", js_str(spf_identity_word(r->identity)),
	    &failed);
	js_set(o, "result", js_str(verdict_word(r->result)), &failed);
	js_set(o, "domain", js_span(r->domain), &failed);
	js_set(o, "mechanism", js_span(r->mechanism), &failed);
	js_set(o, "explanation", js_span(r->explanation), &failed);
	js_set(o, "reason", *reason == '\0' ? js_null() : js_str(reason),
	    &failed);
	js_set(o, "lookups", js_int((int64_t)r->lookups), &failed);
	js_set(o, "void_lookups", js_int((int64_t)r->void_lookups), &failed);
	js_set(o, "queries", js_int((int64_t)r->queries), &failed);
	if (trace != NULL) {
		js_set(o, "detail", r->detail.len > 0 ? js_span(r->detail) :
		    js_null(), &failed);
		js_set(o, "trace", spf_trace_json(trace), &failed);
	}
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

json_t *
spf_report_envelope(const struct ipaddr *ip, struct span mail_from,
    struct span helo, const char *source)
{
	json_t *o = json_object();
	bool failed = o == NULL;
	struct buf b;

	buf_init(&b, 64);
	ipaddr_format(ip, &b);
	js_set(o, "ip", ip->family == 0 ? js_null() : js_span(buf_span(&b)),
	    &failed);
	js_set(o, "mail_from", js_span(mail_from), &failed);
	js_set(o, "helo", js_span(helo), &failed);
	js_set(o, "source", js_str(source), &failed);
	if (b.nomem || failed) {
		json_decref(o);
		o = NULL;
	}
	buf_free(&b);
	return o;
}

/* ---- Received-SPF ---- */

static bool
spf_is_atext(char c)
{
	return ascii_is_alnum(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
spf_is_dot_atom(struct span s)
{
	if (s.len == 0 || s.p[0] == '.' || s.p[s.len - 1] == '.')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!spf_is_atext(s.p[i]) && (s.p[i] != '.' ||
		    s.p[i - 1] == '.'))
			return false;
	return true;
}

/* Bytes for a quoted-string or a comment: nothing in them ends it. */
static void
spf_received_escape(struct span s, struct buf *b)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!ascii_is_print(c))
			buf_addf(b, "\\\\x%02X", (unsigned char)c);
		else if (strchr("\"\\()", c) != NULL)
			buf_addf(b, "\\%c", c);
		else
			buf_addc(b, c);
	}
}

/* A line holds 998 bytes, and an escaped byte takes five. */
static struct span
spf_received_cut(struct span s)
{
	return span_sub(s, 0, span_is_print(s) ? 300 : 90);
}

static void
spf_received_pair(const char *key, struct span value, enum eol eol,
    struct buf *b)
{
	value = spf_received_cut(value);
	buf_addf(b, "%s\t%s=", eol == EOL_CRLF ? "\r\n" : "\n", key);
	if (spf_is_dot_atom(value)) {
		buf_addspan(b, value);
	} else {
		buf_addc(b, '"');
		spf_received_escape(value, b);
		buf_addc(b, '"');
	}
	buf_addc(b, ';');
}

/* The sentence of RFC 7208 9.1's examples. */
static const char *
spf_received_says(enum verdict v)
{
	switch (v) {
	case VERDICT_PASS:
		return "designates the client as permitted sender";
	case VERDICT_FAIL:
	case VERDICT_POLICY:
		return "does not designate the client as permitted sender";
	case VERDICT_SOFTFAIL:
		return "probably does not permit the client";
	case VERDICT_NEUTRAL:
		return "says neither yes nor no about the client";
	case VERDICT_NONE:
		return "publishes no policy";
	case VERDICT_PERMERROR:
		return "publishes a record that cannot be used";
	case VERDICT_TEMPERROR:
		return "could not be checked";
	}
	return "could not be checked";
}

void
spf_report_received(const struct spf_result *result,
    const struct spf_request *request, enum eol eol, struct buf *b)
{
	const char *reason = reason_word(result->reason);
	struct ipaddr client = ipaddr_unmap(request->ip);
	struct buf ip;

	buf_addf(b, "Received-SPF: %s (", verdict_word(result->result));
	spf_received_escape(spf_received_cut(request->receiver), b);
	if (request->receiver.len > 0)
		buf_adds(b, ": ");
	spf_received_escape(spf_received_cut(spf_report_domain(result)), b);
	buf_addf(b, " %s)", spf_received_says(result->result));
	buf_init(&ip, 64);
	ipaddr_format(&client, &ip);
	spf_received_pair("client-ip", buf_span(&ip), eol, b);
	b->nomem = b->nomem || ip.nomem;
	buf_free(&ip);
	if (result->identity == SPF_MAILFROM)
		spf_received_pair("envelope-from", result->sender, eol, b);
	spf_received_pair("helo", request->helo, eol, b);
	spf_received_pair("identity",
	    span_of(spf_identity_word(result->identity)), eol, b);
	if (result->mechanism.p != NULL)
		spf_received_pair("mechanism", result->mechanism, eol, b);
	if (*reason != '\0')
		spf_received_pair("problem", span_of(reason), eol, b);
	if (request->receiver.len > 0)
		spf_received_pair("receiver", request->receiver, eol, b);
	buf_adds(b, eol == EOL_CRLF ? "\r\n" : "\n");
}
