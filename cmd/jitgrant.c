/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "jitgrant.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *text;
} verbs[] = {
	{ "init", jitgrant_init, "make a home" },
	{ "request", jitgrant_request, "ask for a grant" },
	{ "approve", jitgrant_approve, "vote for a request" },
	{ "deny", jitgrant_deny, "vote against a request" },
	{ "use", jitgrant_use, "use a grant up, by one or more" },
	{ "check", jitgrant_check, "the same test without using it up" },
	{ "run", jitgrant_run, "run a command, and end it with the grant" },
	{ "list", jitgrant_list, "list grants" },
	{ "show", jitgrant_show, "tell all about one grant" },
	{ "renew", jitgrant_renew, "ask for more time" },
	{ "release", jitgrant_release, "give a grant back" },
	{ "revoke", jitgrant_revoke, "take a grant away" },
	{ "freeze", jitgrant_freeze, "stop grants until further notice" },
	{ "unfreeze", jitgrant_unfreeze, "lift a freeze" },
	{ "sweep", jitgrant_sweep, "apply what is due, end what is over" },
	{ "policy", jitgrant_policy, "check or explain the policy" },
	{ "log", jitgrant_log, "verify, show, checkpoint, export the log" },
	{ "clock", jitgrant_clock, "show or accept the clock" },
	{ "doctor", jitgrant_doctor, "look for what would break a promise" },
	{ "serve", jitgrant_serve, "answer one question on a socket" },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int
help(void)
{
	struct fault f = { .kind = FAULT_NONE };
	struct out o;

	out_init(&o, STDOUT_FILENO, "standard output");
	out_adds(&o, "Usage: jitgrant VERB [OPTION]...\n"
	    "Privileges that come when they are needed, and end.\n\n");
	for (size_t i = 0; i < VERBS; i++) {
		out_adds(&o, "  ");
		out_adds(&o, verbs[i].name);
		out_adds(&o, strlen(verbs[i].name) < 6 ? "\t\t" : "\t");
		out_adds(&o, verbs[i].text);
		out_adds(&o, "\n");
	}
	out_adds(&o, "\njitgrant VERB --help tells the options of a verb.\n");
	return out_close(&o, &f) == FAULT_NONE ? 0 :
	    plain_fail("jitgrant", &f);
}

static int
version(void)
{
	struct fault f = { .kind = FAULT_NONE };
	struct out o;

	out_init(&o, STDOUT_FILENO, "standard output");
	out_adds(&o, "jitgrant (vouchsafe) " VOUCHSAFE_VERSION "\n");
	return out_close(&o, &f) == FAULT_NONE ? 0 :
	    plain_fail("jitgrant", &f);
}

/* A caller may have closed 0, 1 or 2: no file of ours shall get its number. */
static bool
descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

int
main(int argc, char **argv)
{
	struct fault f = { .kind = FAULT_NONE };
	const char *verb = argc > 1 ? argv[1] : "";

	if (!descriptors())
		return FAULT_SOFTWARE;
	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verb, verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0)
		return help();
	if (strcmp(verb, "--version") == 0 || strcmp(verb, "-V") == 0)
		return version();
	(void)fault_set(&f, FAULT_USAGE, "say what to do: jitgrant --help "
	    "lists the verbs");
	return plain_fail("jitgrant", &f);
}
