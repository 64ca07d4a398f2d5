/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bounds.h"
#include "dns/domain.h"
#include "spf/macro.h"

/* One macro-expand of the form "%{...}". */
struct spf_macro {
	char letter;		/* lower case */
	bool escape;		/* upper case: URL-escape the value */
	bool reverse;
	size_t keep;		/* rightmost parts; 0 is all of them */
	struct span delimiters;	/* "." if none is named */
};

static bool
spf_macro_delimiter(char c)
{
	return c != '\0' && strchr(".-+,/_=", c) != NULL;
}

static bool
spf_macro_letter(char c, enum spf_macro_use use)
{
	return c != '\0' && strchr(use == SPF_MACRO_NAME ? "slodipvh" :
	    "slodipvhcrt", c) != NULL;
}

/*
 * transformers = *DIGIT [ "r" ].  More parts than a name can have are all of
 * them, so the number saturates.
 */
static bool
spf_macro_digits(struct cursor *c, size_t *keep)
{
	struct span digits = cursor_while(c, ascii_is_digit);

	*keep = 0;
	for (size_t i = 0; i < digits.len; i++)
		if (*keep < (size_t)1 << 20)
			*keep = *keep * 10 + (size_t)(digits.p[i] - '0');
	return digits.len == 0 || *keep > 0;
}

/* The cursor stands after "%{"; NULL, or what is wrong at c->p. */
static const char *
spf_macro_braced(struct cursor *c, enum spf_macro_use use,
    struct spf_macro *m)
{
	char letter = ascii_lower(cursor_peek(c));

	if (!spf_macro_letter(letter, use)) {
		if (use == SPF_MACRO_NAME &&
		    spf_macro_letter(letter, SPF_MACRO_EXPLANATION))
			return "the macros c, r and t belong in explanations";
		return "there is no such macro letter";
	}
	m->letter = letter;
	m->escape = *c->p != letter;
	c->p++;
	if (!spf_macro_digits(c, &m->keep))
		return "a macro cannot keep 0 parts";
	m->reverse = cursor_take(c, 'r') || cursor_take(c, 'R');
	m->delimiters = cursor_while(c, spf_macro_delimiter);
	if (m->delimiters.len == 0)
		m->delimiters = SPAN(".");
	if (!cursor_take(c, '}'))
		return cursor_done(c) ? "the macro has no closing brace" :
		    "this byte has no place in a macro";
	return NULL;
}

/*
 * The next piece: a literal byte (returned in *literal, braced false), or a
 * braced macro.  NULL, or what is wrong at c->p.
 */
static const char *
spf_macro_next(struct cursor *c, enum spf_macro_use use, bool *braced,
    const char **literal, struct spf_macro *m)
{
	char first = *c->p;

	*braced = false;
	if (first != '%') {
		if (first < 0x21 || first > 0x7e) {
			if (first != ' ' || use == SPF_MACRO_NAME)
				return "only visible ASCII may stand here";
		}
		*literal = c->p++;
		return NULL;
	}
	if (cursor_left(c) < 2)
		return "a lone % (write %% for a percent sign)";
	switch (c->p[1]) {
	case '%':
		*literal = "%";
		break;
	case '_':
		*literal = " ";
		break;
	case '-':
		*literal = "%20";
		break;
	case '{':
		*braced = true;
		c->p += 2;
		return spf_macro_braced(c, use, m);
	default:
		return "a % that begins no macro (write %% for a percent "
		    "sign)";
	}
	c->p += 2;
	return NULL;
}

bool
spf_macro_check(struct span s, enum spf_macro_use use, size_t *at,
    const char **why)
{
	struct cursor c = cursor_of(s);

	while (!cursor_done(&c)) {
		struct spf_macro m;
		const char *literal;
		bool braced;

		*why = spf_macro_next(&c, use, &braced, &literal, &m);
		if (*why != NULL) {
			*at = (size_t)(c.p - s.p);
			return false;
		}
	}
	return true;
}

