/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_deny_cli.h"
#include "jitgrant/verb_deny_options.h"

int
jitgrant_deny(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("deny", deny);

	return jitgrant_answer(&tool, "deny", JITGRANT_ID, argc, argv);
}
