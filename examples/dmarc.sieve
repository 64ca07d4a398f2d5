# SPDX-License-Identifier: ISC
# Sieve (RFC 5228): put forged mail aside by the field that dmarceval wrote.
#
# Run `dmarceval -o message` before the mail comes here, for instance by
# examples/postfix-filter, and write your own id for mx.example.com.  That
# filter removes every field that claims to be ours and is not.
require ["fileinto", "mailbox"];

# The dmarc result stands right after the id and one space or (in servers that
# unfold a field to the letter) one tab.  Never search for it elsewhere (:contains): a sender chooses
# what stands in the values of other results.  No `?` for the space: before a
# `*`, Pigeonhole takes it for any number of characters, and honest mail of a
# domain that asks for p=reject would land in Junk.
if header :matches "Authentication-Results" [
    "mx.example.com; dmarc=fail *policy.dmarc=reject*",
    "mx.example.com; dmarc=fail *policy.dmarc=quarantine*",
    "mx.example.com;	dmarc=fail *policy.dmarc=reject*",
    "mx.example.com;	dmarc=fail *policy.dmarc=quarantine*" ] {
	fileinto :create "Junk";
	stop;
}
