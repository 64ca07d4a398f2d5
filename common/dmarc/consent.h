/* SPDX-License-Identifier: ISC */
/* May reports about a domain go to an address of another organization? */
#ifndef DMARC_CONSENT_H
#define DMARC_CONSENT_H

#include <stdbool.h>

#include "base/fault.h"
#include "base/span.h"
#include "dmarc/record.h"
#include "dmarc/walk.h"

/* May reports go to a URI of another organization (RFC 9990 4)? */
enum dmarc_consent {
	DMARC_CONSENT_UNKNOWN = 0,	/* the DNS did not answer */
	DMARC_CONSENT_OWN,	/* the same Organizational Domain: no need */
	DMARC_CONSENT_GIVEN,
	DMARC_CONSENT_MISSING,	/* reports are not sent there */
	DMARC_CONSENT_SCHEME	/* not a mailto URI */
};

struct dmarc_asked {
	const struct dmarc_uri *uri;
	bool failure;		/* of ruf, not rua */
};

struct dmarc_consented {
	enum dmarc_consent consent;
	bool outside;		/* MISSING only because the name is in no
				   zone, offline: nobody was asked */
	/* Where reports go: the URI's address, or the one by which the other
	 * organization replaces it; p NULL without consent. */
	struct span address;
};

/*
 * Ask for <policy-domain>._report._dmarc.<host> where the Organizational
 * Domains differ.  A rua (ruf) in that record replaces the address if its host
 * is the same; with another host neither address gets anything.  policy_org:
 * p NULL if it is not known.  What is found lives in the memo's arena.
 */
enum fault_kind dmarc_consent_ask(struct dmarc_memo *memo,
    struct span policy_domain, struct span policy_org,
    const struct dmarc_asked *asked, struct dmarc_consented *out,
    struct fault *f);

#endif
