/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <unistd.h>

#include "cli_plain.h"
#include "dkimkey.h"
#include "out.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *text;
} verbs[] = {
	{ "new", dkimkey_new, "make a private key" },
	{ "record", dkimkey_record, "print a key's DNS record" },
	{ "check", dkimkey_check, "compare a key, the DNS and a mail" },
	{ "rotate", dkimkey_rotate, "plan the change to the next selector" },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int
help(void)
{
	struct fault f = { .kind = FAULT_NONE };
	struct out o;

	out_init(&o, STDOUT_FILENO, "standard output");
	out_adds(&o, "Usage: dkimkey VERB [OPTION]...\n"
	    "Make DKIM keys, publish them, check and replace them.\n\n");
	for (size_t i = 0; i < VERBS; i++) {
		out_adds(&o, "  ");
		out_adds(&o, verbs[i].name);
		out_adds(&o, strlen(verbs[i].name) < 6 ? "\t\t" : "\t");
		out_adds(&o, verbs[i].text);
		out_adds(&o, "\n");
	}
	out_adds(&o, "\ndkimkey VERB --help tells the options of a verb.\n");
	if (out_close(&o, &f) != FAULT_NONE)
		return plain_fail("dkimkey", &f);
	return 0;
}

static int
version(void)
{
	struct fault f = { .kind = FAULT_NONE };

	if (dkimkey_print(SPAN("dkimkey (vouchsafe) " VOUCHSAFE_VERSION "\n"),
	    &f) != FAULT_NONE)
		return plain_fail("dkimkey", &f);
	return 0;
}

int
main(int argc, char **argv)
{
	struct fault f = { .kind = FAULT_NONE };
	const char *verb = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verb, verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0)
		return help();
	if (strcmp(verb, "--version") == 0 || strcmp(verb, "-V") == 0)
		return version();
	(void)fault_set(&f, FAULT_USAGE,
	    "say what to do: new, record, check or rotate");
	return plain_fail("dkimkey", &f);
}
