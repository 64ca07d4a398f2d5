/* SPDX-License-Identifier: ISC */
#include <arpa/nameser.h>
#include <string.h>

#include "dns/wire.h"

#define DNS_HEADER 12
#define DNS_CLASS_IN 1
#define DNS_TYPE_OPT 41
#define DNS_TYPE_RRSIG 46
#define DNS_OPTION_EDE 15	/* RFC 8914 */

static unsigned
dns_get16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t
dns_get32(const unsigned char *p)
{
	return (uint32_t)dns_get16(p) << 16 | dns_get16(p + 2);
}

static unsigned char *
dns_put16(unsigned char *p, unsigned value)
{
	p[0] = (unsigned char)(value >> 8);
	p[1] = (unsigned char)value;
	return p + 2;
}

size_t
dns_name_len(const unsigned char *name)
{
	size_t n = 0;

	while (n < BOUND_DNS_NAME && name[n] != 0)
		n += 1U + name[n];
	return n + 1;
}

bool
dns_name_equal(const unsigned char *a, const unsigned char *b)
{
	size_t len = dns_name_len(a);

	/* Length octets are below 64, so no letter: one loop compares all. */
	if (len != dns_name_len(b))
		return false;
	for (size_t i = 0; i < len; i++)
		if (ascii_lower((char)a[i]) != ascii_lower((char)b[i]))
			return false;
	return true;
}

bool
dns_name_within(const unsigned char *name, const unsigned char *top)
{
	size_t len = dns_name_len(name), want = dns_name_len(top);

	while (len > want && *name != 0) {
		len -= 1U + *name;
		name += 1U + *name;
	}
	return len == want && dns_name_equal(name, top);
}

void
dns_name_lower(unsigned char *name)
{
	size_t len = dns_name_len(name);

	for (size_t i = 0; i < len; i++)
		name[i] = (unsigned char)ascii_lower((char)name[i]);
}

enum fault_kind
dns_name_decode(const unsigned char *name, struct arena *a, struct span *out,
    struct fault *f)
{
	char text[BOUND_DNS_NAME];
	size_t n = 0;

	*out = (struct span){ NULL, 0 };
	while (*name != 0) {
		size_t len = *name++;

		if (memchr(name, '.', len) != NULL ||
		    memchr(name, '\0', len) != NULL)
			return FAULT_NONE;
		if (n > 0)
			text[n++] = '.';
		memcpy(text + n, name, len);
		n += len;
		name += len;
	}
	*out = arena_span(a, (struct span){ text, n });
	return out->p == NULL ? fault_nomem(f) : FAULT_NONE;
}

void
dns_name_print(const unsigned char *name, struct buf *b)
{
	if (*name == 0)
		buf_addc(b, '.');
	while (*name != 0) {
		size_t len = *name++;

		for (; len > 0; len--, name++) {
			char c = (char)*name;

			if (!ascii_is_print(c) || c == ' ')
				buf_addf(b, "\\%03u", (unsigned)*name);
			else if (strchr(".\\\"();@$", c) != NULL)
				buf_addf(b, "\\%c", c);
			else
				buf_addc(b, c);
		}
		if (*name != 0)
			buf_addc(b, '.');
	}
}

size_t
dns_wire_query(const struct dns_wire_question *q, unsigned char *out)
{
	unsigned char *p = out;

	p = dns_put16(p, q->id);
	/* RD, AD, CD */
	p = dns_put16(p, 0x0100U | (q->want_ad ? 0x20U : 0U) |
	    (q->unchecked ? 0x10U : 0U));
	p = dns_put16(p, 1);
	p = dns_put16(p, 0);
	p = dns_put16(p, 0);
	p = dns_put16(p, q->edns);
	memcpy(p, q->name, q->name_len);
	p += q->name_len;
	p = dns_put16(p, q->type);
	p = dns_put16(p, DNS_CLASS_IN);
	if (q->edns) {
		*p++ = 0;
		p = dns_put16(p, DNS_TYPE_OPT);
		p = dns_put16(p, DNS_WIRE_EDNS_SIZE);
		memset(p, 0, 6);
		p[2] = q->unchecked ? 0x80 : 0;	/* DO, RFC 3225 3 */
		p += 6;
	}
	return (size_t)(p - out);
}

