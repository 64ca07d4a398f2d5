/* SPDX-License-Identifier: ISC */
#include "cli/plain.h"
#include "dkimkey/dkimkey.h"

static const struct plain_verb verbs[] = {
	{ "new", dkimkey_new, "make a private key" },
	{ "record", dkimkey_record, "print a key's DNS record" },
	{ "check", dkimkey_check, "compare a key, the DNS and a mail" },
	{ "rotate", dkimkey_rotate, "plan the change to the next selector" },
};

int
main(int argc, char **argv)
{
	const struct plain_verbs all = { .name = "dkimkey", .purpose =
	    "Make DKIM keys, publish them, check and replace them.",
	    .verbs = verbs, .count = sizeof(verbs) / sizeof(verbs[0]) };

	return plain_verb(&all, argc, argv);
}
