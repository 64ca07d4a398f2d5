/* SPDX-License-Identifier: ISC */
/*
 * The codes of mailaudit beside those of the SPF and DMARC lints.  They never
 * change their meaning.  Numbers that are not here are kept for checks that
 * are not made yet.
 */
#ifndef POSTURE_RULE_H
#define POSTURE_RULE_H

#include "dns/finding.h"
#include "posture/drift_rule.h"
#include "posture/rule_aud.h"
#include "posture/rule_dns.h"
#include "posture/rule_sts.h"

/* X(NAME, "code", severity, effect, "title", "remedy") */
/* Of a domain's record beside the rest of it; spf/lint.h has the others, and
 * goes on after these. */
#define POSTURE_SPF_RULES(X) \
	X(SPF_TWICE, "SPF035", LINT_NOTE, LINT_CLEAN, \
	    "a network is authorised twice, through different terms", \
	    "Remove one; know which provider owns it (RFC 7208 5).") \
	X(SPF_TCP, "SPF036", LINT_WARNING, LINT_FINDINGS, \
	    "the TXT records do not fit 1232 bytes: all receivers need TCP", \
	    "Move verification records elsewhere, remove old ones " \
	    "(RFC 7208 3.4).")

#define POSTURE_DKIM_RULES(X) \
	X(DKIM_NO_KEYS, "DKIM001", LINT_WARNING, LINT_FINDINGS, \
	    "_domainkey does not exist, so no key can", \
	    "Publish a key and sign (RFC 6376 3.6.2.1, RFC 8020).") \
	X(DKIM_UNKNOWN, "DKIM002", LINT_NOTE, LINT_CLEAN, \
	    "keys may exist, none is known", \
	    "Name the selectors with --selector.") \
	X(DKIM_MISSING, "DKIM003", LINT_ERROR, LINT_BROKEN, \
	    "a selector that is in use has no key", \
	    "Publish it, or stop signing with it (RFC 6376 3.6.2).") \
	X(DKIM_INVALID, "DKIM004", LINT_ERROR, LINT_BROKEN, \
	    "the key record cannot be used", \
	    "Publish the text that dkimkey record prints " \
	    "(RFC 6376 3.6.1).") \
	X(DKIM_REVOKED, "DKIM005", LINT_NOTE, LINT_CLEAN, \
	    "the key is revoked", \
	    "Remove it once no mail with it is under way.") \
	X(DKIM_SHORT, "DKIM006", LINT_ERROR, LINT_FINDINGS, \
	    "an RSA key below 1024 bits never verifies", \
	    "Replace it: see dkimkey rotate (RFC 8301 3.2).") \
	X(DKIM_WEAK, "DKIM007", LINT_WARNING, LINT_FINDINGS, \
	    "an RSA key below 2048 bits", \
	    "Replace it: see dkimkey rotate (RFC 8301 3.2).") \
	X(DKIM_TESTING, "DKIM008", LINT_WARNING, LINT_FINDINGS, \
	    "t=y: others may take the mail as not signed", \
	    "Take t=y out (RFC 6376 3.6.1).") \
	X(DKIM_SEVERAL, "DKIM009", LINT_WARNING, LINT_FINDINGS, \
	    "several key records at one selector", \
	    "Keep one (RFC 6376 3.6.2.2).") \
	X(DKIM_ED25519, "DKIM010", LINT_WARNING, LINT_FINDINGS, \
	    "only Ed25519 keys: a part of receivers cannot verify", \
	    "Sign with an RSA key too (RFC 8463).") \
	X(DKIM_SCOPE, "DKIM011", LINT_WARNING, LINT_FINDINGS, \
	    "h= or s= does not allow signatures of mail", \
	    "Correct the tag: sha256, email or * (RFC 6376 3.6.1).") \
	X(DKIM_WILDCARD, "DKIM012", LINT_NOTE, LINT_CLEAN, \
	    "a wildcard answers below _domainkey: presence proves nothing", \
	    "Publish keys by name (RFC 4592).") \
	X(DKIM_SHARED, "DKIM013", LINT_NOTE, LINT_CLEAN, \
	    "one public key at several names", \
	    "Use one key for each domain.") \
	X(DKIM_PAIR, "DKIM015", LINT_WARNING, LINT_FINDINGS, \
	    "of a provider's pair of selectors one is missing", \
	    "Publish both: its next rotation fails otherwise.") \
	X(DKIM_DNS, "DKIM016", LINT_ERROR, LINT_UNCHECKED, \
	    "the DNS did not answer", "Try again.") \
	X(DKIM_SERVER, "DKIM017", LINT_NOTE, LINT_CLEAN, \
	    "_domainkey is NXDOMAIN although a selector below it answers", \
	    "Repair the server (RFC 8020).")

