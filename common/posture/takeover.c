/* SPDX-License-Identifier: ISC */
/*
 * Where a domain leads to names that do not exist: what anyone may register,
 * what only the zone above can make, what is delegated to nobody.  NXDOMAIN
 * alone decides; SERVFAIL is never a takeover.
 */
#include "dns/domain.h"
#include "posture/posture_impl.h"
#include "posture/suffix.h"

/* Names that are looked at, of one domain. */
#define TAKEOVER_NAMES ((size_t)200)

struct takeover {
	struct posture_run *r;
	size_t count;
	struct span *seen;
};

/* The name does not exist: from where on? */
static bool
takeover_gone(struct posture_run *r, struct span name, const char *what)
{
	size_t labels = domain_labels(name), n = labels - 1;
	struct span above = { "", 0 }, missing;
	struct dns_answer answer;

	for (; n > 0; n--) {
		above = domain_tail(name, n);
		if (!posture_ask(r, above, DNS_NS, &answer))
			return false;
		/* Nobody knows: nothing rests on it. */
		if (answer.outcome == DNS_TEMPERROR ||
		    dns_is_outside(&answer))
			return true;
		if (answer.outcome != DNS_NXDOMAIN)
			break;
	}
	missing = domain_tail(name, n + 1);
	/* Below our own domain only we can make it: its family says so. */
	if (n > 0 && (domain_within(above, r->domain) ||
	    (domain_within(r->domain, above) && !posture_suffix(above))))
		return true;
	if (n > 0 && posture_suffix(above))
		return posture_add(r, POSTURE_AUD_TAKEOVER, missing,
		    "%s: %.*s does not exist (%s)", what, SPAN_ARG(missing),
		    posture_suffix_by());
	return posture_add(r, POSTURE_AUD_DANGLING, missing,
	    "%s: %.*s does not exist", what, SPAN_ARG(missing));
}

/* The servers of the name fail: does whoever delegates it answer? */
static bool
takeover_lame(struct posture_run *r, struct span name, const char *what)
{
	struct span registered = posture_registered(name);
	size_t labels = domain_labels(registered);
	struct dns_answer zone, above, plain;

	if (labels < 2 || domain_within(r->domain, registered))
		return true;
	if (!posture_ask(r, registered, DNS_NS, &zone) ||
	    !posture_ask(r, domain_tail(registered, labels - 1), DNS_NS,
	    &above))
		return false;
	if (zone.outcome != DNS_TEMPERROR || (zone.why != DNS_WHY_SERVFAIL &&
	    zone.why != DNS_WHY_REFUSED) || above.outcome == DNS_TEMPERROR ||
	    above.outcome == DNS_NXDOMAIN)
		return true;
	/* Broken signatures are no lapsed hosting. */
	if (!posture_ask_unchecked(r, registered, DNS_NS, &plain))
		return false;
	return plain.outcome != DNS_TEMPERROR || posture_add(r,
	    POSTURE_AUD_LAPSED, registered, "%s: %.*s: %s", what,
	    SPAN_ARG(registered), dns_outcome_word(&zone));
}

/* Look at one name, once. */
static bool
takeover_name(struct takeover *t, struct span name, const char *what)
{
	struct posture_run *r = t->r;
	struct dns_answer answer;

	name = domain_undot(name);
	if (!domain_fits(name) || t->count == TAKEOVER_NAMES ||
	    domain_labels(name) < 2)
		return true;
	for (size_t i = 0; i < t->count; i++)
		if (span_eq_nocase(t->seen[i], name))
			return true;
	name = arena_lower(r->rq->arena, name);
	if (name.p == NULL)
		return fault_nomem(r->f) == FAULT_NONE;
	t->seen[t->count++] = name;
	if (!posture_ask(r, name, DNS_A, &answer))
		return false;
	if (answer.outcome == DNS_TEMPERROR)
		return takeover_lame(r, name, what);
	if (answer.outcome != DNS_NXDOMAIN || dns_is_outside(&answer))
		return true;
	/* An alias that leads nowhere: it is its end that is missing. */
	if (answer.aliases > 0 && answer.canonical.p != NULL)
		return takeover_gone(r, answer.canonical, what);
	return takeover_gone(r, name, what);
}

