/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/bounds.h"
#include "dns/dns.h"

size_t
dns_name_encode(struct span name, unsigned char *out)
{
	struct span label, rest = name;
	size_t n = 0;
	bool more = true;

	if (rest.len > 0 && rest.p[rest.len - 1] == '.')
		rest.len--;
	if (rest.len == 0 || rest.len > BOUND_DNS_NAME - 2)
		return 0;
	while (more) {
		more = span_cut(rest, '.', &label, &rest);
		if (label.len == 0 || label.len > BOUND_DNS_LABEL)
			return 0;
		out[n++] = (unsigned char)label.len;
		memcpy(out + n, label.p, label.len);
		n += label.len;
	}
	out[n++] = 0;
	return n;
}

static bool
dns_too_late(const struct dns *dns)
{
	return dns->deadline_ms != 0 && dns->clock != NULL &&
	    clock_mono_ms(dns->clock) > dns->deadline_ms;
}

static enum fault_kind
dns_put(struct dns *dns, struct dns_question q, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	struct span name = q.name;
	enum fault_kind kind = FAULT_NONE;

	q.deadline_ms = dns->deadline_ms;

	*answer = (struct dns_answer){ .outcome = DNS_TEMPERROR };
	if (name.len > 0 && name.p[name.len - 1] == '.')
		q.name.len--;
	q.wire_len = dns_name_encode(name, q.wire);
	if (q.wire_len == 0) {
		answer->outcome = DNS_NXDOMAIN;
		answer->why = DNS_WHY_BAD_NAME;
	} else if (dns_too_late(dns)) {
		answer->why = DNS_WHY_DEADLINE;
	} else {
		dns->queries++;
		kind = dns->query(dns, &q, a, answer, f);
	}
	if (kind == FAULT_NONE && dns->trace != NULL)
		dns->trace(dns->trace_state, name, q.type, answer);
	return kind;
}

enum fault_kind
dns_query(struct dns *dns, struct span name, enum dns_type type,
    struct arena *a, struct dns_answer *answer, struct fault *f)
{
	return dns_put(dns, (struct dns_question){ .name = name,
	    .type = type }, a, answer, f);
}

enum fault_kind
dns_query_unchecked(struct dns *dns, struct span name, enum dns_type type,
    struct arena *a, struct dns_answer *answer, struct fault *f)
{
	return dns_put(dns, (struct dns_question){ .name = name,
	    .type = type, .unchecked = true }, a, answer, f);
}

const char *
dns_type_word(enum dns_type type)
{
	switch (type) {
	case DNS_A:
		return "A";
	case DNS_NS:
		return "NS";
	case DNS_CNAME:
		return "CNAME";
	case DNS_SOA:
		return "SOA";
	case DNS_PTR:
		return "PTR";
	case DNS_MX:
		return "MX";
	case DNS_TXT:
		return "TXT";
	case DNS_AAAA:
		return "AAAA";
	case DNS_DS:
		return "DS";
	case DNS_TLSA:
		return "TLSA";
	}
	return "unknown";
}

static const char *
dns_why_word(enum dns_why why)
{
	switch (why) {
	case DNS_WHY_NONE:
		return "TEMPERROR";
	case DNS_WHY_TIMEOUT:
		return "TIMEOUT";
	case DNS_WHY_DEADLINE:
		return "DEADLINE";
	case DNS_WHY_SERVFAIL:
		return "SERVFAIL";
	case DNS_WHY_REFUSED:
		return "REFUSED";
	case DNS_WHY_RCODE:
		return "RCODE";
	case DNS_WHY_NETWORK:
		return "NETWORK";
	case DNS_WHY_JUNK:
		return "JUNK";
	case DNS_WHY_LOOP:
		return "LOOP";
	case DNS_WHY_OFFLINE:
		return "OFFLINE";
	case DNS_WHY_BAD_NAME:
		return "BADNAME";
	case DNS_WHY_OUTSIDE:
		return "OUTSIDE";
	}
	return "TEMPERROR";
}

bool
dns_is_outside(const struct dns_answer *answer)
{
	return answer->outcome == DNS_NXDOMAIN &&
	    answer->why == DNS_WHY_OUTSIDE;
}

const char *
dns_outcome_word(const struct dns_answer *answer)
{
	switch (answer->outcome) {
	case DNS_TEMPERROR:
		return dns_why_word(answer->why);
	case DNS_ANSWER:
		return "NOERROR";
	case DNS_NODATA:
		return "NODATA";
	case DNS_NXDOMAIN:
		return answer->why == DNS_WHY_BAD_NAME ?
		    dns_why_word(answer->why) : "NXDOMAIN";
	}
	return "TEMPERROR";
}

const char *
dns_outcome_text(const struct dns_answer *answer,
    char text[DNS_OUTCOME_TEXT])
{
	(void)snprintf(text, DNS_OUTCOME_TEXT, "%s%s%.*s",
	    dns_outcome_word(answer), answer->said.len > 0 ? ": " : "",
	    SPAN_ARG(span_sub(answer->said, 0, DNS_OUTCOME_TEXT)));
	return text;
}
