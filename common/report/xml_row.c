/* SPDX-License-Identifier: ISC */
/* One record: who sent how many, what was thought of them, why. */
#include "base/num.h"
#include "report/trust.h"
#include "report/xml_impl.h"

/* A copy that lives as long as the row. */
static struct span
keep(struct xml *x, struct span s)
{
	s = arena_span(&x->row_arena, s);
	if (s.p == NULL)
		(void)fault_nomem(x->fault);
	return s;
}

void
xml_row_begin(struct xml *x)
{
	struct report_row *r = &x->row;

	arena_reset(&x->row_arena);
	x->records++;
	r->ip.family = 0;
	r->count = 0;
	r->disposition = REPORT_DONE_NONE;
	r->dkim = r->spf = false;
	r->header_from = r->envelope_from = r->envelope_to =
	    (struct span){ NULL, 0 };
	r->nreasons = r->ndkim = r->nspf = 0;
	r->codes = 0;
	x->have_ip = x->have_count = false;
	x->bad_row = false;
}

static void
disposition(struct xml *x, struct span s)
{
	struct report_row *r = &x->row;
	char lower[16] = "";

	/* The word of a language that has one for nothing. */
	if (!span_eq(s, SPAN("None")) && s.len < sizeof(lower)) {
		for (size_t i = 0; i < s.len; i++)
			lower[i] = ascii_lower(s.p[i]);
	}
	if (report_disposition_of(span_of(lower), &r->disposition)) {
		if (r->disposition == REPORT_DONE_PASS &&
		    x->out->meta.dialect != REPORT_RFC9990) {
			r->disposition = REPORT_DONE_NONE;
			xml_row_note(x, AGG033);
		}
		return;
	}
	r->disposition = span_eq_nocase(s, SPAN("softfail")) ?
	    REPORT_DONE_QUARANTINE : REPORT_DONE_NONE;
	xml_row_note(x, AGG033);
}

static bool
aligned(struct xml *x, struct span s)
{
	if (!span_eq(s, SPAN("pass")) && !span_eq(s, SPAN("fail")))
		xml_row_note(x, AGG032);
	return span_eq(s, SPAN("pass"));
}

/* A result in any case, under the names that it had, or another word. */
static void
result(struct xml *x, struct span s)
{
	static const struct {
		const char *word;
		enum report_result result;
	} old[] = { { "", REPORT_RESULT_NONE },
		{ "hardfail", REPORT_RESULT_FAIL },
		{ "unknown", REPORT_RESULT_TEMPERROR },
		{ "error", REPORT_RESULT_PERMERROR },
		{ "invalid", REPORT_RESULT_PERMERROR } };
	char lower[32];
	struct span w = s;

	x->auth.result = REPORT_RESULT_OTHER;
	if (report_result_of(s, &x->auth.result))
		return;
	xml_row_note(x, AGG031);
	if (s.len < sizeof(lower)) {
		for (size_t i = 0; i < s.len; i++)
			lower[i] = ascii_lower(s.p[i]);
		w.p = lower;
		if (report_result_of(w, &x->auth.result))
			return;
		for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
			if (span_eq(w, span_of(old[i].word))) {
				x->auth.result = old[i].result;
				return;
			}
		}
	}
	x->auth.text = keep(x, s);
}

static void
envelope(struct xml *x, enum element e, struct span s)
{
	size_t at = span_rfind(s, '@');

	if (at < s.len) {
		s = span_sub(s, at + 1, s.len);
		if (s.len > 0 && s.p[s.len - 1] == '>')
			s.len--;
		xml_row_note(x, AGG039);
	}
	if (e == EL_E_FROM)
		x->row.envelope_from = keep(x, s);
	else if (e == EL_E_TO)
		x->row.envelope_to = keep(x, s);
	else
		x->row.header_from = keep(x, s);
}

/* A reason's type; *known false: it is none of the words. */
static enum report_reason_type
reason_type(struct span s, bool *known)
{
	enum report_reason_type t = REPORT_REASON_OTHER;

	*known = report_reason_of(s, &t) && t != REPORT_REASON_FORWARDED &&
	    t != REPORT_REASON_SAMPLED_OUT;
	return t;
}

