/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bounds.h"
#include "base/num.h"
#include "dns/dns.h"
#include "dns/zone_word.h"

/*
 * The next byte of a token, \X and \DDD resolved; *escaped says whether it
 * was one of these.  False if an escape is broken.
 */
bool
zone_byte(struct cursor *c, unsigned char *out, bool *escaped)
{
	unsigned value = 0;
	char ch = cursor_next(c);

	*escaped = ch == '\\';
	*out = (unsigned char)ch;
	if (!*escaped)
		return true;
	if (!ascii_is_digit(cursor_peek(c))) {
		*out = (unsigned char)cursor_next(c);
		return !c->bad;
	}
	for (size_t i = 0; i < 3; i++) {
		ch = cursor_next(c);
		if (!ascii_is_digit(ch))
			return false;
		value = value * 10 + (unsigned)(ch - '0');
	}
	*out = (unsigned char)value;
	return value <= 255;
}

/*
 * The labels of a written name into wire form, without the empty one at the
 * end.  *absolute reports a trailing dot.  0 if it is no name.
 */
size_t
zone_labels(struct span raw, unsigned char *out, bool *absolute)
{
	struct cursor c = cursor_of(raw);
	size_t label = 0, n = 1;

	*absolute = false;
	while (!cursor_done(&c)) {
		unsigned char byte;
		bool escaped;

		if (!zone_byte(&c, &byte, &escaped))
			return 0;
		*absolute = byte == '.' && !escaped;
		if (*absolute) {
			if (n == label + 1)
				return 0;
			out[label] = (unsigned char)(n - label - 1);
			label = n++;
			continue;
		}
		if (n - label > BOUND_DNS_LABEL || n >= BOUND_DNS_NAME - 1)
			return 0;
		out[n++] = byte;
	}
	if (*absolute)
		return label;
	out[label] = (unsigned char)(n - label - 1);
	return n;
}

/* "3600", "1h30m": seconds up to 2^31 - 1 (RFC 2181 8). */
bool
zone_time(struct span s, uint32_t *out)
{
	static const char units[] = "smhdw";
	static const uint32_t seconds[] = { 1, 60, 3600, 86400, 604800 };
	struct cursor c = cursor_of(s);
	uint64_t total = 0, count;

	if (num_u64(s, INT32_MAX, &count)) {
		*out = (uint32_t)count;
		return true;
	}
	while (!cursor_done(&c)) {
		const char *unit;

		if (!num_u64(cursor_while(&c, ascii_is_digit), INT32_MAX,
		    &count))
			return false;
		unit = strchr(units, ascii_lower(cursor_next(&c)));
		if (c.bad || unit == NULL || *unit == '\0')
			return false;
		total += count * seconds[unit - units];
		if (total > INT32_MAX)
			return false;
	}
	*out = (uint32_t)total;
	return s.len > 0;
}

bool
zone_type(struct span word, unsigned *type)
{
	static const struct {
		const char *word;
		unsigned type;
	} types[] = {
		{ "A", DNS_A }, { "AAAA", DNS_AAAA }, { "CNAME", DNS_CNAME },
		{ "MX", DNS_MX }, { "NS", DNS_NS }, { "PTR", DNS_PTR },
		{ "SOA", DNS_SOA }, { "TXT", DNS_TXT }, { "SPF", 99 },
		{ "AFSDB", 18 }, { "APL", 42 }, { "CAA", 257 },
		{ "CDNSKEY", 60 }, { "CDS", 59 }, { "CERT", 37 },
		{ "CSYNC", 62 }, { "DHCID", 49 }, { "DNAME", 39 },
		{ "DNSKEY", 48 }, { "DS", 43 }, { "EUI48", 108 },
		{ "EUI64", 109 }, { "HINFO", 13 }, { "HIP", 55 },
		{ "HTTPS", 65 }, { "IPSECKEY", 45 }, { "KEY", 25 },
		{ "KX", 36 }, { "L32", 105 }, { "L64", 106 }, { "LOC", 29 },
		{ "LP", 107 }, { "MB", 7 }, { "MG", 8 }, { "MINFO", 14 },
		{ "MR", 9 }, { "NAPTR", 35 }, { "NID", 104 }, { "NSEC", 47 },
		{ "NSEC3", 50 }, { "NSEC3PARAM", 51 }, { "OPENPGPKEY", 61 },
		{ "RP", 17 }, { "RRSIG", 46 }, { "RT", 21 }, { "SIG", 24 },
		{ "SMIMEA", 53 }, { "SRV", 33 }, { "SSHFP", 44 },
		{ "SVCB", 64 }, { "TLSA", 52 }, { "URI", 256 }, { "WKS", 11 },
		{ "X25", 19 }, { "ZONEMD", 63 }
	};
	uint64_t number;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (span_eq_nocase(word, span_of(types[i].word))) {
			*type = types[i].type;
			return true;
		}
	}
	if (!span_starts_nocase(word, SPAN("TYPE")) ||
	    !num_canonical(span_sub(word, 4, word.len), UINT16_MAX, &number))
		return false;
	*type = (unsigned)number;
	return true;
}
