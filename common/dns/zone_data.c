/* SPDX-License-Identifier: ISC */
/* The data of each type of record (RFC 1035 3.3, 3596, 3597 5). */
#include <string.h>

#include "base/num.h"
#include "dns/wire.h"
#include "dns/zone_parse_impl.h"
#include "dns/zone_word.h"

#define ZONE_NO_ORIGIN "a relative name, and no $ORIGIN, --origin=NAME or " \
    "--zone=NAME:FILE says of what"

enum fault_kind
zone_bad(struct zone_parser *p, const char *text)
{
	return zone_lex_bad(&p->lex, text);
}

enum fault_kind
zone_name(struct zone_parser *p, unsigned char name[BOUND_DNS_NAME])
{
	struct span raw = p->lex.token.raw;
	size_t len, origin = dns_name_len(p->origin);
	bool absolute;

	if (p->lex.token.kind != ZONE_WORD)
		return zone_bad(p, "a name cannot be quoted");
	memset(name, 0, BOUND_DNS_NAME);
	if (span_eq(raw, SPAN(".")))
		return FAULT_NONE;
	if (span_eq(raw, SPAN("@"))) {
		if (!p->origin_known)
			return zone_bad(p, ZONE_NO_ORIGIN);
		memcpy(name, p->origin, origin);
		return FAULT_NONE;
	}
	len = zone_labels(raw, name, &absolute);
	if (len == 0)
		return zone_bad(p, "not a domain name");
	name[len] = 0;
	if (!absolute) {
		if (!p->origin_known)
			return zone_bad(p, ZONE_NO_ORIGIN);
		if (origin > BOUND_DNS_NAME - len)
			return zone_bad(p, "too long with its origin");
		memcpy(name + len, p->origin, origin);
	}
	dns_name_lower(name);
	return FAULT_NONE;
}

static void
zone_put(struct zone_parser *p, uint32_t value, size_t octets)
{
	while (octets-- > 0)
		buf_addc(&p->data, (char)(value >> (octets * 8) & 0xff));
}

/* The next token is a number of at most max. */
static enum fault_kind
zone_number(struct zone_parser *p, const char *what, uint32_t max,
    uint32_t *out)
{
	uint64_t value;

	if (zone_lex_need(&p->lex, what) != FAULT_NONE)
		return p->f->kind;
	if (!num_u64(p->lex.token.raw, max, &value))
		return zone_bad(p, "not a number, or too large");
	*out = (uint32_t)value;
	return FAULT_NONE;
}

/* The next token is a name: into the record's data. */
static enum fault_kind
zone_data_name(struct zone_parser *p)
{
	unsigned char name[BOUND_DNS_NAME];

	if (zone_lex_need(&p->lex, "a domain name") != FAULT_NONE ||
	    zone_name(p, name) != FAULT_NONE)
		return p->f->kind;
	buf_add(&p->data, name, dns_name_len(name));
	return FAULT_NONE;
}

static enum fault_kind
zone_data_address(struct zone_parser *p, unsigned type)
{
	struct ipaddr addr = { .family = 0 };

	if (zone_lex_need(&p->lex, "an address") != FAULT_NONE)
		return p->f->kind;
	if (!(type == DNS_A ? ipaddr_parse4(p->lex.token.raw, &addr) :
	    ipaddr_parse6(p->lex.token.raw, &addr)))
		return zone_bad(p, type == DNS_A ? "not an IPv4 address" :
		    "not an IPv6 address");
	buf_add(&p->data, addr.bytes, type == DNS_A ? 4 : 16);
	return FAULT_NONE;
}

static enum fault_kind
zone_data_mx(struct zone_parser *p)
{
	uint32_t preference = 0;

	if (zone_number(p, "the preference", UINT16_MAX, &preference) !=
	    FAULT_NONE)
		return p->f->kind;
	zone_put(p, preference, 2);
	return zone_data_name(p);
}

