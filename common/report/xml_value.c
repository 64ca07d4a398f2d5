/* SPDX-License-Identifier: ISC */
/* The head of a report: metadata, period, policy; and what closes it. */
#include <string.h>

#include "base/num.h"
#include "report/xml_impl.h"

/* The text of the leaf, trimmed; borrowed until the next element. */
static struct span
text(const struct xml *x)
{
	return span_trim_fws((struct span){ x->text, x->len });
}

/* The same in the arena; p is not NULL but without memory. */
static struct span
keep(struct xml *x, struct span s)
{
	s = arena_span(x->arena, s);
	if (s.p == NULL)
		(void)fault_nomem(x->fault);
	return s;
}

/* The text as a word: in lower case, in x->text. */
static struct span
word(struct xml *x)
{
	for (size_t i = 0; i < x->len; i++)
		x->text[i] = ascii_lower(x->text[i]);
	return text(x);
}

/* A domain in lower case, without a last dot. */
static struct span
domain(struct xml *x)
{
	struct span s = word(x);

	if (s.len > 1 && s.p[s.len - 1] == '.')
		s.len--;
	return s;
}

/* Digits; a fraction is cut off, milliseconds are divided. */
static bool
seconds(struct xml *x, int64_t *out)
{
	struct span s = text(x), whole, fraction;
	uint64_t n;

	if (span_cut(s, '.', &whole, &fraction)) {
		x->bad_time = true;
		for (size_t i = 0; i < fraction.len; i++)
			if (!ascii_is_digit(fraction.p[i]))
				return false;
		s = whole;
	}
	if (!num_u64(s, (uint64_t)INT64_MAX, &n))
		return false;
	if (n >= UINT64_C(100000000000)) {
		x->bad_time = true;
		n /= 1000;
	}
	*out = (int64_t)n;
	return true;
}

static enum report_ask
ask(struct xml *x)
{
	enum report_ask a = REPORT_ASK_UNSET;

	if (!report_ask_of(word(x), &a))
		xml_note(x, AGG030);
	return a;
}

static char
mode(struct xml *x)
{
	struct span s = word(x);

	if (span_eq(s, SPAN("r")) || span_eq(s, SPAN("relaxed")))
		return 'r';
	if (span_eq(s, SPAN("s")) || span_eq(s, SPAN("strict")))
		return 's';
	return 0;
}

static void
version(struct xml *x)
{
	x->out->meta.version = keep(x, text(x));
	if (!span_eq(text(x), SPAN("1.0")))
		xml_note(x, AGG004);
}

static void
add_error(struct xml *x)
{
	struct report *r = &x->out->meta;

	if (r->nerrors == REPORT_ERRORS_MAX)
		xml_note(x, AGG035);
	else if (text(x).len > 0)
		r->errors[r->nerrors++] = keep(x, text(x));
}

static void
policy_value(struct xml *x, enum element e)
{
	struct report *r = &x->out->meta;
	struct report_policy *p = &r->policy;
	uint64_t n;

	if (e == EL_P_DOMAIN) {
		p->domain = keep(x, domain(x));
	} else if (e == EL_P) {
		p->p = ask(x);
	} else if (e == EL_SP) {
		p->sp = ask(x);
	} else if (e == EL_NP) {
		p->np = ask(x);
		r->dialect = REPORT_RFC9990;
	} else if (e == EL_ADKIM) {
		p->adkim = mode(x);
	} else if (e == EL_ASPF) {
		p->aspf = mode(x);
	} else if (e == EL_FO) {
		p->fo = keep(x, text(x));
	} else if (e == EL_TESTING) {
		p->testing = span_eq(word(x), SPAN("y")) ? 'y' : 'n';
		r->dialect = REPORT_RFC9990;
	} else if (e == EL_DISCOVERY) {
		p->discovery = keep(x, word(x));
		r->dialect = REPORT_RFC9990;
	} else if (e == EL_PCT) {
		xml_note(x, AGG005);
		if (num_u64(text(x), 100, &n))
			p->pct = (int)n;
	}
}

static bool
is_domain(enum element e)
{
	return e == EL_H_FROM || e == EL_E_FROM || e == EL_E_TO ||
	    e == EL_A_DOMAIN;
}

static bool
is_word(enum element e)
{
	return e == EL_E_DKIM || e == EL_E_SPF ||
	    e == EL_TYPE || e == EL_SCOPE;
}

void
xml_value(struct xml *x, enum element e)
{
	struct report *r = &x->out->meta;

	if (e >= EL_RECORD) {
		xml_row_value(x, e, is_domain(e) ? domain(x) :
		    is_word(e) ? word(x) : text(x));
	} else if (e == EL_VERSION) {
		version(x);
	} else if (e == EL_ORG) {
		r->org_name = keep(x, text(x));
	} else if (e == EL_EMAIL) {
		r->email = keep(x, text(x));
	} else if (e == EL_CONTACT) {
		r->extra_contact_info = keep(x, text(x));
	} else if (e == EL_ID) {
		r->report_id = keep(x, text(x));
	} else if (e == EL_BEGIN) {
		x->have_begin = seconds(x, &r->begin);
	} else if (e == EL_END) {
		x->have_end = seconds(x, &r->end);
	} else if (e == EL_ERROR) {
		add_error(x);
	} else if (e == EL_GENERATOR) {
		r->generator = keep(x, text(x));
		r->dialect = REPORT_RFC9990;
	} else {
		policy_value(x, e);
	}
	if (x->fault->kind != FAULT_NONE)
		xml_stop(x, REPORT_WHY_SYNTAX);
}

