/* SPDX-License-Identifier: ISC */
#include "dkim/key_servers.h"

static enum fault_kind
ask(struct dns *dns, struct span name, enum dns_type type, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	if (dns_query(dns, name, type, a, answer, f) != FAULT_NONE)
		return f->kind;
	if (answer->outcome == DNS_TEMPERROR)
		return fault_set(f, FAULT_TEMP, "%.*s: the DNS did not "
		    "answer", SPAN_ARG(name));
	return FAULT_NONE;
}

/* The addresses of one name server. */
static enum fault_kind
add_addresses(struct dns *dns, struct span name, struct arena *a,
    struct key_server list[KEY_SERVERS], size_t *count, struct fault *f)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA };
	size_t before = *count;

	for (size_t k = 0; k < 2; k++) {
		struct dns_answer answer = { .outcome = DNS_TEMPERROR };

		if (ask(dns, name, types[k], a, &answer, f) != FAULT_NONE)
			return f->kind;
		for (size_t i = 0; answer.outcome == DNS_ANSWER &&
		    i < answer.count; i++) {
			if (*count == KEY_SERVERS)
				return fault_set(f, FAULT_DATA, "over %d name "
				    "servers", KEY_SERVERS);
			list[(*count)++] = (struct key_server){ name,
			    answer.records[i].addr };
		}
	}
	return *count > before ? FAULT_NONE : fault_set(f, FAULT_TEMP,
	    "name server %.*s has no address", SPAN_ARG(name));
}

enum fault_kind
key_servers(struct dns *dns, struct span name, struct arena *a,
    struct key_server list[KEY_SERVERS], size_t *count, struct fault *f)
{
	struct dns_answer answer = { .outcome = DNS_TEMPERROR };
	struct span label, zone = name;

	*count = 0;
	while (zone.len > 0) {
		if (ask(dns, zone, DNS_NS, a, &answer, f) != FAULT_NONE)
			return f->kind;
		/* An alias leads into another zone: not the holder's. */
		if (answer.outcome == DNS_ANSWER && answer.count > 0 &&
		    answer.aliases == 0)
			break;
		if (!span_cut(zone, '.', &label, &zone))
			zone = (struct span){ "", 0 };
	}
	if (zone.len == 0)
		return fault_set(f, FAULT_DATA, "%.*s: no name above has name "
		    "servers", SPAN_ARG(name));
	for (size_t i = 0; i < answer.count; i++)
		if (add_addresses(dns, answer.records[i].text, a, list,
		    count, f) != FAULT_NONE)
			return f->kind;
	return FAULT_NONE;
}