/* Does the message's one question ask what q asks? */
static bool
dns_wire_same_question(const struct dns_wire_question *q,
    const unsigned char *msg, size_t len)
{
	unsigned char name[BOUND_DNS_NAME];
	int used = ns_name_unpack(msg, msg + len, msg + DNS_HEADER, name,
	    sizeof(name));
	const unsigned char *p;

	if (used < 0 || (size_t)used + 4 > len - DNS_HEADER)
		return false;
	p = msg + DNS_HEADER + used;
	return dns_get16(p) == q->type && dns_get16(p + 2) == DNS_CLASS_IN &&
	    dns_name_equal(name, q->name);
}

enum dns_match
dns_wire_match(const struct dns_wire_question *q, const unsigned char *msg,
    size_t len, unsigned *rcode)
{
	bool negative;

	*rcode = DNS_RCODE_NOERROR;
	if (len < DNS_HEADER || dns_get16(msg) != q->id ||
	    (msg[2] & 0x80) == 0 || (msg[2] & 0x78) != 0)
		return DNS_MATCH_NOT;
	*rcode = msg[3] & 0x0f;
	negative = *rcode != DNS_RCODE_NOERROR && *rcode != DNS_RCODE_NXDOMAIN;
	if (dns_get16(msg + 4) == 0 && negative)
		return DNS_MATCH_YES;
	if (dns_get16(msg + 4) != 1 || !dns_wire_same_question(q, msg, len))
		return DNS_MATCH_NOT;
	if ((msg[2] & 0x02) != 0 && !negative)
		return DNS_MATCH_TRUNCATED;
	return DNS_MATCH_YES;
}

/* The character-strings of a TXT record, joined. */
static enum fault_kind
dns_wire_txt(const unsigned char *data, size_t len, struct arena *a,
    struct dns_record *out, enum dns_rdata *state, struct fault *f)
{
	char *text = arena_alloc(a, len + 1);
	size_t i = 0;

	if (text == NULL)
		return fault_nomem(f);
	out->text = (struct span){ text, 0 };
	while (i < len) {
		size_t n = data[i++];

		if (n > len - i)
			return FAULT_NONE;
		memcpy(text + out->text.len, data + i, n);
		out->text.len += n;
		out->strings++;
		i += n;
	}
	if (out->strings > 0)
		*state = DNS_RDATA_OK;
	return FAULT_NONE;
}

/* A name that fills data..len to its end. */
static enum fault_kind
dns_wire_target(const unsigned char *msg, const unsigned char *eom,
    const unsigned char *data, size_t len, struct arena *a,
    struct dns_record *out, enum dns_rdata *state, struct fault *f)
{
	unsigned char name[BOUND_DNS_NAME];
	int used = ns_name_unpack(msg, eom, data, name, sizeof(name));

	if (used < 0 || (size_t)used != len)
		return FAULT_NONE;
	if (dns_name_decode(name, a, &out->text, f) != FAULT_NONE)
		return f->kind;
	*state = out->text.p == NULL ? DNS_RDATA_SKIP : DNS_RDATA_OK;
	return FAULT_NONE;
}