/* dot-atom ["@" dot-atom], in angle brackets or without. */
static bool
dot_atom(struct span s)
{
	static const char more[] = "!#$%&'*+-/=?^_`{|}~.";
	size_t at = 0;
	char last = '.';

	if (s.len > 2 && s.p[0] == '<' && s.p[s.len - 1] == '>')
		s = span_sub(s, 1, s.len - 2);
	for (size_t i = 0; i < s.len; last = s.p[i++]) {
		if (s.p[i] == '@' && (++at > 1 || last == '.'))
			return false;
		if (s.p[i] == '.' && (last == '.' || last == '@'))
			return false;
		if (s.p[i] != '@' && !ascii_is_alnum(s.p[i]) &&
		    (s.p[i] == '\0' || strchr(more, s.p[i]) == NULL))
			return false;
	}
	return s.len > 0 && last != '.' && last != '@';
}

static bool
period(struct xml *x)
{
	struct report *r = &x->out->meta;
	int64_t begin;

	if (!x->have_begin || !x->have_end)
		return false;
	if (r->end <= r->begin || x->bad_time)
		xml_note(x, AGG022);
	if (r->end < r->begin) {
		begin = r->end;
		r->end = r->begin;
		r->begin = begin;
	}
	if (r->begin < REPORT_TIME_MIN ||
	    r->end > x->env->now + REPORT_TIME_AHEAD)
		return false;
	if (r->begin % 86400 != 0)
		xml_note(x, AGG020);
	if (r->end - r->begin > 86400)
		xml_note(x, AGG021);
	return true;
}

/* Who reports, where org_name is empty. */
static void
name_reporter(struct xml *x)
{
	struct report *r = &x->out->meta;
	size_t at = span_rfind(r->email, '@');

	if (r->org_name.len > 0)
		return;
	xml_note(x, AGG010);
	r->org_name = at < r->email.len ?
	    keep(x, span_sub(r->email, at + 1, r->email.len)) :
	    keep(x, x->env->author_domain);
}

static void
add_text(struct buf *b, struct span s)
{
	buf_addf(b, "%zu:", s.p == NULL ? (size_t)0 : s.len + 1);
	buf_addspan(b, s);
}

/* The digest: the rows are in it already, now the head. */
static void
digest(struct xml *x)
{
	const struct report *r = &x->out->meta;
	const struct report_policy *p = &r->policy;
	unsigned char sum[HASH_MAX];
	struct buf hex;

	buf_reset(&x->canon);
	add_text(&x->canon, r->org_name);
	add_text(&x->canon, r->email);
	add_text(&x->canon, r->report_id);
	add_text(&x->canon, p->domain);
	buf_addf(&x->canon, "%lld %lld %d %d %d %d %d %d %d;",
	    (long long)r->begin, (long long)r->end, p->p, p->sp, p->np,
	    p->adkim, p->aspf, p->testing, p->pct);
	add_text(&x->canon, p->fo);
	for (size_t i = 0; i < r->nerrors; i++)
		add_text(&x->canon, r->errors[i]);
	if (buf_check(&x->canon, x->fault) != FAULT_NONE)
		return;
	hash_add(&x->hash, x->canon.p, x->canon.len);
	hash_end(&x->hash, sum);
	buf_init(&hex, 2 * HASH_MAX);
	buf_addhex(&hex, sum, hash_len(HASH_SHA256));
	if (buf_check(&hex, x->fault) == FAULT_NONE)
		x->out->digest = keep(x, buf_span(&hex));
	buf_free(&hex);
}

void
xml_finish(struct xml *x)
{
	struct report *r = &x->out->meta;
	struct report_policy *p = &r->policy;

	if (x->one_byte)
		xml_note(x, AGG003);
	if (!x->declared)
		xml_note(x, AGG006);
	if (r->version.p == NULL)
		xml_note(x, AGG004);
	if (!period(x))
		x->why = REPORT_WHY_NO_PERIOD;
	else if (p->domain.len == 0)
		x->why = REPORT_WHY_NO_DOMAIN;
	else if (x->records > 0 && x->out->rows == 0)
		x->why = REPORT_WHY_NO_RECORDS;
	if (x->why != REPORT_WHY_NONE)
		return;
	if (x->records == 0)
		xml_note(x, AGG042);
	/* An sp that was there and empty is p. */
	if ((x->seen & UINT64_C(1) << EL_SP) != 0 &&
	    p->sp == REPORT_ASK_UNSET)
		p->sp = p->p;
	name_reporter(x);
	if (r->report_id.len > 0 && !dot_atom(r->report_id))
		xml_note(x, AGG011);
	digest(x);
	if (r->report_id.len == 0) {
		xml_note(x, AGG012);
		r->report_id = x->out->digest;
	}
}
