/* SPDX-License-Identifier: ISC */
/* --subdomains: what zones have below the domains that somebody named. */
#include <search.h>
#include <string.h>

#include "base/bounds.h"
#include "dns/resolver.h"
#include "mailaudit/mailaudit.h"

/* Does the owner have something that mail may be about? */
static bool
below_mails(const struct dns_zone_name *n)
{
	const struct dns_zone_rr *rr = n->rr;

	for (; rr != NULL; rr = rr->next)
		if (rr->type == DNS_MX || rr->type == DNS_A ||
		    rr->type == DNS_AAAA || (rr->type == DNS_TXT &&
		    rr->len > 7 && memcmp(rr->data + 1, "v=spf1", 6) == 0))
			return true;
	return false;
}

/* An owner below an operand; "_dmarc.NAME" stands for NAME, others with an
 * underscore are no domains of mail. */
static enum fault_kind
below_add(struct mailaudit *m, const struct dns_zone_name *n,
    struct fault *f)
{
	const struct mailaudit_domain one = { .subdomain = true };
	struct span name = n->name;

	if (span_starts_nocase(name, SPAN("_dmarc.")))
		name = span_sub(name, 7, name.len);
	else if (!below_mails(n))
		return FAULT_NONE;
	return span_find(name, '_') < name.len ? FAULT_NONE :
	    mailaudit_domain(m, name, &one, f);
}

/* Is the name below one of the operands that somebody named? */
static bool
below_named(struct mailaudit *m, struct span name)
{
	struct span label, rest = name;
	char text[BOUND_DNS_NAME + 1];

	while (span_cut(rest, '.', &label, &rest) &&
	    rest.len < sizeof(text)) {
		memcpy(text, rest.p, rest.len);
		text[rest.len] = '\0';
		if (tfind(text, &m->tree, mailaudit_order) != NULL)
			return true;
	}
	return false;
}

enum fault_kind
mailaudit_below(struct mailaudit *m, struct fault *f)
{
	struct dns_zone_name *names;
	struct arena a;
	struct dns *dns;
	size_t count;

	if (!m->subdomains)
		return FAULT_NONE;
	if (cli_dns(m->cli, &dns, f) != FAULT_NONE)
		return f->kind;
	arena_init(&a, BOUND_ZONE_BYTES);
	if (dns_zone_owners(dns, SPAN(""), &a, &names, &count, f) ==
	    FAULT_NONE)
		for (size_t i = 0; i < count; i++)
			if (below_named(m, names[i].name) &&
			    below_add(m, &names[i], f) != FAULT_NONE)
				break;
	arena_free(&a);
	m->cli->operands = m->names;
	m->cli->noperands = m->ndomains;
	return f->kind;
}
