/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/ipaddr.h"
#include "base/num.h"

bool
ipaddr_parse4(struct span s, struct ipaddr *out)
{
	struct ipaddr a = { .family = 4 };
	struct span octet, rest = s;

	for (size_t i = 0; i < 4; i++) {
		uint64_t value;
		bool dot = span_cut(rest, '.', &octet, &rest);

		if (dot != (i < 3) || octet.len > 3 ||
		    !num_canonical(octet, 255, &value))
			return false;
		a.bytes[i] = (uint8_t)value;
	}
	*out = a;
	return true;
}

/* One group of one to four hexadecimal digits. */
static bool
ipaddr_group(struct span s, uint8_t two[2])
{
	unsigned value = 0;

	if (s.len < 1 || s.len > 4)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		int digit = ascii_hex(s.p[i]);

		if (digit < 0)
			return false;
		value = value << 4 | (unsigned)digit;
	}
	two[0] = (uint8_t)(value >> 8);
	two[1] = (uint8_t)value;
	return true;
}

/*
 * Groups between colons into at most 16 bytes; an IPv4 address may be the last
 * if tail allows.  Returns the bytes written, or -1.  Empty s: 0 bytes.
 */
static int
ipaddr_groups(struct span s, bool tail, uint8_t out[16])
{
	struct span group, rest = s;
	struct ipaddr v4;
	size_t n = 0;
	bool more = s.len > 0;

	while (more) {
		more = span_cut(rest, ':', &group, &rest);
		if (!more && tail && span_find(group, '.') < group.len) {
			if (n > 12 || !ipaddr_parse4(group, &v4))
				return -1;
			memcpy(out + n, v4.bytes, 4);
			n += 4;
			break;
		}
		if (n > 14 || !ipaddr_group(group, out + n))
			return -1;
		n += 2;
	}
	return (int)n;
}

/* Index of the first "::", or s.len. */
static size_t
ipaddr_gap(struct span s)
{
	for (size_t i = 0; i + 1 < s.len; i++)
		if (s.p[i] == ':' && s.p[i + 1] == ':')
			return i;
	return s.len;
}

bool
ipaddr_parse6(struct span s, struct ipaddr *out)
{
	struct ipaddr a = { .family = 6 };
	uint8_t behind[16];
	size_t gap = ipaddr_gap(s);
	int head, tail;

	if (s.len > 45)
		return false;
	head = ipaddr_groups(span_sub(s, 0, gap), gap == s.len, a.bytes);
	if (gap == s.len) {
		if (head != 16)
			return false;
		*out = a;
		return true;
	}
	tail = ipaddr_groups(span_sub(s, gap + 2, s.len), true, behind);
	if (head < 0 || tail < 0 || head + tail > 14)
		return false;
	memset(a.bytes + head, 0, (size_t)(16 - head));
	memcpy(a.bytes + 16 - tail, behind, (size_t)tail);
	*out = a;
	return true;
}

bool
ipaddr_parse(struct span s, struct ipaddr *out)
{
	return ipaddr_parse4(s, out) || ipaddr_parse6(s, out);
}

struct ipaddr
ipaddr_unmap(struct ipaddr a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct ipaddr v4 = { .family = 4 };

	if (a.family != 6 || memcmp(a.bytes, mapped, sizeof(mapped)) != 0)
		return a;
	memcpy(v4.bytes, a.bytes + 12, 4);
	return v4;
}

bool
ipaddr_in(const struct ipaddr *a, const struct ipaddr *net, unsigned prefix)
{
	unsigned whole = prefix / 8, bits = prefix % 8;
	unsigned mask = (0xff00U >> bits) & 0xff;

	if (a->family != net->family || a->family == 0 ||
	    prefix > (a->family == 4 ? 32U : 128U))
		return false;
	if (memcmp(a->bytes, net->bytes, whole) != 0)
		return false;
	return bits == 0 ||
	    (a->bytes[whole] & mask) == (net->bytes[whole] & mask);
}

bool
ipaddr_eq(const struct ipaddr *a, const struct ipaddr *b)
{
	return ipaddr_in(a, b, a->family == 4 ? 32 : 128);
}

/* The longest run of at least two zero groups, as RFC 5952 4.2 wants it. */
static void
ipaddr_zeros(const struct ipaddr *a, size_t *from, size_t *len)
{
	size_t run = 0;

	*from = 8;
	*len = 1;
	for (size_t i = 0; i < 8; i++) {
		bool zero = a->bytes[2 * i] == 0 && a->bytes[2 * i + 1] == 0;

		run = zero ? run + 1 : 0;
		if (run > *len) {
			*len = run;
			*from = i + 1 - run;
		}
	}
}

void
ipaddr_format(const struct ipaddr *a, struct buf *b)
{
	size_t from, len;

	if (a->family == 4) {
		buf_addf(b, "%u.%u.%u.%u", a->bytes[0], a->bytes[1],
		    a->bytes[2], a->bytes[3]);
		return;
	}
	if (a->family != 6)
		return;
	if (ipaddr_unmap(*a).family == 4) {
		struct ipaddr v4 = ipaddr_unmap(*a);

		buf_adds(b, "::ffff:");
		ipaddr_format(&v4, b);
		return;
	}
	ipaddr_zeros(a, &from, &len);
	for (size_t i = 0; i < 8; i++) {
		if (i == from) {
			buf_adds(b, "::");
			i += len - 1;
			continue;
		}
		if (i > 0 && i != from + len)
			buf_addc(b, ':');
		buf_addf(b, "%x", (unsigned)a->bytes[2 * i] << 8 |
		    a->bytes[2 * i + 1]);
	}
}
