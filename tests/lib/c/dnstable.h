/* SPDX-License-Identifier: ISC */
/*
 * A DNS for unit tests: a table of lines "NAME TYPE VALUE", compared without
 * case.  VALUE may be SERVFAIL or TIMEOUT for any TYPE, or stand as C bytes.
 * A name that has only other types is NODATA, all others are NXDOMAIN.  All
 * names asked are written down.
 */
#ifndef DNSTABLE_H
#define DNSTABLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "dns/dns.h"

struct dnstable {
	struct span text;	/* lines between LFs */
	char asked[16384];	/* "TXT example.com\nA ..." */
	size_t count;
};

static inline enum dns_type
dnstable_type(struct span s)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_MX,
	    DNS_TXT, DNS_PTR, DNS_NS, DNS_SOA, DNS_CNAME };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_eq(s, span_of(dns_type_word(types[i]))))
			return types[i];
	return (enum dns_type)0;
}

static inline void
dnstable_record(struct span value, enum dns_type type, struct dns_record *r)
{
	uint64_t n = 0;
	struct span word;

	*r = (struct dns_record){ .text = value, .strings = 1 };
	if (type == DNS_A || type == DNS_AAAA)
		(void)ipaddr_parse(value, &r->addr);
	if (type == DNS_MX) {
		(void)span_cut(value, ' ', &word, &r->text);
		(void)num_u64(word, 65535, &n);
		r->preference = (unsigned)n;
	}
}

static inline enum fault_kind
dnstable_query(struct dns *dns, const struct dns_question *q, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	struct dnstable *t = dns->state;
	struct span line, rest = t->text;
	size_t used = strlen(t->asked);
	bool more = true, exists = false;

	t->count++;
	(void)snprintf(t->asked + used, sizeof(t->asked) - used, "%s %.*s\n",
	    dns_type_word(q->type), SPAN_ARG(q->name));
	*answer = (struct dns_answer){ .canonical = q->name };
	answer->records = arena_array(a, 512, sizeof(*answer->records));
	if (answer->records == NULL)
		return fault_nomem(f);
	while (more) {
		struct span owner, word, value;

		more = span_cut(rest, '\n', &line, &rest);
		(void)span_cut(line, ' ', &owner, &line);
		(void)span_cut(line, ' ', &word, &value);
		if (!span_eq_nocase(owner, q->name))
			continue;
		exists = true;
		if (dnstable_type(word) != q->type)
			continue;
		if (span_eq(value, SPAN("SERVFAIL")) ||
		    span_eq(value, SPAN("TIMEOUT"))) {
			answer->count = 0;
			answer->outcome = DNS_TEMPERROR;
			answer->why = value.p[0] == 'S' ? DNS_WHY_SERVFAIL :
			    DNS_WHY_TIMEOUT;
			return FAULT_NONE;
		}
		if (answer->count < 512)
			dnstable_record(value, q->type,
			    &answer->records[answer->count++]);
	}
	answer->outcome = answer->count > 0 ? DNS_ANSWER :
	    exists ? DNS_NODATA : DNS_NXDOMAIN;
	return FAULT_NONE;
}

/* The table lives in *t, which must stay. */
static inline struct dns
dnstable_dns(struct dnstable *t, const char *text)
{
	*t = (struct dnstable){ .text = span_of(text) };
	return (struct dns){ .query = dnstable_query, .state = t };
}

#endif