#define POSTURE_MX_RULES(X) \
	X(MX_DNS, "MX001", LINT_ERROR, LINT_UNCHECKED, \
	    "the DNS did not answer", "Try again.") \
	X(MX_IMPLICIT, "MX002", LINT_NOTE, LINT_CLEAN, \
	    "no MX but an address: mail goes to the web server", \
	    "Publish MX, or a null MX: MX 0 . (RFC 5321 5.1).") \
	X(MX_NULL_BESIDE, "MX003", LINT_ERROR, LINT_FINDINGS, \
	    "null MX beside other exchanges", \
	    "Keep one of the two (RFC 7505 3).") \
	X(MX_NULL_PREFERENCE, "MX004", LINT_WARNING, LINT_FINDINGS, \
	    "null MX with a preference that is not 0", \
	    "Publish MX 0 . (RFC 7505 3).") \
	X(MX_NULL_SENDS, "MX005", LINT_WARNING, LINT_FINDINGS, \
	    "null MX although the domain sends", \
	    "Receive bounces, or stop sending (RFC 7505 4.2).") \
	X(MX_NXDOMAIN, "MX006", LINT_ERROR, LINT_FINDINGS, \
	    "an exchange does not exist", \
	    "Correct or remove it (RFC 5321 5.1).") \
	X(MX_NO_ADDRESS, "MX007", LINT_ERROR, LINT_FINDINGS, \
	    "an exchange has no address", \
	    "Correct or remove it (RFC 5321 5.1).") \
	X(MX_ALIAS, "MX008", LINT_WARNING, LINT_FINDINGS, \
	    "an exchange is an alias", \
	    "Point to the host itself (RFC 2181 10.3, RFC 5321 5.1).") \
	X(MX_LITERAL, "MX009", LINT_ERROR, LINT_FINDINGS, \
	    "an exchange is an address written as a name", \
	    "Give it a name (RFC 1035 3.3.9).") \
	X(MX_PRIVATE, "MX010", LINT_ERROR, LINT_FINDINGS, \
	    "an exchange's address is not on the internet", \
	    "Publish a public address (RFC 6890).") \
	X(MX_NAME, "MX011", LINT_WARNING, LINT_FINDINGS, \
	    "an exchange's name is no host name", \
	    "Correct it (RFC 5321 2.3.5).") \
	X(MX_TWICE, "MX012", LINT_WARNING, LINT_FINDINGS, \
	    "an exchange is listed twice", "Remove one.") \
	X(MX_ONLY4, "MX013", LINT_NOTE, LINT_CLEAN, \
	    "the exchanges have IPv4 addresses only", \
	    "Nothing, unless IPv6 is wanted.") \
	X(MX_ONLY6, "MX014", LINT_WARNING, LINT_FINDINGS, \
	    "the exchanges have IPv6 addresses only", \
	    "Give one of them an IPv4 address: many cannot send otherwise.") \
	X(MX_PTR, "MX015", LINT_WARNING, LINT_FINDINGS, \
	    "an address has no name that leads back to it", \
	    "Have the PTR and the address set (RFC 1912 2.1).") \
	X(MX_MANY, "MX016", LINT_ERROR, LINT_FINDINGS, \
	    "more exchanges or addresses than are checked", \
	    "Publish fewer: at most 20 were looked at.")

#define POSTURE_RPT_RULES(X) \
	X(RPT_NONE, "RPT001", LINT_NOTE, LINT_CLEAN, \
	    "no TLS-RPT", \
	    "Publish \"v=TLSRPTv1; rua=mailto:YOU\" at _smtp._tls " \
	    "(RFC 8460 3).") \
	X(RPT_SEVERAL, "RPT002", LINT_ERROR, LINT_BROKEN, \
	    "several TLS-RPT records: none of them counts", \
	    "Keep one (RFC 8460 3).") \
	X(RPT_SYNTAX, "RPT003", LINT_ERROR, LINT_BROKEN, \
	    "the TLS-RPT record cannot be used", \
	    "Publish \"v=TLSRPTv1; rua=mailto:YOU\" (RFC 8460 3).") \
	X(RPT_BESIDE, "RPT004", LINT_NOTE, LINT_CLEAN, \
	    "other TXT records at the name", \
	    "Senders ignore them (RFC 8460 3).") \
	X(RPT_PLACE, "RPT005", LINT_WARNING, LINT_FINDINGS, \
	    "a TLS-RPT record in the wrong place", \
	    "Move it to _smtp._tls (RFC 8460 3).") \
	X(RPT_HOST, "RPT006", LINT_WARNING, LINT_FINDINGS, \
	    "the host of a report address takes no mail", \
	    "Name an address that can receive.") \
	X(RPT_DNS, "RPT007", LINT_ERROR, LINT_UNCHECKED, \
	    "the DNS did not answer", "Try again.")

#define POSTURE_RULES(X) POSTURE_SPF_RULES(X) POSTURE_DKIM_RULES(X) \
	POSTURE_MX_RULES(X) \
	POSTURE_STS_RULES(X) POSTURE_RPT_RULES(X) POSTURE_AUD_RULES(X) \
	POSTURE_DRIFT_RULES(X) POSTURE_DANE_RULES(X) POSTURE_SEC_RULES(X) \
	POSTURE_BIMI_RULES(X)

enum posture_rule {
#define POSTURE_RULE_ENUM(name, code, severity, effect, title, remedy) \
	POSTURE_##name,
	POSTURE_RULES(POSTURE_RULE_ENUM)
#undef POSTURE_RULE_ENUM
	POSTURE_RULE_COUNT
};

/* A row of the table; lives for ever. */
const struct lint_rule *posture_rule(enum posture_rule rule);
/* Does a finding of an audit have the code, in any case?  Those of the SPF
 * and DMARC lints are among them. */
bool posture_code(struct span code);

#endif
