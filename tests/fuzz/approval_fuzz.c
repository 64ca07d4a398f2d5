/* SPDX-License-Identifier: ISC */
/* A mail, judged by a DNS that knows one DMARC record and no key. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "approval/approval.h"
#include "mail/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool ok)
{
	if (!ok)
		abort();
}

static enum fault_kind
answer(struct dns *dns, const struct dns_question *q, struct arena *a,
    struct dns_answer *out, struct fault *f)
{
	(void)dns;
	*out = (struct dns_answer){ .canonical = q->name,
	    .outcome = DNS_NXDOMAIN };
	if (!span_starts(q->name, SPAN("_dmarc.")))
		return FAULT_NONE;
	out->records = arena_array(a, 1, sizeof(*out->records));
	if (out->records == NULL)
		return fault_nomem(f);
	out->outcome = DNS_ANSWER;
	out->count = 1;
	out->records[0].text = SPAN("v=DMARC1; p=reject");
	return FAULT_NONE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size };
	struct dns dns = { .query = answer };
	struct approval_options o = { .now = 1795456800, .dns = &dns,
	    .mail_from = "a@b", .request = size % 2 == 1 };
	static struct approval a;
	struct approval_command c;
	struct fault f = { .kind = FAULT_NONE };
	int64_t t;

	need(approval_judge(in, &o, &a, &f) == FAULT_NONE);
	/* Without a key nothing is proven. */
	need(a.why != APPROVAL_YES && !a.proven && a.times == 0);
	need(a.from[0] == '\0' || approval_address(span_of(a.from)));
	if (approval_command_read(in, o.request, &c))
		need((c.verb == APPROVAL_REQUEST) == o.request &&
		    strlen(c.reason) < APPROVAL_TEXT);
	(void)date_parse(in, &t);
	return 0;
}
