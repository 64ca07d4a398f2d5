/* SPDX-License-Identifier: ISC */
/* A Received field: if it is usable, its one bracket holds the address. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/received.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size }, text;
	struct received r;
	struct ipaddr ip;
	size_t open = span_find(in, '[');

	if (!received_parse(in, &r)) {
		need(r.ip.family == 0 && r.why != NULL);
		return 0;
	}
	need(open < size && span_rfind(in, '[') == open);
	text = span_sub(in, open + 1, size);
	text.len = span_find(text, ']');
	if (span_starts_nocase(text, SPAN("IPv6:")))
		text = span_sub(text, 5, text.len);
	need(ipaddr_parse(text, &ip));
	ip = ipaddr_unmap(ip);
	need(ipaddr_eq(&ip, &r.ip));
	need(span_is_print(r.helo) && span_is_print(r.by) && r.by.len > 0);
	return 0;
}