/* A name of our own that is an alias: where does it end? */
static bool
takeover_alias(struct takeover *t, const char *labels, enum dns_type type)
{
	struct dns_answer answer;

	if (!posture_ask_below(t->r, labels, type, &answer))
		return false;
	return answer.aliases == 0 || answer.canonical.p == NULL ||
	    takeover_name(t, answer.canonical, labels);
}

static bool
takeover_keys(struct takeover *t)
{
	const struct posture *p = t->r->p;
	struct dns_answer answer;

	for (size_t i = 0; i < p->nkeys; i++) {
		if (!posture_ask(t->r, p->keys[i].name, DNS_TXT, &answer))
			return false;
		if (answer.aliases > 0 && answer.canonical.p != NULL &&
		    !takeover_name(t, answer.canonical, "DKIM"))
			return false;
	}
	return true;
}

/* "mailto:a@host?..." or "https://host:port/...": the host, or len 0. */
static struct span
takeover_host(struct span uri)
{
	struct span host = { "", 0 }, rest;

	if (span_starts_nocase(uri, SPAN("mailto:")) &&
	    span_rfind(uri, '@') < uri.len) {
		host = span_sub(uri, span_rfind(uri, '@') + 1, uri.len);
		(void)span_cut(host, '?', &host, &rest);
		(void)span_cut(host, '!', &host, &rest);
	} else if (span_starts_nocase(uri, SPAN("https://"))) {
		(void)span_cut(span_sub(uri, 8, uri.len), '/', &host, &rest);
		(void)span_cut(host, ':', &host, &rest);
	}
	return host;
}

static bool
takeover_reports(struct takeover *t)
{
	const struct posture *p = t->r->p;

	for (size_t i = 0; i < p->dmarc.ndestinations; i++)
		if (!takeover_name(t, takeover_host(
		    p->dmarc.destinations[i].uri->text), "reports"))
			return false;
	for (size_t i = 0; i < p->tlsrpt.nrua && i <
	    sizeof(p->tlsrpt.rua) / sizeof(p->tlsrpt.rua[0]); i++)
		if (!takeover_name(t, takeover_host(p->tlsrpt.rua[i]),
		    "reports"))
			return false;
	return true;
}

static bool
takeover_servers(struct takeover *t)
{
	struct dns_answer answer;

	if (!posture_ask(t->r, t->r->domain, DNS_NS, &answer))
		return false;
	for (size_t i = 0; i < answer.count; i++)
		if (!takeover_name(t, answer.records[i].text, "name server"))
			return false;
	return true;
}

/* `_dmarc` is an alias into another organization. */
static bool
takeover_dmarc(struct posture_run *r)
{
	struct dns_answer answer;
	struct span ours, theirs;

	if (!posture_ask_below(r, "_dmarc", DNS_TXT, &answer))
		return false;
	if (answer.aliases == 0 || answer.canonical.p == NULL)
		return true;
	ours = posture_registered(r->domain);
	theirs = posture_registered(answer.canonical);
	return span_eq_nocase(ours, theirs) || posture_add(r,
	    POSTURE_AUD_ALIAS, answer.canonical, "%.*s",
	    SPAN_ARG(answer.canonical));
}

bool
posture_takeover(struct posture_run *r)
{
	struct takeover t = { .r = r };
	struct posture *p = r->p;

	t.seen = arena_array(r->rq->arena, TAKEOVER_NAMES, sizeof(*t.seen));
	if (t.seen == NULL)
		return fault_nomem(r->f) == FAULT_NONE;
	for (const struct spf_lint_node *n = p->spf.first; n != NULL;
	    n = n->next)
		if (n->depth > 0 && n->record.p == NULL &&
		    !takeover_name(&t, n->domain, "SPF"))
			return false;
	for (size_t i = 0; i < p->mx.count; i++)
		if (!takeover_name(&t, p->mx.exchanges[i].name, "MX"))
			return false;
	return takeover_keys(&t) &&
	    takeover_alias(&t, "_dmarc", DNS_TXT) &&
	    takeover_alias(&t, "_mta-sts", DNS_TXT) &&
	    takeover_alias(&t, "mta-sts", DNS_A) &&
	    takeover_reports(&t) && takeover_servers(&t) &&
	    takeover_dmarc(r);
}
