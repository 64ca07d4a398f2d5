/* SPDX-License-Identifier: ISC */
#include "base/bounds.h"
#include "dns/domain.h"

static bool
domain_label_ok(struct span label, bool host)
{
	if (label.len == 0 || label.len > BOUND_DNS_LABEL)
		return false;
	for (size_t i = 0; i < label.len; i++) {
		char c = label.p[i];

		if (!ascii_is_alnum(c) && c != '-' && (host || c != '_'))
			return false;
	}
	return !host || (label.p[0] != '-' && label.p[label.len - 1] != '-');
}

static bool
domain_check(struct span d, bool host)
{
	struct span label, rest = d;
	bool more = true;

	if (d.len == 0 || d.len > BOUND_DNS_TEXT)
		return false;
	while (more) {
		more = span_cut(rest, '.', &label, &rest);
		if (!domain_label_ok(label, host))
			return false;
	}
	return true;
}

bool
domain_fits(struct span d)
{
	struct span label, rest = d;
	bool more = true;

	if (d.len > BOUND_DNS_TEXT)
		return false;
	while (more) {
		more = span_cut(rest, '.', &label, &rest);
		if (label.len == 0 || label.len > BOUND_DNS_LABEL)
			return false;
	}
	return true;
}

bool
domain_is_ldhu(struct span d)
{
	return domain_check(d, false);
}

bool
domain_is_host(struct span d)
{
	return domain_check(d, true);
}

size_t
domain_labels(struct span d)
{
	size_t n = d.len > 0;

	for (size_t i = 0; i < d.len; i++)
		n += d.p[i] == '.';
	return n;
}

struct span
domain_tail(struct span d, size_t n)
{
	size_t i = d.len;

	if (n == 0)
		return span_sub(d, d.len, 0);
	for (; i > 0; i--)
		if (d.p[i - 1] == '.' && --n == 0)
			break;
	return span_sub(d, i, d.len);
}

bool
domain_within(struct span d, struct span top)
{
	if (!span_ends_nocase(d, top))
		return false;
	return d.len == top.len ||
	    (top.len > 0 && d.p[d.len - top.len - 1] == '.');
}

bool
domain_shares(struct span d, struct span other, size_t n)
{
	return domain_within(d, domain_tail(other, n));
}

struct span
domain_undot(struct span d)
{
	if (d.len > 0 && d.p[d.len - 1] == '.')
		d.len--;
	return d;
}

bool
domain_is_registry(struct span domain)
{
	static const char *const words[] = { "ac", "co", "com", "edu", "gob",
	    "gov", "mil", "ne", "net", "nom", "or", "org" };
	struct span top = domain_tail(domain, 1);

	if (domain_labels(domain) != 2 || top.len != 2)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_eq_nocase(span_sub(domain, 0,
		    domain.len - top.len - 1), span_of(words[i])))
			return true;
	return false;
}