enum fault_kind
dns_wire_rdata(const unsigned char *msg, const unsigned char *eom,
    const unsigned char *data, size_t len, unsigned type, struct arena *a,
    struct dns_record *out, enum dns_rdata *state, struct fault *f)
{
	*out = (struct dns_record){ .strings = 0 };
	*state = DNS_RDATA_BAD;
	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		if (len != (type == DNS_A ? 4 : 16))
			return FAULT_NONE;
		out->addr.family = type == DNS_A ? 4 : 6;
		memcpy(out->addr.bytes, data, len);
		*state = DNS_RDATA_OK;
		return FAULT_NONE;
	case DNS_TXT:
		return dns_wire_txt(data, len, a, out, state, f);
	case DNS_MX:
		if (len < 3)
			return FAULT_NONE;
		out->preference = dns_get16(data);
		return dns_wire_target(msg, eom, data + 2, len - 2, a, out,
		    state, f);
	case DNS_NS:
	case DNS_PTR:
	case DNS_CNAME:
		return dns_wire_target(msg, eom, data, len, a, out, state, f);
	case DNS_TLSA:
		if (len < 3)
			return FAULT_NONE;
		memcpy(out->tlsa, data, 3);
		out->text = arena_span(a, (struct span){
		    (const char *)data + 3, len - 3 });
		if (out->text.p == NULL)
			return fault_nomem(f);
		*state = DNS_RDATA_OK;
		return FAULT_NONE;
	default:
		*state = type == DNS_DS && len < 5 ? DNS_RDATA_BAD :
		    DNS_RDATA_OK;
		return FAULT_NONE;
	}
}

/* A message being read. */
struct dns_reader {
	ns_msg msg;
	ns_rr rr;	/* the record under the eye */
	unsigned char owner[BOUND_DNS_NAME];
	bool junk;	/* the format was broken: sticky */
	uint32_t ttl;	/* the least so far */
};

/* Move to record i of a section; false if the format is broken. */
static bool
dns_reader_at(struct dns_reader *r, ns_sect section, int i)
{
	if (r->junk || ns_parserr(&r->msg, section, i, &r->rr) != 0 ||
	    ns_name_pton(ns_rr_name(r->rr), r->owner, sizeof(r->owner)) < 0)
		r->junk = true;
	return !r->junk;
}

static bool
dns_reader_is(const struct dns_reader *r, unsigned type)
{
	return ns_rr_type(r->rr) == type && ns_rr_class(r->rr) == DNS_CLASS_IN;
}

static void
dns_reader_ttl(struct dns_reader *r, uint32_t ttl)
{
	/* RFC 2181 8: the top bit set means zero. */
	if (ttl > INT32_MAX)
		ttl = 0;
	if (ttl < r->ttl)
		r->ttl = ttl;
}

/* The first reason among the options of an OPT record. */
static void
dns_reader_ede(const struct dns_reader *r, struct dns_reading *out)
{
	const unsigned char *p = ns_rr_rdata(r->rr);
	size_t left = ns_rr_rdlen(r->rr);

	while (left >= 4) {
		unsigned code = dns_get16(p), len = dns_get16(p + 2);

		if (len > left - 4)
			return;
		if (code == DNS_OPTION_EDE && len >= 2 && !out->has_ede) {
			out->has_ede = true;
			out->ede = (uint16_t)dns_get16(p + 4);
		}
		p += 4 + len;
		left -= 4 + len;
	}
}

/* The extended bits of the response code, RFC 6891 6.1.3. */
static unsigned
dns_reader_rcode(struct dns_reader *r, struct dns_reading *out)
{
	unsigned rcode = ns_msg_getflag(r->msg, ns_f_rcode) & 0x0f;
	int n = ns_msg_count(r->msg, ns_s_ar);

	for (int i = 0; i < n && dns_reader_at(r, ns_s_ar, i); i++)
		if (ns_rr_type(r->rr) == DNS_TYPE_OPT) {
			rcode |= (ns_rr_ttl(r->rr) >> 24) << 4;
			dns_reader_ede(r, out);
		}
	return rcode;
}

/*
 * Look through the answer section for records at `target`: how many of the
 * type asked, and (if that is none) the alias, whose target replaces `target`.
 * Returns whether there was such an alias.
 */