static enum fault_kind
zone_data_soa(struct zone_parser *p, struct zone_record *r)
{
	static const char *const times[] =
	    { "refresh", "retry", "expire", "minimum" };
	uint32_t value = 0;

	if (zone_data_name(p) != FAULT_NONE ||
	    zone_data_name(p) != FAULT_NONE ||
	    zone_number(p, "the serial", UINT32_MAX, &value) != FAULT_NONE)
		return p->f->kind;
	zone_put(p, value, 4);
	for (size_t i = 0; i < 4; i++) {
		if (zone_lex_need(&p->lex, times[i]) != FAULT_NONE)
			return p->f->kind;
		if (!zone_time(p->lex.token.raw, &value))
			return zone_bad(p, "not a time");
		zone_put(p, value, 4);
	}
	/* RFC 1035 of old: the minimum is the TTL where none is given. */
	if (p->ttl_from <= TTL_SOA) {
		p->ttl = value;
		p->ttl_from = TTL_SOA;
		if (!r->has_ttl)
			r->ttl = value;
	}
	return FAULT_NONE;
}

/* One character-string: the token under the eye. */
static enum fault_kind
zone_data_string(struct zone_parser *p)
{
	struct cursor c = cursor_of(p->lex.token.raw);
	unsigned char bytes[256];
	size_t n = 0;
	bool escaped;

	while (!cursor_done(&c)) {
		if (n == 255)
			return zone_bad(p, "over 255 bytes in one string");
		if (!zone_byte(&c, &bytes[++n], &escaped))
			return zone_bad(p, "a broken escape");
	}
	bytes[0] = (unsigned char)n;
	buf_add(&p->data, bytes, n + 1);
	return FAULT_NONE;
}

static enum fault_kind
zone_data_txt(struct zone_parser *p)
{
	size_t strings = 0;

	if (zone_lex_need(&p->lex, "a string") != FAULT_NONE)
		return p->f->kind;
	while (!zone_lex_at_end(&p->lex)) {
		const struct zone_token *t = &p->lex.token;
		const struct dns_zone_piece piece = {
		    .line = (uint32_t)t->line, .column = (uint32_t)t->column +
		    (t->kind == ZONE_STRING), .at = p->data.len - strings++ };

		buf_add(&p->pieces, &piece, sizeof(piece));
		if (zone_data_string(p) != FAULT_NONE ||
		    zone_lex_next(&p->lex) != FAULT_NONE)
			return p->f->kind;
	}
	return FAULT_NONE;
}

/* Pairs of hexadecimal digits: the token under the eye. */
static enum fault_kind
zone_data_hex(struct zone_parser *p)
{
	struct span hex = p->lex.token.raw;

	for (size_t i = 0; i < hex.len; i += 2) {
		int high = ascii_hex(hex.p[i]);
		int low = i + 1 < hex.len ? ascii_hex(hex.p[i + 1]) : -1;

		if (high < 0 || low < 0)
			return zone_bad(p, "not pairs of hexadecimal digits");
		buf_addc(&p->data, (char)(high << 4 | low));
	}
	return FAULT_NONE;
}

/* Hexadecimal digits to the end of the line, from the next token on. */
static enum fault_kind
zone_data_digits(struct zone_parser *p, const char *what)
{
	if (zone_lex_need(&p->lex, what) != FAULT_NONE)
		return p->f->kind;
	while (!zone_lex_at_end(&p->lex)) {
		if (zone_data_hex(p) != FAULT_NONE ||
		    zone_lex_next(&p->lex) != FAULT_NONE)
			return p->f->kind;
	}
	return FAULT_NONE;
}

/* RFC 6698 2.2. */
static enum fault_kind
zone_data_tlsa(struct zone_parser *p)
{
	static const char *const fields[] =
	    { "the usage", "the selector", "the matching type" };
	uint32_t value = 0;

	for (size_t i = 0; i < 3; i++) {
		if (zone_number(p, fields[i], UINT8_MAX, &value) !=
		    FAULT_NONE)
			return p->f->kind;
		zone_put(p, value, 1);
	}
	return zone_data_digits(p, "the association data");
}

