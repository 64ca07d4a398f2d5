/* SPDX-License-Identifier: ISC */
/* Any bytes as a policy: what parses can be judged, twice alike. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "grant/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy p;
	struct policy_verdict a, b;
	struct fault f = { .kind = FAULT_NONE };
	struct policy_ask ask = { .who = { 1001, NULL }, .kind = "k",
	    .resource = "a.example", .reason = "CHG-1" };

	/* A regular expression may ask regcomp(3) for any memory. */
	if (size > 4096 || memchr(data, '{', size) != NULL)
		return 0;
	if (policy_parse(&p, (struct span){ (const char *)data, size },
	    "policy", NULL, &f) == FAULT_NONE) {
		policy_judge(&p, &ask, &a);
		policy_judge(&p, &ask, &b);
		if (a.why != b.why || a.line != b.line || a.needs != b.needs)
			abort();
		if (a.why == POLICY_YES && a.duration < 1)
			abort();
	} else if (f.kind != FAULT_CONFIG || f.text[0] == '\0')
		abort();
	policy_free(&p);
	return 0;
}
