/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "dmarc/report.h"

#define COLUMNS 80
#define MARGIN 11	/* of the explanation's second column */
#define SHOWN 10	/* identifiers and warnings on one screen */

static void
property(struct authres_result *out, const char *type, const char *name,
    struct span value)
{
	out->properties[out->nproperties++] =
	    (struct authres_property){ type, name, value };
}

void
dmarc_report_result(const struct dmarc_result *r, struct authres_result *out)
{
	const char *policy = dmarc_policy_word(r->applied);

	*out = (struct authres_result){ .method = "dmarc",
	    .result = r->result,
	    .reason = span_of(reason_word(r->reason)) };
	if (r->author_domain.p != NULL)
		property(out, "header", "from", r->author_domain);
	if (policy != NULL)
		property(out, "policy", "dmarc", span_of(policy));
}

void
dmarc_report_text(const struct dmarc_result *r, struct buf *b)
{
	struct authres_result result;

	dmarc_report_result(r, &result);
	authres_format_result(&result, b);
	buf_addc(b, '\n');
}

static json_t *
js_word(const char *word)
{
	return word == NULL || *word == '\0' ? js_null() : js_str(word);
}

static json_t *
js_aligned(enum dmarc_alignment a)
{
	return a == DMARC_UNKNOWN ? js_null() : js_bool(a == DMARC_ALIGNED);
}

