/* SPDX-License-Identifier: ISC */
/*
 * A macro-string and what its letters stand for: local-part, domain and HELO
 * before it, each up to a NUL.  A name that comes out can be asked; an
 * explanation keeps its limit; neither takes much memory.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/domain.h"
#include "spf/macro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_use(struct span s, enum spf_macro_use use,
    const struct spf_macro_vars *vars)
{
	const char *why;
	struct buf b;
	size_t at;

	if (!spf_macro_check(s, use, &at, &why)) {
		if (at > s.len || why == NULL)
			abort();
		return;
	}
	if (spf_macro_last(s) > s.len)
		abort();
	buf_init(&b, SPF_MACRO_NAME_BYTES);
	if (spf_macro_expand(s, use, vars, 512, &b)) {
		if (use == SPF_MACRO_NAME && !domain_fits(buf_span(&b)))
			abort();
		if (use == SPF_MACRO_EXPLANATION && b.len > 512)
			abort();
	}
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { (const char *)data, size };
	struct spf_macro_vars vars = { .now = 1795446437,
	    .validated = SPAN("mx.example.org") };

	(void)span_cut(rest, '\0', &vars.local, &rest);
	(void)span_cut(rest, '\0', &vars.domain, &rest);
	(void)span_cut(rest, '\0', &vars.helo, &rest);
	vars.sender_domain = vars.domain;
	(void)ipaddr_parse(size % 2 == 0 ? SPAN("192.0.2.1") :
	    SPAN("2001:db8::cb01"), &vars.ip);
	fuzz_use(rest, SPF_MACRO_NAME, &vars);
	fuzz_use(rest, SPF_MACRO_EXPLANATION, &vars);
	return 0;
}
