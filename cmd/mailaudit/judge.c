/* SPDX-License-Identifier: ISC */
/* One domain: what is asked for, what is made of it. */
#include <string.h>

#include "mailaudit/mailaudit.h"

/* What must hold, what is known, what is printed. */
static enum fault_kind
audit_found(struct mailaudit *m, const struct cli_domain *one,
    struct posture *p, int *status, struct fault *f)
{
	json_t *facts = NULL;

	if (m->cli->format == CLI_JSON || m->state != NULL ||
	    m->expect != NULL) {
		facts = posture_facts(p);
		if (facts == NULL)
			return fault_nomem(f);
	}
	if (mailaudit_compare(m, p, facts, f) == FAULT_NONE) {
		*status = (int)lint_exit(&p->lint);
		(void)mailaudit_report(m, one, p, facts, f);
	}
	json_decref(facts);
	return f->kind;
}

/* While answers come in no policy is fetched: that is done once, at last. */
static enum fault_kind
audit_fetch_later(struct posture_fetch *fetch, struct span host,
    const struct ipaddr *addresses, size_t n, struct arena *a,
    struct posture_fetched *out, struct fault *f)
{
	(void)fetch;
	(void)host;
	(void)addresses;
	(void)n;
	(void)a;
	*out = (struct posture_fetched){ .as = POSTURE_FETCH_FAILED };
	return f->kind;
}

enum fault_kind
mailaudit_judge(void *state, const struct cli_domain *one, int *status,
    struct fault *f)
{
	struct mailaudit *m = state;
	const struct mailaudit_domain *said = &m->domains[one->number - 1];
	struct span selectors[2 * POSTURE_SELECTORS];
	struct span guesses[INPUTS_GUESSES];
	struct posture_request rq = { .domain = one->name, .dns = one->dns,
	    .arena = one->arena, .role = said->role != POSTURE_ROLE_UNKNOWN ?
	    said->role : m->role, .nselectors = m->nselectors,
	    .nameservers = m->state != NULL || m->expect != NULL,
	    .ncerts = m->in.ncerts, .certs = m->in.certs,
	    .nsts = m->in.nsts, .sts = m->in.sts,
	    .subdomain = said->subdomain, .nguesses = m->in.nguesses,
	    .guesses = guesses, .nsigned = m->in.nsigned,
	    .signatures = m->in.signatures, .providers = &m->in.providers,
	    .fetch = m->in.fetches ? &m->in.fetch : NULL };
	struct posture_fetch later = { .get = audit_fetch_later,
	    .allow_private = m->in.fetch.allow_private };
	const struct span *from = m->selectors;
	struct posture p;

	if (one->asks && m->in.fetches)
		rq.fetch = &later;
	if (said->nselectors > 0) {
		rq.nselectors = said->nselectors;
		from = said->selectors;
	}
	memcpy(selectors, from, rq.nselectors * sizeof(*selectors));
	memcpy(guesses, m->in.guesses, sizeof(guesses));
	rq.selectors = selectors;
	/* One that must hold something is in use. */
	if (m->expect != NULL)
		rq.nselectors = expect_selectors(m->expect, one->name,
		    selectors, rq.nselectors, POSTURE_SELECTORS);
	for (size_t i = 0; i < POSTURE_FAMILIES; i++)
		rq.skip[i] = mailaudit_skips(m, i);
	if (mailaudit_zone_keys(&m->in, &rq, selectors, guesses, f) !=
	    FAULT_NONE)
		return f->kind;
	if (posture_audit(&rq, &p, f) == FAULT_NONE &&
	    !cli_domain_asks(one) &&
	    posture_keyring_add(m->in.ring, &p, f) == FAULT_NONE)
		(void)audit_found(m, one, &p, status, f);
	posture_free(&p);
	return f->kind;
}