json_t *
dmarc_report_json(const struct dmarc_result *r)
{
	struct span none = { NULL, 0 };
	json_t *o = json_object(), *warnings = json_array();
	bool failed = o == NULL;

	js_set(o, "result", js_str(verdict_word(r->result)), &failed);
	js_set(o, "reason", js_word(reason_word(r->reason)), &failed);
	js_set(o, "author_domain", js_span(r->author_domain), &failed);
	js_set(o, "organizational_domain", js_span(r->org), &failed);
	js_set(o, "policy_domain", js_span(r->policy_domain), &failed);
	js_set(o, "record", js_span(r->record != NULL ? r->record->text :
	    none), &failed);
	js_set(o, "policy", js_word(dmarc_policy_word(r->policy)), &failed);
	js_set(o, "applied_policy", js_word(dmarc_policy_word(r->applied)),
	    &failed);
	js_set(o, "test_mode", r->record != NULL ? js_bool(r->test_mode) :
	    js_null(), &failed);
	js_set(o, "spf_aligned", js_aligned(r->spf_aligned), &failed);
	js_set(o, "dkim_aligned", js_aligned(r->dkim_aligned), &failed);
	for (size_t i = 0; i < r->nwarnings; i++)
		js_push(warnings, js_span(r->warnings[i]), &failed);
	js_set(o, "warnings", warnings, &failed);
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/*
 * A label and a text that is wrapped at spaces; a word too long for a line is
 * cut hard.  The text is made printable on its way.
 */
static void
explain_line(struct buf *b, const char *label, struct span text)
{
	size_t width = COLUMNS - MARGIN, cut;
	struct span s;
	struct buf t;

	buf_init(&t, 4096);
	buf_addprint(&t, span_sub(text, 0, 1000));
	if (text.len > 1000)
		buf_adds(&t, " ...");
	s = buf_span(&t);
	do {
		cut = s.len;
		if (cut > width) {
			cut = span_rfind(span_sub(s, 0, width + 1), ' ');
			if (cut == 0 || cut > width)
				cut = width;
		}
		buf_addf(b, "%-*s%.*s\n", MARGIN, label, (int)cut, s.p);
		label = "";
		s = span_trim_wsp(span_sub(s, cut, s.len));
	} while (s.len > 0);
	b->nomem |= t.nomem;
	buf_free(&t);
}

/* An identifier as people name it: "DKIM d=example.com s=s1". */
static void
explain_identifier(const struct dmarc_identifier *id, struct buf *b)
{
	buf_adds(b, id->method == DMARC_SPF ? "SPF" : "DKIM");
	if (id->domain.len > 0)
		buf_adds(b, id->method == DMARC_SPF ? ", MAIL FROM domain " :
		    ", d=");
	buf_addspan(b, id->domain);
	if (id->selector.len > 0) {
		buf_adds(b, " s=");
		buf_addspan(b, id->selector);
	}
}

static void
explain_judged(const struct dmarc_result *r, const struct dmarc_judged *d,
    struct buf *b)
{
	const struct dmarc_identifier *id = &d->identifier;
	bool weighed = id->result == VERDICT_PASS ||
	    id->result == VERDICT_TEMPERROR;

	explain_identifier(id, b);
	buf_addf(b, ": %s", verdict_word(id->result));
	if (id->reason != REASON_NONE)
		buf_addf(b, " (%s)", reason_text(id->reason));
	if (!weighed) {
		if (id->domain.len > 0)
			buf_adds(b, ", so its domain is not looked at");
		return;
	}
	switch (d->alignment) {
	case DMARC_UNKNOWN:
		buf_adds(b, "; aligned or not is unknown");
		break;
	case DMARC_ALIGNED:
		buf_adds(b, d->strict ||
		    span_eq(id->domain, r->author_domain) ?
		    "; aligned: the same name" :
		    "; aligned: the same Organizational Domain");
		break;
	case DMARC_UNALIGNED:
		buf_adds(b, d->strict ? "; not aligned: not the same name, "
		    "and the record asks for strict" :
		    "; not aligned: another Organizational Domain");
		if (d->org.p != NULL && !d->strict) {
			buf_addc(b, ' ');
			buf_addspan(b, d->org);
		}
		break;
	}
}

/* The aligned identifier that decided for pass. */
static const struct dmarc_identifier *
passing(const struct dmarc_result *r)
{
	for (size_t i = 0; i < r->njudged; i++)
		if (r->judged[i].identifier.result == VERDICT_PASS &&
		    r->judged[i].alignment == DMARC_ALIGNED)
			return &r->judged[i].identifier;
	return NULL;
}

static void
explain_verdict(const struct dmarc_result *r, struct buf *b)
{
	const struct dmarc_identifier *id = passing(r);

	switch (r->result) {
	case VERDICT_PASS:
		buf_adds(b, "the message is of ");
		buf_addspan(b, r->author_domain);
		if (id != NULL) {
			buf_adds(b, " by ");
			explain_identifier(id, b);
		}
		break;
	case VERDICT_FAIL:
		buf_adds(b, "nothing that passed is of the author's domain ");
		buf_addspan(b, r->author_domain);
		break;
	case VERDICT_NONE:
		if (r->record != NULL)
			buf_adds(b, "the record cannot be used: DMARC does "
			    "not apply to ");
		else
			buf_adds(b, "no DMARC record applies to ");
		buf_addspan(b, r->author_domain);
		break;
	case VERDICT_TEMPERROR:
	case VERDICT_PERMERROR:
	case VERDICT_SOFTFAIL:
	case VERDICT_NEUTRAL:
	case VERDICT_POLICY:
		buf_adds(b, reason_text(r->reason));
		break;
	}
	if (r->detail.len > 0) {
		buf_adds(b, "; ");
		buf_addspan(b, r->detail);
	}
}

static void
explain_policy(const struct dmarc_result *r, struct buf *b)
{
	static const char *const sources[] = {
		[DMARC_SOURCE_NONE] = "",
		[DMARC_SOURCE_AUTHOR] = "the author's own record",
		[DMARC_SOURCE_ORG] = "the Organizational Domain's record",
		[DMARC_SOURCE_PSD] = "the public suffix's record",
	};
	const char *policy = dmarc_policy_word(r->policy);
	const char *applied = dmarc_policy_word(r->applied);

	buf_addf(b, "%s", policy != NULL ? policy : "unknown");
	if (*r->tag != '\0')
		buf_addf(b, ", by the %s tag", r->tag);
	if (r->nonexistent)
		buf_adds(b, " (the author's domain does not exist)");
	buf_addf(b, " of %s at _dmarc.", sources[r->source]);
	buf_addspan(b, r->policy_domain);
	if (r->test_mode && applied != NULL)
		buf_addf(b, "; t=y, so apply %s", applied);
}

/* Who could have made this message pass, and how. */
static void
explain_remedy(const struct dmarc_result *r, struct buf *b)
{
	bool dkim = false;

	for (size_t i = 0; i < r->njudged; i++) {
		const struct dmarc_judged *d = &r->judged[i];

		dkim |= d->identifier.method == DMARC_DKIM &&
		    d->identifier.result != VERDICT_PASS &&
		    span_eq_nocase(d->identifier.domain, r->author_domain);
	}
	buf_adds(b, dkim ? "the DKIM signature of " :
	    "a DKIM signature that verifies with d=");
	buf_addspan(b, r->author_domain);
	if (dkim)
		buf_adds(b, " verifying");
	if (!r->record->strict_dkim && r->org.p != NULL) {
		buf_adds(b, " or another name of ");
		buf_addspan(b, r->org);
	}
	buf_adds(b, "; or an SPF pass for a MAIL FROM in ");
	buf_addspan(b, r->author_domain);
	if (!r->record->strict_spf && r->org.p != NULL) {
		buf_adds(b, " or another name of ");
		buf_addspan(b, r->org);
	}
}

static void
explain_upper(const char *word, char out[16])
{
	size_t i;

	for (i = 0; i < 14 && word[i] != '\0'; i++)
		out[i] = word[i] >= 'a' && word[i] <= 'z' ?
		    (char)(word[i] - 'a' + 'A') : word[i];
	out[i++] = ':';
	out[i] = '\0';
}

static void
explain_walk(const struct dmarc_result *r, struct buf *b)
{
	const struct dmarc_walk *w = r->walk;

	if (w->failed) {
		buf_adds(b, "unknown: the DNS gave no answer at _dmarc.");
		buf_addspan(b, w->steps[w->count - 1]->name);
		return;
	}
	buf_addspan(b, w->org);
	buf_addf(b, " (%s; %zu names asked)", w->rule, w->count);
}

void
dmarc_report_explain(const struct dmarc_result *r, struct buf *b)
{
	char verdict[16];
	struct buf t;

	buf_init(&t, 8192);
#define LINE(label) do { \
		b->nomem |= t.nomem; \
		explain_line(b, (label), buf_span(&t)); \
		buf_reset(&t); \
	} while (0)
	explain_upper(verdict_word(r->result), verdict);
	explain_verdict(r, &t);
	LINE(verdict);
	for (size_t i = 0; i < r->njudged && i < SHOWN; i++) {
		explain_judged(r, &r->judged[i], &t);
		LINE(i == 0 ? "checked" : "");
	}
	if (r->njudged > SHOWN) {
		buf_addf(&t, "and %zu more", r->njudged - SHOWN);
		LINE("");
	}
	if (r->record != NULL && r->result != VERDICT_NONE) {
		explain_policy(r, &t);
		LINE("policy");
	}
	if (r->record != NULL) {
		buf_addspan(&t, r->record->text);
		LINE("record");
	}
	if (r->walk != NULL) {
		explain_walk(r, &t);
		LINE("org domain");
	}
	if (r->result == VERDICT_FAIL && r->record != NULL) {
		explain_remedy(r, &t);
		LINE("would pass");
	}
	for (size_t i = 0; i < r->nwarnings && i < SHOWN; i++) {
		buf_addspan(&t, r->warnings[i]);
		LINE("warning");
	}
#undef LINE
	buf_free(&t);
}