/* RFC 4034 5.3, the algorithm as a number. */
static enum fault_kind
zone_data_ds(struct zone_parser *p)
{
	uint32_t value = 0;

	if (zone_number(p, "the key tag", UINT16_MAX, &value) != FAULT_NONE)
		return p->f->kind;
	zone_put(p, value, 2);
	for (size_t i = 0; i < 2; i++) {
		if (zone_number(p, i == 0 ? "the algorithm" :
		    "the digest type", UINT8_MAX, &value) != FAULT_NONE)
			return p->f->kind;
		zone_put(p, value, 1);
	}
	return zone_data_digits(p, "the digest");
}

/* RFC 3597 5: "\# LENGTH HEX..."; the eye is on "\#". */
static enum fault_kind
zone_data_generic(struct zone_parser *p, unsigned type)
{
	struct span data;
	enum dns_rdata state;
	struct dns_record record;
	uint32_t len = 0;

	if (type == DNS_SOA || type == DNS_NS || type == DNS_CNAME ||
	    type == DNS_PTR || type == DNS_MX)
		return zone_bad(p, "write this type in its own words");
	if (zone_number(p, "the length", UINT16_MAX, &len) != FAULT_NONE ||
	    zone_lex_next(&p->lex) != FAULT_NONE)
		return p->f->kind;
	while (!zone_lex_at_end(&p->lex)) {
		if (zone_data_hex(p) != FAULT_NONE ||
		    zone_lex_next(&p->lex) != FAULT_NONE)
			return p->f->kind;
	}
	if (buf_check(&p->data, p->f) != FAULT_NONE)
		return p->f->kind;
	data = buf_span(&p->data);
	if (data.len != len)
		return zone_bad(p, "more or fewer bytes than announced");
	if (dns_wire_rdata((const unsigned char *)data.p,
	    (const unsigned char *)data.p + len, (const unsigned char *)data.p,
	    len, type, p->scratch, &record, &state, p->f) != FAULT_NONE)
		return p->f->kind;
	return state == DNS_RDATA_OK ? FAULT_NONE :
	    zone_bad(p, "not the data of this type");
}

/* Types that are not read: all up to the end of the line. */
static enum fault_kind
zone_data_other(struct zone_parser *p)
{
	do {
		if (zone_lex_next(&p->lex) != FAULT_NONE)
			return p->f->kind;
	} while (!zone_lex_at_end(&p->lex));
	return FAULT_NONE;
}

/* Does "\#" follow?  Then the eye moves on to it. */
static bool
zone_is_generic(struct zone_parser *p)
{
	struct zone_parser ahead = *p;

	if (zone_lex_next(&ahead.lex) != FAULT_NONE ||
	    !span_eq(ahead.lex.token.raw, SPAN("\\#")) ||
	    ahead.lex.token.kind != ZONE_WORD)
		return false;
	*p = ahead;
	return true;
}

enum fault_kind
zone_data(struct zone_parser *p, struct zone_record *r)
{
	if (zone_is_generic(p))
		return zone_data_generic(p, r->type);
	switch (r->type) {
	case DNS_A:
	case DNS_AAAA:
		return zone_data_address(p, r->type);
	case DNS_NS:
	case DNS_PTR:
	case DNS_CNAME:
		return zone_data_name(p);
	case DNS_MX:
		return zone_data_mx(p);
	case DNS_SOA:
		return zone_data_soa(p, r);
	case DNS_TXT:
	case 99:
		return zone_data_txt(p);
	case DNS_TLSA:
		return zone_data_tlsa(p);
	case DNS_DS:
		return zone_data_ds(p);
	default:
		return zone_data_other(p);
	}
}
