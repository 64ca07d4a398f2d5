/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <string.h>

#include "base/ipaddr.h"

/* For inet_pton(3), which ends at the first NUL. */
static bool
ipaddr_pton(int family, struct span s, uint8_t *bytes)
{
	char text[INET6_ADDRSTRLEN];

	if (s.len == 0 || s.len >= sizeof(text) ||
	    memchr(s.p, '\0', s.len) != NULL)
		return false;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	return inet_pton(family, text, bytes) == 1;
}

bool
ipaddr_parse4(struct span s, struct ipaddr *out)
{
	struct ipaddr a = { .family = 4 };

	if (!ipaddr_pton(AF_INET, s, a.bytes))
		return false;
	*out = a;
	return true;
}

bool
ipaddr_parse6(struct span s, struct ipaddr *out)
{
	struct ipaddr a = { .family = 6 };

	if (!ipaddr_pton(AF_INET6, s, a.bytes))
		return false;
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

void
ipaddr_reverse(const struct ipaddr *a, struct buf *b)
{
	if (a->family == 4) {
		buf_addf(b, "%d.%d.%d.%d.in-addr.arpa", a->bytes[3],
		    a->bytes[2], a->bytes[1], a->bytes[0]);
		return;
	}
	for (size_t i = 0; i < sizeof(a->bytes); i++) {
		unsigned byte = a->bytes[sizeof(a->bytes) - 1 - i];

		buf_addf(b, "%x.%x.", byte & 15, byte >> 4);
	}
	buf_adds(b, "ip6.arpa");
}
