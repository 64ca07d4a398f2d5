/* SPDX-License-Identifier: ISC */
#include "report/trust.h"

static const char *const words[] = {
	[REPORT_UNVERIFIED] = "unverified", [REPORT_UNCHECKED] = "unchecked",
	[REPORT_LOCAL] = "local", [REPORT_AUTHENTIC] = "authentic",
	[REPORT_VERIFIED] = "verified",
};

const char *
report_trust_word(enum report_trust t)
{
	return words[t];
}

bool
report_trust_of(struct span word, enum report_trust *out)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_eq(word, span_of(words[i]))) {
			*out = (enum report_trust)i;
			return true;
		}
	}
	return false;
}

bool
report_below(struct span name, struct span top)
{
	return top.len > 0 && (span_eq_nocase(name, top) ||
	    (name.len > top.len + 1 &&
	    name.p[name.len - top.len - 1] == '.' &&
	    span_ends_nocase(name, top)));
}
