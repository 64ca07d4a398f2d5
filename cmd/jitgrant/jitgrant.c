/* SPDX-License-Identifier: ISC */

#include "cli/getopt.h"
#include "cli/plain.h"
#include "jitgrant/jitgrant.h"

static const struct plain_verb verbs[] = {
	{ "init", jitgrant_init, "make a home" },
	{ "request", jitgrant_request, "ask for a grant" },
	{ "approve", jitgrant_approve, "vote for a request" },
	{ "deny", jitgrant_deny, "vote against a request" },
	{ "use", jitgrant_use, "use a grant up, by one or more" },
	{ "check", jitgrant_check, "the same test without using it up" },
	{ "run", jitgrant_run, "run a command, and end it with the grant" },
	{ "list", jitgrant_list, "list grants" },
	{ "show", jitgrant_show, "show all about one grant" },
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

int
main(int argc, char **argv)
{
	const struct plain_verbs all = { .name = "jitgrant", .purpose =
	    "Privileges that come when they are needed, and end.",
	    .verbs = verbs, .count = sizeof(verbs) / sizeof(verbs[0]) };

	cli_descriptors();
	cli_signals();
	return plain_verb(&all, argc, argv);
}
