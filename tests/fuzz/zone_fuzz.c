/* SPDX-License-Identifier: ISC */
/* Bytes as a master file, and questions to the zone that it makes. */
#include <stdlib.h>
#include <string.h>

#include "dns/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask(struct dns *dns, struct span name, enum dns_type type)
{
	struct dns_answer answer;
	struct fault f = { 0 };
	struct arena a;

	arena_init(&a, (size_t)4 << 20);
	if (dns_query(dns, name, type, &a, &answer, &f) == FAULT_NONE &&
	    (answer.outcome == DNS_ANSWER) != (answer.count > 0))
		abort();
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = { (const char *)data, size };
	struct dns_zone *zone = dns_zone_new();
	struct fault f = { 0 };
	struct dns *dns;

	if (zone == NULL)
		return 0;
	if (dns_zone_add(zone, bytes, "zone", &f) != FAULT_NONE) {
		/* Every message tells the place. */
		if (strncmp(f.text, "zone:", 5) != 0 &&
		    f.kind == FAULT_CONFIG)
			abort();
		dns_zone_free(zone);
		return 0;
	}
	if (dns_zone_open(zone, NULL, &dns, &f) != FAULT_NONE) {
		dns_zone_free(zone);
		return 0;
	}
	ask(dns, SPAN("example.com"), DNS_TXT);
	ask(dns, SPAN("a.b.c.example.com"), DNS_A);
	ask(dns, SPAN("a.wild.example.com"), DNS_MX);
	ask(dns, SPAN("www.example.com"), DNS_AAAA);
	ask(dns, SPAN("a"), DNS_CNAME);
	dns_zone_close(dns);
	return 0;
}