static bool
dns_reader_step(struct dns_reader *r, unsigned type, unsigned char *target,
    size_t *count)
{
	unsigned char next[BOUND_DNS_NAME];
	uint32_t ttl = 0;
	bool alias = false;
	int n = ns_msg_count(r->msg, ns_s_an);

	*count = 0;
	for (int i = 0; i < n && dns_reader_at(r, ns_s_an, i); i++) {
		if (!dns_name_equal(r->owner, target))
			continue;
		if (dns_reader_is(r, type))
			(*count)++;
		if (type == DNS_CNAME || alias || !dns_reader_is(r, DNS_CNAME))
			continue;
		if (ns_name_unpack(ns_msg_base(r->msg), ns_msg_end(r->msg),
		    ns_rr_rdata(r->rr), next, sizeof(next)) !=
		    ns_rr_rdlen(r->rr)) {
			r->junk = true;
			return false;
		}
		ttl = ns_rr_ttl(r->rr);
		alias = true;
	}
	if (r->junk || *count > 0 || !alias)
		return false;
	dns_reader_ttl(r, ttl);
	memcpy(target, next, dns_name_len(next));
	return true;
}

/* Decode the records of the type asked that stand at the target. */
static enum fault_kind
dns_reader_collect(struct dns_reader *r, unsigned type, size_t count,
    const unsigned char *target, struct arena *a, struct dns_answer *answer,
    struct fault *f)
{
	enum dns_rdata state;
	bool broken = false;
	int n = ns_msg_count(r->msg, ns_s_an);

	answer->records = arena_array(a, count, sizeof(*answer->records));
	if (answer->records == NULL)
		return fault_nomem(f);
	for (int i = 0; i < n && answer->count < count; i++) {
		if (!dns_reader_at(r, ns_s_an, i))
			break;
		if (!dns_reader_is(r, type) ||
		    !dns_name_equal(r->owner, target))
			continue;
		if (dns_wire_rdata(ns_msg_base(r->msg), ns_msg_end(r->msg),
		    ns_rr_rdata(r->rr), ns_rr_rdlen(r->rr), type, a,
		    &answer->records[answer->count], &state, f) != FAULT_NONE)
			return f->kind;
		/* One owner's mistake must not void its neighbours. */
		if (state == DNS_RDATA_BAD)
			broken = true;
		if (state == DNS_RDATA_OK)
			answer->count++;
		dns_reader_ttl(r, ns_rr_ttl(r->rr));
	}
	r->junk = r->junk || (broken && answer->count == 0);
	return FAULT_NONE;
}

/* The signatures of the type at the target: which ends first. */
static void
dns_reader_signed(struct dns_reader *r, unsigned type,
    const unsigned char *target, struct dns_answer *answer)
{
	int n = ns_msg_count(r->msg, ns_s_an);

	for (int i = 0; i < n && dns_reader_at(r, ns_s_an, i); i++) {
		const unsigned char *p = ns_rr_rdata(r->rr);

		if (!dns_reader_is(r, DNS_TYPE_RRSIG) ||
		    ns_rr_rdlen(r->rr) < 18 || dns_get16(p) != type ||
		    !dns_name_equal(r->owner, target) ||
		    (answer->signed_until != 0 &&
		    (int64_t)dns_get32(p + 8) >= answer->signed_until))
			continue;
		answer->signed_until = dns_get32(p + 8);
		answer->signed_at = dns_get32(p + 12);
	}
}

/*
 * What the authority section says of a name without an answer: *ns is set if
 * it points to other servers.  Returns whether an SOA vouches for the absence.
 */
static bool
dns_reader_authority(struct dns_reader *r, const unsigned char *target,
    bool *ns)
{
	int n = ns_msg_count(r->msg, ns_s_ns);

	*ns = false;
	for (int i = 0; i < n && dns_reader_at(r, ns_s_ns, i); i++) {
		size_t len = ns_rr_rdlen(r->rr);

		if (dns_reader_is(r, DNS_NS))
			*ns = true;
		if (!dns_reader_is(r, DNS_SOA) || len < 22 ||
		    !dns_name_within(target, r->owner))
			continue;
		dns_reader_ttl(r, ns_rr_ttl(r->rr));
		dns_reader_ttl(r, dns_get32(ns_rr_rdata(r->rr) + len - 4));
		return true;
	}
	return false;
}

