/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "dmarc/consent.h"
#include "dns/domain.h"

/* What one record of the other organization makes of the consent. */
static enum fault_kind
weigh_record(struct dmarc_memo *memo, struct span text,
    const struct dmarc_asked *asked, struct dmarc_consented *out,
    struct fault *f)
{
	struct dmarc_record *r = NULL;
	const struct dmarc_uri *uri;

	if (dmarc_record_parse(text, memo->arena, &r, f) != FAULT_NONE ||
	    r == NULL)
		return f->kind;
	if (out->consent == DMARC_CONSENT_GIVEN)
		return FAULT_NONE;
	out->consent = DMARC_CONSENT_GIVEN;
	out->address = asked->uri->address;
	uri = asked->failure ? r->ruf : r->rua;
	if ((asked->failure ? r->nruf : r->nrua) == 0)
		return FAULT_NONE;
	out->address = uri->address;
	if (uri->host.p == NULL || !span_eq_nocase(uri->host,
	    asked->uri->host)) {
		out->consent = DMARC_CONSENT_MISSING;
		out->address = (struct span){ NULL, 0 };
	}
	return FAULT_NONE;
}

static enum fault_kind
ask(struct dmarc_memo *memo, struct span name,
    const struct dmarc_asked *asked, struct dmarc_consented *out,
    struct fault *f)
{
	struct dns_answer answer = { .outcome = DNS_TEMPERROR };

	/* There can be no such name, so nobody can have consented. */
	out->consent = DMARC_CONSENT_MISSING;
	if (!domain_fits(name))
		return FAULT_NONE;
	if (dns_query(memo->dns, name, DNS_TXT, memo->arena, &answer, f) !=
	    FAULT_NONE)
		return f->kind;
	out->outside = dns_is_outside(&answer);
	if (answer.outcome == DNS_TEMPERROR)
		out->consent = DMARC_CONSENT_UNKNOWN;
	if (answer.outcome != DNS_ANSWER)
		answer.count = 0;
	for (size_t i = 0; i < answer.count && f->kind == FAULT_NONE; i++)
		(void)weigh_record(memo, answer.records[i].text, asked, out,
		    f);
	return f->kind;
}

enum fault_kind
dmarc_consent_ask(struct dmarc_memo *memo, struct span policy_domain,
    struct span policy_org, const struct dmarc_asked *asked,
    struct dmarc_consented *out, struct fault *f)
{
	struct dmarc_walk w;
	struct span host;
	struct buf name;

	*out = (struct dmarc_consented){ .consent = DMARC_CONSENT_SCHEME };
	if (asked->uri->host.p == NULL)
		return FAULT_NONE;
	host = arena_lower(memo->arena, asked->uri->host);
	if (host.p == NULL)
		return fault_nomem(f);
	out->consent = DMARC_CONSENT_OWN;
	out->address = asked->uri->address;
	if (span_eq(host, policy_domain))
		return FAULT_NONE;
	if (dmarc_walk(memo, host, &w, f) != FAULT_NONE)
		return f->kind;
	if (!w.failed && policy_org.p != NULL && span_eq(w.org, policy_org))
		return FAULT_NONE;
	*out = (struct dmarc_consented){ .consent = DMARC_CONSENT_UNKNOWN };
	if (w.failed || policy_org.p == NULL)
		return FAULT_NONE;
	buf_init(&name, 4096);
	buf_addspan(&name, policy_domain);
	buf_adds(&name, "._report._dmarc.");
	buf_addspan(&name, host);
	if (buf_check(&name, f) == FAULT_NONE)
		(void)ask(memo, buf_span(&name), asked, out, f);
	buf_free(&name);
	return f->kind;
}
