/* SPDX-License-Identifier: ISC */
#include "base/num.h"
#include "spf/macro.h"
#include "spf/record.h"

#define SPF_VERSION SPAN("v=spf1")

/* Which argument a mechanism takes. */
enum spf_argument {
	SPF_ARG_NONE,		/* all */
	SPF_ARG_DOMAIN,		/* include, exists: must stand */
	SPF_ARG_DOMAIN_MAY,	/* ptr */
	SPF_ARG_DOMAIN_CIDR,	/* a, mx: both may stand */
	SPF_ARG_IP4,
	SPF_ARG_IP6
};

static const struct {
	const char *name;
	enum spf_kind kind;
	enum spf_argument argument;
} spf_mechanisms[] = {
	{ "all", SPF_ALL, SPF_ARG_NONE },
	{ "include", SPF_INCLUDE, SPF_ARG_DOMAIN },
	{ "a", SPF_A, SPF_ARG_DOMAIN_CIDR },
	{ "mx", SPF_MX, SPF_ARG_DOMAIN_CIDR },
	{ "ptr", SPF_PTR, SPF_ARG_DOMAIN_MAY },
	{ "ip4", SPF_IP4, SPF_ARG_IP4 },
	{ "ip6", SPF_IP6, SPF_ARG_IP6 },
	{ "exists", SPF_EXISTS, SPF_ARG_DOMAIN },
};

bool
spf_record_is(struct span txt)
{
	return span_starts_nocase(txt, SPF_VERSION) &&
	    (txt.len == SPF_VERSION.len || txt.p[SPF_VERSION.len] == ' ');
}

struct spf_terms
spf_terms_of(struct span record)
{
	size_t at = SPF_VERSION.len < record.len ? SPF_VERSION.len :
	    record.len;

	return (struct spf_terms){ record, at };
}

/* Note what is wrong at p, a place in the term; the first error stays. */
static void
spf_term_wrong(struct spf_term *term, const char *p, const char *why)
{
	if (term->error != NULL)
		return;
	term->error = why;
	term->error_column = term->column + (size_t)(p - term->text.p);
}

/*
 * toplabel = ( *alphanum ALPHA *alphanum ) /
 *            ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
 */
static bool
spf_toplabel(struct span s)
{
	bool letter = false, hyphen = false;

	for (size_t i = 0; i < s.len; i++) {
		if (ascii_is_alpha(s.p[i]))
			letter = true;
		else if (s.p[i] == '-')
			hyphen = true;
		else if (!ascii_is_digit(s.p[i]))
			return false;
	}
	return s.len > 0 && (letter || hyphen) && s.p[0] != '-' &&
	    s.p[s.len - 1] != '-';
}

/* domain-spec = macro-string domain-end; sets term->domain. */
static void
spf_domain_spec(struct span s, struct spf_term *term)
{
	struct span tail;
	struct ipaddr ip;
	const char *why;
	size_t at, dot;

	term->domain = s;
	if (s.len == 0) {
		spf_term_wrong(term, s.p, "a domain must stand here");
		return;
	}
	if (!spf_macro_check(s, SPF_MACRO_NAME, &at, &why)) {
		spf_term_wrong(term, s.p + at, why);
		return;
	}
	if (ipaddr_parse4(s, &ip)) {
		spf_term_wrong(term, s.p, "an address is no domain (write "
		    "ip4: for an address)");
		return;
	}
	tail = span_sub(s, spf_macro_last(s), s.len);
	if (tail.len == 0)
		return;
	if (tail.p[tail.len - 1] == '.')
		tail.len--;
	dot = span_rfind(tail, '.');
	if (dot == tail.len)
		spf_term_wrong(term, tail.p, "the domain needs a dot before "
		    "its top-level label");
	else if (!spf_toplabel(span_sub(tail, dot + 1, tail.len)))
		spf_term_wrong(term, tail.p + dot + 1,
		    "this is no top-level label (letters, not only digits)");
}

/* "/" and a number without leading zeros, at most max. */
static void
spf_prefix(struct span digits, unsigned max, unsigned *prefix,
    struct spf_term *term)
{
	uint64_t value = 0;