void
xml_row_value(struct xml *x, enum element e, struct span s)
{
	struct report_row *r = &x->row;
	bool known;

	if (e == EL_IP) {
		x->have_ip = ipaddr_parse(s, &r->ip);
		r->ip = ipaddr_unmap(r->ip);
	} else if (e == EL_COUNT) {
		x->have_count = num_u64(s, REPORT_COUNT, &r->count) &&
		    r->count > 0;
	} else if (e == EL_DISPOSITION) {
		disposition(x, s);
	} else if (e == EL_E_DKIM) {
		r->dkim = aligned(x, s);
	} else if (e == EL_E_SPF) {
		r->spf = aligned(x, s);
	} else if (e == EL_TYPE) {
		x->reason.type = reason_type(s, &known);
		if (!known)
			xml_row_note(x, AGG034);
	} else if (e == EL_COMMENT) {
		x->reason.comment = keep(x, s);
	} else if (e == EL_H_FROM || e == EL_E_FROM || e == EL_E_TO) {
		envelope(x, e, s);
	} else if (e == EL_A_DOMAIN) {
		x->auth.domain = keep(x, s);
	} else if (e == EL_SELECTOR && s.len > 0) {
		x->auth.selector = keep(x, s);
	} else if (e == EL_SCOPE && s.len > 0) {
		x->auth.scope = keep(x, s);
	} else if (e == EL_RESULT) {
		result(x, s);
	} else if (e == EL_HUMAN && s.len > 0) {
		x->auth.human = keep(x, s);
	}
}

#define SEEN(x, e) (((x)->seen & UINT64_C(1) << (e)) != 0)

void
xml_reason_end(struct xml *x)
{
	struct span s = span_trim_fws((struct span){ x->text, x->len });
	bool known;

	if (!SEEN(x, EL_TYPE)) {
		xml_row_note(x, AGG034);
		if (!SEEN(x, EL_COMMENT)) {
			if (s.len == 0)
				return;
			x->reason.type = reason_type(s, &known);
			if (!report_reason_of(s, &x->reason.type))
				x->reason.comment = keep(x, s);
		}
	}
	if (x->row.nreasons == REPORT_REASONS_MAX)
		xml_row_note(x, AGG035);
	else
		x->row.reasons[x->row.nreasons++] = x->reason;
}

void
xml_dkim_end(struct xml *x)
{
	struct report_row *r = &x->row;

	if (x->auth.domain.len == 0 && (!SEEN(x, EL_RESULT) ||
	    (x->auth.result == REPORT_RESULT_NONE))) {
		xml_row_note(x, AGG036);
		return;
	}
	if (x->auth.selector.p == NULL)
		xml_row_note(x, AGG037);
	if (r->nspf > 0)
		xml_row_note(x, AGG038);
	if (r->ndkim == REPORT_DKIM_MAX)
		xml_row_note(x, AGG035);
	else
		r->auth_dkim[r->ndkim++] = x->auth;
}

void
xml_spf_end(struct xml *x)
{
	struct report_row *r = &x->row;

	if (r->nspf > 0 || !span_eq(x->auth.scope, SPAN("mfrom")))
		xml_row_note(x, AGG038);
	if (r->nspf == REPORT_SPF_MAX)
		xml_row_note(x, AGG035);
	else
		r->auth_spf[r->nspf++] = x->auth;
}

/* Does one of them pass that may be aligned with from? */
static bool
passes_for(const struct xml *x, const struct report_auth *a, size_t n,
    struct span from)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].result == REPORT_RESULT_PASS &&
		    span_eq_nocase(a[i].domain, from))
			return true;
	for (size_t i = 0; i < n; i++)
		if (a[i].result == REPORT_RESULT_PASS &&
		    !report_orgs_strangers(x->env->orgs, from, a[i].domain))
			return true;
	return false;
}

