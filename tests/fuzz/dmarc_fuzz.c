/* SPDX-License-Identifier: ISC */
/*
 * A whole evaluation.  The input is lines: the author, a domain that passed
 * SPF, one that passed DKIM, then the DNS: the first byte of a line is what
 * stands at a name (an answer, nothing, no name, a failure), the rest the
 * record; names get lines by the order in which they are asked for.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "dmarc/dmarc.h"
#include "dmarc/report.h"
#include "dns/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool ok)
{
	if (!ok)
		abort();
}

static enum fault_kind
answer_line(struct dns *dns, const struct dns_question *q, struct arena *a,
    struct dns_answer *answer, struct fault *f)
{
	struct span *rest = dns->state, line;

	(void)span_cut(*rest, '\n', &line, rest);
	*answer = (struct dns_answer){ .canonical = q->name,
	    .outcome = DNS_NXDOMAIN };
	if (line.len == 0)
		return FAULT_NONE;
	answer->outcome = line.p[0] == 'f' ? DNS_TEMPERROR :
	    line.p[0] == 'n' ? DNS_NODATA : DNS_ANSWER;
	answer->records = arena_array(a, 2, sizeof(*answer->records));
	if (answer->records == NULL)
		return fault_nomem(f);
	answer->count = line.p[0] == '2' ? 2 : 1;
	for (size_t i = 0; i < 2; i++)
		answer->records[i].text = span_sub(line, 1, line.len);
	return FAULT_NONE;
}

static void
result_ok(const struct dmarc_result *r, struct span spf, struct span dkim)
{
	bool aligned = r->spf_aligned == DMARC_ALIGNED ||
	    r->dkim_aligned == DMARC_ALIGNED;

	need((r->result == VERDICT_PASS) == aligned);
	need(!aligned || r->record != NULL);
	need(r->result != VERDICT_FAIL || r->applied != DMARC_POLICY_UNSET);
	need(r->applied <= r->policy);
	/* What is aligned has the author's top-level domain at least. */
	if (r->spf_aligned == DMARC_ALIGNED)
		need(domain_within(spf, domain_tail(r->author_domain, 1)));
	if (r->dkim_aligned == DMARC_ALIGNED)
		need(domain_within(dkim, domain_tail(r->author_domain, 1)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { (const char *)data, size }, author;
	struct dmarc_identifier id[2] = {
		{ .method = DMARC_SPF, .result = VERDICT_PASS },
		{ .method = DMARC_DKIM, .result = VERDICT_PASS },
	};
	struct dmarc_request rq = { .nauthors = 1, .authors = &author,
	    .nidentifiers = 2, .identifiers = id };
	struct dns dns = { .query = answer_line, .state = &rest };
	struct dmarc_result r;
	struct fault f = { 0 };
	struct arena a;
	struct buf b;

	(void)span_cut(rest, '\n', &author, &rest);
	(void)span_cut(rest, '\n', &id[0].domain, &rest);
	(void)span_cut(rest, '\n', &id[1].domain, &rest);
	if (!domain_is_host(author))
		return 0;
	arena_init(&a, BOUND_MESSAGE_ARENA);
	buf_init(&b, 1 << 20);
	need(dmarc_evaluate(&rq, &dns, &a, &r, &f) == FAULT_NONE);
	/* Three walks and the question whether the author exists. */
	need(dns.queries <= 3 * BOUND_DMARC_WALK + 1);
	result_ok(&r, domain_undot(id[0].domain),
	    domain_undot(id[1].domain));
	dmarc_report_explain(&r, &b);
	need(b.len > 0);
	for (size_t i = 0; i < b.len; i++)
		need(ascii_is_print(b.p[i]) || b.p[i] == '\n');
	buf_free(&b);
	arena_free(&a);
	return 0;
}
