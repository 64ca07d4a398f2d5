/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_policy_cli.h"
#include "jitgrant/verb_policy_options.h"

int
jitgrant_policy(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("policy", policy);

	return jitgrant_answer(&tool, "policy", JITGRANT_SUB_FILE, argc, argv);
}