/* What the parts of the row say of each other. */
static void
consider(struct xml *x)
{
	struct report_row *r = &x->row;
	struct span from = r->header_from.len > 0 ? r->header_from :
	    x->out->meta.policy.domain;

	if (r->nspf == 0)
		xml_row_note(x, AGG038);
	if (r->envelope_from.p == NULL)
		xml_row_note(x, AGG039);
	if ((r->dkim && !passes_for(x, r->auth_dkim, r->ndkim, from)) ||
	    (r->spf && !passes_for(x, r->auth_spf, r->nspf, from)))
		xml_row_note(x, AGG044);
	if (!report_below(r->header_from, x->out->meta.policy.domain))
		xml_row_note(x, AGG045);
	/* Missing altogether is as bad as a word that is none. */
	if (!SEEN(x, EL_DISPOSITION))
		xml_row_note(x, AGG033);
	if (!SEEN(x, EL_E_DKIM) || !SEEN(x, EL_E_SPF))
		xml_row_note(x, AGG032);
}

static void
add(struct buf *b, struct span s)
{
	buf_addf(b, "%zu:", s.p == NULL ? (size_t)0 : s.len + 1);
	buf_addspan(b, s);
}

static void
add_auth(struct buf *b, const struct report_auth *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		add(b, a[i].domain);
		add(b, a[i].selector);
		add(b, a[i].scope);
		add(b, a[i].text);
		buf_addc(b, (char)('a' + (int)a[i].result));
	}
	buf_addc(b, ';');
}

/* The row without its count, in one form. */
static void
canonical(struct xml *x)
{
	const struct report_row *r = &x->row;
	struct buf *b = &x->canon;

	buf_reset(b);
	buf_addc(b, (char)r->ip.family);
	buf_add(b, r->ip.bytes, sizeof(r->ip.bytes));
	buf_addc(b, (char)('0' + (int)r->disposition));
	buf_addc(b, r->dkim ? 'd' : '-');
	buf_addc(b, r->spf ? 's' : '-');
	add(b, r->header_from);
	add(b, r->envelope_from);
	add(b, r->envelope_to);
	for (size_t i = 0; i < r->nreasons; i++) {
		buf_addc(b, (char)('0' + (int)r->reasons[i].type));
		add(b, r->reasons[i].comment);
	}
	buf_addc(b, ';');
	add_auth(b, r->auth_dkim, r->ndkim);
	add_auth(b, r->auth_spf, r->nspf);
}

/* FNV-1a, to find equal rows: a note depends on it, no count. */
static void
find_equal(struct xml *x)
{
	uint64_t h = UINT64_C(14695981039346656037);
	size_t at;

	for (size_t i = 0; i < x->canon.len; i++)
		h = (h ^ (unsigned char)x->canon.p[i]) *
		    UINT64_C(1099511628211);
	h += h == 0;
	at = (size_t)(h >> 32) % XML_ROWS_SEEN;
	if (x->rows_seen[at] == h)
		xml_row_note(x, AGG046);
	x->rows_seen[at] = h;
}

void
xml_row_end(struct xml *x)
{
	struct report_row *r = &x->row;
	struct report_read *out = x->out;

	if (!x->have_ip || !x->have_count || r->count > REPORT_COUNT -
	    (out->messages > REPORT_COUNT ? REPORT_COUNT : out->messages)) {
		xml_note(x, AGG043);
		out->dropped++;
		return;
	}
	if (out->rows == REPORT_ROWS) {
		xml_stop(x, REPORT_WHY_ROWS);
		return;
	}
	if (!x->known && (!SEEN(x, EL_POLICY) || !SEEN(x, EL_METADATA)))
		x->late = true;
	consider(x);
	canonical(x);
	find_equal(x);
	buf_addf(&x->canon, "%llu\n", (unsigned long long)r->count);
	if (buf_check(&x->canon, x->fault) == FAULT_NONE) {
		hash_add(&x->hash, x->canon.p, x->canon.len);
		out->rows++;
		out->messages += r->count;
		if (r->dkim || r->spf)
			out->passed += r->count;
		(void)x->sink->row(x->sink->state, r, x->fault);
	}
	if (x->fault->kind != FAULT_NONE)
		xml_stop(x, REPORT_WHY_SYNTAX);
}