size_t
spf_macro_last(struct span s)
{
	size_t i = 0, last = 0;

	while (i + 1 < s.len) {
		if (s.p[i] != '%') {
			i++;
			continue;
		}
		if (s.p[i + 1] == '{')
			i += span_find(span_sub(s, i, s.len), '}') + 1;
		else
			i += 2;
		last = i;
	}
	return last;
}

bool
spf_macro_uses(struct span s, char letter)
{
	for (size_t i = 0; i + 2 < s.len; i++) {
		if (s.p[i] != '%')
			continue;
		if (s.p[i + 1] == '{' && ascii_lower(s.p[i + 2]) == letter)
			return true;
		i++;
	}
	return false;
}

bool
spf_macro_any(struct span s)
{
	return span_find(s, '%') < s.len;
}

/* The address as its macro wants it: dotted quad, or nibbles between dots. */
static void
spf_macro_ip(const struct ipaddr *ip, struct buf *b)
{
	static const char hex[] = "0123456789ABCDEF";

	if (ip->family == 4) {
		ipaddr_format(ip, b);
		return;
	}
	for (size_t i = 0; i < 32; i++) {
		unsigned byte = ip->bytes[i / 2];

		if (i > 0)
			buf_addc(b, '.');
		buf_addc(b, hex[i % 2 == 0 ? byte >> 4 : byte & 15]);
	}
}

/* The value of one letter; borrowed, or written to scratch. */
static struct span
spf_macro_value(char letter, const struct spf_macro_vars *v,
    struct buf *scratch)
{
	switch (letter) {
	case 's':
		buf_addspan(scratch, v->local);
		buf_addc(scratch, '@');
		buf_addspan(scratch, v->sender_domain);
		break;
	case 'l':
		return v->local;
	case 'o':
		return v->sender_domain;
	case 'd':
		return v->domain;
	case 'i':
		spf_macro_ip(&v->ip, scratch);
		break;
	case 'p':
		return v->validated;
	case 'v':
		return v->ip.family == 4 ? SPAN("in-addr") : SPAN("ip6");
	case 'h':
		return v->helo;
	case 'c':
		ipaddr_format(&v->ip, scratch);
		break;
	case 'r':
		return v->receiver.len > 0 ? v->receiver : SPAN("unknown");
	case 't':
		buf_addf(scratch, "%lld", (long long)v->now);
		break;
	default:
		break;
	}
	return buf_span(scratch);
}

/*
 * A name is cut from the left at last, so only its end matters: drop what
 * can no longer be a part of it before it grows large.
 */
static void
spf_macro_slide(struct buf *out)
{
	const size_t keep = 1024;

	if (out->len < 16 * keep)
		return;
	memmove(out->p, out->p + out->len - keep, keep);
	out->len = keep;
	out->p[keep] = '\0';
}

static void
spf_macro_part(struct span part, bool escape, struct buf *out)
{
	for (size_t i = 0; i < part.len; i++) {
		char c = part.p[i];

		if (!escape || ascii_is_alnum(c) || c == '-' || c == '.' ||
		    c == '_' || c == '~')
			buf_addc(out, c);
		else
			buf_addf(out, "%%%02X", (unsigned char)c);
	}
}

/* How many parts the delimiters cut value into. */
static size_t
spf_macro_parts(struct span value, struct span delimiters)
{
	size_t n = 1;

	for (size_t i = 0; i < value.len; i++)
		n += span_find(delimiters, value.p[i]) < delimiters.len;
	return n;
}

/* The parts from index first to the end in order, or from the first `count`
 * the last one foremost; between them dots. */
static void
spf_macro_forward(struct span value, const struct spf_macro *m, size_t skip,
    enum spf_macro_use use, struct buf *out)
{
	size_t from = 0, index = 0;