	if (!num_canonical(digits, max, &value))
		spf_term_wrong(term, digits.p, max == 32 ?
		    "a prefix length is 0 to 32, without leading zeros" :
		    "a prefix length is 0 to 128, without leading zeros");
	*prefix = (unsigned)value;
}

/* Index where the digits at the end of s begin. */
static size_t
spf_digits(struct span s)
{
	size_t i = s.len;

	while (i > 0 && ascii_is_digit(s.p[i - 1]))
		i--;
	return i;
}

/*
 * dual-cidr-length = [ "/" 1*DIGIT ] [ "//" 1*DIGIT ], taken off the end of
 * *s, because a domain-spec may hold slashes itself.
 */
static void
spf_dual_cidr(struct span *s, struct spf_term *term)
{
	size_t i = spf_digits(*s);

	if (i < s->len && i >= 2 && s->p[i - 1] == '/' &&
	    s->p[i - 2] == '/') {
		spf_prefix(span_sub(*s, i, s->len), 128, &term->prefix6,
		    term);
		s->len = i - 2;
		i = spf_digits(*s);
	}
	if (i < s->len && i >= 1 && s->p[i - 1] == '/') {
		spf_prefix(span_sub(*s, i, s->len), 32, &term->prefix4,
		    term);
		s->len = i - 1;
	}
}

/* ":" network [ "/" length ]; rest begins at the colon. */
static void
spf_network(struct span rest, struct spf_term *term)
{
	bool v4 = term->kind == SPF_IP4;
	struct span address, length;
	bool slash;

	if (rest.len == 0 || rest.p[0] != ':') {
		spf_term_wrong(term, rest.p, "a colon and an address must "
		    "stand here");
		return;
	}
	slash = span_cut(span_sub(rest, 1, rest.len), '/', &address, &length);
	if (!(v4 ? ipaddr_parse4(address, &term->net) :
	    ipaddr_parse6(address, &term->net)))
		spf_term_wrong(term, rest.p + 1, v4 ?
		    "this is no IPv4 address (four numbers, no leading "
		    "zeros, no port)" : "this is no IPv6 address");
	if (slash && v4)
		spf_prefix(length, 32, &term->prefix4, term);
	else if (slash)
		spf_prefix(length, 128, &term->prefix6, term);
}

/* What stands after a mechanism's name. */
static void
spf_argument(enum spf_argument argument, struct span rest,
    struct spf_term *term)
{
	switch (argument) {
	case SPF_ARG_NONE:
		if (rest.len > 0)
			spf_term_wrong(term, rest.p, "nothing may stand "
			    "after \"all\"");
		return;
	case SPF_ARG_IP4:
	case SPF_ARG_IP6:
		spf_network(rest, term);
		return;
	case SPF_ARG_DOMAIN_CIDR:
		spf_dual_cidr(&rest, term);
		break;
	case SPF_ARG_DOMAIN:
	case SPF_ARG_DOMAIN_MAY:
		break;
	}
	if (rest.len > 0 && rest.p[0] == ':')
		spf_domain_spec(span_sub(rest, 1, rest.len), term);
	else if (rest.len > 0)
		spf_term_wrong(term, rest.p, argument == SPF_ARG_DOMAIN_CIDR ?
		    "only a domain and prefix lengths may stand here" :
		    "only a colon and a domain may stand here");
	else if (argument == SPF_ARG_DOMAIN)
		spf_term_wrong(term, rest.p, "a colon and a domain must "
		    "stand here");
}

static void
spf_mechanism(struct span rest, struct spf_term *term)
{
	for (size_t i = 0; i < sizeof(spf_mechanisms) /
	    sizeof(spf_mechanisms[0]); i++) {
		if (!span_eq_nocase(term->name,
		    span_of(spf_mechanisms[i].name)))
			continue;
		term->kind = spf_mechanisms[i].kind;
		spf_argument(spf_mechanisms[i].argument, rest, term);
		return;
	}
	term->kind = SPF_UNKNOWN;
	spf_term_wrong(term, term->name.p, "there is no such mechanism");
}

