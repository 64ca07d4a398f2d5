/* SPDX-License-Identifier: ISC */
/* The codes of the domain as a whole; see posture/rule.h. */
#ifndef POSTURE_RULE_AUD_H
#define POSTURE_RULE_AUD_H

#define POSTURE_AUD_RULES(X) \
	X(AUD_NXDOMAIN, "AUD001", LINT_ERROR, LINT_ABSENT, \
	    "the domain does not exist", \
	    "Register it, or take it off the list.") \
	X(AUD_PARKED_SPF, "AUD002", LINT_ERROR, LINT_FINDINGS, \
	    "parked, and SPF is not exactly \"v=spf1 -all\"", \
	    "Publish the TXT record \"v=spf1 -all\".") \
	X(AUD_PARKED_DMARC, "AUD003", LINT_WARNING, LINT_FINDINGS, \
	    "parked, and DMARC does not reject all of it", \
	    "Publish \"v=DMARC1; p=reject; sp=reject; np=reject\" at " \
	    "_dmarc.") \
	X(AUD_PARKED_MX, "AUD004", LINT_WARNING, LINT_FINDINGS, \
	    "parked, and there is no null MX", "Publish MX 0 . (RFC 7505).") \
	X(AUD_PARKED_KEY, "AUD005", LINT_WARNING, LINT_FINDINGS, \
	    "parked, and a key can still sign", \
	    "Revoke it: publish the record with an empty p=.") \
	X(AUD_NOTHING_PASSES, "AUD006", LINT_ERROR, LINT_FINDINGS, \
	    "an enforcing DMARC policy, and nothing can pass", \
	    "Publish SPF and keys before the policy.") \
	X(AUD_SPF_ALONE, "AUD007", LINT_WARNING, LINT_FINDINGS, \
	    "only SPF can align: forwarded mail fails", \
	    "Sign with DKIM.") \
	X(AUD_ENVELOPE, "AUD008", LINT_NOTE, LINT_CLEAN, \
	    "a sender that never has the domain in its envelope", \
	    "Its include does nothing for DMARC: publish its DKIM keys.") \
	X(AUD_TAKEOVER, "AUD009", LINT_ERROR, LINT_FINDINGS, \
	    "it leads to a domain that anyone may register", \
	    "Remove it today, or register the domain.") \
	X(AUD_DANGLING, "AUD010", LINT_WARNING, LINT_FINDINGS, \
	    "it leads to a name that does not exist", \
	    "Remove it: the owner of the zone above can make the name.") \
	X(AUD_LAPSED, "AUD011", LINT_WARNING, LINT_FINDINGS, \
	    "it leads to a domain whose servers do not answer for it", \
	    "Remove it, or ask its owner: the hosting may have lapsed.") \
	X(AUD_WILDCARD, "AUD012", LINT_WARNING, LINT_FINDINGS, \
	    "a wildcard TXT answers at underscored names", \
	    "Publish the names, or narrow the wildcard (RFC 4592).") \
	X(AUD_BARE, "AUD013", LINT_WARNING, LINT_FINDINGS, \
	    "a sub-domain without SPF, and no policy rejects its mail", \
	    "Publish \"v=spf1 -all\" there, or sp=reject above.") \
	X(AUD_WEAKER, "AUD014", LINT_WARNING, LINT_FINDINGS, \
	    "a sub-domain's own DMARC is weaker than what it would inherit", \
	    "Remove its record.") \
	X(AUD_ALIAS, "AUD016", LINT_NOTE, LINT_CLEAN, \
	    "_dmarc is an alias into another organization", \
	    "Know who sets your policy.") \
	X(AUD_OUTSIDE, "AUD017", LINT_NOTE, LINT_CLEAN, \
	    "offline: names outside the zones were not looked at", \
	    "Audit without --offline, or give their zones with --zone.")

#endif
