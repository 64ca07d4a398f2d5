/* SPDX-License-Identifier: ISC */
/*
 * The codes of DANE, DNSSEC and BIMI.  posture/rule.h puts them together with
 * the others.
 */
#ifndef POSTURE_RULE_DNS_H
#define POSTURE_RULE_DNS_H

/* X(NAME, "code", severity, effect, "title", "remedy") */
#define POSTURE_DANE_RULES(X) \
	X(DANE_NONE, "DANE001", LINT_NOTE, LINT_CLEAN, \
	    "signed, but no TLSA", \
	    "Nothing, unless it is wanted (RFC 7672).") \
	X(DANE_SOME, "DANE002", LINT_WARNING, LINT_FINDINGS, \
	    "some exchanges have TLSA records, others none", \
	    "Publish them for all exchanges, or none (RFC 7672 2.2).") \
	X(DANE_UNSIGNED, "DANE003", LINT_ERROR, LINT_FINDINGS, \
	    "TLSA records that senders ignore: not all of it is signed", \
	    "Sign the domain's zone and the exchange's (RFC 7672 2.2.1).") \
	X(DANE_DNS, "DANE004", LINT_ERROR, LINT_FINDINGS, \
	    "the TLSA question fails: DANE senders defer all mail", \
	    "Repair the server's denial of existence (RFC 7672 2.1.1).") \
	X(DANE_UNUSABLE, "DANE005", LINT_ERROR, LINT_FINDINGS, \
	    "a TLSA record that cannot be used", \
	    "Publish 3 1 1 and the SHA-256 of the key (RFC 7671).") \
	X(DANE_USAGE, "DANE006", LINT_WARNING, LINT_FINDINGS, \
	    "a TLSA record of usage 0 or 1: not for mail", \
	    "Publish 3 1 1 (RFC 7672 3.1.3).") \
	X(DANE_NOTHING, "DANE007", LINT_ERROR, LINT_FINDINGS, \
	    "no usable TLSA record is left: TLS without a name is all", \
	    "Publish 3 1 1 (RFC 7672 3.1.3).") \
	X(DANE_ADVICE, "DANE008", LINT_NOTE, LINT_CLEAN, \
	    "TLSA records that make a change of keys harder", \
	    "Publish 3 1 1, two of them while a key is rolled " \
	    "(RFC 7671 8).") \
	X(DANE_ALIAS, "DANE009", LINT_WARNING, LINT_FINDINGS, \
	    "TLSA at or after an alias", \
	    "Publish at the exchange's real name (RFC 7672 2.2.3).") \
	X(DANE_UNKNOWN, "DANE010", LINT_NOTE, LINT_CLEAN, \
	    "not judged: nobody vouched for DNSSEC", \
	    "Ask a validating resolver on this machine, or one that " \
	    "--trust-ad may believe.") \
	X(DANE_CERT, "DANE011", LINT_ERROR, LINT_FINDINGS, \
	    "no TLSA record matches the certificate", \
	    "Publish the new record first, wait, then roll (RFC 7671 8.1).")

#define POSTURE_SEC_RULES(X) \
	X(SEC_UNSIGNED, "SEC001", LINT_NOTE, LINT_CLEAN, \
	    "not signed with DNSSEC", \
	    "Nothing, unless it is wanted (RFC 4035).") \
	X(SEC_BOGUS, "SEC002", LINT_ERROR, LINT_FINDINGS, \
	    "DNSSEC is broken: validating resolvers answer SERVFAIL", \
	    "Sign the zone again, or take the DS away (RFC 4035 5.5).") \
	X(SEC_SOON, "SEC003", LINT_WARNING, LINT_FINDINGS, \
	    "a signature is about to end", \
	    "See why the zone is not signed again (RFC 4034 3.1.5).") \
	X(SEC_NO_DS, "SEC004", LINT_NOTE, LINT_CLEAN, \
	    "signed, but there is no DS at the parent", \
	    "Have the DS published, or nobody validates it (RFC 4033).") \
	X(SEC_UNKNOWN, "SEC005", LINT_NOTE, LINT_CLEAN, \
	    "whether it is signed is not known: no validator answered", \
	    "Ask a validating resolver on this machine, or one that " \
	    "--trust-ad may believe.") \
	X(SEC_DNS, "SEC006", LINT_ERROR, LINT_UNCHECKED, \
	    "the DNS did not answer", "Try again.")

#define POSTURE_BIMI_RULES(X) \
	X(BIMI_DECLINED, "BIMI001", LINT_NOTE, LINT_CLEAN, \
	    "BIMI is declined", "Nothing: it says that no logo is wanted.") \
	X(BIMI_SYNTAX, "BIMI002", LINT_ERROR, LINT_BROKEN, \
	    "the BIMI record cannot be used", \
	    "Publish one: \"v=BIMI1; l=https://HOST/logo.svg; " \
	    "a=https://HOST/vmc.pem\".") \
	X(BIMI_POLICY, "BIMI003", LINT_WARNING, LINT_FINDINGS, \
	    "a logo is published, but DMARC does not enforce", \
	    "Have p and sp quarantine or reject, and no t=y.") \
	X(BIMI_URL, "BIMI004", LINT_WARNING, LINT_FINDINGS, \
	    "an URL that is not https", "Publish it by https.") \
	X(BIMI_EVIDENCE, "BIMI005", LINT_NOTE, LINT_CLEAN, \
	    "no evidence document", \
	    "Many receivers want one: a= with a mark certificate.") \
	X(BIMI_DNS, "BIMI006", LINT_ERROR, LINT_UNCHECKED, \
	    "the DNS did not answer", "Try again.")

#endif