/* modifier = name "=" value; rest begins after the equals sign. */
static void
spf_modifier(struct span rest, struct spf_term *term)
{
	const char *why;
	size_t at;

	if (span_eq_nocase(term->name, SPAN("redirect")))
		term->kind = SPF_REDIRECT;
	else if (span_eq_nocase(term->name, SPAN("exp")))
		term->kind = SPF_EXP;
	else
		term->kind = SPF_UNKNOWN;
	if (term->kind != SPF_UNKNOWN)
		spf_domain_spec(rest, term);
	else if (!spf_macro_check(rest, SPF_MACRO_NAME, &at, &why))
		spf_term_wrong(term, rest.p + at, why);
}

static bool
spf_is_name_char(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_' || c == '.';
}

/* Take a qualifier off; false if there is none. */
static bool
spf_qualifier(struct cursor *c, enum verdict *v)
{
	*v = VERDICT_PASS;
	if (cursor_take(c, '+'))
		return true;
	if (cursor_take(c, '-'))
		*v = VERDICT_FAIL;
	else if (cursor_take(c, '~'))
		*v = VERDICT_SOFTFAIL;
	else if (cursor_take(c, '?'))
		*v = VERDICT_NEUTRAL;
	return *v != VERDICT_PASS;
}

static void
spf_term_parse(struct spf_term *term)
{
	struct cursor c = cursor_of(term->text);
	bool qualified = spf_qualifier(&c, &term->verdict);

	for (size_t i = 0; i < term->text.len; i++)
		if (term->text.p[i] < 0x21 || term->text.p[i] > 0x7e)
			spf_term_wrong(term, term->text.p + i,
			    "only visible ASCII and spaces may stand in a "
			    "record");
	if (!ascii_is_alpha(cursor_peek(&c))) {
		term->kind = SPF_UNKNOWN;
		spf_term_wrong(term, c.p, "a name must begin here");
		return;
	}
	term->name = cursor_while(&c, spf_is_name_char);
	if (!qualified && cursor_take(&c, '='))
		spf_modifier(cursor_rest(&c), term);
	else
		spf_mechanism(cursor_rest(&c), term);
}

bool
spf_terms_next(struct spf_terms *t, struct spf_term *term)
{
	struct span rest;

	while (t->at < t->record.len && t->record.p[t->at] == ' ')
		t->at++;
	if (t->at >= t->record.len)
		return false;
	rest = span_sub(t->record, t->at, t->record.len);
	*term = (struct spf_term){
		.text = span_sub(rest, 0, span_find(rest, ' ')),
		.prefix4 = 32, .prefix6 = 128, .column = t->at + 1
	};
	t->at += term->text.len;
	spf_term_parse(term);
	return true;
}

/* Remember a modifier that may stand once. */
static void
spf_record_once(struct spf_term *place, struct spf_term *term)
{
	if (place->text.len > 0)
		spf_term_wrong(term, term->text.p, term->kind == SPF_EXP ?
		    "exp stands a second time" :
		    "redirect stands a second time");
	else
		*place = *term;
}

bool
spf_record_parse(struct span record, struct spf_record *r,
    struct spf_term *wrong)
{
	struct spf_terms t = spf_terms_of(record);
	struct spf_term term;

	*r = (struct spf_record){ .text = record };
	while (spf_terms_next(&t, &term)) {
		if (term.kind == SPF_ALL)
			r->has_all = true;
		else if (term.kind == SPF_REDIRECT)
			spf_record_once(&r->redirect, &term);
		else if (term.kind == SPF_EXP)
			spf_record_once(&r->exp, &term);
		if (term.error != NULL) {
			*wrong = term;
			return false;
		}
	}
	return true;
}

bool
spf_term_asks(const struct spf_term *term)
{
	switch (term->kind) {
	case SPF_INCLUDE:
	case SPF_A:
	case SPF_MX:
	case SPF_PTR:
	case SPF_EXISTS:
	case SPF_REDIRECT:
		return true;
	case SPF_ALL:
	case SPF_IP4:
	case SPF_IP6:
	case SPF_EXP:
	case SPF_UNKNOWN:
		return false;
	}
	return false;
}
