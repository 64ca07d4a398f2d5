/* SPDX-License-Identifier: ISC */
#include "jitgrant/jitgrant.h"
#include "jitgrant/verb_check_cli.h"
#include "jitgrant/verb_check_options.h"

int
jitgrant_check(int argc, char **argv)
{
	static const struct plain_tool tool = JITGRANT_TOOL("check", check);

	return jitgrant_answer(&tool, "check", JITGRANT_ID, argc, argv);
}