static void
dns_wire_rcode(struct dns_reading *out)
{
	if (out->rcode == DNS_RCODE_SERVFAIL)
		out->answer.why = DNS_WHY_SERVFAIL;
	else if (out->rcode == DNS_RCODE_REFUSED)
		out->answer.why = DNS_WHY_REFUSED;
	else
		out->answer.why = DNS_WHY_RCODE;
}

/* No record of the type at the target: why, as far as the message says. */
static void
dns_wire_absent(struct dns_reader *r, const struct dns_wire_question *q,
    struct dns_reading *out)
{
	bool ns, soa = dns_reader_authority(r, out->target, &ns);
	bool follow = !dns_name_equal(out->target, q->name);

	out->answer.outcome = DNS_NODATA;
	if (out->rcode == DNS_RCODE_NXDOMAIN) {
		out->answer.outcome = DNS_NXDOMAIN;
	} else if (!soa && follow) {
		out->incomplete = true;
		return;
	} else if (!soa && ns && !ns_msg_getflag(r->msg, ns_f_aa) &&
	    !ns_msg_getflag(r->msg, ns_f_ra)) {
		out->referral = true;
	}
	/* Nobody said how long it lasts: it does not. */
	if (!soa)
		r->ttl = 0;
}

/* Follow the chain and take what stands at its end. */
static enum fault_kind
dns_wire_chain(struct dns_reader *r, const struct dns_wire_question *q,
    unsigned used, struct arena *a, struct dns_reading *out, struct fault *f)
{
	struct dns_answer *answer = &out->answer;
	size_t count;

	answer->aliases = used;
	while (dns_reader_step(r, q->type, out->target, &count)) {
		if (answer->aliases++ < BOUND_DNS_CNAMES)
			continue;
		*answer = (struct dns_answer){ .why = DNS_WHY_LOOP };
		return FAULT_NONE;
	}
	if (count > BOUND_DNS_RECORDS)
		r->junk = true;
	if (r->junk)
		return FAULT_NONE;
	if (count == 0 || out->rcode == DNS_RCODE_NXDOMAIN) {
		dns_wire_absent(r, q, out);
	} else {
		if (dns_reader_collect(r, q->type, count, out->target, a,
		    answer, f) != FAULT_NONE)
			return f->kind;
		answer->outcome = answer->count > 0 ? DNS_ANSWER : DNS_NODATA;
		if (q->unchecked)
			dns_reader_signed(r, q->type, out->target, answer);
	}
	answer->ttl = r->ttl;
	return dns_name_decode(out->target, a, &answer->canonical, f);
}

enum fault_kind
dns_wire_read(const struct dns_wire_question *q, unsigned used,
    const unsigned char *msg, size_t len, struct arena *a,
    struct dns_reading *out, struct fault *f)
{
	struct dns_reader r;
	enum fault_kind kind = FAULT_NONE;

	memset(out, 0, sizeof(*out));
	memcpy(out->target, q->name, q->name_len);
	r.junk = len > BOUND_DNS_MESSAGE ||
	    ns_initparse(msg, (int)len, &r.msg) != 0;
	r.ttl = INT32_MAX;
	if (!r.junk) {
		out->rcode = dns_reader_rcode(&r, out);
		out->authentic = (msg[3] & 0x20) != 0;
	}
	if (!r.junk && (out->rcode == DNS_RCODE_NOERROR ||
	    out->rcode == DNS_RCODE_NXDOMAIN))
		kind = dns_wire_chain(&r, q, used, a, out, f);
	else
		dns_wire_rcode(out);
	if (r.junk) {
		out->answer = (struct dns_answer){ .why = DNS_WHY_JUNK };
		out->incomplete = out->referral = false;
	}
	out->answer.has_ede = out->has_ede;
	out->answer.ede = out->ede;
	return kind;
}
