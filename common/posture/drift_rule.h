/* SPDX-License-Identifier: ISC */
/* The codes that a state file and expectations add to posture/rule.h. */
#ifndef POSTURE_DRIFT_RULE_H
#define POSTURE_DRIFT_RULE_H

/* X(NAME, "code", severity, effect, "title", "remedy") */
#define POSTURE_DRIFT_RULES(X) \
	X(DKIM_OLD, "DKIM014", LINT_NOTE, LINT_CLEAN, \
	    "the key is older than 400 days", "See dkimkey rotate.") \
	X(AUD_UNCHECKED, "AUD015", LINT_ERROR, LINT_UNCHECKED, \
	    "not checked in three runs on end", \
	    "Repair the name servers, or take the domain off the list.") \
	X(DIF_WEAKER, "DIF001", LINT_ERROR, LINT_FINDINGS, \
	    "the policy is weaker than before", \
	    "Find out who changed it; publish the former one.") \
	X(DIF_RECORD, "DIF002", LINT_WARNING, LINT_FINDINGS, \
	    "a record of the domain changed", "Find out who changed it.") \
	X(DIF_STRONGER, "DIF003", LINT_NOTE, LINT_CLEAN, \
	    "the policy is stronger than before", "Nothing.") \
	X(DIF_MX, "DIF004", LINT_WARNING, LINT_FINDINGS, \
	    "the exchanges changed", "Find out who changed them.") \
	X(DIF_SENDERS, "DIF005", LINT_WARNING, LINT_FINDINGS, \
	    "the SPF record authorises more than before", \
	    "Find out who the new sender is.") \
	X(DIF_INCLUDED, "DIF006", LINT_NOTE, LINT_CLEAN, \
	    "an included SPF record changed", \
	    "Nothing, unless its addresses grew far.") \
	X(DIF_KEY, "DIF007", LINT_ERROR, LINT_FINDINGS, \
	    "a key changed under its selector, or vanished", \
	    "Find out who changed it; a new key gets a new selector.") \
	X(DIF_INSECURE, "DIF008", LINT_ERROR, LINT_FINDINGS, \
	    "secured by DNSSEC before, and not now", \
	    "Sign the zone, or correct the DS record.") \
	X(DIF_NS, "DIF009", LINT_WARNING, LINT_FINDINGS, \
	    "the name servers changed", "Find out who changed them.") \
	X(POL_BROKEN, "POL001", LINT_ERROR, LINT_FINDINGS, \
	    "what must hold does not", \
	    "Correct the record, or the expectation.") \
	X(POL_UNKNOWN, "POL002", LINT_ERROR, LINT_UNCHECKED, \
	    "what must hold could not be looked at", "Try again.") \
	X(POL_IDLE, "POL003", LINT_NOTE, LINT_CLEAN, \
	    "a section of expectations matched no domain", \
	    "Correct it, or remove it.") \
	X(POL_PAST, "POL004", LINT_WARNING, LINT_FINDINGS, \
	    "an expectation is past its date, and counts no more", \
	    "Remove it, or give it another date.")

#endif
