/* SPDX-License-Identifier: ISC */
#include "base/ipaddr.h"
#include "base/num.h"
#include "dns/domain.h"
#include "posture/sts_policy.h"

enum sts_key { STS_VERSION, STS_MODE, STS_MAX_AGE, STS_MX, STS_OTHER };

static const char *const sts_keys[] = { "version", "mode", "max_age", "mx" };
static const char *const sts_modes[] = { NULL, "none", "testing", "enforce" };

const char *
sts_mode_word(enum sts_mode mode)
{
	return sts_modes[mode];
}

static enum sts_key
sts_key_of(struct span name)
{
	size_t i = STS_VERSION;

	while (i < STS_OTHER && !span_eq(name, span_of(sts_keys[i])))
		i++;
	return (enum sts_key)i;
}

/* A key of an extension: letters, digits, then also _ - and dots. */
static bool
sts_is_key(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!ascii_is_alnum(name.p[i]) && (i == 0 ||
		    (name.p[i] != '_' && name.p[i] != '-' &&
		    name.p[i] != '.')))
			return false;
	return name.len > 0 && name.len <= 32;
}

/* A host, or "*." and a host; never an address. */
static bool
sts_is_mx(struct span value)
{
	struct ipaddr literal;
	struct span host = value;

	if (span_starts(value, SPAN("*.")))
		host = span_sub(value, 2, value.len);
	return domain_is_host(host) && !ipaddr_parse4(host, &literal);
}

/* What is wrong with the value, or NULL. */
static const char *
sts_take(enum sts_key key, struct span value, struct sts_policy *p)
{
	uint64_t number;

	switch (key) {
	case STS_VERSION:
		return span_eq(value, SPAN("STSv1")) ? NULL :
		    "version is not STSv1";
	case STS_MODE:
		for (size_t i = STS_MODE_NONE; i <= STS_MODE_ENFORCE; i++)
			if (span_eq(value, span_of(sts_modes[i])))
				p->mode = (enum sts_mode)i;
		return p->mode != STS_MODE_UNKNOWN ? NULL :
		    "mode is not none, testing or enforce";
	case STS_MAX_AGE:
		if (!num_u64(value, STS_POLICY_YEAR, &number))
			return "max_age is no number of up to a year";
		p->max_age = (uint32_t)number;
		return NULL;
	case STS_MX:
		if (!sts_is_mx(value))
			return "an mx that is no name, nor *. and a name";
		if (p->nmx < STS_POLICY_MX)
			p->mx[p->nmx] = value;
		p->nmx++;
		return NULL;
	case STS_OTHER:
		break;
	}
	return NULL;
}

/* One line that is not empty. */
static const char *
sts_line(struct span line, struct sts_policy *p, bool seen[STS_OTHER])
{
	struct span name, value;
	enum sts_key key;

	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.p[i] < ' ' && line.p[i] != '\t')
			return "a control character";
	if (!span_cut(line, ':', &name, &value))
		return "a line without a colon";
	name = span_trim_wsp(name);
	if (!sts_is_key(name))
		return "a key that is none";
	key = sts_key_of(name);
	if (key == STS_OTHER) {
		p->unknown = p->unknown.len > 0 ? p->unknown : name;
		return NULL;
	}
	if (seen[key] && key != STS_MX) {
		p->twice = p->twice.len > 0 ? p->twice : name;
		return NULL;
	}
	seen[key] = true;
	return sts_take(key, span_trim_wsp(value), p);
}

const char *
sts_policy_parse(struct span text, struct sts_policy *p)
{
	static const char *const lacks[] = { "no version", "no mode",
	    "no max_age" };
	bool seen[STS_OTHER] = { false }, more = true;
	const char *what = NULL;
	struct span line;

	*p = (struct sts_policy){ .mode = STS_MODE_UNKNOWN };
	while (more && what == NULL) {
		more = span_cut(text, '\n', &line, &text);
		if (line.len > 0 && line.p[line.len - 1] == '\r')
			line.len--;
		if (line.len > 0)
			what = sts_line(line, p, seen);
	}
	for (size_t i = 0; i < 3 && what == NULL; i++)
		if (!seen[i])
			what = lacks[i];
	if (what == NULL && p->mode != STS_MODE_NONE && p->nmx == 0)
		what = "no mx";
	if (what == NULL && p->nmx > STS_POLICY_MX)
		what = "more mx than are read";
	if (what != NULL)
		*p = (struct sts_policy){ .mode = STS_MODE_UNKNOWN };
	return what;
}

bool
sts_policy_matches(struct span pattern, struct span exchange)
{
	struct span label, rest;

	exchange = domain_undot(exchange);
	if (!span_starts(pattern, SPAN("*.")))
		return span_eq_nocase(pattern, exchange);
	return span_cut(exchange, '.', &label, &rest) && label.len > 0 &&
	    span_eq_nocase(span_sub(pattern, 2, pattern.len), rest);
}