	for (size_t i = 0; i <= value.len; i++) {
		if (i < value.len && span_find(m->delimiters, value.p[i]) ==
		    m->delimiters.len)
			continue;
		if (index >= skip) {
			if (index > skip)
				buf_addc(out, '.');
			spf_macro_part(span_sub(value, from, i - from),
			    m->escape, out);
			if (use == SPF_MACRO_NAME)
				spf_macro_slide(out);
		}
		index++;
		from = i + 1;
	}
}

static void
spf_macro_backward(struct span value, const struct spf_macro *m, size_t skip,
    enum spf_macro_use use, struct buf *out)
{
	size_t to = value.len, index = 0;

	for (size_t i = value.len + 1; i-- > 0;) {
		if (i > 0 && span_find(m->delimiters, value.p[i - 1]) ==
		    m->delimiters.len)
			continue;
		if (index >= skip) {
			if (index > skip)
				buf_addc(out, '.');
			spf_macro_part(span_sub(value, i, to - i), m->escape,
			    out);
			if (use == SPF_MACRO_NAME)
				spf_macro_slide(out);
		}
		index++;
		to = i > 0 ? i - 1 : 0;
	}
}

static void
spf_macro_one(const struct spf_macro *m, const struct spf_macro_vars *vars,
    enum spf_macro_use use, struct buf *out)
{
	struct buf scratch;
	struct span value;
	size_t parts, skip;

	buf_init(&scratch, SPF_MACRO_NAME_BYTES);
	value = spf_macro_value(m->letter, vars, &scratch);
	if (scratch.nomem)
		out->nomem = true;
	parts = spf_macro_parts(value, m->delimiters);
	skip = m->keep > 0 && m->keep < parts ? parts - m->keep : 0;
	if (m->reverse)
		spf_macro_backward(value, m, skip, use, out);
	else
		spf_macro_forward(value, m, skip, use, out);
	buf_free(&scratch);
}

/* RFC 8616 4: a local-part in UTF-8 has no form in a name. */
static bool
spf_macro_fits(const struct spf_macro *m, const struct spf_macro_vars *vars)
{
	if (m->letter != 'l' && m->letter != 's')
		return true;
	for (size_t i = 0; i < vars->local.len; i++)
		if ((unsigned char)vars->local.p[i] >= 0x80)
			return false;
	return true;
}

/* RFC 7208 7.3: without the trailing dot, and without labels on the left
 * until it fits. */
static bool
spf_macro_name(struct buf *out)
{
	struct span name = domain_undot(buf_span(out));

	while (name.len > BOUND_DNS_TEXT) {
		size_t dot = span_find(name, '.');

		if (dot == name.len)
			return false;
		name = span_sub(name, dot + 1, name.len);
	}
	if (name.len > 0)
		memmove(out->p, name.p, name.len);
	out->len = name.len;
	if (out->p != NULL)
		out->p[out->len] = '\0';
	return domain_fits(buf_span(out));
}

bool
spf_macro_expand(struct span s, enum spf_macro_use use,
    const struct spf_macro_vars *vars, size_t limit, struct buf *out)
{
	struct cursor c = cursor_of(s);
	bool fits = true;

	while (!cursor_done(&c) && !out->full && !out->nomem) {
		struct spf_macro m;
		const char *literal;
		bool braced;

		if (spf_macro_next(&c, use, &braced, &literal, &m) != NULL)
			return false;
		if (!braced) {
			/* %- is three bytes, all others are one. */
			buf_add(out, literal, *literal == '%' &&
			    literal[1] == '2' ? 3 : 1);
		} else {
			fits = fits && spf_macro_fits(&m, vars);
			spf_macro_one(&m, vars, use, out);
		}
		if (use == SPF_MACRO_NAME)
			spf_macro_slide(out);
		else if (out->len >= limit)
			break;
	}
	if (use == SPF_MACRO_EXPLANATION) {
		if (out->len > limit) {
			out->len = limit;
			out->p[limit] = '\0';
		}
		return true;
	}
	return spf_macro_name(out) && fits && !out->full;
}
