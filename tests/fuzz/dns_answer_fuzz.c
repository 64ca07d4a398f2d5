/* SPDX-License-Identifier: ISC */
/* Bytes as a DNS message; the question asked is the one they claim to hold. */
#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>

#include "dns/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* Whatever was read, its parts fit together. */
static void
check_reading(const struct dns_reading *r)
{
	const struct dns_answer *a = &r->answer;

	check((a->outcome == DNS_ANSWER) == (a->count > 0));
	check(a->outcome != DNS_TEMPERROR || a->why != DNS_WHY_NONE);
	check(a->aliases <= BOUND_DNS_CNAMES);
	check(dns_name_len(r->target) <= BOUND_DNS_NAME);
	check(!r->incomplete || a->aliases > 0);
	for (size_t i = 0; i < a->count; i++)
		check(a->records[i].text.len <= BOUND_DNS_MESSAGE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_wire_question q = { .type = DNS_TXT };
	struct dns_reading reading;
	struct fault f = { 0 };
	struct arena a;
	unsigned rcode;
	int used = -1;

	if (size > 16)
		used = ns_name_unpack(data, data + size, data + 12, q.name,
		    sizeof(q.name));
	if (used > 0 && (size_t)used + 14 <= size)
		q.type = (uint16_t)(data[12 + used] << 8 | data[13 + used]);
	else
		(void)dns_name_encode(SPAN("example.com"), q.name);
	q.name_len = dns_name_len(q.name);
	if (size > 2)
		q.id = (uint16_t)(data[0] << 8 | data[1]);
	(void)dns_wire_match(&q, data, size, &rcode);
	arena_init(&a, (size_t)1 << 20);
	if (dns_wire_read(&q, 0, data, size, &a, &reading, &f) == FAULT_NONE)
		check_reading(&reading);
	arena_free(&a);
	return 0;
}
