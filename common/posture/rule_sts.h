/* SPDX-License-Identifier: ISC */
/* The codes of MTA-STS; see posture/rule.h. */
#ifndef POSTURE_RULE_STS_H
#define POSTURE_RULE_STS_H

#define POSTURE_STS_RULES(X) \
	X(STS_NONE, "STS001", LINT_NOTE, LINT_CLEAN, \
	    "no MTA-STS", "Nothing, unless it is wanted (RFC 8461).") \
	X(STS_SEVERAL, "STS002", LINT_ERROR, LINT_BROKEN, \
	    "several MTA-STS records: senders act as if there were none", \
	    "Keep one (RFC 8461 3.1).") \
	X(STS_SYNTAX, "STS003", LINT_ERROR, LINT_BROKEN, \
	    "the MTA-STS record cannot be used", \
	    "Publish \"v=STSv1; id=20260101T000000;\" (RFC 8461 3.1).") \
	X(STS_PLACE, "STS004", LINT_WARNING, LINT_FINDINGS, \
	    "an MTA-STS record in the wrong place", \
	    "Move it to _mta-sts (RFC 8461 3.1).") \
	X(STS_BESIDE, "STS005", LINT_NOTE, LINT_CLEAN, \
	    "something else beside what MTA-STS knows", \
	    "Senders ignore it (RFC 8461 3.1).") \
	X(STS_HOST, "STS006", LINT_ERROR, LINT_FINDINGS, \
	    "the record is there, the policy's host has no address", \
	    "Publish the host, or take the record away (RFC 8461 3.3).") \
	X(STS_DNS, "STS007", LINT_ERROR, LINT_UNCHECKED, \
	    "the DNS, or the policy's host, did not answer", "Try again.") \
	X(STS_STATUS, "STS008", LINT_ERROR, LINT_FINDINGS, \
	    "the policy's host answers with another status than 200", \
	    "Answer 200 there: redirects are never followed (RFC 8461 3.3).") \
	X(STS_CERT, "STS009", LINT_ERROR, LINT_FINDINGS, \
	    "the certificate of the policy's host is not valid for it", \
	    "Serve a certificate for mta-sts.DOMAIN (RFC 8461 3.3).") \
	X(STS_TYPE, "STS010", LINT_WARNING, LINT_FINDINGS, \
	    "the policy's media type is not text/plain", \
	    "Serve it as text/plain (RFC 8461 3.2).") \
	X(STS_POLICY, "STS011", LINT_ERROR, LINT_BROKEN, \
	    "the MTA-STS policy cannot be used", \
	    "Write version, mode, max_age and mx (RFC 8461 3.2).") \
	X(STS_LARGE, "STS012", LINT_ERROR, LINT_FINDINGS, \
	    "the policy is over 64 KiB", "Serve a short one (RFC 8461 3.3).") \
	X(STS_TWICE, "STS013", LINT_WARNING, LINT_FINDINGS, \
	    "a key of the policy stands twice: the first counts", \
	    "Keep one (RFC 8461 3.2).") \
	X(STS_KEY, "STS014", LINT_NOTE, LINT_CLEAN, \
	    "an unknown key in the policy", \
	    "Senders ignore it (RFC 8461 3.2).") \
	X(STS_EXCHANGE, "STS015", LINT_ERROR, LINT_FINDINGS, \
	    "an exchange that no mx line of the policy matches", \
	    "Add it; *. stands for exactly one label (RFC 8461 4.1).") \
	X(STS_UNUSED, "STS016", LINT_WARNING, LINT_FINDINGS, \
	    "an mx line that matches no exchange", \
	    "Remove it after the change of MX is over.") \
	X(STS_MODE, "STS017", LINT_NOTE, LINT_CLEAN, \
	    "the policy does not enforce", \
	    "Set mode: enforce once reports are clean (RFC 8461 5).") \
	X(STS_AGE, "STS018", LINT_WARNING, LINT_FINDINGS, \
	    "max_age is short", \
	    "Weeks: an attacker has to wait that long (RFC 8461 3.2).") \
	X(STS_UNSEEN, "STS019", LINT_NOTE, LINT_CLEAN, \
	    "the policy was not looked at", \
	    "Audit with --fetch or --sts-policy.") \
	X(STS_SAME_ID, "STS020", LINT_WARNING, LINT_FINDINGS, \
	    "the policy changed, its id did not", \
	    "Change the id: senders do not see it otherwise (RFC 8461 3.1).") \
	X(STS_ORPHAN, "STS021", LINT_WARNING, LINT_FINDINGS, \
	    "a policy was given, no record announces it", \
	    "Publish the record at _mta-sts.")

#endif
