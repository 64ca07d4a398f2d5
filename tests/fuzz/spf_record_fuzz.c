/* SPDX-License-Identifier: ISC */
/*
 * An SPF record: whatever it is, its terms lie in it, in their order; a record
 * that parses has no wrong term; and evaluating it ends within the limits.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "dns/dns.h"
#include "spf/lint.h"
#include "spf/record.h"
#include "spf/spf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A DNS where every name has everything, the record under test included. */
static enum fault_kind
fuzz_query(struct dns *dns, const struct dns_question *q, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	const struct span *record = dns->state;
	struct dns_record *r = arena_array(a, 1, sizeof(*r));

	if (r == NULL)
		return fault_nomem(f);
	*answer = (struct dns_answer){ .canonical = q->name, .records = r };
	/* By the q->name's length: an answer, nothing, no q->name, an error. */
	switch (q->name.len % 8) {
	case 0:
		answer->outcome = DNS_NODATA;
		return FAULT_NONE;
	case 1:
		answer->outcome = DNS_NXDOMAIN;
		return FAULT_NONE;
	case 2:
		answer->outcome = DNS_TEMPERROR;
		answer->why = DNS_WHY_SERVFAIL;
		return FAULT_NONE;
	default:
		break;
	}
	answer->outcome = DNS_ANSWER;
	answer->count = 1;
	r->text = q->type == DNS_TXT ? *record : q->name;
	(void)ipaddr_parse(q->type == DNS_AAAA ? SPAN("2001:db8::1") :
	    SPAN("192.0.2.9"), &r->addr);
	return FAULT_NONE;
}

static void
fuzz_terms(struct span record)
{
	struct spf_terms t = spf_terms_of(record);
	struct spf_record r;
	struct spf_term term, wrong;
	bool good = spf_record_parse(record, &r, &wrong);
	size_t at = 0;

	if (!good && (wrong.error == NULL ||
	    wrong.error_column > record.len + 1))
		abort();
	while (spf_terms_next(&t, &term)) {
		if (term.text.p < record.p + at ||
		    term.text.p + term.text.len > record.p + record.len)
			abort();
		at = (size_t)(term.text.p - record.p) + term.text.len;
		if (good && term.error != NULL)
			abort();
	}
}

static void
fuzz_check(struct span record, const char *ip)
{
	struct dns dns = { .query = fuzz_query, .state = &record };
	struct spf_request q = { .mail_from = SPAN("a.b-c@example.com"),
	    .helo = SPAN("mx.example.org"), .policy = record };
	struct spf_result result;
	struct arena a;
	struct fault f;

	arena_init(&a, BOUND_MESSAGE_ARENA);
	(void)ipaddr_parse(span_of(ip), &q.ip);
	if (spf_check(&q, &dns, &a, &result, &f) != FAULT_NONE ||
	    result.queries > BOUND_SPF_QUERIES ||
	    result.lookups > BOUND_SPF_LOOKUPS + 1 ||
	    !span_is_print(result.detail))
		abort();
	arena_free(&a);
}

static void
fuzz_lint(struct span record)
{
	struct dns dns = { .query = fuzz_query, .state = &record };
	struct spf_lint l;
	struct arena a;
	struct buf b;
	struct fault f;

	arena_init(&a, 4 * BOUND_MESSAGE_ARENA);
	buf_init(&b, (size_t)1 << 26);
	if (spf_lint(&l, SPAN("example.com"), record, &dns, &a, &f) !=
	    FAULT_NONE)
		abort();
	lint_text(&l.lint, &b);
	spf_lint_text(&l, &b);
	lint_tap(&l.lint, 1, &b);
	lint_junit(&l.lint, "fuzz", &b);
	for (size_t i = 0; i < b.len; i++)
		if (b.p[i] != '\n' && !ascii_is_print(b.p[i]))
			abort();
	spf_lint_free(&l);
	buf_free(&b);
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span record = { (const char *)data, size };

	if (size == 0)
		return 0;
	fuzz_terms(record);
	fuzz_check(record, "192.0.2.1");
	fuzz_check(record, "2001:db8::2");
	fuzz_lint(record);
	return 0;
}
